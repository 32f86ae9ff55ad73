"""Asking about access: who can, and why or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from roledesk.core.decide import Decision
from roledesk.core.refusals import agent_resource
from roledesk.core.terms import Resource
from roledesk.engine import Guard
from roledesk.errors import NotFoundError
from roledesk.service.api.kit import Asker, Limit, Name, api_routes, made_of
from roledesk.service.facts import own_resource
from roledesk.store import resources
from roledesk.web.help import holder_names

routes = api_routes()


@dataclass(frozen=True, slots=True)
class ResourceIO:
    """Something asked about, with the facts a decision needs."""

    kind: str
    id: str
    owner: str | None = None
    team: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionIn:
    """May `agent` take `action` on `resource`; without one, on the organization itself?"""

    agent: str
    action: str
    resource: ResourceIO | None = None


@dataclass(frozen=True, slots=True)
class GrantOut:
    """A grant that decided."""

    role: str
    permission: str
    scope: str
    teams: list[str] | None
    until: float | None


@dataclass(frozen=True, slots=True)
class MissingOut:
    """What would turn a no into a yes: a permission at this scope or wider, by one of these roles."""

    permissions: dict[str, str]
    roles: list[str]
    holders: list[str]


@dataclass(frozen=True, slots=True)
class DecisionOut:
    """The answer with its reasons."""

    allowed: bool
    reason: str
    agent: str
    action: str
    resource: ResourceIO | None
    revision: str
    grants: list[GrantOut]
    missing: MissingOut
    valid_until: float | None


@dataclass(frozen=True, slots=True)
class WhoOut:
    """The agents who can, of those the asker may read, in order of id; `after` asks for more."""

    revision: str
    agents: list[str]
    after: str | None


@routes.guarded("POST", "/explain", "explain.ask")
def explain(asker: Asker, question: QuestionIn) -> DecisionOut:
    """Why an agent may or may not. An action that does not exist is refused, since a typo is a bug."""
    organization = asker.organization
    if question.agent not in organization.policy.agents:
        raise NotFoundError("agent", question.agent)
    asker.require("explain.ask", made_of("explain", agent_resource(organization.policy, question.agent)))
    resource = None if question.resource is None else _resource(asker, question.resource)
    decision = organization.decide(organization.subject(question.agent), question.action, resource)
    return decision_out(decision, holder_names(asker, decision.missing.roles))


@routes.guarded("GET", "/who-can", "explain.ask")
def list_who_can(
    asker: Asker,
    action: Name,
    kind: Name | None = None,
    id: Name | None = None,
    after: Annotated[str, Query(max_length=80)] = "",
    limit: Limit = 50,
) -> WhoOut:
    """Who may take the action on a registered resource; without one, on the organization itself."""
    organization = asker.organization
    resource = None if kind is None or id is None else _resource(asker, ResourceIO(kind, id))
    found = sorted(organization.who_can(action, resource))
    reached = asker.reach("explain.ask")
    policy = organization.policy
    readable = (
        agent
        for agent in found
        if agent > after and reached.covers(made_of("explain", agent_resource(policy, agent)))
    )
    first = [agent for agent, _number in zip(readable, range(limit + 1), strict=False)]
    return WhoOut(str(organization.revision), first[:limit], first[limit - 1] if len(first) > limit else None)


def _resource(asker: Guard, named: ResourceIO) -> Resource:
    """The resource with the facts given; without any, as it is known here.

    Raises NotFoundError for what is not there, or nothing that `asker` may have explained.
    """
    organization = asker.organization
    kind = organization.policy.catalogue.get_kind(named.kind).name
    if (named.owner, named.team, named.state) != (None, None, None):
        return Resource(kind, named.id, owner=named.owner, team=named.team, state=named.state)
    with organization.database.reading() as connection:
        registered = resources.find(connection, organization.id, kind, named.id)
    found = own_resource(organization.policy, kind, named.id) or registered
    if found is None or not asker.reach("explain.ask").covers(made_of("explain", found)):
        raise NotFoundError(kind, named.id)
    return found


def decision_out(decision: Decision, holders: Sequence[str]) -> DecisionOut:
    """A decision as the API gives it; `holders` are named to whoever is missing something."""
    resource = decision.resource
    missing = MissingOut(
        {key: scope.name.lower() for key, scope in decision.missing.permissions},
        list(decision.missing.roles),
        list(holders),
    )
    return DecisionOut(
        decision.allowed,
        decision.reason,
        decision.subject.id,
        decision.action,
        None
        if resource is None
        else ResourceIO(resource.kind, resource.id, resource.owner, resource.team, resource.state),
        str(decision.revision),
        [
            GrantOut(
                grant.role,
                grant.permission,
                grant.scope.name.lower(),
                None if grant.teams is None else sorted(grant.teams),
                grant.until,
            )
            for grant in decision.grants
        ],
        missing,
        decision.valid_until,
    )

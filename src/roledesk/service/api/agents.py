"""Agents: reading those in reach, inviting, editing, assigning, deactivating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Path, Query

from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.policy import Policy
from roledesk.core.refusals import agent_resource
from roledesk.core.terms import Assignment, Status
from roledesk.engine import Also, Guard
from roledesk.engine import agents as engine_agents
from roledesk.errors import NotFoundError
from roledesk.service.api.kit import Asker, Done, Limit, Name, Writing, api_routes
from roledesk.store import people
from roledesk.store.people import Filter, Person
from roledesk.web.visible import within

routes = api_routes()

AgentId = Annotated[str, Path(max_length=80)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]


@dataclass(frozen=True, slots=True)
class AssignmentIO:
    """A role given, only in `teams` if they are named, `since` and `until` in seconds since 1970 UTC."""

    role: str
    teams: list[str] | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class AgentOut:
    """An agent, where he stands and what he was given."""

    id: str
    name: str
    email: str | None
    type: str
    status: Status
    teams: list[str]
    assignments: list[AssignmentIO]


@dataclass(frozen=True, slots=True)
class AgentsOut:
    """A page of agents by name; `counts` are all that were found, by status."""

    revision: str
    agents: list[AgentOut]
    counts: dict[Status, int]


@dataclass(frozen=True, slots=True)
class AgentIn:
    """A new agent, who gets an invitation link, and why he is added."""

    name: str
    email: str
    because: str
    teams: list[str] = field(default_factory=list)
    assignments: list[AssignmentIO] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PersonIn:
    """Who an agent is; what is left out stays."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class TeamsIn:
    """All the teams an agent is in from now on, and why."""

    teams: list[str]
    because: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentsIn:
    """All the roles an agent holds from now on, and why."""

    assignments: list[AssignmentIO]
    because: str


@dataclass(frozen=True, slots=True)
class ReasonIn:
    """Why it is done."""

    because: str


@routes.guarded("GET", "/agents", "agent.read")
def list_agents(
    asker: Asker,
    q: Name = "",
    team: str | None = None,
    role: str | None = None,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> AgentsOut:
    """The agents that the asker may read, by name."""
    organization = asker.organization
    wanted = Filter(q, team, role, status, within(asker, "agent.read"))
    with organization.database.reading() as connection:
        page = people.search_people(connection, organization.id, wanted, limit=limit, offset=offset)
    policy = organization.policy
    agents = [_agent(policy, person) for person in page.people if person.agent in policy.agents]
    return AgentsOut(str(organization.revision), agents, dict(page.counts))


@routes.guarded("GET", "/agents/{agent_id}", "agent.read")
def get_agent(asker: Asker, agent_id: AgentId) -> AgentOut:
    """One agent."""
    return _agent(asker.organization.policy, readable_person(asker, agent_id))


@routes.guarded("POST", "/agents", "agent.create")
def create_agent(write: Writing, agent: AgentIn) -> Done:
    """Add an agent; `secret` is that of his invitation link, shown this once."""

    def act(remember: Sequence[Also]) -> Done:
        id, secret = engine_agents.invite(
            write.organization,
            by=write.asker,
            name=agent.name,
            email=agent.email,
            teams=frozenset(agent.teams),
            assignments=[*map(_assignment, agent.assignments)],
            because=agent.because,
            expecting=write.expecting,
            also=remember,
        )
        return Done(str(write.organization.revision), id, secret)

    return write.once(act)


@routes.guarded("PATCH", "/agents/{agent_id}", "agent.edit")
def rename_agent(asker: Asker, agent_id: AgentId, person: PersonIn) -> Done:
    """Change an agent's name or address."""
    before = readable_person(asker, agent_id)
    after = replace(before, name=person.name or before.name, email=person.email or before.email)
    engine_agents.rename(asker.organization, after, by=asker)
    return Done(str(asker.organization.revision), agent_id)


@routes.guarded("PUT", "/agents/{agent_id}/teams", "agent.edit")
def put_agent_teams(write: Writing, agent_id: AgentId, given: TeamsIn) -> Done:
    """Set all the teams of an agent."""
    readable_person(write.asker, agent_id)
    standing = write.organization.policy.agents[agent_id]
    edit = PutAgent(agent_id, standing.status, frozenset(given.teams), type=standing.type)
    return write.commit(Change((edit,)), given.because, id=agent_id)


@routes.guarded("PUT", "/agents/{agent_id}/assignments", "role.assign")
def put_assignments(write: Writing, agent_id: AgentId, given: AssignmentsIn) -> Done:
    """Set all the roles of an agent."""
    readable_person(write.asker, agent_id)
    change = Change((SetAssignments(agent_id, tuple(map(_assignment, given.assignments))),))
    return write.commit(change, given.because, id=agent_id)


@routes.guarded("POST", "/agents/{agent_id}/deactivate", "agent.deactivate")
def deactivate_agent(write: Writing, agent_id: AgentId, reason: ReasonIn) -> Done:
    """End an agent's access everywhere at once."""
    readable_person(write.asker, agent_id)

    def act(remember: Sequence[Also]) -> Done:
        revision = engine_agents.deactivate(
            write.organization,
            agent_id,
            by=write.asker.subject,
            because=reason.because,
            expecting=write.expecting,
            also=remember,
        )
        return Done(str(revision), agent_id)

    return write.once(act, id=agent_id)


@routes.guarded("POST", "/agents/{agent_id}/reactivate", "agent.reactivate")
def reactivate_agent(write: Writing, agent_id: AgentId, reason: ReasonIn) -> Done:
    """Give a deactivated agent his access back."""
    readable_person(write.asker, agent_id)
    standing = write.organization.policy.agents[agent_id]
    change = Change((PutAgent(agent_id, Status.ACTIVE, standing.teams, type=standing.type),))
    return write.commit(change, reason.because, id=agent_id)


def readable_person(asker: Guard, agent: str) -> Person:
    """The agent, if `asker` may read him. Raises NotFoundError, DeniedError."""
    organization = asker.organization
    if agent not in organization.policy.agents:
        raise NotFoundError("agent", agent)
    asker.require("agent.read", agent_resource(organization.policy, agent))
    with organization.database.reading() as connection:
        return people.find_person(connection, organization.id, agent) or Person(agent, "")


def _agent(policy: Policy, person: Person) -> AgentOut:
    standing = policy.agents[person.agent]
    return AgentOut(
        person.agent,
        person.name,
        person.email,
        standing.type,
        standing.status,
        sorted(standing.teams),
        [
            AssignmentIO(
                each.role, None if each.teams is None else sorted(each.teams), each.since, each.until
            )
            for each in standing.assignments
        ],
    )


def _assignment(given: AssignmentIO) -> Assignment:
    teams = None if given.teams is None else frozenset(given.teams)
    return Assignment(given.role, teams=teams, since=given.since, until=given.until)

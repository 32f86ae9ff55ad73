"""What the agents on a page are called, read once for all of them.

Somebody who must be forgotten is a "former agent" from then on; who never had a name goes
by his id. Not here: who may see a name; the page that asks decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.core.policy import Policy
from roledesk.core.terms import OPERATOR, Status
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Organization
from roledesk.store import people
from roledesk.store.people import Filter, Within
from roledesk.web.visible import within

FORMER = "former agent"
OPERATOR_NAME = "the operator"
SUGGESTED = 200


@dataclass(frozen=True, slots=True)
class Person:
    """An agent as a reader knows him."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to choose: what is written into the field, and what stands beside it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """What agents, roles and teams are called; whoever was not read, and what is gone, goes by its id."""

    policy: Policy
    people: Mapping[str, str]

    def agent(self, id: str) -> str:
        """The agent's name; whoever runs the server is "the operator"."""
        return OPERATOR_NAME if id == OPERATOR.id else self.people.get(id, id)

    def person(self, id: str) -> Person:
        """The agent with his name."""
        return Person(id, self.agent(id))

    def role(self, id: str, before: Policy | None = None) -> str:
        """The role's name, in `before` if it was there, else as it is now."""
        return next((policy.roles[id].name for policy in self._policies(before) if id in policy.roles), id)

    def team(self, id: str, before: Policy | None = None) -> str:
        """The team's name, in `before` if it was there, else as it is now."""
        return next((policy.teams[id].name for policy in self._policies(before) if id in policy.teams), id)

    def _policies(self, before: Policy | None) -> tuple[Policy, ...]:
        return (self.policy,) if before is None else (before, self.policy)


def read_names(organization: Organization, ids: Iterable[str]) -> Names:
    """The names of these agents; one look at the database."""
    with organization.database.reading() as connection:
        return names_of(connection, organization.policy, ids)


def names_of(connection: Connection, policy: Policy, ids: Iterable[str]) -> Names:
    """The names of these agents, read with `connection`."""
    found = people.people(connection, policy.organization, frozenset(ids))
    return Names(policy, {id: person.name or _nameless(policy, id) for id, person in found.items()})


def _nameless(policy: Policy, agent: str) -> str:
    standing = policy.agents.get(agent)
    gone = standing is None or standing.status is Status.DEACTIVATED
    return FORMER if gone else agent


def find_agent(connection: Connection, guard: Guard, text: str) -> str | None:
    """The agent meant by an id, an e-mail address or a whole name, among those `guard` may read.

    None when there is none, or several of that name.
    """
    policy = guard.organization.policy
    covered = within(guard, "agent.read")
    if text in policy.agents:
        return text if _is_covered(policy, text, covered) else None
    by_email = people.find_by_email(connection, policy.organization, text)
    if by_email is not None:
        return by_email.agent if _is_covered(policy, by_email.agent, covered) else None
    found = people.search_people(connection, policy.organization, Filter(text, within=covered), limit=20)
    wanted = people.folded(text)
    named = [person.agent for person in found.people if people.folded(person.name) == wanted]
    return named[0] if len(named) == 1 else None


def suggest_agents(guard: Guard) -> tuple[Suggestion, ...]:
    """The first agents that `guard` may read, by name."""
    if not guard.may("agent.read"):
        return ()
    organization = guard.organization
    wanted = Filter(within=within(guard, "agent.read"))
    with organization.database.reading() as connection:
        found = people.search_people(connection, organization.id, wanted, limit=SUGGESTED)
    return tuple(Suggestion(each.name or each.agent, each.email or each.agent) for each in found.people)


def _is_covered(policy: Policy, agent: str, covered: Within | None) -> bool:
    if covered is None or agent == covered.own:
        return True
    return not policy.agents[agent].teams.isdisjoint(covered.teams)

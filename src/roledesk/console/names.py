"""What the agents on a page are called, read once for all of them.

Somebody who must be forgotten is a "former agent" from then on; who never had a name goes
by his id. Not here: who may see a name; the page that asks decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.core.policy import Policy
from roledesk.core.reach import Reach
from roledesk.core.terms import OPERATOR, Status
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Organization
from roledesk.store import people
from roledesk.store.people import Filter, Within

FORMER = "former agent"
OPERATOR_NAME = "the operator"


@dataclass(frozen=True, slots=True)
class Person:
    """An agent as a reader knows him."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of some agents; any other goes by his id."""

    known: Mapping[str, str]

    def __getitem__(self, agent: str) -> str:
        return self.known.get(agent, agent)

    def person(self, agent: str) -> Person:
        """The agent with his name."""
        return Person(agent, self[agent])


def read_names(organization: Organization, ids: Iterable[str]) -> Names:
    """The names of these agents; one look at the database."""
    with organization.database.reading() as connection:
        return names_of(connection, organization.policy, ids)


def names_of(connection: Connection, policy: Policy, ids: Iterable[str]) -> Names:
    """The names of these agents, read with `connection`."""
    wanted = frozenset(ids)
    found = people.people(connection, policy.organization, wanted)
    named = {id: person.name or _nameless(policy, id) for id, person in found.items()}
    return Names({OPERATOR.id: OPERATOR_NAME, **named})


def _nameless(policy: Policy, agent: str) -> str:
    standing = policy.agents.get(agent)
    gone = standing is None or standing.status is Status.DEACTIVATED
    return FORMER if gone else agent


def within(reach: Reach) -> Within | None:
    """The agents that `reach` covers, as a filter of people; None when it covers all."""
    extent = reach.by_state.get(None)
    if extent is None:
        return Within(frozenset())
    return None if extent.everything else Within(extent.teams, reach.agent if extent.own else None)


def find_agent(connection: Connection, guard: Guard, text: str) -> str | None:
    """The agent meant by an id, an e-mail address or a whole name, among those `guard` may read.

    None when there is none, or several of that name.
    """
    policy = guard.organization.policy
    covered = within(guard.reach("agent.read"))
    if text in policy.agents:
        return text if _is_covered(policy, text, covered) else None
    by_email = people.find_by_email(connection, policy.organization, text)
    if by_email is not None:
        return by_email.agent if _is_covered(policy, by_email.agent, covered) else None
    found = people.search_people(connection, policy.organization, Filter(text, within=covered), limit=20)
    wanted = people.folded(text)
    named = [person.agent for person in found.people if people.folded(person.name) == wanted]
    return named[0] if len(named) == 1 else None


def _is_covered(policy: Policy, agent: str, covered: Within | None) -> bool:
    if covered is None or agent == covered.own:
        return True
    return not policy.agents[agent].teams.isdisjoint(covered.teams)

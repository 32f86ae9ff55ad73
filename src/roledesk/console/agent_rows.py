"""The list of agents: a page of those the asker may see, found by name, e-mail and status.

The asker's reach is part of the query, so counts, search and pages speak of nobody else.
Not here: one agent (agent_detail.py), names elsewhere on a page (names.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.console.paging import make_pager, page_number, picked, suffix_of
from roledesk.core.policy import Policy
from roledesk.core.terms import Status
from roledesk.engine.guard import Guard
from roledesk.store import people
from roledesk.store.people import Filter, PeoplePage, Person
from roledesk.web.forms import Form
from roledesk.web.visible import within

PAGE = 50
KEPT = ("q", "status", "page")
"""What of the list stays in an address when an agent is opened."""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent in a list."""

    id: str
    name: str
    email: str
    status: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]


def agent_pane(guard: Guard, query: Form) -> Mapping[str, object]:
    """What the list pane shows: a page of agents, how many there are, and what was asked for."""
    with guard.organization.database.reading() as connection:
        return _pane(connection, guard, query)


def agents_in(guard: Guard, team: str, page: int) -> PeoplePage:
    """A page of a team's agents, as far as the asker may see them."""
    wanted = Filter(team=team, within=within(guard, "agent.read"))
    with guard.organization.database.reading() as connection:
        return _page(connection, guard, wanted, page)


def row_of(policy: Policy, person: Person) -> AgentRow:
    """The agent as a list shows him."""
    standing = policy.agents[person.agent]
    return AgentRow(
        person.agent,
        person.name or person.agent,
        person.email or "",
        standing.status.value,
        tuple(policy.roles[role].name for role in standing.roles if role in policy.roles),
        team_names(policy, standing.teams),
    )


def team_names(policy: Policy, teams: frozenset[str]) -> tuple[str, ...]:
    """The teams' names in order."""
    return tuple(sorted((policy.teams[team].name for team in teams), key=str.casefold))


def _pane(connection: Connection, guard: Guard, query: Form) -> Mapping[str, object]:
    policy, page = guard.organization.policy, page_number(query)
    status = next((each for each in Status if each == query["status"]), None)
    wanted = Filter(query["q"], status=status, within=within(guard, "agent.read"))
    found = _page(connection, guard, wanted, page)
    counts = {each.value: found.counts.get(each, 0) for each in Status}
    total = sum(counts.values()) if status is None else counts[status]
    kept = picked(query, KEPT)
    return {
        "agents": [row_of(policy, person) for person in found.people if person.agent in policy.agents],
        "query": query["q"],
        "status": "" if status is None else status.value,
        "counts": {"all": sum(counts.values()), **counts},
        "pager": make_pager("/agents", kept, page=page, size=PAGE, total=total),
        "suffix": suffix_of(kept),
        "opened": query["current"],
    }


def _page(connection: Connection, guard: Guard, wanted: Filter, page: int) -> PeoplePage:
    organization = guard.organization.id
    return people.search_people(connection, organization, wanted, limit=PAGE, offset=(page - 1) * PAGE)

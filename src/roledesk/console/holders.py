"""Who holds a role: within which teams, for how long, given when, by whom and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roledesk.console.names import Names, Person, names_of
from roledesk.core.terms import Assignment
from roledesk.engine.guard import Guard
from roledesk.store import people, provenance
from roledesk.store.people import Filter
from roledesk.store.projection import Provenance
from roledesk.web.visible import within


@dataclass(frozen=True, slots=True)
class Holder:
    """One assignment of a role; `teams` is None when it is not limited."""

    agent: Person
    status: str
    teams: tuple[str, ...] | None
    starts_at: float | None
    ends_at: float | None
    given_at: float
    given_by: str
    because: str


@dataclass(frozen=True, slots=True)
class Holders:
    """A page of a role's holders; `total` counts the agents on all pages."""

    holders: tuple[Holder, ...]
    total: int


def read_holders(guard: Guard, role: str, *, limit: int, page: int = 1) -> Holders:
    """The holders of `role` by name, as far as `guard` may read agents."""
    policy = guard.organization.policy
    wanted = Filter(role=role, within=within(guard, "agent.read"))
    with guard.organization.database.reading() as connection:
        found = people.search_people(
            connection, policy.organization, wanted, limit=limit, offset=(page - 1) * limit
        )
        ids = [person.agent for person in found.people if person.agent in policy.agents]
        given = provenance.holders_of(connection, policy.organization, role, ids)
        names = names_of(connection, policy, {*ids, *(each.by for each in given.values())})
    holders = tuple(holder for id in ids for holder in _holders(id, guard, given, names))
    return Holders(holders, sum(found.counts.values()))


def _holders(
    agent: str, guard: Guard, given: Mapping[tuple[str, Assignment], Provenance], names: Names
) -> Iterator[Holder]:
    standing = guard.organization.policy.agents[agent]
    for (id, assignment), stamp in given.items():
        if id == agent:
            yield Holder(
                names.person(agent),
                standing.status.value,
                _team_names(assignment.teams, names),
                assignment.since,
                assignment.until,
                stamp.at,
                names.agent(stamp.by),
                stamp.because,
            )


def _team_names(teams: frozenset[str] | None, names: Names) -> tuple[str, ...] | None:
    return None if teams is None else tuple(sorted(names.team(team) for team in teams))

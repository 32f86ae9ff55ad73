"""A whole policy read from its tables: three ordered streams, merged agent by agent.

What many agents have alike (teams, assignments) is built once, so that a million
agents take seconds. Not here: writing (projection.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from json import loads
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import Connection, Table, Text, cast, select

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.policy import AgentRow, Policy, build_policy
from roledesk.core.terms import Assignment, Role, Scope, Status, Team
from roledesk.errors import NotFoundError
from roledesk.store.rows import Fetched, Query
from roledesk.store.schema import (
    agents,
    assignments,
    grants,
    memberships,
    organizations,
    retired_ids,
    roles,
    teams,
)

T = TypeVar("T")
AssignmentRow = tuple[str, str | None, float | None, float | None]
FETCH = 10_000


def load_policy(connection: Connection, organization: str) -> tuple[Policy, int]:
    """The policy as of the head revision, and that revision. Raises NotFoundError."""
    head = connection.execute(select(organizations).where(organizations.c.id == organization)).one_or_none()
    if head is None:
        raise NotFoundError("organization", organization)
    policy = build_policy(
        organization=organization,
        name=head.name,
        preset=head.preset,
        catalogue=read_catalogue(tuple(head.catalogue), head.catalogue_text),
        reserved=frozenset(head.reserved),
        roles=_roles(connection, organization),
        teams=(
            Team(row.id, row.name, default=row.is_default) for row in _all(connection, teams, organization)
        ),
        agents=_agents(connection, organization),
        retired=frozenset(row.id for row in _all(connection, retired_ids, organization)),
    )
    return policy, head.revision


@lru_cache(maxsize=64)
def read_catalogue(names: tuple[str, ...], text: str) -> Catalogue:
    """The catalogue an organization was founded with: built-in files, then its own text."""
    builtin = load_builtin(*names) if names else ()
    own = (Source("catalogue", text),) if text else ()
    return parse_catalogue((*builtin, *own))


def assignment_of(
    role: str, bound: Iterable[str] | None, since: float | None, until: float | None
) -> Assignment:
    """The assignment whose columns these are."""
    return Assignment(role, teams=None if bound is None else frozenset(bound), since=since, until=until)


def _all(connection: Connection, table: Table, organization: str) -> Sequence[Fetched]:
    statement = select(table).where(table.c.organization == organization).order_by(*table.primary_key)
    return connection.execute(statement).all()


def _roles(connection: Connection, organization: str) -> Iterator[Role]:
    ticked: dict[str, dict[str, Scope]] = {}
    for row in _all(connection, grants, organization):
        ticked.setdefault(row.role, {})[row.permission] = Scope(row.scope)
    for row in _all(connection, roles, organization):
        yield Role(
            row.id,
            row.name,
            ticked.get(row.id, {}),
            description=row.description,
            policy_text=row.policy_text,
            steward=row.steward,
            givers=frozenset(row.givers),
            owner=row.owner,
        )


def _agents(connection: Connection, organization: str) -> Iterator[AgentRow]:
    columns = agents.c
    everyone = select(columns.id, columns.status, columns.type).where(columns.organization == organization)
    teams_of = _follower(_team_groups(connection, organization), frozenset())
    held_by = _follower(_assignment_groups(connection, organization), ())
    statuses = {status.value: status for status in Status}
    for id, status, type_ in _stream(connection, everyone.order_by(columns.id)):
        yield id, statuses[status], type_, teams_of(id), held_by(id)


def _team_groups(connection: Connection, organization: str) -> Iterator[tuple[str, frozenset[str]]]:
    columns = memberships.c
    statement = select(columns.agent, columns.team).where(columns.organization == organization)
    rows = _stream(connection, statement.order_by(columns.agent, columns.team))
    shared: dict[tuple[str, ...], frozenset[str]] = {}
    for agent, group in groupby(rows, itemgetter(0)):
        names = tuple([row[1] for row in group])
        yield agent, shared.get(names) or shared.setdefault(names, frozenset(names))


def _assignment_groups(
    connection: Connection, organization: str
) -> Iterator[tuple[str, tuple[Assignment, ...]]]:
    columns = assignments.c
    statement = select(
        columns.agent, columns.role, cast(columns.teams, Text), columns.since, columns.until
    ).where(columns.organization == organization)
    rows = _stream(connection, statement.order_by(columns.agent, columns.position))
    shared: dict[tuple[AssignmentRow, ...], tuple[Assignment, ...]] = {}
    for agent, group in groupby(rows, itemgetter(0)):
        held = tuple([row[1:] for row in group])
        yield agent, shared.get(held) or shared.setdefault(held, tuple(map(_read_assignment, held)))


def _read_assignment(row: AssignmentRow) -> Assignment:
    role, bound, since, until = row
    return assignment_of(role, None if bound is None else loads(bound), since, until)


def _follower(groups: Iterator[tuple[str, T]], nothing: T) -> Callable[[str], T]:
    """Gives each agent's group, asked in the order of the groups."""
    waiting = next(groups, None)

    def group_of(agent: str) -> T:
        nonlocal waiting
        if waiting is None or waiting[0] != agent:
            return nothing
        group = waiting[1]
        waiting = next(groups, None)
        return group

    return group_of


def _stream(connection: Connection, statement: Query) -> Iterator[Fetched]:
    """The rows, held in memory a few thousand at a time."""
    return iter(connection.execute(statement.execution_options(yield_per=FETCH)))

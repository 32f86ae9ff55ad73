"""Resources that a host has registered, with the facts a decision needs.

Known here, a resource can be asked about by its id alone, and searched for.
Not here: resources a host keeps in its own tables; see `predicates.predicate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, func, select, update

from roledesk.core.reach import Reach
from roledesk.core.terms import Resource
from roledesk.store import schema
from roledesk.store.predicates import predicate
from roledesk.store.rows import Fetched, Query, delete_rows, upsert

FETCH = 1_000
_resources = schema.resources.c


def put(connection: Connection, organization: str, resources: Iterable[Resource]) -> None:
    """Register these resources, or replace what was known of them."""
    upsert(connection, schema.resources, (_row(organization, each) for each in resources))


def find(connection: Connection, organization: str, kind: str, id: str) -> Resource | None:
    """The registered resource of this kind and id."""
    row = connection.execute(_of(organization, kind).where(_resources.id == id)).one_or_none()
    return None if row is None else _read(row)


def page(
    connection: Connection,
    organization: str,
    kind: str,
    reach: Reach,
    *,
    limit: int,
    after: str | None = None,
) -> tuple[Resource, ...]:
    """The resources of a kind that `reach` covers, in order of id, from the one behind `after` on."""
    statement = _of(organization, kind).where(_covered(reach)).order_by(_resources.id).limit(limit)
    if after is not None:
        statement = statement.where(_resources.id > after)
    return tuple(map(_read, connection.execute(statement)))


def count(connection: Connection, organization: str, kind: str, reach: Reach) -> int:
    """How many resources of a kind `reach` covers."""
    covered = _of(organization, kind).where(_covered(reach)).subquery()
    return connection.execute(select(func.count()).select_from(covered)).scalar_one()


def count_by_kind(connection: Connection, organization: str, team: str) -> dict[str, int]:
    """How many resources of each kind belong to a team; kinds without any are left out."""
    theirs = (_resources.organization == organization) & (_resources.team == team)
    counted = select(_resources.kind, func.count()).where(theirs).group_by(_resources.kind)
    return dict(map(tuple, connection.execute(counted.order_by(_resources.kind))))


def every(connection: Connection, organization: str) -> Iterator[Resource]:
    """Every registered resource, by kind and id; read as they are taken."""
    statement = select(schema.resources).where(_resources.organization == organization)
    ordered = statement.order_by(_resources.kind, _resources.id).execution_options(yield_per=FETCH)
    return map(_read, connection.execute(ordered))


def remove(connection: Connection, organization: str, kind: str, ids: Iterable[str]) -> None:
    """Forget these resources."""
    delete_rows(
        connection, schema.resources, ({"organization": organization, "kind": kind, "id": id} for id in ids)
    )


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Give everything of one team to another."""
    theirs = (_resources.organization == organization) & (_resources.team == team)
    connection.execute(update(schema.resources).where(theirs).values(team=receiver))


def _of(organization: str, kind: str) -> Query:
    return select(schema.resources).where(_resources.organization == organization, _resources.kind == kind)


def _covered(reach: Reach) -> ColumnElement[bool]:
    return predicate(reach, owner=_resources.owner, team=_resources.team, state=_resources.state)


def _row(organization: str, resource: Resource) -> dict[str, object]:
    return {
        "organization": organization,
        "kind": resource.kind,
        "id": resource.id,
        "owner": resource.owner,
        "team": resource.team,
        "state": resource.state,
    }


def _read(row: Fetched) -> Resource:
    return Resource(row.kind, row.id, owner=row.owner, team=row.team, state=row.state)

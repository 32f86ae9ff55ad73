"""What agents asked for, and what became of it.

Not here: who may ask and decide (engine/requests.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from roledesk.core.terms import Scope, Status
from roledesk.store import schema
from roledesk.store.people import Within
from roledesk.store.rows import Fetched
from roledesk.store.schema import agents, memberships

_of = schema.access_requests.c


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    TURNED_DOWN = "turned_down"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """An agent asks for a permission, for so many seconds; in one team, or as far as its scope goes."""

    id: str
    agent: str
    permission: str
    scope: Scope
    because: str
    lasts_s: int
    made_at: float
    team: str | None = None
    state: State = State.WAITING
    decided_by: str | None = None
    decided_at: float | None = None
    answer: str = ""
    role: str | None = None


def add(connection: Connection, organization: str, request: AccessRequest) -> None:
    """Keep a new request."""
    connection.execute(insert(schema.access_requests), {"organization": organization, **_row(request)})


def put(connection: Connection, organization: str, request: AccessRequest) -> None:
    """Keep a request as it now stands."""
    here = (_of.organization == organization, _of.id == request.id)
    connection.execute(update(schema.access_requests).where(*here).values(**_row(request)))


def find(connection: Connection, organization: str, id: str) -> AccessRequest | None:
    """The request with this id."""
    here = (_of.organization == organization, _of.id == id)
    row = connection.execute(select(schema.access_requests).where(*here)).one_or_none()
    return None if row is None else _read(row)


def of_agent(
    connection: Connection, organization: str, agent: str, *, limit: int
) -> tuple[AccessRequest, ...]:
    """What an agent asked for, the newest first."""
    here = (_of.organization == organization, _of.agent == agent)
    ordered = select(schema.access_requests).where(*here).order_by(_of.made_at.desc(), _of.id).limit(limit)
    return tuple(map(_read, connection.execute(ordered)))


def listed(
    connection: Connection,
    organization: str,
    within: Within | None,
    *,
    but: str,
    waiting_since: float | None,
    limit: int,
) -> tuple[AccessRequest, ...]:
    """Requests of the agents `within`, save one's own, the newest first.

    Those that wait since later than a moment, or with None all that were decided.
    """
    matches = _matches(organization, within, but, waiting_since)
    ordered = select(schema.access_requests).where(*matches).order_by(_of.made_at.desc(), _of.id).limit(limit)
    return tuple(map(_read, connection.execute(ordered)))


def count_waiting(
    connection: Connection, organization: str, within: Within | None, *, but: str, since: float
) -> int:
    """How many of them wait."""
    matches = _matches(organization, within, but, since)
    return connection.execute(
        select(func.count()).select_from(schema.access_requests).where(*matches)
    ).scalar_one()


def _matches(
    organization: str, within: Within | None, but: str, waiting_since: float | None
) -> Iterator[ColumnElement[bool]]:
    yield _of.organization == organization
    yield _of.agent != but
    if waiting_since is None:
        yield _of.state.in_([State.GRANTED, State.TURNED_DOWN])
    else:
        active = (agents.c.organization == organization, agents.c.status == Status.ACTIVE)
        yield _of.state == State.WAITING
        yield _of.agent.in_(select(agents.c.id).where(*active))
        yield _of.made_at > waiting_since
    if within is not None:
        members = memberships.c
        theirs = (members.organization == organization, members.team.in_(sorted(within.teams)))
        yield or_(_of.agent.in_(select(members.agent).where(*theirs)), _of.agent == within.own)


def _row(request: AccessRequest) -> dict[str, object]:
    return {**asdict(request), "scope": int(request.scope), "state": request.state.value}


def _read(row: Fetched) -> AccessRequest:
    return AccessRequest(
        row.id,
        row.agent,
        row.permission,
        Scope(row.scope),
        row.because,
        row.lasts_s,
        row.made_at,
        row.team,
        State(row.state),
        row.decided_by,
        row.decided_at,
        row.answer,
        row.role,
    )

"""Who is at the desk, and how many conversations each may have at once.

Not here: who may know it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from roledesk.desk.store.kit import put, row_of, rows_where
from roledesk.desk.store.schema import agent_limits, presence

_of = presence.c


class PresenceStatus(StrEnum):
    """Whether an agent takes conversations."""

    ONLINE = "online"
    BUSY = "busy"
    """There, but not to be given new ones."""
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent at the desk: `since` when in this status, `seen_at` when last heard of."""

    agent: str
    status: PresenceStatus
    since: float
    seen_at: float


def keep(connection: Connection, organization: str, seen: Presence) -> None:
    """Keep where an agent is."""
    put(connection, presence, row_of(organization, seen))


def find(connection: Connection, organization: str, agent: str) -> Presence | None:
    """Where an agent was last."""
    row = connection.execute(rows_where(presence, organization, agent=agent)).one_or_none()
    return None if row is None else Presence(row.agent, PresenceStatus(row.status), row.since, row.seen_at)


def present(connection: Connection, organization: str, *, since: float) -> tuple[Presence, ...]:
    """Every agent heard of since a moment who did not leave, the longest there first."""
    statement = rows_where(presence, organization).where(
        _of.seen_at >= since, _of.status != PresenceStatus.OFFLINE
    )
    rows = connection.execute(statement.order_by(_of.since, _of.agent))
    return tuple(Presence(row.agent, PresenceStatus(row.status), row.since, row.seen_at) for row in rows)


def put_limit(connection: Connection, organization: str, agent: str, max_open: int) -> None:
    """Keep how many open conversations an agent may have at once."""
    put(connection, agent_limits, {"organization": organization, "agent": agent, "max_open": max_open})


def limits(connection: Connection, organization: str, agents: Iterable[str]) -> dict[str, int]:
    """The limits of those agents who have one of their own."""
    columns = agent_limits.c
    wanted = (columns.organization == organization, columns.agent.in_(list(agents)))
    return dict(map(tuple, connection.execute(select(columns.agent, columns.max_open).where(*wanted))))

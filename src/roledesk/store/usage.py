"""How often each agent used each permission, by day; and when nobody counted.

A permission without a row was never used, except perhaps in a gap.
Not here: what counts as use, buffering (engine/usage.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, func, select

from roledesk.store import schema
from roledesk.store.rows import add_up, insert_missing, upsert

_usage = schema.usage.c
_gaps = schema.usage_gaps.c
_counters = schema.usage_counters.c


@dataclass(frozen=True, slots=True)
class Use:
    """How many times, and the last day."""

    count: int
    last_day: date


def add(connection: Connection, organization: str, counts: Mapping[tuple[str, str, date], int]) -> None:
    """Count further uses, by agent, permission and day."""
    rows = (
        {"organization": organization, "agent": agent, "permission": permission, "day": day, "count": count}
        for (agent, permission, day), count in sorted(counts.items())
    )
    add_up(connection, schema.usage, rows, "count")


def add_gap(connection: Connection, since: float, until: float) -> None:
    """Note that uses between two moments may have been lost."""
    insert_missing(connection, schema.usage_gaps, [{"since": since, "until": until}])


def keep_counter(connection: Connection, id: str, written_until: float) -> None:
    """Note that a process counts, and up to when all it counted is written."""
    upsert(connection, schema.usage_counters, [{"id": id, "written_until": written_until}])


def drop_counter(connection: Connection, id: str) -> None:
    """Note that a process has stopped counting, with everything written."""
    connection.execute(delete(schema.usage_counters).where(_counters.id == id))


def close_lost_counters(connection: Connection, *, silent_since: float, now: float) -> None:
    """Turn the counters not heard of since a moment into gaps: their processes ended with counts unwritten."""
    lost = delete(schema.usage_counters).where(_counters.written_until < silent_since)
    for written_until in connection.execute(lost.returning(_counters.written_until)).scalars():
        add_gap(connection, written_until, now)


def gaps(connection: Connection, *, since: float | None = None) -> tuple[tuple[float, float], ...]:
    """When uses may have been lost, oldest first; only gaps that end after `since`."""
    statement = select(_gaps.since, _gaps.until).order_by(_gaps.since, _gaps.until)
    if since is not None:
        statement = statement.where(_gaps.until > since)
    return tuple((start, end) for start, end in connection.execute(statement))


def read(
    connection: Connection,
    organization: str,
    *,
    agent: str | None = None,
    permission: str | None = None,
    since: date | None = None,
) -> dict[tuple[str, str], Use]:
    """Use by (agent, permission), of one agent or permission if wanted, since a day if wanted."""
    wanted = [_usage.organization == organization]
    wanted += [] if agent is None else [_usage.agent == agent]
    wanted += [] if permission is None else [_usage.permission == permission]
    wanted += [] if since is None else [_usage.day >= since]
    key = (_usage.agent, _usage.permission)
    statement = select(*key, func.sum(_usage.count), func.max(_usage.day)).where(*wanted).group_by(*key)
    return {(who, what): Use(int(count), last) for who, what, count, last in connection.execute(statement)}

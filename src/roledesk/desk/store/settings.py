"""How an organization wants its desk to work: hours, time zone, how conversations reach agents.

Not here: whether a moment lies within the hours (hours.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from roledesk.desk.store.kit import put, remove, rows_where
from roledesk.desk.store.schema import desk_settings, team_hours

Hours = Mapping[int, tuple[tuple[int, int], ...]]
"""For each weekday (0 is Monday) the spans that are open, in minutes since midnight."""

ALWAYS: Hours = dict.fromkeys(range(7), ((0, 24 * 60),))


class Handling(StrEnum):
    """How a waiting conversation comes to an agent."""

    PUSH = "push"
    """It is given to an agent who is online and has room."""
    PULL = "pull"
    """Agents take it from the queue."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What an organization has set; the defaults are those of a new one."""

    time_zone: str = "UTC"
    hours: Hours = field(default_factory=lambda: ALWAYS)
    handling: Handling = Handling.PUSH
    max_open: int = 5
    password_length: int = 10


def find(connection: Connection, organization: str) -> DeskSettings:
    """The settings of an organization, or the defaults."""
    row = connection.execute(rows_where(desk_settings, organization)).one_or_none()
    if row is None:
        return DeskSettings()
    return DeskSettings(
        row.time_zone, _read(row.hours), Handling(row.handling), row.max_open, row.password_length
    )


def keep(connection: Connection, organization: str, settings: DeskSettings) -> None:
    """Keep the settings of an organization."""
    row = {
        "organization": organization,
        "time_zone": settings.time_zone,
        "hours": _written(settings.hours),
        "handling": settings.handling,
        "max_open": settings.max_open,
        "password_length": settings.password_length,
    }
    put(connection, desk_settings, row)


def find_team_hours(connection: Connection, organization: str, team: str) -> Hours | None:
    """A team's own hours; None when those of the organization apply."""
    row = connection.execute(rows_where(team_hours, organization, team=team)).one_or_none()
    return None if row is None else _read(row.hours)


def keep_team_hours(connection: Connection, organization: str, team: str, hours: Hours | None) -> None:
    """Keep a team's own hours, or drop them."""
    if hours is None:
        remove(connection, team_hours, organization, "team", [team])
    else:
        put(connection, team_hours, {"organization": organization, "team": team, "hours": _written(hours)})


def _written(hours: Hours) -> dict[str, list[list[int]]]:
    return {str(day): [list(span) for span in spans] for day, spans in hours.items()}


def _read(kept: Mapping[str, list[list[int]]]) -> Hours:
    return {int(day): tuple((start, end) for start, end in spans) for day, spans in kept.items()}

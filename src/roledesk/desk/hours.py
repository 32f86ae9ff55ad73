"""Whether the desk is open at a moment, by the hours of the organization or of a team.

Hours are told in the organization's time zone, so that nine o'clock stays nine o'clock
when the clocks change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from roledesk import InputError, Organization
from roledesk.desk.store import settings
from roledesk.desk.store.settings import DeskSettings, Hours

DAY_MINUTES = 24 * 60
DAYS_AHEAD = 8


def is_open(organization: Organization, team: str) -> bool:
    """Whether a team answers now."""
    with organization.database.reading() as connection:
        hours, zone = _hours_of(connection, organization.id, team)
    return is_within(hours, zone, organization.clock())


def opens_at(organization: Organization, team: str) -> float | None:
    """When a team that is away answers again; None when it never does, or is there."""
    with organization.database.reading() as connection:
        hours, zone = _hours_of(connection, organization.id, team)
    return next_opening(hours, zone, organization.clock())


def is_within(hours: Hours, zone: str, at: float) -> bool:
    """Whether a moment lies within these hours."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.get(local.weekday(), ()))


def next_opening(hours: Hours, zone: str, at: float) -> float | None:
    """The next moment within these hours after one that lies outside."""
    if is_within(hours, zone, at):
        return None
    today = datetime.fromtimestamp(at, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD))
    starts = (
        day.replace(hour=start // 60, minute=start % 60).astimezone(UTC).timestamp()
        for day in days
        for start, _ in sorted(hours.get(day.weekday(), ()))
    )
    return next((start for start in starts if start > at), None)


def checked_hours(hours: Hours) -> Hours:
    """`hours` when they make sense: whole spans within their day, one after the other. Raises InputError."""
    for day, spans in hours.items():
        edges = [edge for span in spans for edge in span]
        if (
            day not in range(7)
            or edges != sorted(set(edges))
            or not all(0 <= e <= DAY_MINUTES for e in edges)
        ):
            raise InputError("hours", "each span begins before it ends and after the one before it")
    return {day: tuple(spans) for day, spans in sorted(hours.items())}


def _hours_of(connection: Connection, organization: str, team: str) -> tuple[Hours, str]:
    general: DeskSettings = settings.find(connection, organization)
    own = settings.find_team_hours(connection, organization, team)
    return (general.hours if own is None else own), general.time_zone

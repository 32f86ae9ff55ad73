"""Settings of the desk: office hours, time zone, how conversations reach agents, passwords.

Each applies at once, to everybody.
Not here: what each does (hours.py, assignment.py).
"""

from __future__ import annotations

from zoneinfo import available_timezones

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, Resource, record_activity
from roledesk.desk.facts import Event, EventKind
from roledesk.desk.hours import checked_hours
from roledesk.desk.store import events, settings
from roledesk.desk.store.settings import DeskSettings, Hours

LEAST_PASSWORD, LONGEST_PASSWORD = 10, 64
LONGEST_LIMIT = 100


def get_settings(guard: Guard) -> DeskSettings:
    """The settings, for those who may read or change them. Raises DeniedError."""
    if not guard.allows("organization.edit"):
        guard.require("organization.read")
    with guard.organization.database.reading() as connection:
        return settings.find(connection, guard.organization.id)


def keep_settings(guard: Guard, wanted: DeskSettings) -> None:
    """Keep the settings of the organization. Raises DeniedError, InputError."""
    checked = _checked(wanted)
    organization = guard.organization
    with organization.locked() as connection:
        guard.require("organization.edit")
        settings.keep(connection, organization.id, checked)
        _tell(connection, guard, "organization", ())


def least_password(connection: Connection, organization: str) -> int:
    """How many characters the organization wants in a password, at least."""
    return settings.find(connection, organization).password_length


def get_team_hours(guard: Guard, team: str) -> Hours | None:
    """A team's own hours; None when those of the organization apply. Raises NotFoundError, DeniedError."""
    if not guard.allows("team.edit_hours", team_resource(guard, team)):
        guard.require("team.read", team_resource(guard, team))
    with guard.organization.database.reading() as connection:
        return settings.find_team_hours(connection, guard.organization.id, team)


def keep_team_hours(guard: Guard, team: str, hours: Hours | None) -> None:
    """Give a team hours of its own, or the organization's again. Raises NotFoundError, DeniedError, InputError."""
    checked = None if hours is None else checked_hours(hours)
    organization = guard.organization
    with organization.locked() as connection:
        guard.require("team.edit_hours", team_resource(guard, team))
        settings.keep_team_hours(connection, organization.id, team, checked)
        _tell(connection, guard, f"team:{team}", (team,))


def team_resource(guard: Guard, team: str) -> Resource:
    """A team as something asked about. Raises NotFoundError."""
    if team not in guard.organization.policy.teams:
        raise NotFoundError("team", team)
    return Resource("team", team, team=team)


def _checked(wanted: DeskSettings) -> DeskSettings:
    if wanted.time_zone not in available_timezones():
        raise InputError("time_zone", "this is not a time zone; write it like `Europe/Amsterdam`")
    if not 1 <= wanted.max_open <= LONGEST_LIMIT:
        raise InputError("max_open", f"choose a number from 1 to {LONGEST_LIMIT}")
    if not LEAST_PASSWORD <= wanted.password_length <= LONGEST_PASSWORD:
        raise InputError("password_length", f"choose a number from {LEAST_PASSWORD} to {LONGEST_PASSWORD}")
    checked_hours(wanted.hours)
    return wanted


def _tell(connection: Connection, guard: Guard, about: str, teams: tuple[str, ...]) -> None:
    organization, now = guard.organization, guard.organization.clock()
    events.add(connection, organization.id, Event(EventKind.SETTINGS, now, guard.subject.id))
    record_activity(
        connection,
        organization.id,
        at=now,
        by=guard.subject.id,
        event="settings.changed",
        about=about,
        teams=teams,
    )

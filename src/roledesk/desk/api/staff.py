"""Who is there, how many chats each may have, and the settings of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from roledesk.desk import presence, settings
from roledesk.desk.api.shapes import Id, Ok
from roledesk.desk.presence import AgentPresence
from roledesk.desk.store.presence import PresenceStatus
from roledesk.desk.store.settings import DeskSettings, Handling, Hours
from roledesk.web.api import Acting, Asker, api_routes

routes = api_routes()
MINE = "everybody says for himself whether he is there"
Spans = Annotated[
    list[Annotated[list[Annotated[int, Field(ge=0, le=1440)]], Field(max_length=2, min_length=2)]],
    Field(max_length=10),
]
Week = Annotated[dict[Annotated[int, Field(ge=0, le=6)], Spans], Field(max_length=7)]


@dataclass(frozen=True, slots=True)
class PresenceIO:
    """Whether one takes conversations."""

    status: PresenceStatus


@dataclass(frozen=True, slots=True)
class StatusOut:
    """An agent and whether he is there; since when, and how many conversations he has open."""

    agent: str
    status: str
    since: float | None
    open: int


@dataclass(frozen=True, slots=True)
class StatusesOut:
    """Agents and whether they are there."""

    agents: list[StatusOut]


@dataclass(frozen=True, slots=True)
class LimitIn:
    """How many conversations an agent may have open at once."""

    max_open: Annotated[int, Field(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class SettingsIO:
    """The desk's settings; hours by day (0 is Monday) as spans of minutes since midnight."""

    time_zone: Annotated[str, Field(max_length=80)]
    hours: Week
    handling: Handling
    max_open: int
    password_length: int


@dataclass(frozen=True, slots=True)
class HoursIO:
    """A team's own hours; null when those of the organization apply."""

    hours: Week | None = None


@routes.shared("PUT", "/presence", because=MINE)
def put_presence(act: Acting, given: PresenceIO) -> Ok:
    """Say whether one takes conversations."""

    def do() -> Ok:
        presence.set_presence(act.asker, given.status)
        return Ok(act.asker.subject.id)

    return act.once(do, Ok)


@routes.guarded("GET", "/presence/colleagues", "presence.read")
def list_colleagues(asker: Asker) -> StatusesOut:
    """The other agents who are there now, as far as the asker may know."""
    return StatusesOut([_status(each) for each in presence.colleagues(asker)])


@routes.guarded("GET", "/presence/agents", "agent.read_status")
def list_agent_statuses(asker: Asker) -> StatusesOut:
    """Every agent within reach and whether he is there."""
    return StatusesOut([_status(each) for each in presence.agent_statuses(asker)])


@routes.guarded("PUT", "/agents/{agent}/limit", "agent.edit")
def put_agent_limit(act: Acting, agent: Id, given: LimitIn) -> Ok:
    """Let an agent have so many conversations open at once."""

    def do() -> Ok:
        presence.set_max_open(act.asker, agent, given.max_open)
        return Ok(agent)

    return act.once(do, Ok)


@routes.guarded("GET", "/desk-settings", "organization.read")
def get_desk_settings(asker: Asker) -> SettingsIO:
    """The settings of the desk."""
    found = settings.get_settings(asker)
    hours = {day: [list(span) for span in spans] for day, spans in found.hours.items()}
    return SettingsIO(found.time_zone, hours, found.handling, found.max_open, found.password_length)


@routes.guarded("PUT", "/desk-settings", "organization.edit")
def put_desk_settings(act: Acting, given: SettingsIO) -> Ok:
    """Keep the settings of the desk; they apply at once."""

    def do() -> Ok:
        wanted = DeskSettings(
            given.time_zone, _hours(given.hours), given.handling, given.max_open, given.password_length
        )
        settings.keep_settings(act.asker, wanted)
        return Ok()

    return act.once(do, Ok)


@routes.guarded("PUT", "/teams/{team}/hours", "team.edit_hours")
def put_team_hours(act: Acting, team: Id, given: HoursIO) -> Ok:
    """Give a team hours of its own, or the organization's again."""

    def do() -> Ok:
        hours = None if given.hours is None else _hours(given.hours)
        settings.keep_team_hours(act.asker, team, hours)
        return Ok(team)

    return act.once(do, Ok)


def _status(each: AgentPresence) -> StatusOut:
    return StatusOut(each.agent, each.status.value, each.since, each.open)


def _hours(week: dict[int, list[list[int]]]) -> Hours:
    return {day: tuple((span[0], span[1]) for span in spans) for day, spans in week.items()}

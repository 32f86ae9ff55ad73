"""Teams: reading those in reach, creating, renaming, deleting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path

from roledesk.core.changes import Change, PutTeam, RemoveTeam
from roledesk.core.terms import Resource, Team
from roledesk.errors import NotFoundError
from roledesk.service.api.kit import Asker, Done, Writing, api_routes

routes = api_routes()

TeamId = Annotated[str, Path(max_length=80)]


@dataclass(frozen=True, slots=True)
class TeamOut:
    """A team; exactly one is the default."""

    id: str
    name: str
    default: bool


@dataclass(frozen=True, slots=True)
class TeamsOut:
    """Teams at one revision."""

    revision: str
    teams: list[TeamOut]


@dataclass(frozen=True, slots=True)
class TeamIn:
    """A team's name, and why it is made or changed."""

    name: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class TeamRemovalIn:
    """Which team gets what the deleted one held, and why."""

    receiver: str
    because: str


@routes.guarded("GET", "/teams", "team.read")
def list_teams(asker: Asker) -> TeamsOut:
    """The teams that the asker may read."""
    organization = asker.organization
    reached = asker.reach("team.read")
    teams = [_team(each) for each in organization.policy.teams.values() if reached.covers(_resource(each.id))]
    return TeamsOut(str(organization.revision), teams)


@routes.guarded("GET", "/teams/{team_id}", "team.read")
def get_team(asker: Asker, team_id: TeamId) -> TeamOut:
    """One team."""
    team = asker.organization.policy.teams.get(team_id)
    if team is None:
        raise NotFoundError("team", team_id)
    asker.require("team.read", _resource(team_id))
    return _team(team)


@routes.guarded("PUT", "/teams/{team_id}", "team.edit")
def put_team(write: Writing, team_id: TeamId, team: TeamIn) -> Done:
    """Create the team, or rename it."""
    before = write.organization.policy.teams.get(team_id)
    edit = PutTeam(Team(team_id, team.name, default=before is not None and before.default))
    return write.commit(Change((edit,)), team.because, id=team_id)


@routes.guarded("DELETE", "/teams/{team_id}", "team.delete")
def delete_team(write: Writing, team_id: TeamId, removal: TeamRemovalIn) -> Done:
    """Delete the team; everything it held goes to the receiver."""
    if team_id not in write.organization.policy.teams:
        raise NotFoundError("team", team_id)
    return write.commit(Change((RemoveTeam(team_id, removal.receiver),)), removal.because, id=team_id)


def _resource(id: str) -> Resource:
    return Resource("team", id, team=id)


def _team(team: Team) -> TeamOut:
    return TeamOut(team.id, team.name, team.default)

"""To whom something may belong: the teams for which the asker may make it, or everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roledesk import Guard, Resource


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team to choose; the empty id is everybody."""

    id: str
    name: str


EVERYBODY = TeamChoice("", "Everybody")


def teams_for(guard: Guard, action: str) -> Sequence[TeamChoice]:
    """Everybody and the teams for which the asker may take `action`, by name."""
    policy = guard.organization.policy
    kind = policy.catalogue.get_action(action).kind
    teams = sorted(policy.teams.values(), key=lambda team: team.name.casefold())
    fitting = [
        TeamChoice(team.id, team.name) for team in teams if guard.allows(action, Resource(kind, team=team.id))
    ]
    return [EVERYBODY, *fitting] if guard.allows(action) else fitting

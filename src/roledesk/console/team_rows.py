"""Teams as the pages show them: the list, one team, and who may see and change it.

Whoever may do anything with a team may see it; there is no viewing action for teams.
Not here: the pages (teams.py, team_forms.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from roledesk.console.paging import suffix_of
from roledesk.core.policy import Policy
from roledesk.core.reach import NOWHERE
from roledesk.core.terms import Resource, Team
from roledesk.engine.guard import Guard
from roledesk.errors import NotFoundError
from roledesk.store import resources
from roledesk.store.people import folded
from roledesk.web.forms import Form
from roledesk.web.phrases import count

ACTIONS = ("team.read", "team.edit", "team.delete")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the list."""

    id: str
    name: str
    members: int
    is_default: bool


@dataclass(frozen=True, slots=True)
class TeamDetail:
    """A team with what belongs to it, and what the asker may do with it."""

    id: str
    name: str
    members: int
    is_default: bool
    holds: tuple[str, ...]
    may_edit: bool
    may_delete: bool


def team_resource(team: str) -> Resource:
    """A team as something asked about."""
    return Resource("team", team, team=team)


def may_enter(guard: Guard) -> bool:
    """Whether there is anything on the Teams page for the asker."""
    return any(guard.may(action) for action in (*ACTIONS, "team.create"))


def get_team(guard: Guard, id: str) -> Team:
    """The team, if the asker may see it. Raises NotFoundError."""
    team = guard.organization.policy.teams.get(id)
    if team is None or not _sees(guard, id):
        raise NotFoundError("team", id)
    return team


def team_pane(guard: Guard, query: Form) -> Mapping[str, object]:
    """What the list pane shows: the teams the asker may see, by name, as far as they were looked for."""
    policy = guard.organization.policy
    words = folded(query["q"]).split()
    members = member_counts(policy)
    found = [
        TeamRow(team.id, team.name, members[team.id], team.default)
        for team in policy.teams.values()
        if _sees(guard, team.id) and all(word in folded(team.name) for word in words)
    ]
    found.sort(key=lambda row: (not row.is_default, folded(row.name)))
    return {
        "teams": found,
        "query": query["q"],
        "suffix": suffix_of({"q": query["q"]}),
        "opened": query["current"],
    }


def detail_of(guard: Guard, team: Team) -> TeamDetail:
    """The team as its page begins."""
    resource = team_resource(team.id)
    return TeamDetail(
        team.id,
        team.name,
        member_counts(guard.organization.policy)[team.id],
        team.default,
        holdings(guard, team.id),
        guard.allows("team.edit", resource),
        guard.allows("team.delete", resource) and not team.default,
    )


def member_counts(policy: Policy) -> Counter[str]:
    """How many agents are in each team."""
    counts: Counter[str] = Counter()
    for standing, agents in policy.members.items():
        for team in standing.teams:
            counts[team] += len(agents)
    return counts


def holdings(guard: Guard, team: str) -> tuple[str, ...]:
    """What is registered as belonging to the team: `14 conversations`."""
    organization = guard.organization
    with organization.database.reading() as connection:
        counted = resources.count_by_kind(connection, organization.id, team)
    kinds = organization.policy.catalogue.kinds
    return tuple(
        count(number, kinds[kind].title.casefold()) for kind, number in counted.items() if kind in kinds
    )


def _sees(guard: Guard, team: str) -> bool:
    resource = team_resource(team)
    return any(
        guard.reach(action).by_state.get(None, NOWHERE).covers(guard.subject.id, resource)
        for action in ACTIONS
    )

"""What a new token can be cut to: its maker's permissions and teams, or a service's actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from roledesk.core.profile import grants_of
from roledesk.engine.guard import Guard
from roledesk.store.tokens import TokenKind


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """Something a service token may do."""

    id: str
    name: str
    help: str
    is_chosen: bool = False

    def chosen_in(self, chosen: frozenset[str]) -> ActionChoice:
        """The same, ticked when it is among `chosen`."""
        return replace(self, is_chosen=self.id in chosen)


@dataclass(frozen=True, slots=True)
class PermissionChoice:
    """A permission of the maker's."""

    key: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """The maker's permissions under one heading."""

    title: str
    permissions: tuple[PermissionChoice, ...]


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team of the organization."""

    id: str
    name: str
    is_chosen: bool


ACTION_CHOICES = (
    ActionChoice(
        "decision.evaluate", "Ask for decisions", "May this agent do that? One question or a batch of them."
    ),
    ActionChoice("decision.search", "Search", "Who may, on what, and which actions."),
    ActionChoice(
        "resource.register", "Register resources", "Tell Roledesk which team and owner a thing belongs to."
    ),
    ActionChoice(
        "facts.assert",
        "Be believed",
        "Team and owner that it sends along are taken as true. Only for your own back end.",
    ),
)


def kinds_of(guard: Guard) -> tuple[str, ...]:
    """The kinds of token that `guard` may make."""
    return tuple(_kinds(guard))


def areas_of(guard: Guard, chosen: frozenset[str]) -> tuple[AreaChoice, ...]:
    """The permissions in the asker's roles, by area."""
    policy = guard.organization.policy
    standing = policy.agents.get(guard.subject.id)
    roles = () if standing is None else standing.roles
    held = {
        permission.key
        for role in roles
        if role in policy.roles
        for permission, scope in grants_of(policy.roles[role], policy.catalogue)
        if scope
    }
    areas = (
        AreaChoice(
            area.title,
            tuple(
                PermissionChoice(each.key, each.title, each.key in chosen)
                for each in policy.catalogue.in_area(area.id)
                if each.key in held
            ),
        )
        for area in policy.catalogue.areas
    )
    return tuple(area for area in areas if area.permissions)


def teams_of(guard: Guard, chosen: frozenset[str]) -> tuple[TeamChoice, ...]:
    """The teams a token can be cut to: all those whose names the asker may know."""
    policy = guard.organization.policy
    standing = policy.agents.get(guard.subject.id)
    mine = frozenset[str]() if standing is None else standing.teams
    seen = policy.teams.keys() if guard.allows("team.read") else mine
    by_name = sorted((policy.teams[team] for team in seen), key=lambda team: team.name.casefold())
    return tuple(TeamChoice(team.id, team.name, team.id in chosen) for team in by_name)


def _kinds(guard: Guard) -> Iterator[str]:
    if guard.may("api_token.create"):
        yield TokenKind.PERSONAL.value
    if guard.allows("service_token.create"):
        yield TokenKind.SERVICE.value

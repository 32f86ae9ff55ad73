"""What an agent can do and why: every permission in force, with each role that gives it.

The same grants the rule joins (core/profile.py), told by permission instead of by action.
Not here: whether the asker may see it; the page that shows it asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roledesk.console.names import Names
from roledesk.core.catalogue import Catalogue, Permission, ReachKind
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Profile, compile_profile, grants_of, opened_extent
from roledesk.core.reach import NOWHERE, Extent
from roledesk.core.terms import Assignment, Scope, Status
from roledesk.store.projection import Provenance
from roledesk.web.phrases import listed

TEAMS_NAMED = 4
"""How many teams a reach names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A role that gives a permission: how far, within which teams, since when, from whom, why, until when."""

    role: str
    role_id: str
    scope: str
    bound: str
    since: float
    by: str
    because: str
    until: float | None


@dataclass(frozen=True, slots=True)
class EffectivePermission:
    """A permission in force; `note` says where it does less than its reach promises."""

    key: str
    title: str
    reach: str
    note: str
    why: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class EffectiveArea:
    """The permissions in force under one heading."""

    title: str
    permissions: tuple[EffectivePermission, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One permission as one assignment in force gives it."""

    assignment: Assignment
    scope: Scope


@dataclass(frozen=True, slots=True)
class Holding:
    """An agent's assignments with who gave them, ready to be told."""

    policy: Policy
    standing: Standing
    provenance: Mapping[Assignment, Provenance]
    names: Names
    now: float


def effective_areas(holding: Holding) -> tuple[EffectiveArea, ...]:
    """Every permission the agent holds now, by area; empty areas are left out."""
    given = _given(holding)
    policy = holding.policy
    profile = compile_profile(holding.standing, policy.roles, policy.catalogue, holding.now)
    areas = (
        EffectiveArea(
            area.title,
            tuple(
                _permission(permission, given[permission.key], holding, profile)
                for permission in policy.catalogue.in_area(area.id)
                if permission.key in given
            ),
        )
        for area in policy.catalogue.areas
    )
    return tuple(area for area in areas if area.permissions)


def _given(holding: Holding) -> dict[str, list[Given]]:
    """What each assignment in force gives, by permission; nothing unless the agent is active."""
    found: dict[str, list[Given]] = {}
    if holding.standing.status is not Status.ACTIVE:
        return found
    for assignment in holding.standing.assignments:
        role = holding.policy.roles.get(assignment.role)
        if role is not None and assignment.is_active(holding.now):
            for permission, scope in grants_of(role, holding.policy.catalogue):
                if scope:
                    found.setdefault(permission.key, []).append(Given(assignment, scope))
    return found


def _permission(
    permission: Permission, given: list[Given], holding: Holding, profile: Profile
) -> EffectivePermission:
    sources = tuple(_source(permission, each, holding) for each in given)
    reach = _reach(permission, given, holding)
    note = _note(permission, given, profile, holding.policy.catalogue)
    return EffectivePermission(permission.key, permission.title, reach, note, sources)


def _source(permission: Permission, given: Given, holding: Holding) -> Source:
    assignment, names = given.assignment, holding.names
    stamp = holding.provenance.get(assignment, Provenance(0.0, "", ""))
    bound = "" if assignment.teams is None else _listed_teams(assignment.teams, names) or "no team"
    return Source(
        role=names.role(assignment.role),
        role_id=assignment.role,
        scope="" if _is_switch(permission) else given.scope.name.lower(),
        bound=bound,
        since=max(stamp.at, assignment.since or 0.0),
        by=names.agent(stamp.by),
        because=stamp.because,
        until=assignment.until,
    )


def _reach(permission: Permission, given: list[Given], holding: Holding) -> str:
    if permission.reach is ReachKind.SELF:
        return "for yourself"
    if permission.reach is ReachKind.ORGANIZATION:
        return "on" if any(each.assignment.teams is None for each in given) else "nothing"
    joined = NOWHERE
    for each in given:
        joined = joined.joined(_extent(permission, each, holding.standing))
    return _spelled(joined, holding.names)


def _extent(permission: Permission, given: Given, standing: Standing) -> Extent:
    """How far the tick goes by itself: as its first opening with no scope of its own does."""
    opening = next((each for each in permission.opens if each.fixed is None), permission.opens[0])
    return opened_extent(opening, given.scope, standing.teams, given.assignment.teams)


def _spelled(extent: Extent, names: Names) -> str:
    if extent.everything:
        return "all"
    teams = _listed_teams(extent.teams, names)
    own = "own" if extent.own and not teams else ""
    within = f"own in {_listed_teams(extent.own_within, names)}" if extent.own_within and not teams else ""
    return teams or own or within or "nothing"


def _note(permission: Permission, given: list[Given], profile: Profile, catalogue: Catalogue) -> str:
    if permission.reach is ReachKind.ORGANIZATION and all(
        each.assignment.teams is not None for each in given
    ):
        return "It is about the whole organization, so a role limited to teams gives nothing of it."
    actions = {opening.action for opening in permission.opens}
    viewed = {action for action in actions if catalogue.actions[action].viewed_by}
    if viewed == actions and not any(_holds(profile, action, catalogue) for action in viewed):
        return "Nothing yet: it reaches no further than what they may see, and they may see none of it."
    return ""


def _holds(profile: Profile, action: str, catalogue: Catalogue) -> bool:
    return any(profile.extent(action, state) != NOWHERE for state in catalogue.actions[action].states)


def _is_switch(permission: Permission) -> bool:
    return permission.reach in (ReachKind.ORGANIZATION, ReachKind.SELF)


def _listed_teams(teams: frozenset[str], names: Names) -> str:
    return listed(shortened(names, teams))


def shortened(names: Names, teams: Iterator[str] | frozenset[str]) -> list[str]:
    """The teams' names in order, at most a handful and then how many more."""
    called = sorted(map(names.team, teams), key=str.casefold)
    more = [f"{len(called) - TEAMS_NAMED} more"] if len(called) > TEAMS_NAMED + 1 else []
    return [*called[: TEAMS_NAMED if more else None], *more]

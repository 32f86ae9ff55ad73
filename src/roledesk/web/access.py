"""What somebody may do less or more than a moment ago, named by permissions.

Not here: telling him (live.py), whole policies compared (core/effects.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roledesk.core.catalogue import Catalogue
from roledesk.core.effects import gained
from roledesk.core.profile import Profile, grants_of
from roledesk.core.terms import Scope

Held = tuple[str, Scope, frozenset[str] | None, frozenset[str]]
"""A permission at its scope, what bounds it, and the teams it stands for."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The titles of the permissions that now reach less far, and of those that reach further."""

    lost: tuple[str, ...]
    gained: tuple[str, ...]


def difference(before: Profile, after: Profile, catalogue: Catalogue) -> Difference | None:
    """What `after` allows less and more than `before`; None when it is the same."""
    less, more = gained(after, before), gained(before, after)
    if not less and not more:
        return None
    had, has = _held(before, catalogue), _held(after, catalogue)
    return Difference(
        _titles(had - has, {pair.action for pair in less}, catalogue),
        _titles(has - had, {pair.action for pair in more}, catalogue),
    )


def _held(profile: Profile, catalogue: Catalogue) -> frozenset[Held]:
    return frozenset(
        (permission.key, scope, assignment.teams, profile.standing.teams)
        for assignment in profile.standing.assignments
        if assignment.is_active(profile.moment) and assignment.role in profile.roles
        for permission, scope in grants_of(profile.roles[assignment.role], catalogue)
    )


def _titles(held: Iterable[Held], actions: set[str], catalogue: Catalogue) -> tuple[str, ...]:
    permissions = {key: catalogue.permissions[key] for key, *_ in held}
    named = {
        permission.title
        for permission in permissions.values()
        if any(opening.action in actions for opening in permission.opens)
    }
    return tuple(sorted(named))

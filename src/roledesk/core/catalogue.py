"""What can be ticked and what each tick opens: permissions for people, actions for code.

A Catalogue holds every permission, the actions it opens and the kinds of resource
those actions are about. It is complete and checked: an action that nobody can be
given does not exist here, and neither does a permission that opens nothing.
Not here: reading catalogue files (catalogue_file.py), who holds what (policy.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from roledesk.core.terms import Scope
from roledesk.errors import UnknownActionError, UnknownKindError, UnknownPermissionError


class ReachKind(StrEnum):
    """What kind of choice a permission is."""

    SCOPED = "scoped"
    """Ticked at one of its scopes."""
    ORGANIZATION = "organization"
    """A switch about the organization as a whole; means nothing within bounds."""
    SELF = "self"
    """A switch about the holder's own record."""
    TOKEN = "token"  # noqa: S105
    """Chosen for a service token only; no role can hold it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file, with the name that error messages call it by."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Opening:
    """One action a permission opens; `states=None` is any state.

    `fixed` is the scope it has whatever was ticked; `at_least` widens a narrower tick.
    """

    action: str
    states: frozenset[str] | None = None
    fixed: Scope | None = None
    at_least: Scope = Scope.NONE

    def scope(self, ticked: Scope) -> Scope:
        """The scope this action has in a grant ticked at `ticked`."""
        return max(ticked, self.at_least) if self.fixed is None else self.fixed


@dataclass(frozen=True, slots=True)
class Permission:
    """What an administrator ticks.

    `scopes` are those it may be ticked at, ascending: a switch has only `ALL`, one
    about the holder only `OWN`, one for tokens none. `needs` are sets of permissions:
    without one of each set it is of little use, which the console says. `later` marks one
    that no door asks for yet: it can be ticked, and so far gives nothing.
    """

    key: str
    title: str
    area: str
    reach: ReachKind
    scopes: tuple[Scope, ...]
    opens: tuple[Opening, ...]
    help: str = ""
    without: str = ""
    number: int | None = None
    needs: tuple[frozenset[str], ...] = ()
    later: bool = False

    @property
    def widest(self) -> Scope:
        """The widest scope it may be ticked at; `NONE` when no role can hold it."""
        return max(self.scopes, default=Scope.NONE)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource, and which actions are asked about it.

    `view` is the action of seeing one: every other action except those in
    `beyond_view` reaches no further. Actions named after one of its `parts` are asked
    about the resource itself. `owner_only` actions are opened by no permission. With
    `short_actions` callers of the decision service say `read` for `record.read`.
    """

    name: str
    title: str
    states: tuple[str, ...] = ()
    view: str | None = None
    beyond_view: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    owner_only: tuple[str, ...] = ()
    short_actions: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A heading of the permission list."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two permissions one agent should not hold together, and why."""

    permissions: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Action:
    """What a door asks for.

    `states` are those in which anybody can be given it, `(None,)` for a kind without
    states. `viewed_by` is the viewing action it reaches no further than.
    """

    name: str
    kind: str
    states: tuple[str | None, ...]
    viewed_by: str | None
    has_states: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every permission, action and kind; made by `parse_catalogue`.

    `sources` are the files it was read from, so that it can be kept and read again.
    `permissions` and `kinds` keep the order of the files.
    """

    name: str
    subjects: tuple[str, ...]
    areas: tuple[Area, ...]
    kinds: Mapping[str, Kind]
    permissions: Mapping[str, Permission]
    conflicts: tuple[Conflict, ...]
    sources: tuple[Source, ...]
    actions: Mapping[str, Action] = field(init=False, repr=False, compare=False)
    _openers: Mapping[str, tuple[Permission, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        openers = _openers_by_action(self.kinds, self.permissions)
        object.__setattr__(self, "_openers", openers)
        kinds = kinds_by_prefix(self.kinds)
        actions = {name: _action(name, kinds[prefix_of(name)], ways) for name, ways in openers.items()}
        object.__setattr__(self, "actions", actions)

    def get_permission(self, key: str) -> Permission:
        """The permission with this key. Raises UnknownPermissionError."""
        try:
            return self.permissions[key]
        except KeyError:
            raise UnknownPermissionError(key) from None

    def get_action(self, name: str) -> Action:
        """The action with this full name. Raises UnknownActionError."""
        try:
            return self.actions[name]
        except KeyError:
            raise UnknownActionError(name) from None

    def get_kind(self, name: str) -> Kind:
        """The kind with this name. Raises UnknownKindError."""
        try:
            return self.kinds[name]
        except KeyError:
            raise UnknownKindError(name) from None

    def find_action(self, kind: str, name: str) -> str | None:
        """The full name of what a caller calls `name` on a resource of `kind`."""
        short = kind in self.kinds and self.kinds[kind].short_actions
        candidates = (name, f"{kind}.{name}") if short else (name,)
        found = (self.actions[each] for each in candidates if each in self.actions)
        return next((action.name for action in found if action.kind == kind), None)

    def spoken(self, action: str) -> str:
        """What callers of the decision service call this action. Raises UnknownActionError."""
        kind = self.kinds[self.get_action(action).kind]
        return action.removeprefix(f"{kind.name}.") if kind.short_actions else action

    def openers(self, action: str) -> tuple[Permission, ...]:
        """The permissions that open this action; none for the owner's alone. Raises UnknownActionError."""
        self.get_action(action)
        return self._openers[action]

    def title_of(self, action: str) -> str:
        """What people call the action: the title of the permission that is first of all about it.

        The action itself when only the owner holds it. Raises UnknownActionError.
        """
        named = sorted(
            self.openers(action), key=lambda each: (each.opens[0].action != action, len(each.opens))
        )
        return named[0].title if named else action

    def in_area(self, area: str) -> tuple[Permission, ...]:
        """The permissions under one heading, by number; those without a number last."""
        found = (permission for permission in self.permissions.values() if permission.area == area)
        return tuple(sorted(found, key=lambda each: (each.number is None, each.number or 0)))

    def needs_of(self, key: str) -> tuple[frozenset[str], ...]:
        """What a permission is of little use without, sets of which one each suffices.

        Besides its written needs: some way to view what it acts on.
        """
        permission = self.get_permission(key)
        opened = {each.action for each in permission.opens}
        views = {view for action in opened if (view := self.actions[action].viewed_by)} - opened
        viewing = (frozenset(each.key for each in self._openers[view]) for view in sorted(views))
        written = permission.needs
        return written + tuple(ways for ways in viewing if not any(need <= ways for need in written))


def prefix_of(action: str) -> str:
    """The kind or part of a kind an action is named after."""
    return action.partition(".")[0]


def kinds_by_prefix(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Each kind under its name and under each of its parts."""
    return {prefix: kind for kind in kinds.values() for prefix in (kind.name, *kind.parts)}


def states_opened(action: str, kind: Kind, openers: Sequence[Permission]) -> tuple[str | None, ...]:
    """The states of `kind` in which somebody can be given `action`, in the kind's order."""
    openings = [each.states for permission in openers for each in permission.opens if each.action == action]
    if not kind.states:
        return (None,)
    everywhere = action in kind.owner_only or None in openings
    somewhere = frozenset[str]().union(*(each or () for each in openings))
    return tuple(state for state in kind.states if everywhere or state in somewhere)


def _openers_by_action(
    kinds: Mapping[str, Kind], permissions: Mapping[str, Permission]
) -> dict[str, tuple[Permission, ...]]:
    found: dict[str, dict[str, Permission]] = {}
    for permission in permissions.values():
        for opening in permission.opens:
            found.setdefault(opening.action, {})[permission.key] = permission
    for kind in kinds.values():
        found |= {action: {} for action in kind.owner_only}
    return {action: tuple(by_key.values()) for action, by_key in found.items()}


def _action(name: str, kind: Kind, openers: Sequence[Permission]) -> Action:
    free = name == kind.view or name in kind.beyond_view
    states = states_opened(name, kind, openers)
    return Action(name, kind.name, states, None if free else kind.view, bool(kind.states))

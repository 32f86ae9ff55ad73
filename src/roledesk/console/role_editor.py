"""The dual list: a role's permissions as they are saved and as they are staged.

What is staged travels in the page's own form, one `grant.<key>` field for each
permission, so nothing is kept on the server until the role is saved.
Not here: who gains and loses by it (effects.py), the doors (role_changes.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from roledesk.console.names import Names
from roledesk.core.catalogue import Permission, ReachKind
from roledesk.core.policy import Policy
from roledesk.core.profile import grants_of
from roledesk.core.terms import Role, Scope
from roledesk.errors import InputError
from roledesk.store.people import folded
from roledesk.store.projection import Provenance
from roledesk.web.forms import Form

FIELD = "grant."
RESERVED = "Reserved for the owner in this organization: no other role can have it."
NOTHING: Mapping[str, str] = MappingProxyType({})

Scopes = Mapping[str, Scope]
Mark = Literal["", "new", "removed", "wider", "narrower"]


@dataclass(frozen=True, slots=True)
class Ticked:
    """When, by whom and why a permission was last ticked."""

    at: float
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Item:
    """One permission in the dual list; a switch has no `scopes` to choose from."""

    key: str
    title: str
    help: str
    scopes: tuple[str, ...]
    saved: str
    staged: str
    is_match: bool
    change: Mark
    reserved: str
    ticked: Ticked | None


@dataclass(frozen=True, slots=True)
class Area:
    """The permissions under one heading."""

    title: str
    permissions: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many agents gain and how many lose something, and what comes into their reach or leaves it."""

    gain: int
    lose: int
    reached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Editor:
    """Everything the dual list shows."""

    areas: tuple[Area, ...]
    expecting: int
    query: str = ""
    because: str = ""
    preview: Tally | None = None
    warnings: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Item, ...]:
        """Every permission, in the order of the headings."""
        return tuple(item for area in self.areas for item in area.permissions)

    @property
    def total(self) -> int:
        """How many permissions there are."""
        return len(self.items)

    @property
    def selected(self) -> int:
        """How many are staged."""
        return sum(item.staged != "none" for item in self.items)

    @property
    def changes(self) -> int:
        """How many differ from what is saved."""
        return sum(bool(item.change) for item in self.items)

    @property
    def added(self) -> int:
        """How many are new."""
        return self._marks["new"]

    @property
    def wider(self) -> int:
        """How many reach further."""
        return self._marks["wider"]

    @property
    def narrower(self) -> int:
        """How many reach less far."""
        return self._marks["narrower"]

    @property
    def removed(self) -> int:
        """How many are taken out."""
        return self._marks["removed"]

    @property
    def _marks(self) -> Counter[str]:
        return Counter(item.change for item in self.items)


def tickable(policy: Policy) -> tuple[Permission, ...]:
    """The permissions a role can hold, in the order of the headings."""
    catalogue = policy.catalogue
    return tuple(each for area in catalogue.areas for each in catalogue.in_area(area.id) if each.scopes)


def saved_scopes(role: Role, policy: Policy) -> Scopes:
    """What the role grants; the owner's everything."""
    return {permission.key: scope for permission, scope in grants_of(role, policy.catalogue)}


def read_staged(form: Form, role: Role, policy: Policy) -> Scopes:
    """The scopes staged on the page; a permission the form does not mention stays as saved.

    Raises InputError for a field that no permission has, or a scope that is none.
    """
    staged = dict(saved_scopes(role, policy))
    permissions = {each.key: each for each in tickable(policy)}
    for name in form.fields:
        if name.startswith(FIELD):
            key = name.removeprefix(FIELD)
            if key not in permissions:
                raise InputError(name, "there is no such permission; open the role again")
            staged[key] = _scope(name, form[name], permissions[key])
    return {key: scope for key, scope in staged.items() if scope}


def _scope(name: str, word: str, permission: Permission) -> Scope:
    if word == "all" and is_switch(permission):
        return permission.widest
    try:
        return Scope[word.upper()]
    except KeyError:
        raise InputError(name, "choose none, own, team or all") from None


def moved(staged: Scopes, form: Form, role: Role, policy: Policy) -> Scopes:
    """What is staged after the arrow button that was pressed; `move` names it."""
    saved, query = saved_scopes(role, policy), form["q"]
    shown = [each for each in tickable(policy) if is_match(each, query)]
    ways = {
        "add": form.chosen("add"),
        "add_all": frozenset(each.key for each in shown),
        "remove": form.chosen("drop"),
        "remove_all": frozenset(each.key for each in shown),
    }
    wanted = ways.get(form["move"], frozenset())
    if form["move"].startswith("remove"):
        return {key: scope for key, scope in staged.items() if key not in wanted}
    added = {
        each.key: saved.get(each.key, each.scopes[0])
        for each in tickable(policy)
        if each.key in wanted and each.key not in staged and not is_locked(each, saved, policy)
    }
    return {**staged, **added}


def with_grants(role: Role, staged: Scopes, policy: Policy) -> Role:
    """The role with what is staged; a grant the catalogue has no permission for is kept."""
    unknown = {key: scope for key, scope in role.grants.items() if key not in policy.catalogue.permissions}
    return replace(role, grants={**unknown, **staged})


def areas_of(
    role: Role, staged: Scopes, policy: Policy, *, query: str = "", ticked: Mapping[str, Ticked] | None = None
) -> tuple[Area, ...]:
    """Every permission a role can hold, under its heading, as saved and as staged."""
    saved = saved_scopes(role, policy)
    known = ticked or {}

    def item(permission: Permission) -> Item:
        key = permission.key
        before, after = saved.get(key, Scope.NONE), staged.get(key, Scope.NONE)
        return Item(
            key,
            permission.title,
            permission.help,
            () if is_switch(permission) else tuple(map(_word, permission.scopes)),
            scope_word(permission, before),
            scope_word(permission, after),
            is_match(permission, query),
            _mark(before, after),
            RESERVED if is_locked(permission, saved, policy) else "",
            known.get(key),
        )

    catalogue = policy.catalogue
    found = (
        Area(area.title, tuple(item(each) for each in catalogue.in_area(area.id) if each.scopes))
        for area in catalogue.areas
    )
    return tuple(area for area in found if area.permissions)


def ticked_by(found: Mapping[str, Provenance], names: Names) -> dict[str, Ticked]:
    """Who ticked what, by name."""
    return {key: Ticked(each.at, names.agent(each.by), each.because) for key, each in found.items()}


def is_locked(permission: Permission, saved: Scopes, policy: Policy) -> bool:
    """Whether it is reserved, so that it can be kept or taken out, but not ticked."""
    return permission.key in policy.reserved and permission.key not in saved


def is_switch(permission: Permission) -> bool:
    """Whether it is on or off, with no scope to choose."""
    return permission.reach is not ReachKind.SCOPED


def is_match(permission: Permission, query: str) -> bool:
    """Whether every word of `query` stands in its title, key or help."""
    text = folded(f"{permission.title} {permission.key} {permission.help}")
    return all(word in text for word in folded(query).split())


def scope_word(permission: Permission, scope: Scope) -> str:
    """The scope as the form says it: a switch that is on is `all`."""
    return "all" if scope and is_switch(permission) else _word(scope)


def _word(scope: Scope) -> str:
    return scope.name.lower()


def _mark(before: Scope, after: Scope) -> Mark:
    if before == after:
        return ""
    if not before:
        return "new"
    if not after:
        return "removed"
    return "wider" if after > before else "narrower"

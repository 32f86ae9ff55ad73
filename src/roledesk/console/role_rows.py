"""Roles as the list shows them, and one role as its page begins.

Not here: a role's permissions (role_editor.py), its doors (role_pages.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from roledesk.console.names import Names, Person
from roledesk.console.presets import presets_of
from roledesk.core.catalogue import Source
from roledesk.core.policy import Policy, Standing
from roledesk.core.refusals import role_resource
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.errors import NotFoundError
from roledesk.store.people import folded

OWNER_LOCKED = "The owner role holds everything, always. It cannot be changed."

Kind = Literal["owner", "template", "custom"]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role in the list; `is_edited` while changes to it are staged on the page."""

    id: str
    name: str
    kind: Kind
    holders: int
    permissions: int
    is_edited: bool = False


@dataclass(frozen=True, slots=True)
class RoleDetail:
    """What stands above each tab of a role."""

    id: str
    name: str
    kind: Kind
    holders: int
    permissions: int
    description: str
    policy_text: str
    steward: Person | None
    locked_because: str
    shows_holders: bool
    shows_history: bool

    @property
    def is_editable(self) -> bool:
        """Whether the role can be changed at all, by whoever may."""
        return not self.locked_because


def get_role(guard: Guard, id: str) -> Role:
    """The role, if there is one. Raises NotFoundError, and DeniedError when `guard` may not read it."""
    policy = guard.organization.policy
    if id not in policy.roles:
        raise NotFoundError("role", id)
    guard.require("role.read", role_resource(policy, id))
    return policy.roles[id]


def rows_of(
    policy: Policy, held: Mapping[str, int], query: str = "", *, edited: str = ""
) -> tuple[RoleRow, ...]:
    """The roles whose name has every word of `query`: the owner's first, then by name.

    `held` counts each role's holders.
    """
    words = folded(query).split()
    found = [role for role in policy.roles.values() if all(word in folded(role.name) for word in words)]
    found.sort(key=lambda role: (not role.owner, folded(role.name), role.id))
    return tuple(_row(role, policy, held.get(role.id, 0), is_edited=role.id == edited) for role in found)


def holder_counts(members: Mapping[Standing, frozenset[str]]) -> Counter[str]:
    """How many of these agents hold each role."""
    counts: Counter[str] = Counter()
    for standing, agents in members.items():
        for role in standing.roles:
            counts[role] += len(agents)
    return counts


def detail_of(guard: Guard, role: Role, names: Names, holders: int) -> RoleDetail:
    """The head of a role's page, as `guard` may see it."""
    return RoleDetail(
        role.id,
        role.name,
        kind_of(role, guard.organization.policy),
        holders,
        len(role.grants),
        role.description,
        role.policy_text,
        None if role.steward is None else names.person(role.steward),
        OWNER_LOCKED if role.owner else "",
        guard.may("agent.read"),
        # Roles belong to no team: their history needs the widest reach.
        guard.allows("history.read"),
    )


def kind_of(role: Role, policy: Policy) -> Kind:
    """Whether it is the owner's, came with the organization's preset, or was made here."""
    if role.owner:
        return "owner"
    return "template" if role.id in _template_ids(policy.preset, policy.catalogue.sources) else "custom"


def _row(role: Role, policy: Policy, holders: int, *, is_edited: bool) -> RoleRow:
    return RoleRow(role.id, role.name, kind_of(role, policy), holders, len(role.grants), is_edited)


@lru_cache(maxsize=64)
def _template_ids(preset: str, sources: tuple[Source, ...]) -> frozenset[str]:
    found = (each for each in presets_of(sources) if each.id == preset)
    return frozenset(role.id for each in found for role in each.roles)

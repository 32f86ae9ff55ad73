"""Roles: reading, creating, editing, deleting, and what a change of one would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Path

from roledesk.core.changes import Change, Holders, MergeInto, PutRole, RemoveRole, ReplaceBy, TakeAway
from roledesk.core.effects import Pair
from roledesk.core.policy import Policy
from roledesk.core.terms import Role, Scope
from roledesk.engine import Preview
from roledesk.errors import InputError, NotFoundError
from roledesk.service.api.kit import Asker, Done, Writing, api_routes

routes = api_routes()

RoleId = Annotated[str, Path(max_length=80)]
ScopeName = Literal["own", "team", "all"]


@dataclass(frozen=True, slots=True)
class RoleOut:
    """A role; `grants` are permission → scope."""

    id: str
    name: str
    description: str
    policy_text: str
    steward: str | None
    givers: list[str]
    owner: bool
    holders: int
    grants: dict[str, ScopeName]


@dataclass(frozen=True, slots=True)
class RolesOut:
    """Every role, at one revision."""

    revision: str
    roles: list[RoleOut]


@dataclass(frozen=True, slots=True)
class RoleIn:
    """A whole role, and why it is made or changed."""

    name: str
    grants: dict[str, ScopeName]
    because: str = ""
    description: str = ""
    policy_text: str = ""
    steward: str | None = None
    givers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RemovalIn:
    """What becomes of the holders of a deleted role, and why."""

    because: str
    holders: Literal["take_away", "replace_by", "merge_into"] | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class PairOut:
    """An action in a state, where it is gained or lost."""

    action: str
    state: str | None
    everything: bool
    teams: list[str]
    own: bool
    own_within: list[str]


@dataclass(frozen=True, slots=True)
class EffectOut:
    """What some agents would gain and lose; `agents` are all of them."""

    agents: list[str]
    gains: list[PairOut]
    losses: list[PairOut]


@dataclass(frozen=True, slots=True)
class PreviewOut:
    """What a change would do, and every reason why it would be refused."""

    revision: str
    refusals: list[str]
    effects: list[EffectOut]


@routes.guarded("GET", "/roles", "role.read")
def list_roles(asker: Asker) -> RolesOut:
    """Every role with its grants."""
    organization = asker.organization
    policy = organization.policy
    return RolesOut(str(organization.revision), [_role(policy, role) for role in policy.roles.values()])


@routes.guarded("GET", "/roles/{role_id}", "role.read")
def get_role(asker: Asker, role_id: RoleId) -> RoleOut:
    """One role."""
    policy = asker.organization.policy
    if role_id not in policy.roles:
        raise NotFoundError("role", role_id)
    return _role(policy, policy.roles[role_id])


@routes.guarded("PUT", "/roles/{role_id}", "role.edit")
def put_role(write: Writing, role_id: RoleId, role: RoleIn) -> Done:
    """Create the role, or replace it whole."""
    return write.commit(Change((PutRole(_role_in(role_id, role)),)), role.because, id=role_id)


@routes.guarded("POST", "/roles/{role_id}/preview", "role.edit")
def preview_role(asker: Asker, role_id: RoleId, role: RoleIn) -> PreviewOut:
    """What putting this role would do; nothing is written."""
    change = Change((PutRole(_role_in(role_id, role)),))
    return preview_out(asker.organization.preview(change, by=asker.subject))


@routes.guarded("DELETE", "/roles/{role_id}", "role.delete")
def delete_role(write: Writing, role_id: RoleId, removal: RemovalIn) -> Done:
    """Delete the role; one that is held needs to say what becomes of its holders."""
    if role_id not in write.organization.policy.roles:
        raise NotFoundError("role", role_id)
    return write.commit(Change((RemoveRole(role_id, _holders(removal)),)), removal.because, id=role_id)


def _holders(removal: RemovalIn) -> Holders | None:
    if removal.holders in ("replace_by", "merge_into") and removal.role is None:
        raise InputError("role", f"is needed with `{removal.holders}`")
    match removal.holders:
        case "take_away":
            return TakeAway()
        case "replace_by":
            return ReplaceBy(removal.role or "")
        case "merge_into":
            return MergeInto(removal.role or "")
    return None


def _role_in(id: str, role: RoleIn) -> Role:
    return Role(
        id,
        role.name,
        {permission: Scope[scope.upper()] for permission, scope in role.grants.items()},
        description=role.description,
        policy_text=role.policy_text,
        steward=role.steward,
        givers=frozenset(role.givers),
    )


def _role(policy: Policy, role: Role) -> RoleOut:
    holders = sum(len(agents) for standing, agents in policy.members.items() if role.id in standing.roles)
    return RoleOut(
        role.id,
        role.name,
        role.description,
        role.policy_text,
        role.steward,
        sorted(role.givers),
        role.owner,
        holders,
        {key: _scope_name(scope) for key, scope in sorted(role.grants.items())},
    )


def _scope_name(scope: Scope) -> ScopeName:
    return "all" if scope is Scope.ALL else "team" if scope is Scope.TEAM else "own"


def preview_out(preview: Preview) -> PreviewOut:
    """A preview as the API tells it."""
    return PreviewOut(
        str(preview.revision),
        [refusal.message for refusal in preview.refusals],
        [
            EffectOut(list(effect.agents), [*map(_pair, effect.gains)], [*map(_pair, effect.losses)])
            for effect in preview.effects
        ],
    )


def _pair(pair: Pair) -> PairOut:
    action, state, extent = pair
    teams, own_within = sorted(extent.teams), sorted(extent.own_within)
    return PairOut(action, state, extent.everything, teams, extent.own, own_within)

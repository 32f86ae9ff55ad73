"""Every edit to a policy, as a value, and what applying it gives.

A Change is a tuple of edits done together or not at all. Each edit carries the
whole new value, so that a change can be replayed, compared and undone.
Not here: who may make it (refusals.py), writing it down (store/).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from roledesk.core.draft import Draft
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Role, Scope, Status, Team


@dataclass(frozen=True, slots=True)
class Found:
    """Start an organization: always the first edit of revision 1, and only there.

    `catalogue` names the built-in catalogue files; `catalogue_text` is a host's
    own file, kept with the organization.
    """

    name: str
    preset: str = ""
    catalogue: tuple[str, ...] = ("access", "desk")
    catalogue_text: str = ""
    reserved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PutRole:
    """Create the role, or replace it whole."""

    role: Role


@dataclass(frozen=True, slots=True)
class TakeAway:
    """Holders of the deleted role just lose it."""


@dataclass(frozen=True, slots=True)
class ReplaceBy:
    """Holders of the deleted role get `role` instead, with the same bounds and dates."""

    role: str


@dataclass(frozen=True, slots=True)
class MergeInto:
    """`role` gains the deleted role's grants, and its holders get `role`."""

    role: str


Holders = TakeAway | ReplaceBy | MergeInto


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """Delete a role; one that is still held needs to say what becomes of its holders."""

    role: str
    holders: Holders | None = None


@dataclass(frozen=True, slots=True)
class PutTeam:
    """Create the team, or rename it."""

    team: Team


@dataclass(frozen=True, slots=True)
class RemoveTeam:
    """Delete a team. Its resources move to `receiver`; memberships and bounds on it end."""

    team: str
    receiver: str


@dataclass(frozen=True, slots=True)
class PutAgent:
    """Add the agent, or set status and teams; assignments stay as they are."""

    agent: str
    status: Status = Status.INVITED
    teams: frozenset[str] = frozenset()
    type: str = field(default="agent", kw_only=True)


@dataclass(frozen=True, slots=True)
class SetAssignments:
    """The roles the agent holds from now on, whole."""

    agent: str
    assignments: tuple[Assignment, ...] = ()


Edit = Found | PutRole | RemoveRole | PutTeam | RemoveTeam | PutAgent | SetAssignments


@dataclass(frozen=True, slots=True)
class Change:
    """Edits done together, in order; the later sees what the earlier did."""

    edits: tuple[Edit, ...]


def apply(policy: Policy, change: Change) -> Policy:
    """The policy after `change`; `policy` itself is untouched.

    Pure and unguarded: it is also how history is replayed. An edit of something
    that is not there leaves it so; `refusals` is where that is said.
    """
    draft = Draft(policy)
    for edit in change.edits:
        apply_edit(draft, edit)
    return draft.policy()


def apply_edit(draft: Draft, edit: Edit) -> None:
    """Make one edit in `draft`, as unguarded as `apply`."""
    match edit:
        case Found():
            draft.name, draft.preset, draft.reserved = edit.name, edit.preset, edit.reserved
        case PutRole(role):
            draft.put_role(role)
        case RemoveRole(role_id) if role_id in draft.roles:
            _remove_role(draft, edit)
        case PutTeam(team):
            draft.put_team(team)
        case RemoveTeam(team) if team in draft.teams:
            draft.drop_team(team)
            draft.move_all(lambda standing: without_team(standing, team))
        case PutAgent():
            before = draft.agents.get(edit.agent)
            held = () if before is None else before.assignments
            draft.place(edit.agent, Standing(edit.status, edit.teams, held, edit.type))
        case SetAssignments(agent, assignments):
            before = draft.agents.get(agent)
            if before is not None:
                draft.place(agent, replace(before, assignments=_once(assignments)))


def _remove_role(draft: Draft, edit: RemoveRole) -> None:
    successor = edit.holders.role if isinstance(edit.holders, ReplaceBy | MergeInto) else None
    if isinstance(edit.holders, MergeInto) and edit.holders.role in draft.roles:
        draft.put_role(merged(draft.roles[edit.holders.role], draft.roles[edit.role]))
    draft.drop_role(edit.role)
    for role in tuple(draft.roles.values()):
        if edit.role in role.givers:
            draft.put_role(replace(role, givers=role.givers - {edit.role}))
    draft.move_all(lambda standing: _succeeded(standing, edit.role, successor))


def merged(into: Role, other: Role) -> Role:
    """`into` with the grants of both, each at the wider scope."""
    wider = {key: max(scope, into.grants.get(key, Scope.NONE)) for key, scope in other.grants.items()}
    return replace(into, grants={**into.grants, **wider})


def _succeeded(standing: Standing, role: str, successor: str | None) -> Standing:
    """The standing after `role` was deleted, its assignments passed on to `successor`."""
    if role not in standing.roles:
        return standing
    kept = (
        replace(assignment, role=successor) if assignment.role == role and successor else assignment
        for assignment in standing.assignments
        if assignment.role != role or successor
    )
    return replace(standing, assignments=_once(kept))


def without_team(standing: Standing, team: str) -> Standing:
    """The standing after `team` was deleted; an assignment whose last team it was has ended."""
    bounded = (
        replace(assignment, teams=assignment.teams - {team}) if assignment.teams else assignment
        for assignment in standing.assignments
    )
    kept = tuple(
        after
        for before, after in zip(standing.assignments, bounded, strict=True)
        if after.teams or after.teams == before.teams
    )
    return replace(standing, teams=standing.teams - {team}, assignments=_once(kept))


def _once(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Without repeats, in order: the same assignment twice means nothing more."""
    return tuple(dict.fromkeys(assignments))

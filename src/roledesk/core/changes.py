"""Every edit to a policy, as a value, and what applying it gives.

A Change is a tuple of edits done together or not at all. Each edit carries the
whole new value, so that a change can be replayed, compared and undone.
Not here: who may make it (refusals.py), writing it down (store/).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from roledesk.core.terms import Assignment, Role, Status, Team


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

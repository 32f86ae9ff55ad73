"""Which roles somebody may give, told in the forms before he tries.

Judged by the same rule as the giving itself (core/giving.py), on stand-ins: one agent of
the same teams for each role. A role that is offered can still be refused with other bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from roledesk.core.changes import Change, SetAssignments
from roledesk.core.giving import unearned
from roledesk.core.policy import Policy, Standing
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Role, Status, Subject
from roledesk.engine.guard import Guard

HOLDS_MORE = "opens what you do not hold"
OWNERS_ONLY = "only an owner may"


@dataclass(frozen=True, slots=True)
class RoleOffer:
    """A role to choose; `refused` says why it cannot be."""

    id: str
    name: str
    description: str
    is_chosen: bool
    refused: str | None


def offer_roles(
    guard: Guard, teams: frozenset[str], *, chosen: frozenset[str] = frozenset()
) -> tuple[RoleOffer, ...]:
    """Every role by name, and whether `guard` may give it to somebody in `teams`."""
    policy = guard.organization.policy
    beyond = _beyond(guard.organization.snapshot, guard.subject, teams)
    roles = sorted(policy.roles.values(), key=lambda role: (not role.owner, role.name.casefold()))
    return tuple(_offer(role, role.id in chosen, role.id in beyond) for role in roles)


def _offer(role: Role, is_chosen: bool, is_beyond: bool) -> RoleOffer:
    refused = None if not is_beyond else OWNERS_ONLY if role.owner else HOLDS_MORE
    return RoleOffer(role.id, role.name, role.description, is_chosen and not is_beyond, refused)


@lru_cache(maxsize=32)
def _beyond(snapshot: Snapshot, by: Subject, teams: frozenset[str]) -> frozenset[str]:
    """The roles that `by` may not give; the moment does not matter, since nothing with dates counts."""
    policy, now = snapshot.policy, snapshot.clock()
    stand_ins = {f"{role}?": role for role in policy.roles}
    before = _with(policy, by, dict.fromkeys(stand_ins, Standing(Status.ACTIVE, teams)))
    given = {agent: Standing(Status.ACTIVE, teams, (Assignment(role),)) for agent, role in stand_ins.items()}
    change = Change(tuple(SetAssignments(agent, each.assignments) for agent, each in given.items()))
    refused = {each.where for each in unearned(before, _with(policy, by, given), change, by=by, now=now)}
    return frozenset(role for agent, role in stand_ins.items() if f"agent {agent}" in refused)


def _with(policy: Policy, by: Subject, stand_ins: dict[str, Standing]) -> Policy:
    """A policy of nobody but `by` and the stand-ins."""
    agents = {**stand_ins, by.id: policy.agents.get(by.id, Standing())}
    members: dict[Standing, frozenset[str]] = {}
    for agent, standing in agents.items():
        members[standing] = members.get(standing, frozenset()) | {agent}
    return replace(policy, agents=agents, members=members)

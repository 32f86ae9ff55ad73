"""One question, answered with its reasons.

`decide` and `Snapshot.allows` give the same answer; a property test holds them
together.
Not here: the rule itself (profile.py).
"""

from __future__ import annotations

from typing import NamedTuple

from roledesk.core.catalogue import Permission
from roledesk.core.policy import Standing
from roledesk.core.profile import Profile, opened_extent
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Grant, Reason, Resource, Revision, Scope, Status, Subject

GRANTED = Reason.GRANTED


class Missing(NamedTuple):
    """What would turn a no into a yes.

    `permissions` are (key, narrowest scope that suffices); `roles` are the ids of
    roles that would do, given without bounds.
    """

    permissions: tuple[tuple[str, Scope], ...] = ()
    roles: tuple[str, ...] = ()


class Decision(NamedTuple):
    """Whether `subject` may take `action` on `resource`, and why; true when allowed.

    `grants` are those that decided: together they suffice, without them it is no.
    `valid_until` is the moment at which time alone may change the answer.
    """

    allowed: bool
    reason: Reason
    subject: Subject
    action: str
    resource: Resource | None
    snapshot: Snapshot
    grants: tuple[Grant, ...] = ()
    valid_until: float | None = None

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def organization(self) -> str:
        """The organization it was decided for."""
        return self.snapshot.policy.organization

    @property
    def revision(self) -> Revision:
        """The revision it was decided at."""
        return self.snapshot.revision

    @property
    def missing(self) -> Missing:
        """What would have been needed; empty when allowed."""
        return Missing() if self.allowed else find_missing(self)


def decide(
    snapshot: Snapshot,
    subject: Subject,
    action: str,
    resource: Resource | None = None,
    *,
    now: float | None = None,
) -> Decision:
    """May `subject` take `action` on `resource`; without one, on the organization itself?

    Raises UnknownActionError and KindMismatchError, since a typo is a bug. Every
    other unknown is a no with its reason.
    """
    state = snapshot.state_of(action, resource)
    if subject.actions is not None:
        reason = Reason.GRANTED if action in subject.actions else Reason.NO_GRANT
        return Decision(reason is Reason.GRANTED, reason, subject, action, resource, snapshot)
    profile = snapshot.profile_of(subject, now)
    if resource is None:
        allowed = action in profile.everywhere
    else:
        extents = profile.by_state.get(state)
        extent = None if extents is None else extents.get(action)
        allowed = extent is not None and extent.covers(subject.id, resource)
    if allowed:
        grants = _deciding(snapshot, profile, subject.id, action, state, resource)
        # Straight to the tuple: a decision is made as often as a question is asked.
        return tuple.__new__(
            Decision, (True, GRANTED, subject, action, resource, snapshot, grants, profile.valid_until)
        )
    reason = _refusal(snapshot, profile, subject, action, state, resource)
    return Decision(False, reason, subject, action, resource, snapshot, (), profile.valid_until)


def _covers(profile: Profile, agent: str, action: str, state: str | None, resource: Resource | None) -> bool:
    if resource is None:
        return action in profile.everywhere
    return profile.extent(action, state).covers(agent, resource)


def _deciding(
    snapshot: Snapshot,
    profile: Profile,
    agent: str,
    action: str,
    state: str | None,
    resource: Resource | None,
) -> tuple[Grant, ...]:
    """The grants without which it were no: for the action, and for viewing what it is done to."""
    deciders = profile.deciders or snapshot.deciders(profile)
    if resource is not None:
        return deciders[action, state].of(agent, resource)
    held = (deciders.get((action, each)) for each in snapshot.catalogue.actions[action].states)
    return tuple(
        dict.fromkeys(grant for each in held if each for grant, part in each.grants if part.everything)
    )


def _refusal(
    snapshot: Snapshot,
    profile: Profile,
    subject: Subject,
    action: str,
    state: str | None,
    resource: Resource | None,
) -> Reason:
    """The first of the rule's conditions that fails."""
    if subject.id not in snapshot.policy.agents:
        return Reason.UNKNOWN_SUBJECT
    if profile.standing.status is not Status.ACTIVE:
        return Reason.INACTIVE
    deciders = profile.deciders or snapshot.deciders(profile)
    for each in snapshot.catalogue.actions[action].states:
        if (action, each) in deciders:
            break
    else:
        later = profile.dated and _held_at_other_times(snapshot, subject, action)
        return Reason.NOT_IN_FORCE if later else Reason.NO_GRANT
    if resource is None:
        return Reason.OUT_OF_SCOPE
    return _refusal_in_state(snapshot, profile, subject, action, state, resource)


def _refusal_in_state(
    snapshot: Snapshot, profile: Profile, subject: Subject, action: str, state: str | None, resource: Resource
) -> Reason:
    kind = snapshot.catalogue.kinds[resource.kind]
    if kind.states and state not in kind.states:
        return Reason.MISSING_FACTS
    held = snapshot.deciders(profile).get((action, state))
    if held is None:
        return Reason.WRONG_STATE
    openers = {opener.key for opener in snapshot.catalogue.openers(action)}
    by_itself = any(
        grant.permission in openers and extent.covers(subject.id, resource) for grant, extent in held.grants
    )
    return Reason.NOT_VIEWABLE if by_itself else Reason.OUT_OF_SCOPE


def _held_at_other_times(snapshot: Snapshot, subject: Subject, action: str) -> bool:
    roles = snapshot.policy.roles
    dated = (
        roles[each.role]
        for each in snapshot.standing(subject).assignments
        if each.is_dated and each.role in roles
    )
    openers = snapshot.catalogue.openers(action)
    return any(role.owner or any(opener.key in role.grants for opener in openers) for role in dated)


def find_missing(decision: Decision) -> Missing:
    """Which permissions and roles would have allowed it, to an agent of the same teams."""
    catalogue = decision.snapshot.catalogue
    viewed_by = catalogue.actions[decision.action].viewed_by
    # Where only viewing fails, it is viewing that is missing.
    unseen = decision.reason is Reason.NOT_VIEWABLE
    wanted = viewed_by if viewed_by is not None and unseen else decision.action
    enough = [
        (opener.key, scope)
        for opener in catalogue.openers(wanted)
        if (scope := _narrowest(decision, opener, wanted)) is not None
    ]
    keys = {opener.key for opener in catalogue.openers(wanted)}
    roles = decision.snapshot.policy.roles.values()
    useful = (role.id for role in roles if role.owner or not keys.isdisjoint(role.grants))
    return Missing(tuple(enough), tuple(role for role in useful if _would_do(decision, role)))


def _narrowest(decision: Decision, opener: Permission, wanted: str) -> Scope | None:
    """The narrowest scope at which this permission opens `wanted`, viewing aside, for what was asked."""
    teams = decision.snapshot.standing(decision.subject).teams
    state = decision.snapshot.state_of(decision.action, decision.resource)
    for scope in opener.scopes:
        for opening in opener.opens:
            if opening.action == wanted and _opens(decision, opening.states, state):
                extent = opened_extent(opening, scope, teams, None)
                if extent.covers(decision.subject.id, decision.resource):
                    return scope
    return None


def _opens(decision: Decision, states: frozenset[str] | None, state: str | None) -> bool:
    return decision.resource is None or states is None or state in states


def _would_do(decision: Decision, role: str) -> bool:
    """Whether the agent would be allowed it with `role` added to what he holds."""
    snapshot = decision.snapshot
    before = snapshot.standing(decision.subject)
    added = Standing(Status.ACTIVE, before.teams, (*before.assignments, Assignment(role)), before.type)
    state = snapshot.state_of(decision.action, decision.resource)
    return _covers(snapshot.profile(added), decision.subject.id, decision.action, state, decision.resource)

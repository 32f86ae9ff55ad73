"""The same rule asked backwards: who may, which actions, how far.

Every answer here agrees with `decide`, one by one; a property test holds them
together.
Not here: SQL (store/predicates.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from roledesk.core.reach import NOWHERE, Reach
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Resource, Subject


def who_can(
    snapshot: Snapshot, action: str, resource: Resource | None = None, *, now: float | None = None
) -> tuple[str, ...]:
    """The agents who may take `action` on `resource`, each once, in no order.

    Sorting a quarter of a million would take longer than finding them. Raises
    UnknownActionError. Source: AuthZEN 1.0, subject search.
    """
    return tuple(chain.from_iterable(_groups(snapshot, action, resource, now)))


def count_who_can(
    snapshot: Snapshot, action: str, resource: Resource | None = None, *, now: float | None = None
) -> int:
    """How many agents `who_can` would name, without naming them."""
    return sum(len(group) for group in _groups(snapshot, action, resource, now))


def _groups(
    snapshot: Snapshot, action: str, resource: Resource | None, now: float | None
) -> Iterator[frozenset[str]]:
    """The allowed agents of each standing; only the owner of the resource where own things alone are covered."""
    state = snapshot.state_of(action, resource)
    owner = "" if resource is None or resource.owner is None else resource.owner
    for standing, agents in snapshot.policy.members.items():
        profile = snapshot.profile(standing, now)
        if resource is None:
            if action in profile.everywhere:
                yield agents
            continue
        extent = profile.extent(action, state)
        if extent.everything or resource.within(extent.teams):
            yield agents
        elif owner in agents and extent.covers(owner, resource):
            yield frozenset((owner,))


def actions_of(
    snapshot: Snapshot, subject: Subject, resource: Resource, *, now: float | None = None
) -> frozenset[str]:
    """The actions `subject` may take on `resource`; empty for an unknown subject.

    Raises UnknownKindError. Source: AuthZEN 1.0, action search.
    """
    kind = snapshot.catalogue.get_kind(resource.kind)
    state = resource.state if kind.states else None
    named = (action.name for action in snapshot.catalogue.actions.values() if action.kind == kind.name)
    return frozenset(
        action
        for action in named
        if snapshot.extent(subject, action, state, now).covers(subject.id, resource)
    )


def reach(snapshot: Snapshot, subject: Subject, action: str, *, now: float | None = None) -> Reach:
    """How far `subject` may go with `action`, state by state; false when nowhere.

    Raises UnknownActionError. Source: AuthZEN 1.0, resource search.
    """
    states = snapshot.catalogue.get_action(action).states
    extents = {state: snapshot.extent(subject, action, state, now) for state in states}
    return Reach(
        subject.id, action, {state: extent for state, extent in extents.items() if extent != NOWHERE}
    )

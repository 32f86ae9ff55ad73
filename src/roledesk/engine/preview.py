"""What another would see, as far as the viewer may see it himself.

A PreviewGuard answers yes where both do: whoever is looked at, and who looks. Nothing is
counted as use. It is for showing only: no door that writes is ever given one.
Not here: who may look as whom, and the pages (desk/pages/preview.py).
"""

from __future__ import annotations

from collections.abc import Callable

from roledesk.core.changes import Change, PutAgent, SetAssignments, apply
from roledesk.core.decide import Decision, decide
from roledesk.core.reach import Reach
from roledesk.core.search import actions_of, reach
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Resource, Status, Subject
from roledesk.engine.guard import Guard
from roledesk.errors import DeniedError

SOMEBODY = "somebody"
"""The agent who holds a role that is looked at; there is none of this id."""


class PreviewGuard(Guard):
    """The questions of `seen`, answered as `viewer` may know."""

    __slots__ = ("_seen", "viewer")

    is_preview = True

    def __init__(self, viewer: Guard, seen: Subject, snapshot: Snapshot) -> None:
        super().__init__(viewer.organization, seen)
        self.viewer = viewer
        self._seen = snapshot

    @property
    def teams(self) -> frozenset[str]:
        """The teams that both are in."""
        standing = self._seen.policy.agents.get(self.subject.id)
        return frozenset() if standing is None else standing.teams & self.viewer.teams

    def allows(self, action: str, resource: Resource | None = None) -> bool:
        """Whether both may."""
        return self._seen.allows(self.subject, action, resource) and self.viewer.allows(action, resource)

    def question(self, action: str) -> Callable[[], bool]:
        """`allows(action)`, asked anew each time."""
        self.allows(action)
        return lambda: self.allows(action)

    def decide(self, action: str, resource: Resource | None = None) -> Decision:
        """The first no of the two, else a yes."""
        decision = decide(self._seen, self.subject, action, resource)
        return self.viewer.decide(action, resource) if decision.allowed else decision

    def require(self, action: str, resource: Resource | None = None) -> Decision:
        """The decision, when both may. Raises DeniedError, `hidden` where either may not view it."""
        decision = self.decide(action, resource)
        if not decision.allowed:
            raise DeniedError(decision, hidden=resource is not None and not self._sees(resource))
        return decision

    def reach(self, action: str) -> Reach:
        """How far both may go."""
        return reach(self._seen, self.subject, action).seen_by(self.viewer.reach(action))

    def actions_of(self, resource: Resource) -> frozenset[str]:
        """The actions that both may take."""
        return actions_of(self._seen, self.subject, resource) & self.viewer.actions_of(resource)

    def _sees(self, resource: Resource) -> bool:
        view = self._seen.catalogue.get_kind(resource.kind).view
        return any(self.actions_of(resource)) if view is None else self.allows(view, resource)


def as_agent(viewer: Guard, agent: str) -> PreviewGuard:
    """What an agent would see."""
    return PreviewGuard(viewer, Subject(agent), viewer.organization.snapshot)


def as_role(viewer: Guard, role: str, teams: frozenset[str]) -> PreviewGuard:
    """What an agent of these teams would see who holds this role and no other."""
    organization = viewer.organization
    holding = Change(
        (PutAgent(SOMEBODY, Status.ACTIVE, teams), SetAssignments(SOMEBODY, (Assignment(role),)))
    )
    policy = apply(organization.policy, holding)
    return PreviewGuard(
        viewer, Subject(SOMEBODY), Snapshot(policy, organization.revision, organization.clock)
    )

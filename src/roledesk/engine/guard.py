"""A subject's questions: what a host program's doors ask.

A Guard is bound to one subject of one organization and always answers from the
present revision.
Not here: the rule (core/), who is asking (web/identity.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roledesk.core.catalogue import Action
from roledesk.core.decide import Decision, decide
from roledesk.core.reach import Reach
from roledesk.core.search import actions_of, reach
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Resource, Subject
from roledesk.errors import DeniedError

if TYPE_CHECKING:
    from roledesk.engine.organization import Organization


@dataclass(frozen=True, slots=True)
class _Known:
    """What a guard last found, replaced as one: threads that share it never mix two revisions.

    It stands while `fresh_for` is the present snapshot; None when time alone may change it.
    """

    snapshot: Snapshot
    fresh_for: Snapshot | None
    everywhere: frozenset[str]
    actions: Mapping[str, Action]


class Guard:
    """What one subject may do; made by `Organization.guard`."""

    __slots__ = ("_known", "_organization", "subject")

    is_preview = False
    """Whether it only shows what another would see: nobody acts through it, and nothing of it is kept."""

    def __init__(self, organization: Organization, subject: Subject) -> None:
        self.subject = subject
        self._organization = organization
        self._known = self._look()

    @property
    def organization(self) -> Organization:
        """The organization it was made for."""
        return self._organization

    @property
    def teams(self) -> frozenset[str]:
        """The teams that the subject is in; of a token those that it was made for."""
        standing = self._organization.policy.agents.get(self.subject.id)
        teams = frozenset[str]() if standing is None else standing.teams
        return teams if self.subject.teams is None else teams & self.subject.teams

    def allows(self, action: str, resource: Resource | None = None) -> bool:
        """Whether the subject may; the same answer as `decide`, never counted as use.

        Raises UnknownActionError.
        """
        known = self._known
        if known.fresh_for is not self._organization.snapshot:
            known = self._known = self._look()
        if resource is None:
            if action in known.everywhere:
                return True
            if action in known.actions:
                return False
        return known.snapshot.allows(self.subject, action, resource)

    def question(self, action: str) -> Callable[[], bool]:
        """`allows(action)` held ready: call it for the present answer. Raises UnknownActionError."""
        organization = self._organization
        held: tuple[Snapshot | None, bool] = None, False

        def ask() -> bool:
            nonlocal held
            snapshot, answer = held
            if organization.snapshot is not snapshot:
                held = self._answer(action)
                answer = held[1]
            return answer

        ask()
        return ask

    def _answer(self, action: str) -> tuple[Snapshot | None, bool]:
        """The answer, with the snapshot for which it stands; None when time alone may change it."""
        self.allows(action)
        known = self._known
        return known.fresh_for, known.snapshot.allows(self.subject, action)

    def decide(self, action: str, resource: Resource | None = None) -> Decision:
        """The answer with its reasons; not counted as use. Raises UnknownActionError."""
        return decide(self._organization.snapshot, self.subject, action, resource)

    def require(self, action: str, resource: Resource | None = None) -> Decision:
        """The decision, when it is yes; counted as use.

        Raises DeniedError otherwise, `hidden` when the subject may not even view the
        resource, and UnknownActionError.
        """
        decision = self.decide(action, resource)
        if not decision.allowed:
            raise DeniedError(decision, hidden=resource is not None and not self._sees(resource))
        self._organization.count_use(decision)
        return decision

    def reach(self, action: str) -> Reach:
        """How far the subject may go with `action`; false when nowhere. For lists: `roledesk.predicate`."""
        return reach(self._organization.snapshot, self.subject, action)

    def may(self, action: str) -> bool:
        """Whether there is anything at all the subject may take `action` on: for menus and page entries."""
        return bool(self.reach(action))

    def actions_of(self, resource: Resource) -> frozenset[str]:
        """The actions the subject may take on `resource`."""
        return actions_of(self._organization.snapshot, self.subject, resource)

    def only(self, action: str, resources: Iterable[Resource]) -> tuple[Resource, ...]:
        """Those of `resources` on which the subject may take `action`, in their order."""
        reached = self.reach(action)
        return tuple(resource for resource in resources if reached.covers(resource))

    def _sees(self, resource: Resource) -> bool:
        view = self._organization.snapshot.catalogue.get_kind(resource.kind).view
        if view is None:
            return any(self.actions_of(resource))
        return self._organization.snapshot.allows(self.subject, view, resource)

    def _look(self) -> _Known:
        snapshot = self._organization.snapshot
        profile = snapshot.profile_of(self.subject)
        actions = snapshot.catalogue.actions if self.subject.actions is None else {}
        return _Known(snapshot, None if profile.dated else snapshot, profile.everywhere, actions)

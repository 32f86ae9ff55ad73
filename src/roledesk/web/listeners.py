"""Who listens to a stream: what he is told of a happening, and when he may not listen any more.

Not here: the streams themselves (live.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from roledesk.core.profile import Profile
from roledesk.core.terms import Resource, Status
from roledesk.engine import Guard, Organization
from roledesk.web.access import Difference, difference

Told = tuple[str, Mapping[str, object]]
"""An event's name and what it says: kinds and ids, never content."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a thing: its facts before and after, None when there was or is none.

    `seq` counts an organization's happenings without a gap, in the order of their commits.
    It is told to who may take the action `needs` as well, and to nobody but `only`; `outsider`
    names whom outside the organization it concerns.
    """

    seq: int
    kind: str
    before: Resource | None
    after: Resource | None
    needs: str | None = None
    only: frozenset[str] | None = None
    outsider: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Who may take `action` on a thing is told of it as `event`; with its id, unless `bare`."""

    event: str
    action: str
    bare: bool = False


class Listener(Protocol):
    """Somebody at the end of a stream."""

    @property
    def organization(self) -> Organization:
        """Where he listens."""
        ...

    def may_listen(self) -> bool:
        """Whether he still is who he was; looks in the database."""
        ...

    def changed(self) -> Difference | None:
        """What he may do less or more since it was last asked."""
        ...

    def is_gone(self) -> bool:
        """Whether the present policy knows him no more."""
        ...

    def told(self, happening: Happening, topics: Sequence[Topic]) -> Told | None:
        """What he is told of a happening, if anything."""
        ...


@dataclass(slots=True)
class AgentListener:
    """An agent who is signed in: each happening is decided for him at the newest policy."""

    guard: Guard
    is_signed_in: Callable[[], bool]
    known: Profile = field(init=False)

    def __post_init__(self) -> None:
        self.known = self._profile()

    @property
    def organization(self) -> Organization:
        """Where he listens."""
        return self.guard.organization

    def may_listen(self) -> bool:
        """Whether he is still signed in."""
        return self.is_signed_in()

    def changed(self) -> Difference | None:
        """What he may do less or more, by policy or by time."""
        known, self.known = self.known, self._profile()
        if known.by_state is self.known.by_state:
            return None
        return difference(known, self.known, self.organization.snapshot.catalogue)

    def is_gone(self) -> bool:
        """Whether he is active no more."""
        return self.known.standing.status is not Status.ACTIVE

    def told(self, happening: Happening, topics: Sequence[Topic]) -> Told | None:
        """The first topic that fits what he may see now; `removed` for what he could see before it."""
        if happening.only is not None and self.guard.subject.id not in happening.only:
            return None
        if happening.needs is not None and not self.guard.allows(happening.needs, happening.after):
            return None
        for topic in topics:
            if self._hears(topic, happening.after):
                return topic.event, {} if topic.bare else _named(happening, happening.after)
        if any(self._hears(topic, happening.before) for topic in topics):
            return "removed", _named(happening, happening.before)
        return None

    def _profile(self) -> Profile:
        return self.organization.snapshot.profile_of(self.guard.subject)

    def _hears(self, topic: Topic, about: Resource | None) -> bool:
        action = self.organization.snapshot.catalogue.actions.get(topic.action)
        if about is None or action is None or action.kind != about.kind:
            return False
        return self.guard.allows(topic.action, about)


def _named(happening: Happening, about: Resource | None) -> Mapping[str, object]:
    return {} if about is None else {"about": about.kind, "id": about.id, "kind": happening.kind}

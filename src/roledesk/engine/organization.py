"""One organization in this process: its present policy, and the only way to change it.

`commit` is one transaction: load the head, collect every refusal, apply, write the
history row and raise the revision. The very next question in this process is
answered at the new revision; other processes follow the history rows.
Not here: the rule (core/), SQL (store/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from roledesk.core.changes import Change, apply
from roledesk.core.decide import Decision, decide
from roledesk.core.effects import Effect, effects, later_moments
from roledesk.core.giving import may_manage
from roledesk.core.policy import Policy
from roledesk.core.reach import Reach
from roledesk.core.refusals import Refusal, refusals
from roledesk.core.search import actions_of, count_who_can, reach, who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Resource, Revision, Subject
from roledesk.core.wire import change_from_json
from roledesk.engine.clock import Clock
from roledesk.engine.guard import Guard
from roledesk.engine.names import bad_text, misspelled, skeleton
from roledesk.engine.usage import UsageCounter
from roledesk.errors import ChangeRefusedError, ConflictError, StaleRevisionError
from roledesk.store import history, organizations, policies
from roledesk.store.database import Database

Also = Callable[[Connection], None]
"""Something written in the same transaction as a change."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do, found by doing it and not keeping it.

    `effects` is at once; `later` is what time adds by itself, at the moments named.
    """

    refusals: tuple[Refusal, ...]
    effects: tuple[Effect, ...]
    later: tuple[tuple[float, tuple[Effect, ...]], ...]
    before: Policy
    after: Policy
    revision: Revision


class Organization:
    """One organization's doors in this process; made by the Engine."""

    def __init__(
        self, database: Database, snapshot: Snapshot, clock: Clock, usage: UsageCounter, pulse: int
    ) -> None:
        self.snapshot = snapshot
        self.pulse = pulse
        """Rises when a sign-in or token is ended anywhere: what was remembered of them is then forgotten."""
        self.id = snapshot.policy.organization
        self.database = database
        self.clock = clock
        self._usage = usage
        self._lock = Lock()

    @property
    def policy(self) -> Policy:
        """The present policy."""
        return self.snapshot.policy

    @property
    def revision(self) -> Revision:
        """The present revision in this process."""
        return self.snapshot.revision

    def guard(self, subject: str | Subject) -> Guard:
        """The doors of one subject; a string is an agent's id, known or not."""
        return Guard(self, subject if isinstance(subject, Subject) else self.subject(subject))

    def subject(self, agent: str) -> Subject:
        """The agent as a subject, with the type the policy has for him."""
        standing = self.policy.agents.get(agent)
        return Subject(agent) if standing is None else Subject(agent, standing.type)

    def allows(self, agent: str | Subject, action: str, resource: Resource | None = None) -> bool:
        """Whether `agent` may; the fastest way to ask, never counted as use. Raises UnknownActionError."""
        return self.snapshot.allows(agent, action, resource)

    def decide(self, agent: str | Subject, action: str, resource: Resource | None = None) -> Decision:
        """The answer with its reasons. Raises UnknownActionError."""
        return decide(
            self.snapshot, agent if isinstance(agent, Subject) else Subject(agent), action, resource
        )

    def who_can(self, action: str, resource: Resource | None = None) -> tuple[str, ...]:
        """The agents who may, in order of id. Raises UnknownActionError."""
        return who_can(self.snapshot, action, resource)

    def count_who_can(self, action: str, resource: Resource | None = None) -> int:
        """How many agents may. Raises UnknownActionError."""
        return count_who_can(self.snapshot, action, resource)

    def actions_of(self, agent: str | Subject, resource: Resource) -> frozenset[str]:
        """The actions `agent` may take on `resource`."""
        return actions_of(self.snapshot, agent if isinstance(agent, Subject) else Subject(agent), resource)

    def reach(self, agent: str | Subject, action: str) -> Reach:
        """How far `agent` may go with `action`."""
        return reach(self.snapshot, agent if isinstance(agent, Subject) else Subject(agent), action)

    def may_manage(self, by: Subject, agent: str) -> bool:
        """Whether `agent` holds nothing that `by` does not: asked before touching how he signs in."""
        return may_manage(self.policy, by, agent, now=self.clock())

    def at_least(self, revision: str) -> None:
        """Make sure answers are at `revision` or later. Raises StaleRevisionError when they cannot be."""
        epoch, _, number = revision.rpartition(".")
        if epoch != self.revision.epoch or not (number.isascii() and number.isdecimal()):
            raise StaleRevisionError(revision, self.revision)
        if int(number) > self.revision.number:
            self.refresh()
        if int(number) > self.revision.number:
            raise StaleRevisionError(revision, self.revision)

    def refresh(self) -> None:
        """Catch up with what other processes committed."""
        with self.database.reading() as connection:
            self._advance(self._caught_up(connection))

    def preview(self, change: Change, *, by: Subject, because: str = "preview") -> Preview:
        """What `change` would do and why it would be refused; nothing is written."""
        before, now = self.policy, self.clock()
        found = self._refusals(before, change, by, because, now)
        after = before if found else apply(before, change)
        later = (
            (moment, effects(before, after, now=moment)) for moment in later_moments(before, after, now=now)
        )
        return Preview(found, effects(before, after, now=now), tuple(later), before, after, self.revision)

    def commit(
        self,
        change: Change,
        *,
        by: Subject,
        because: str,
        expecting: Revision | None = None,
        also: Sequence[Also] = (),
    ) -> Revision:
        """Make the change and give the new revision; all of it, with `also`, or nothing.

        Raises ConflictError when the policy is not at `expecting` any more, and
        ChangeRefusedError with every refusal.
        """
        with self.database.writing() as connection:
            head = Revision(self.revision.epoch, organizations.lock_head(connection, self.id))
            if expecting is not None and expecting != head:
                raise ConflictError(expecting, head)
            before = self._caught_up(connection)
            now = self.clock()
            if found := self._refusals(before.policy, change, by, because, now):
                raise ChangeRefusedError(found)
            after = apply(before.policy, change)
            number = policies.append(
                connection, before.policy, after, change, by=by.id, because=because.strip(), at=now
            )
            for write in also:
                write(connection)
        self._advance(Snapshot(after, Revision(head.epoch, number), self.clock))
        return Revision(head.epoch, number)

    def at(self, revision: int) -> Snapshot:
        """The policy as it was at `revision`, replayed from the history."""
        with self.database.reading() as connection:
            rows = policies.changes_since(connection, self.id, 0)
            policy = Policy(self.id, self.snapshot.catalogue)
            for row in rows:
                if row.revision <= revision:
                    policy = apply(policy, change_from_json(row.change))
        return Snapshot(policy, Revision(self.revision.epoch, revision), self.clock)

    def verify(self, head: tuple[int, str] | None = None) -> history.Verified:
        """Check the whole history; `head` is the last one known. Raises HistoryError at the first wrong row."""
        with self.database.reading() as connection:
            return history.verify(connection, self.id, head=head)

    def pulse_moved(self) -> None:
        """Forget at once, in this process, what was remembered of tokens and sign-ins."""
        with self.database.reading() as connection:
            row = organizations.find_organization(connection, self.id)
        self.pulse = self.pulse if row is None else max(self.pulse, row.pulse)

    def count_use(self, decision: Decision) -> None:
        """Count an allowed decision as use of the permissions that decided it."""
        self._usage.count(self.id, decision)

    def _refusals(
        self, policy: Policy, change: Change, by: Subject, because: str, now: float
    ) -> tuple[Refusal, ...]:
        spelling = (*misspelled(change), *bad_text(because, "reason"))
        return spelling + refusals(policy, change, by=by, because=because, now=now, skeleton=skeleton)

    def _caught_up(self, connection: Connection) -> Snapshot:
        """The present snapshot moved on by the history rows committed since."""
        snapshot = self.snapshot
        rows = policies.changes_since(connection, self.id, snapshot.revision.number)
        if not rows:
            return snapshot
        policy = snapshot.policy
        for row in rows:
            policy = apply(policy, change_from_json(row.change))
        return Snapshot(policy, Revision(snapshot.revision.epoch, rows[-1].revision), self.clock)

    def _advance(self, snapshot: Snapshot) -> None:
        with self._lock:
            if snapshot.revision.number > self.snapshot.revision.number:
                self.snapshot = snapshot

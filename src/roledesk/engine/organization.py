"""One organization in this process: its present policy, and the only way to change it.

`commit` is one transaction: load the head, collect every refusal, apply, write the
history row and raise the revision. The very next question in this process is
answered at the new revision; other processes follow the history rows.
Not here: the rule (core/), SQL (store/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from threading import Lock, local

from sqlalchemy import Connection

from roledesk.core.changes import Change, PutAgent, apply
from roledesk.core.decide import Decision, decide
from roledesk.core.effects import Effect, Shift, effects, later_moments, shifts
from roledesk.core.giving import may_let_in, may_manage
from roledesk.core.policy import Policy
from roledesk.core.reach import Reach
from roledesk.core.refusals import Refusal, refusals
from roledesk.core.search import actions_of, count_who_can, reach, who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Resource, Revision, Status, Subject
from roledesk.core.wire import change_from_json
from roledesk.engine.clock import Clock
from roledesk.engine.extension import Commit, Countable, Extension
from roledesk.engine.guard import Guard
from roledesk.engine.names import bad_text, misspelled, skeleton
from roledesk.engine.usage import AgentUse, UsageCounter, uses_of
from roledesk.errors import ChangeRefusedError, ConflictError, NotFoundError, StaleRevisionError
from roledesk.store import history, organizations, policies
from roledesk.store.database import Database

Also = Callable[[Connection], None]
"""Something written in the same transaction as a change."""

MOST_REACHED = 10_000
"""More things that a change reaches are not counted: it would cost a walk through everything."""
MOST_SHIFTED = 5_000
MOST_SHIFTS = 40
"""Of more agents, and of agents in more places than these, it is not counted what they reach."""
WHOLE_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do, found by doing it and not keeping it; `effects` is at once."""

    refusals: tuple[Refusal, ...]
    effects: tuple[Effect, ...]
    before: Policy
    after: Policy
    revision: Revision

    def later(self, now: float) -> Iterator[tuple[float, tuple[Effect, ...]]]:
        """What time adds by itself: each moment after `now` at which something changes, and the effects then."""
        moments = later_moments(self.before, self.after, now=now)
        return ((moment, effects(self.before, self.after, now=moment)) for moment in moments)


@dataclass(frozen=True, slots=True)
class Reached:
    """How many things of a kind somebody can see after a change who could not before, and the other way round.

    Neither is counted further than `MOST_REACHED` + 1.
    """

    kind: str
    gained: int
    lost: int


class Organization:
    """One organization's doors in this process; made by the Engine."""

    def __init__(
        self,
        database: Database,
        snapshot: Snapshot,
        clock: Clock,
        usage: UsageCounter,
        pulse: Revision,
        *,
        extensions: Sequence[Extension] = (),
    ) -> None:
        self.snapshot = snapshot
        self.pulse = pulse
        """Moves when a sign-in or token is ended anywhere: what was remembered of them is then forgotten."""
        self.id = snapshot.policy.organization
        self.database = database
        self.clock = clock
        self._usage = usage
        self._extensions = extensions
        self._held = local()
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
        """The agents who may, each once, in no order. Raises UnknownActionError."""
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

    def may_let_in(self, by: str, agent: str) -> bool:
        """Whether `agent` holds nothing that the agent `by` could not give him."""
        return may_let_in(self.policy, self.subject(by), agent, now=self.clock())

    def at_least(self, revision: str) -> None:
        """Make sure answers are at `revision` or later. Raises StaleRevisionError when they cannot be."""
        if not self._has_reached(revision):
            self.refresh()
        if not self._has_reached(revision):
            raise StaleRevisionError(revision, self.revision)

    def refresh(self) -> None:
        """Catch up with what other processes committed."""
        with self.database.reading() as connection:
            self._catch_up(connection)

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """A transaction at the head, which nobody moves meanwhile: ask who may, then write.

        Whatever is written for an organization is written in here or in a commit. Within
        another of the same thread it is that one, and stands or falls with it.
        """
        outer: Connection | None = getattr(self._held, "connection", None)
        if outer is not None:
            yield outer
            return
        with self.database.writing() as connection:
            organizations.lock_head(connection, self.id)
            self._catch_up(connection)
            self._held.connection, self._held.made = connection, None
            try:
                yield connection
            finally:
                self._held.connection = None
        # Nobody hears of a change before it is kept.
        if self._held.made is not None:
            self._advance(self._held.made)

    def least_password(self) -> int:
        """How many characters a password has here, at least; 0 when nobody asks for more than usual."""
        with self.database.reading() as connection:
            return max((each.least_password(connection, self.id) for each in self._extensions), default=0)

    def preview(self, change: Change, *, by: Subject, because: str = "preview") -> Preview:
        """What `change` would do and why it would be refused; nothing is written."""
        before, now = self.policy, self.clock()
        found = self._refusals(before, change, by, because, now)
        after = before if found else apply(before, change)
        return Preview(found, effects(before, after, now=now), before, after, self.revision)

    def reached(self, preview: Preview, *, by: Guard) -> tuple[Reached, ...]:
        """What a previewed change brings into reach or takes out of it, of which `by` may see everything.

        Nothing is counted when it shifts the reach of more than `MOST_SHIFTED` agents, or in
        more than `MOST_SHIFTS` ways.
        """
        seen = [each.countable for each in self._extensions if _sees_all(by, each.countable)]
        with self.database.reading() as connection:
            found = [self._reached(connection, each, preview) for each in seen if each]
        return tuple(filter(None, found))

    def _reached(self, connection: Connection, countable: Countable, preview: Preview) -> Reached | None:
        shifted = shifts(countable.view, preview.before, preview.after, now=self.clock())
        there = [*islice(shifted, MOST_SHIFTS + 1)]
        if len(there) > MOST_SHIFTS or sum(len(each.agents) for each in there) > MOST_SHIFTED:
            return None
        back = [Shift(each.agents, each.after, each.before) for each in there]
        gained, lost = (
            countable.count(connection, self.id, each, MOST_REACHED + 1) for each in (there, back)
        )
        return Reached(self.policy.catalogue.actions[countable.view].kind, gained, lost)

    def commit(
        self,
        change: Change | Callable[[Policy], Change],
        *,
        by: Subject,
        because: str,
        expecting: Revision | None = None,
        also: Sequence[Also] = (),
    ) -> Revision:
        """Make the change and give the new revision; all of it, with `also`, or nothing.

        A function makes its change from the policy at the head. Raises ConflictError when
        that is not at `expecting` any more, and ChangeRefusedError with every refusal.
        """
        with self.locked() as connection:
            latest = self._held.made or self.snapshot
            before, head, now = latest.policy, latest.revision, self.clock()
            if expecting is not None and expecting != head:
                raise ConflictError(expecting, head)
            made = change if isinstance(change, Change) else change(before)
            if found := self._refusals(before, made, by, because, now):
                raise ChangeRefusedError(found)
            after = apply(before, made)
            number = policies.append(
                connection, before, after, made, by=by.id, because=because.strip(), at=now
            )
            snapshot = Snapshot(after, Revision(head.epoch, number), self.clock)
            for write in also:
                write(connection)
            for extension in self._extensions:
                extension.on_commit(connection, Commit(self.id, before, snapshot, made, by.id, now))
            self._held.made = snapshot
        return snapshot.revision

    def at(self, revision: int) -> Snapshot:
        """The policy as it was at `revision`, replayed from the history. Raises NotFoundError."""
        with self.database.reading() as connection:
            history.get(connection, self.id, revision)
            rows = policies.changes_since(connection, self.id, 0)
        policy = replayed(Policy(self.id, self.snapshot.catalogue), rows[:revision])
        return Snapshot(policy, Revision(self.revision.epoch, revision), self.clock)

    def verify(self, head: tuple[int, str] | None = None) -> history.Verified:
        """Check the whole history; `head` is the last one known. Raises HistoryError at the first wrong row."""
        with self.database.reading() as connection:
            return history.verify(connection, self.id, head=head)

    def pulse_moved(self) -> None:
        """Forget at once, in this process, what was remembered of tokens and sign-ins."""
        self.refresh()

    def count_use(self, decision: Decision) -> None:
        """Count an allowed decision as use of the permissions that decided it."""
        self.count_uses(dict.fromkeys(uses_of(decision), 1))

    def count_uses(self, uses: Mapping[AgentUse, int]) -> None:
        """Count how often agents used permissions; see `uses_of`."""
        self._usage.count(self.id, uses)

    def _refusals(
        self, policy: Policy, change: Change, by: Subject, because: str, now: float
    ) -> tuple[Refusal, ...]:
        spelling = (*misspelled(change), *bad_text(because, "reason"))
        return spelling + refusals(policy, change, by=by, because=because, now=now, skeleton=skeleton)

    def _has_reached(self, wanted: str) -> bool:
        epoch, _, number = wanted.rpartition(".")
        have = self.revision
        return epoch == have.epoch and bool(WHOLE_NUMBER.fullmatch(number)) and int(number) <= have.number

    def _catch_up(self, connection: Connection) -> None:
        epoch = organizations.epoch(connection)
        row = organizations.find_organization(connection, self.id)
        if row is None or epoch != self.revision.epoch:
            self._advance(self._read_anew(connection, epoch))
        elif row.revision > self.revision.number:
            self._advance(self._caught_up(connection))
        self._hear(Revision(epoch, 0 if row is None else row.pulse))

    def _caught_up(self, connection: Connection) -> Snapshot:
        """The present snapshot moved on by the history rows committed since."""
        snapshot = self.snapshot
        rows = policies.changes_since(connection, self.id, snapshot.revision.number)
        number = max((row.revision for row in rows), default=snapshot.revision.number)
        revision = Revision(snapshot.revision.epoch, number)
        return Snapshot(replayed(snapshot.policy, rows), revision, self.clock)

    def _read_anew(self, connection: Connection, epoch: str) -> Snapshot:
        """The snapshot of a database that was restored under us; one that lacks us allows nothing."""
        try:
            policy, number = policies.load_policy(connection, self.id)
        except NotFoundError:
            policy, number = Policy(self.id, self.snapshot.catalogue), 0
        return Snapshot(policy, Revision(epoch, number), self.clock)

    def _advance(self, snapshot: Snapshot) -> None:
        with self._lock:
            if _is_later(snapshot.revision, self.revision):
                self.snapshot = snapshot

    def _hear(self, pulse: Revision) -> None:
        with self._lock:
            if _is_later(pulse, self.pulse):
                self.pulse = pulse


def placed(
    agent: str, *, status: Status | None = None, teams: frozenset[str] | None = None
) -> Callable[[Policy], Change]:
    """The change that gives `agent` a status or teams and leaves the rest as it finds it. Raises NotFoundError."""

    def make(policy: Policy) -> Change:
        before = policy.agents.get(agent)
        if before is None:
            raise NotFoundError("agent", agent)
        joined = before.teams if teams is None else teams
        return Change((PutAgent(agent, status or before.status, joined, type=before.type),))

    return make


def replayed(policy: Policy, rows: Iterable[history.HistoryRow]) -> Policy:
    """The policy after these rows of its history, applied as the one long change they are."""
    edits = (edit for row in rows for edit in change_from_json(row.change).edits)
    return apply(policy, Change(tuple(edits)))


def _is_later(one: Revision, other: Revision) -> bool:
    return one.epoch != other.epoch or one.number > other.number


def _sees_all(guard: Guard, countable: Countable | None) -> bool:
    """Whether `guard` may see everything that is counted, in every state there is."""
    known = guard.organization.policy.catalogue.actions
    if countable is None or countable.view not in known:
        return False
    reached = guard.reach(countable.view).by_state
    return all(state in reached and reached[state].everything for state in known[countable.view].states)

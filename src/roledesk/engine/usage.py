"""Counting which permissions are used, by whom and on which day.

Counts gather in memory and are written every few seconds. A process that counts says
so in the database first, and up to when its counts are written; one that falls silent
leaves a gap there, so that "never used" is never said of a time whose counts were lost.
Not here: what is made of the counts (core/review.py, the console).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from threading import Lock

from sqlalchemy import Connection

from roledesk.core.decide import Decision
from roledesk.core.profile import EVERY_PERMISSION
from roledesk.engine.clock import Clock
from roledesk.engine.secret import new_id
from roledesk.store import usage
from roledesk.store.database import Database

AgentUse = tuple[str, str]
"""An agent and a permission."""
Use = tuple[str, str, date]
Pending = dict[str, Counter[Use]]

SIGN_OF_LIFE_S = 60.0
"""How often a process with nothing to write says that it still counts."""
SILENT_S = 180.0
"""How long a process may say nothing before its counts are taken for lost."""


class UsageCounter:
    """One process's uses not yet written, by organization."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._pending: Pending = {}
        self._id = new_id("counter")
        self._written_until = 0.0
        self.flush()

    def count(self, organization: str, uses: Mapping[AgentUse, int]) -> None:
        """Count uses: how often each agent used each permission just now."""
        day = datetime.fromtimestamp(self._clock(), UTC).date()
        with self._lock:
            pending = self._pending.setdefault(organization, Counter())
            for (agent, permission), times in uses.items():
                pending[agent, permission, day] += times

    def flush(self) -> None:
        """Write what was counted; counts that cannot be written are kept for the next time."""
        with self._lock:
            pending, self._pending = self._pending, {}
            now = self._clock()
        if not pending and now - self._written_until < SIGN_OF_LIFE_S:
            return
        written = False
        try:
            with self._database.writing() as connection:
                _write(connection, pending)
                usage.keep_counter(connection, self._id, now)
                usage.close_lost_counters(connection, silent_since=now - SILENT_S, now=now)
            written = True
        finally:
            if not written:
                self._restore(pending)
        self._written_until = now

    def close(self) -> None:
        """Write what is left; nothing is lost by a clean end."""
        with self._lock:
            pending, self._pending = self._pending, {}
        with self._database.writing() as connection:
            _write(connection, pending)
            usage.drop_counter(connection, self._id)

    def _restore(self, pending: Pending) -> None:
        with self._lock:
            for organization, counts in pending.items():
                self._pending.setdefault(organization, Counter()).update(counts)


def uses_of(decision: Decision) -> tuple[AgentUse, ...]:
    """What an allowed decision counts as: one use of each permission that decided it."""
    return tuple((decision.subject.id, permission) for permission in permissions_used(decision))


def permissions_used(decision: Decision) -> frozenset[str]:
    """The permissions an allowed decision rests on.

    An owner and a service token need no tick: they use what an agent would have needed,
    the first permission that opens the action.
    """
    ticked = {grant.permission for grant in decision.grants}
    if ticked and EVERY_PERMISSION not in ticked:
        return frozenset(ticked)
    openers = decision.snapshot.catalogue.openers(decision.action)
    return frozenset(ticked - {EVERY_PERMISSION}) | {opener.key for opener in openers[:1]}


def _write(connection: Connection, pending: Mapping[str, Counter[Use]]) -> None:
    for organization, counts in sorted(pending.items()):
        usage.add(connection, organization, counts)

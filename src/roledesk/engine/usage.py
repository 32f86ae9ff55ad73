"""Counting which permissions are used, by whom and on which day.

Counts gather in memory and are written every few seconds. What a crash loses is
recorded as a gap, so that "never used" is never said of a time nobody counted.
Not here: what is made of the counts (core/review.py, the console).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from threading import Lock

from roledesk.core.decide import Decision
from roledesk.engine.clock import Clock
from roledesk.store import usage
from roledesk.store.database import Database

Use = tuple[str, str, date]


class UsageCounter:
    """Uses not yet written, by organization."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._pending: dict[str, Counter[Use]] = {}

    def count(self, organization: str, decision: Decision) -> None:
        """Count one use of each permission that decided; a service token's uses are its own."""
        day = datetime.fromtimestamp(self._clock(), UTC).date()
        with self._lock:
            pending = self._pending.setdefault(organization, Counter())
            for grant in decision.grants:
                pending[decision.subject.id, grant.permission, day] += 1

    def flush(self) -> None:
        """Write what was counted; counts that cannot be written are kept for the next time."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        written = False
        try:
            with self._database.writing() as connection:
                for organization, counts in pending.items():
                    usage.add(connection, organization, counts)
            written = True
        finally:
            if not written:
                self._restore(pending)

    def _restore(self, pending: dict[str, Counter[Use]]) -> None:
        with self._lock:
            for organization, counts in pending.items():
                self._pending.setdefault(organization, Counter()).update(counts)

    def close(self) -> None:
        """Write what is left; nothing is lost by a clean end."""
        self.flush()

"""Hearing what other processes committed.

The database wakes it up; a slow poll of one small query is the net beneath. It
catches up by the history rows and never rebuilds. It also writes usage counts.
Not here: how a database wakes somebody (store/signals.py).
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from roledesk.core.terms import Revision
from roledesk.store import organizations
from roledesk.store.signals import Signal

if TYPE_CHECKING:
    from roledesk.engine.engine import Engine

POLL_S = 1.0
FLUSH_S = 5.0

log = logging.getLogger(__name__)


class Follower:
    """A thread that keeps an engine's organizations at the head revision."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._signal = Signal(engine.database)
        self._stopping = Event()
        self._flushed = monotonic()
        self._thread = Thread(target=self._run, name="roledesk-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._signal.close()
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._signal.wait(POLL_S)
            try:
                self._catch_up()
                self._tell()
                self._flush()
            except SQLAlchemyError:
                # The database may be away for a while: what is known stays in force, the next poll tries again.
                log.warning("cannot reach the database; answering from what is known", exc_info=True)
                self._stopping.wait(POLL_S)
        # Closed by now, it lets go of its connection.
        self._signal.wait(0)

    def _catch_up(self) -> None:
        if self._stopping.is_set():
            return
        with self._engine.database.reading() as connection:
            epoch, heads = organizations.epoch(connection), organizations.heads(connection)
            now = organizations.shared_now(connection)
        if now is not None:
            self._engine.clock.follow(now)
        for organization in self._engine.loaded:
            revision, pulse = heads.get(organization.id, (0, 0))
            known = organization.revision, organization.pulse
            if known != (Revision(epoch, revision), Revision(epoch, pulse)):
                organization.refresh()

    def _tell(self) -> None:
        for listener in tuple(self._engine.listeners):
            listener()

    def _flush(self) -> None:
        if monotonic() - self._flushed >= FLUSH_S:
            self._flushed = monotonic()
            self._engine.usage.flush()

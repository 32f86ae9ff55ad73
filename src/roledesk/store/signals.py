"""Being woken when another connection has committed something.

On PostgreSQL the database tells (LISTEN); on SQLite its change counter is read every
few milliseconds, which costs next to nothing. A wake-up may come for nothing, and one
may be missed while a connection is down: whoever waits also looks now and then.
Not here: finding out what changed (engine/).
"""

from __future__ import annotations

import sqlite3
from threading import Event
from time import monotonic
from typing import Protocol

import psycopg
from sqlalchemy import URL

from roledesk.store.database import Database, is_in_memory
from roledesk.store.organizations import CHANNEL

POLL_S = 0.015
CLOSE_WITHIN_S = 0.25
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0


class Signal:
    """Waits on one database; `wait` belongs to one thread, `close` may come from any."""

    def __init__(self, database: Database) -> None:
        self._closed = Event()
        self._pause_s = FIRST_PAUSE_S
        self._source = _source(database, self._closed)

    def wait(self, timeout_s: float) -> bool:
        """Whether something may have changed; false when `timeout_s` passed without it.

        After a lost connection it is true once, because much may have happened unheard.
        Once closed, it lets go of the connection and is false.
        """
        if self._closed.is_set():
            self._source.disconnect()
            return False
        try:
            changed = self._source.wait(timeout_s)
        except (psycopg.Error, sqlite3.Error):
            self._source.disconnect()
            self._closed.wait(min(self._pause_s, timeout_s))
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            return not self._closed.is_set()
        self._pause_s = FIRST_PAUSE_S
        return changed

    def close(self) -> None:
        """End a wait that is going on, and let go of the connection at the next one."""
        self._closed.set()


class _Source(Protocol):
    def wait(self, timeout_s: float) -> bool: ...

    def disconnect(self) -> None: ...


def _source(database: Database, closed: Event) -> _Source:
    if database.dialect == "postgresql":
        return _Channel(database.url, closed)
    if is_in_memory(database.url):
        return _Nothing(closed)
    return _Counter(str(database.url.database), closed)


class _Nothing:
    """A database in memory: nobody else can change it."""

    def __init__(self, closed: Event) -> None:
        self._closed = closed

    def wait(self, timeout_s: float) -> bool:
        self._closed.wait(timeout_s)
        return False

    def disconnect(self) -> None:
        """There is no connection."""


class _Counter:
    """SQLite's `data_version`: another number whenever another connection has committed."""

    def __init__(self, path: str, closed: Event) -> None:
        self._path = path
        self._closed = closed
        self._connection: sqlite3.Connection | None = None
        self._seen = self._version()

    def wait(self, timeout_s: float) -> bool:
        end = monotonic() + timeout_s
        while (version := self._version()) == self._seen:
            if self._closed.wait(POLL_S):
                self.disconnect()
                return False
            if monotonic() >= end:
                return False
        self._seen = version
        return True

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _version(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)


class _Channel:
    """PostgreSQL's LISTEN, on a connection of its own."""

    def __init__(self, url: URL, closed: Event) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._closed = closed
        self._connection: psycopg.Connection[tuple[object, ...]] | None = self._listen()

    def wait(self, timeout_s: float) -> bool:
        if self._connection is None:
            self._connection = self._listen()
            return True
        end = monotonic() + timeout_s
        # Slices, because nothing else ends a wait on a socket when the Signal is closed.
        while not self._closed.is_set() and (left := end - monotonic()) > 0:
            if list(self._connection.notifies(timeout=min(left, CLOSE_WITHIN_S), stop_after=1)):
                return True
        if self._closed.is_set():
            self.disconnect()
        return False

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listen(self) -> psycopg.Connection[tuple[object, ...]]:
        connection = psycopg.connect(self._address, autocommit=True)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

"""The connection to a database, SQLite or PostgreSQL, and its two kinds of transaction.

`reading` sees one state of the whole database from its first statement to its last;
`writing` is whole or not at all. On SQLite one writer works at a time; on PostgreSQL
writers of one organization take turns through `policies.lock_head`.
Not here: tables (schema.py), bringing them up to date (migration.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from threading import RLock

from msgspec.json import decode
from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError
from sqlalchemy.pool import StaticPool

from roledesk.core.wire import canonical
from roledesk.errors import InputError
from roledesk.store.schema import meta

BUSY_TIMEOUT_S = 30
WHERE = "database url"
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Database:
    """One database; safe to share between threads. Made by `Database.open`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # An in-memory database has a single connection, so its transactions take turns.
        self._turn: AbstractContextManager[object] = RLock() if is_in_memory(engine.url) else nullcontext()
        self._epoch: str | None = None
        self._looking: ContextVar[Connection | None] = ContextVar("looking", default=None)

    @classmethod
    def open(cls, url: str, *, create: bool = False) -> Database:
        """The database at `url`; with `create`, a missing SQLite file is made.

        `sqlite://` alone is a database in memory. Raises InputError when it cannot be reached.
        """
        parsed = parse_url(url)
        if parsed.get_backend_name() == "sqlite" and not is_in_memory(parsed):
            _prepare_file(Path(str(parsed.database)), create=create)
        database = cls(_engine(parsed))
        try:
            with database.reading():
                return database
        except DBAPIError as error:
            database.close()
            raise InputError(
                WHERE, f"cannot open `{parsed}`: {_first_line(error)}; check address and access"
            ) from error

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @property
    def url(self) -> URL:
        """Where it is; written out, the password is hidden."""
        return self.engine.url

    @property
    def epoch(self) -> str:
        """What tells revisions of this database from those of one it was restored from."""
        if self._epoch is None:
            with self.reading() as connection:
                self._epoch = connection.execute(select(meta.c.epoch)).scalar_one()
        return self._epoch

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of everything and writes nothing."""
        held = self._looking.get()
        if held is not None:
            yield held
            return
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._turn, _unkeepable_told(), self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Have all that this task reads in here be read in one transaction, of one state.

        For what asks much: each transaction of its own costs two trips to the database.
        """
        with self.reading() as connection:
            held = self._looking.set(connection)
            try:
                yield
            finally:
                self._looking.reset(held)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or undone by any exception."""
        with self._turn, _unkeepable_told(), self.engine.connect() as connection:
            connection.execution_options(sqlite_begin="IMMEDIATE")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def parse_url(url: str) -> URL:
    """`url` with the driver in it that we use. Raises InputError for another database."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(
            WHERE, "not an address; write `sqlite:///file` or `postgresql://host/name`"
        ) from None
    if parsed.drivername not in DRIVERS:
        raise InputError(WHERE, f"`{parsed.drivername}` is not supported; use `sqlite` or `postgresql`")
    return parsed.set(drivername=DRIVERS[parsed.drivername])


def is_in_memory(url: URL) -> bool:
    """Whether it is a SQLite database that lives in this process only."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


@contextmanager
def _unkeepable_told() -> Iterator[None]:
    # A NUL character in a text, which PostgreSQL has no room for, may come from any page or program.
    try:
        yield
    except DataError as error:
        raise InputError("text", f"the database cannot take it: {_first_line(error)}") from None


def _prepare_file(path: Path, *, create: bool) -> None:
    if path.exists():
        return
    if not create:
        raise InputError(WHERE, f"there is no file `{path}`; run `roledesk init` to make one")
    try:
        # It will hold password hashes: readable for its owner only.
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(WHERE, f"cannot make the file `{path}`: {error.strerror}") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, json_serializer=_to_json, json_deserializer=decode)
    options = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    pool = StaticPool if is_in_memory(url) else None
    engine = create_engine(
        url, connect_args=options, poolclass=pool, json_serializer=_to_json, json_deserializer=decode
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _to_json(value: object) -> str:
    return canonical(value).decode()


def _prepare_connection(connection: DBAPIConnection, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE; `_begin` says it instead.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.cursor().execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"PRAGMA query_only = {begin == 'DEFERRED'}")
    connection.exec_driver_sql(f"BEGIN {begin}")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]

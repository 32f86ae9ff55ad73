"""A whole database as one compressed file, which either kind of database can be made from.

The file is one moment's state; a restored database starts a new epoch, so that a
revision from before is refused and never compared. Sign-ins and links are left out:
whoever was signed out since would be signed in again.
The file holds password and token hashes; it is readable for its owner only.
Not here: the database's own backup tools, which work too.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from roledesk.core.wire import canonical
from roledesk.errors import InputError
from roledesk.store import schema
from roledesk.store.database import Database, is_in_memory, parse_url
from roledesk.store.migration import OWN_ONLY, Schema, check_schema, start_epoch, upgrade, version
from roledesk.store.rows import CHUNK, Row, chunks

HEAD, FORMAT = "roledesk backup", 1
END = "end"
LEFT_OUT = {schema.meta, schema.sign_ins, schema.links, schema.usage_counters}
UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError)

Progress = Callable[[int, int], None]
"""Called now and then with the rows done and the rows there are."""


def backup(
    database: Database,
    path: Path,
    *,
    progress: Progress | None = None,
    schemas: Sequence[Schema] = OWN_ONLY,
) -> None:
    """Write everything to `path`, replacing what was there once it is complete.

    Raises InputError when the file cannot be written, SchemaError.
    """
    check_schema(database, schemas)
    part = path.with_name(f"{path.name}.part")
    try:
        with _private_file(part) as file, gzip.open(file, "wb") as packed, database.reading() as connection:
            _dump(connection, _Digested(packed), schemas, progress)
        part.replace(path)
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}; choose another place") from error
    finally:
        part.unlink(missing_ok=True)


def restore(
    path: Path, url: str, *, progress: Progress | None = None, schemas: Sequence[Schema] = OWN_ONLY
) -> None:
    """Make the empty database at `url` what the backup says; a missing SQLite file is made.

    Whole or not at all. Raises InputError when the file is damaged or from another
    version, or when the database holds anything.
    """
    try:
        with gzip.open(path, "rb") as packed:
            lines = _Digested(packed)
            total = _read_head(path, lines, schemas)
            with _empty_database(url, schemas) as connection:
                _fill(connection, lines, total, schemas, progress)
    except UNREADABLE as error:
        raise InputError(str(path), f"is not a whole backup: {_reason(error)}; take another one") from error
    except SQLAlchemyError as error:
        raise InputError(
            str(path), f"does not fit together ({type(error).__name__}); take another one"
        ) from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]


class _Digested:
    """Lines of JSON and, last, the digest of all before it."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
        self._file = file
        self._digest = sha256()

    def write(self, value: object) -> None:
        line = canonical(value) + b"\n"
        self._digest.update(line)
        self._file.write(line)

    def write_end(self) -> None:
        self.write([END, self._digest.hexdigest()])

    def read(self) -> list[object] | None:
        """The next line; None at the end, which must be the right one."""
        line = self._file.readline()
        value = json.loads(line)
        if not isinstance(value, list) or not value:
            raise ValueError("it has a line that is none of a backup")
        if value[0] == END:
            if value[1] != self._digest.hexdigest() or self._file.read(1):
                raise ValueError("its content was altered")
            return None
        self._digest.update(line)
        return value


@contextmanager
def _private_file(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _tables(schemas: Sequence[Schema]) -> dict[str, Table]:
    every = (table for each in schemas for table in each.metadata.sorted_tables)
    return {table.name: table for table in every if table not in LEFT_OUT}


def _versions(schemas: Sequence[Schema]) -> str:
    return " ".join(map(version, schemas))


def _dump(
    connection: Connection, lines: _Digested, schemas: Sequence[Schema], progress: Progress | None
) -> None:
    tables = _tables(schemas)
    counts = {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in tables.items()
    }
    lines.write([HEAD, FORMAT, _versions(schemas), counts])
    rows = ((name, row) for name, table in tables.items() for row in _rows(connection, table))
    for done, (name, row) in enumerate(rows, 1):
        lines.write([name, *row])
        if progress and done % CHUNK == 0:
            progress(done, sum(counts.values()))
    lines.write_end()


def _rows(connection: Connection, table: Table) -> Iterator[list[object]]:
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    for row in connection.execute(statement):
        yield [_written(value) for value in row]


def _written(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _read_head(path: Path, lines: _Digested, schemas: Sequence[Schema]) -> int:
    """How many rows there are in all."""
    head = lines.read()
    if head is None or head[:2] != [HEAD, FORMAT]:
        raise ValueError("it does not begin like one")
    _, _, schema_version, counts = head
    if schema_version != _versions(schemas):
        problem = (
            f"has schema `{schema_version}`, this version `{_versions(schemas)}`;"
            " restore it with the version it is from"
        )
        raise InputError(str(path), problem)
    if not isinstance(counts, dict):
        raise ValueError("it does not say how many rows it has")
    return sum(counts.values())


@contextmanager
def _empty_database(url: str, schemas: Sequence[Schema]) -> Iterator[Connection]:
    """A transaction on a new database of this version; a file made for it goes if it fails."""
    parsed = parse_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and not is_in_memory(parsed)
    file = Path(str(parsed.database)) if is_file and not Path(str(parsed.database)).exists() else None
    database = Database.open(url, create=True)
    try:
        with database.writing() as connection:
            upgrade(connection, schemas)
            _require_empty(connection, url, schemas)
            yield connection
        file = None
    finally:
        database.close()
        if file is not None:
            _remove(file)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _require_empty(connection: Connection, url: str, schemas: Sequence[Schema]) -> None:
    for table in (table for each in schemas for table in each.metadata.sorted_tables):
        if table is not schema.meta and connection.execute(select(table).limit(1)).first() is not None:
            raise InputError(f"{parse_url(url)}", "is not empty; restore into a new database")


def _fill(
    connection: Connection,
    lines: _Digested,
    total: int,
    schemas: Sequence[Schema],
    progress: Progress | None,
) -> None:
    done, tables = 0, _tables(schemas)
    for name, rows in groupby(iter(lines.read, None), lambda row: str(row[0])):
        table = tables[name]
        for chunk in chunks(_values(table, row[1:]) for row in rows):
            connection.execute(insert(table), chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    if done != total:
        raise ValueError(f"it holds {done} rows of {total}")
    connection.execute(delete(schema.meta))
    start_epoch(connection)
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            _follow_ids(connection, table)


def _follow_ids(connection: Connection, table: Table) -> None:
    """Let a table that numbers its rows by itself go on behind the rows that were put in."""
    number = table.autoincrement_column
    if number is not None:
        last = select(func.max(number)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, func.coalesce(last, 0) + 1, False)))


def _values(table: Table, row: list[object]) -> Row:
    pairs = zip(table.columns, row, strict=True)
    return {column.name: _read_value(column, value) for column, value in pairs}


def _read_value(column: Column[object], value: object) -> object:
    if value is None:
        return None
    if isinstance(column.type, Date):
        return date.fromisoformat(str(value))
    return b64decode(str(value)) if isinstance(column.type, LargeBinary) else value

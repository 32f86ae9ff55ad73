"""Writing many rows at once, in the same words for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Select, Table, bindparam, delete, insert
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, object]
# What the columns of a statement hold is known to the tables, not to the type checker.
Fetched: TypeAlias = "sqlalchemy.Row[*tuple[Any, ...]]"
Query: TypeAlias = "Select[*tuple[Any, ...]]"
T = TypeVar("T")

CHUNK = 1_000
"""How many rows or ids travel in one statement."""


def insert_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Add rows that are not there yet."""
    for chunk in chunks(rows):
        connection.execute(insert(table), chunk)


def upsert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Add rows; one with the same key is replaced. A column left out of a row keeps its value."""
    for chunk in chunks(rows):
        statement = _insert(connection, table)
        keys = set(table.primary_key.columns.keys())
        values = {name: statement.excluded[name] for name in chunk[0] if name not in keys}
        connection.execute(
            statement.on_conflict_do_update(index_elements=table.primary_key, set_=values), chunk
        )


def add_up(connection: Connection, table: Table, rows: Iterable[Row], column: str) -> None:
    """Add rows; where one with the same key is there, only its `column` grows."""
    for chunk in chunks(rows):
        statement = _insert(connection, table)
        total = {column: table.c[column] + statement.excluded[column]}
        connection.execute(
            statement.on_conflict_do_update(index_elements=table.primary_key, set_=total), chunk
        )


def insert_missing(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Add rows; one whose key is there already is left as it is."""
    for chunk in chunks(rows):
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), chunk)


def delete_rows(connection: Connection, table: Table, keys: Iterable[Row]) -> None:
    """Remove the rows with these values; all of them name the same columns."""
    for chunk in chunks(keys):
        matches = (table.c[name] == bindparam(f"key_{name}") for name in chunk[0])
        wanted = [{f"key_{name}": value for name, value in key.items()} for key in chunk]
        connection.execute(delete(table).where(*matches), wanted)


def chunks(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """The items in lists of at most CHUNK."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)

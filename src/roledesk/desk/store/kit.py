"""What every table of the desk needs: rows as values, and writing one that may be there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy
from sqlalchemy import Connection, Select, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = Mapping[str, object]
# What the columns of a statement hold is known to the tables, not to the type checker.
Fetched: TypeAlias = "sqlalchemy.Row[*tuple[Any, ...]]"
Query: TypeAlias = "Select[*tuple[Any, ...]]"


def insert_for(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what happens when the key is there already."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def put(connection: Connection, table: Table, row: Row) -> None:
    """Add a row, or replace the one with its key."""
    statement = insert_for(connection, table)
    keys = set(table.primary_key.columns.keys())
    values = {name: statement.excluded[name] for name in row if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=table.primary_key, set_=values), row)


def put_missing(connection: Connection, table: Table, row: Row) -> None:
    """Add a row unless its key is there."""
    connection.execute(insert_for(connection, table).on_conflict_do_nothing(), row)


def row_of(organization: str, value: DataclassInstance) -> dict[str, object]:
    """A value as the row of its table."""
    return {"organization": organization, **asdict(value)}


def rows_where(table: Table, organization: str, **equal: object) -> Query:
    """Every row of the organization with these values."""
    wanted = (table.c[name] == value for name, value in equal.items())
    return select(table).where(table.c.organization == organization, *wanted)


def change(connection: Connection, table: Table, organization: str, id: str, values: Row) -> None:
    """Set columns of the row with this id."""
    here = (table.c.organization == organization, table.c.id == id)
    connection.execute(update(table).where(*here).values(**values))


def remove(
    connection: Connection, table: Table, organization: str, column: str, values: Iterable[str]
) -> None:
    """Remove the organization's rows that hold one of these values."""
    here = (table.c.organization == organization, table.c[column].in_(list(values)))
    connection.execute(delete(table).where(*here))

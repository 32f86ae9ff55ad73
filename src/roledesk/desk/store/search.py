"""Finding messages by their words, the newest first, within a reach.

Reach is part of the query: what is not covered is neither found nor counted, and the
newest hits are found without looking at older ones.
Not here: how a text is cut into words (words.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from roledesk import Reach
from roledesk.desk.facts import Conversation, Message, MessageKind
from roledesk.desk.store import conversations as talks
from roledesk.desk.store import messages, schema
from roledesk.desk.store.conversations import Filter
from roledesk.desk.words import wanted

_of = schema.messages.c
_index = table("message_words", column("rowid", Integer))


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, and its conversation."""

    id: int
    message: Message
    conversation: Conversation


def find(
    connection: Connection,
    organization: str,
    sought: str,
    *,
    view: Reach,
    notes: Reach,
    filter: Filter,
    limit: int,
    before: int | None = None,
) -> tuple[Hit, ...]:
    """The newest messages with every word of `sought`, behind the hit numbered `before`.

    Notes are found only within `notes`. Nothing sought is nothing found.
    """
    words = wanted(sought)
    if not words:
        return ()
    found, number = _matching(connection, words)
    beyond = [] if before is None else [number < before]
    covered = talks.matching(organization, filter, view)
    readable = _of.kind.in_(messages.SAID) | ((_of.kind == MessageKind.NOTE) & talks.within(notes))
    statement = (
        select(schema.messages)
        .select_from(_joined(connection))
        .where(found, _of.organization == organization, readable, *covered, *beyond)
        .order_by(number.desc())
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    theirs = talks.find_many(connection, organization, {row.conversation for row in rows})
    return tuple(Hit(row.id, messages.read(row), theirs[row.conversation]) for row in rows)


def _joined(connection: Connection) -> FromClause:
    of = schema.conversations.c
    theirs = (of.organization == _of.organization) & (of.id == _of.conversation)
    joined = schema.messages.join(schema.conversations, theirs)
    return _index.join(joined, _of.id == _index.c.rowid) if _is_sqlite(connection) else joined


def _matching(connection: Connection, words: Iterable[str]) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """True for messages with words that begin so; and what they are numbered by, from the index where it has it."""
    if _is_sqlite(connection):
        sought = " AND ".join(f'"{word}"*' for word in words)
        return literal_column("message_words").bool_op("MATCH")(sought), _index.c.rowid
    sought = " & ".join(f"'{word}':*" for word in words)
    kept = func.array_to_tsvector(func.string_to_array(_of.words, literal_column("' '")))
    return kept.bool_op("@@")(cast(sought, TSQUERY)), _of.id


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"

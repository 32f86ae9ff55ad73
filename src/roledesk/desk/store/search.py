"""Finding messages by their words, the newest first, within a reach.

Reach is part of the query: what is not covered is neither found nor counted, and the
newest hits are found without looking at older ones.
Not here: how a text is cut into words (words.py).
"""

from __future__ import annotations

from collections.abc import Sequence
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
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from roledesk import Reach
from roledesk.desk.facts import Conversation, Message, MessageKind
from roledesk.desk.store import conversations as talks
from roledesk.desk.store import messages, schema
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.kit import Fetched
from roledesk.desk.words import wanted

Words = tuple[str, ...]
Conditions = tuple[ColumnElement[bool], ...]
WALKED = 20_000
"""The newest messages, among which a word that stands in one of fifty is found often enough."""
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
    covered = _covered(organization, view, notes, filter)
    look = _look_on_sqlite if connection.dialect.name == "sqlite" else _look_on_postgresql
    rows = look(connection, words, covered, limit, before)
    theirs = talks.find_many(connection, organization, {row.conversation for row in rows})
    return tuple(Hit(row.id, messages.read(row), theirs[row.conversation]) for row in rows)


def find_number(
    connection: Connection, organization: str, conversation: str, seq: float, *, view: Reach, notes: Reach
) -> int | None:
    """The number of a message that could be a hit; it counts what everybody says, so it is never told."""
    here = (_of.conversation == conversation, _of.seq == seq)
    statement = select(_of.id).select_from(_joined()).where(*here)
    return connection.execute(statement.where(*_covered(organization, view, notes, Filter()))).scalar()


def _covered(organization: str, view: Reach, notes: Reach, filter: Filter) -> Conditions:
    readable = _of.kind.in_(messages.SAID) | ((_of.kind == MessageKind.NOTE) & talks.within(notes))
    return (_of.organization == organization, readable, *talks.matching(organization, filter, view))


def _look_on_sqlite(
    connection: Connection, words: Words, covered: Conditions, limit: int, before: int | None
) -> Sequence[Fetched]:
    """Its index gives the newest first, and is read no further than needed."""
    sought = " AND ".join(f'"{word}"*' for word in words)
    found = literal_column("message_words").bool_op("MATCH")(sought)
    behind = true() if before is None else _index.c.rowid < before
    joined = _index.join(_joined(), _of.id == _index.c.rowid)
    statement = select(schema.messages).select_from(joined).where(found, behind, *covered)
    return connection.execute(statement.order_by(_index.c.rowid.desc()).limit(limit)).all()


def _look_on_postgresql(
    connection: Connection, words: Words, covered: Conditions, limit: int, before: int | None
) -> Sequence[Fetched]:
    """Its index knows no order. So common words are looked for among the newest messages, one by one;

    if that is not enough, the words are rare, and all that have them are sorted.
    """
    sought = cast(" & ".join(f"'{word}':*" for word in words), TSQUERY)
    found = literal_column("messages.word_index").bool_op("@@")(sought)
    last = select(func.coalesce(func.max(_of.id), 0))
    newest = connection.execute(last).scalar_one() if before is None else before - 1
    since = newest - WALKED
    statement = select(schema.messages).select_from(_joined()).where(found, *covered)
    walk = statement.where(_of.id > since, _of.id <= newest).order_by(_of.id.desc()).limit(limit)
    near = connection.execute(walk).all()
    if len(near) == limit:
        return near
    # The sum keeps the planner from walking, which it would take rare words for common to do.
    rest = statement.where(_of.id <= since).order_by((_of.id + 0).desc()).limit(limit - len(near))
    return [*near, *connection.execute(rest)]


def _joined() -> FromClause:
    of = schema.conversations.c
    theirs = (of.organization == _of.organization) & (of.id == _of.conversation)
    return schema.messages.join(schema.conversations, theirs)

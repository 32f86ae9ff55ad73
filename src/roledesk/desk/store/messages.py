"""Messages, and how far each agent has read.

Not here: which messages somebody may read, given as `kinds` and `whispers_of`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    ScalarSelect,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from roledesk.desk.facts import AuthorKind, Message, MessageKind
from roledesk.desk.store.kit import Fetched, Query, put_missing, row_of, rows_where
from roledesk.desk.store.schema import attachments, messages, reads
from roledesk.desk.words import words_of

FOUND = (MessageKind.TEXT, MessageKind.FILE, MessageKind.NOTE)
"""What search looks in; a note is shown only to those who may read it."""
SAID = (MessageKind.TEXT, MessageKind.FILE)
_of = messages.c


def add(connection: Connection, organization: str, message: Message) -> None:
    """Add a message."""
    row = row_of(organization, message)
    connection.execute(insert(messages), {**row, "words": _words(message)})


def add_many(connection: Connection, organization: str, rows: Iterable[Message]) -> None:
    """Add many at once."""
    connection.execute(
        insert(messages), [{**row_of(organization, each), "words": _words(each)} for each in rows]
    )


def find(connection: Connection, organization: str, conversation: str, seq: int) -> Message | None:
    """The message with this number."""
    return _one(connection, rows_where(messages, organization, conversation=conversation, seq=seq))


def find_sent(
    connection: Connection,
    organization: str,
    conversation: str,
    client_key: str,
    *,
    kind: AuthorKind,
    author: str | None,
) -> Message | None:
    """The message that this writer sent with this key."""
    his = {"client_key": client_key, "author_kind": kind, "author": author}
    return _one(connection, rows_where(messages, organization, conversation=conversation, **his))


def thread(
    connection: Connection,
    organization: str,
    conversation: str,
    *,
    kinds: Iterable[MessageKind],
    whispers_of: str | None,
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> tuple[Message, ...]:
    """Messages of these kinds and whispers from or to `whispers_of`, in order; the last `limit` of them.

    With `after`, the first `limit` behind that number instead.
    """
    shown: ColumnElement[bool] = _of.kind.in_(list(kinds))
    if whispers_of is not None:
        whispered = (_of.kind == MessageKind.WHISPER) & (
            (_of.author == whispers_of) | (_of.to_agent == whispers_of)
        )
        shown = or_(shown, whispered)
    statement = rows_where(messages, organization, conversation=conversation).where(shown)
    if before is not None:
        statement = statement.where(_of.seq < before)
    if after is not None:
        rows = connection.execute(statement.where(_of.seq > after).order_by(_of.seq).limit(limit))
        return tuple(map(read, rows))
    rows = connection.execute(statement.order_by(_of.seq.desc()).limit(limit))
    return tuple(map(read, reversed(rows.all())))


def blank(connection: Connection, organization: str, message: Message, *, at: float, by: str) -> None:
    """Leave only the place of a message; its file goes too."""
    here = (
        _of.organization == organization,
        _of.conversation == message.conversation,
        _of.seq == message.seq,
    )
    nothing = {"text": "", "words": "", "attachment": None, "deleted_at": at, "deleted_by": by}
    connection.execute(update(messages).where(*here).values(**nothing))
    if message.attachment is not None:
        files = attachments.c
        gone = (files.organization == organization, files.id == message.attachment)
        connection.execute(delete(attachments).where(*gone))


def last_said(connection: Connection, organization: str, conversation: str) -> Message | None:
    """The last message between customer and agents that still has its text."""
    statement = rows_where(messages, organization, conversation=conversation).where(
        _of.kind.in_(SAID), _of.deleted_at.is_(None)
    )
    return _one(connection, statement.order_by(_of.seq.desc()).limit(1))


def last_author(shown: FromClause) -> ScalarSelect[str | None]:
    """The agent whose words are the last, as `last_said`, in each of the conversations `shown`."""
    last = (
        select(case((_of.author_kind == AuthorKind.AGENT, _of.author)))
        .where(
            _of.organization == shown.c.organization,
            _of.conversation == shown.c.id,
            _of.kind.in_(SAID),
            _of.deleted_at.is_(None),
        )
        .order_by(_of.seq.desc())
        .limit(1)
    )
    return last.correlate(shown).scalar_subquery()


def mark_read(connection: Connection, organization: str, conversation: str, agent: str, seq: int) -> bool:
    """Keep how far an agent has read; whether that is further than before."""
    key = {"organization": organization, "conversation": conversation, "agent": agent}
    put_missing(connection, reads, {**key, "seq": 0})
    here = (reads.c[name] == value for name, value in key.items())
    moved = connection.execute(update(reads).where(*here, reads.c.seq < seq).values(seq=seq))
    return moved.rowcount > 0


def unread(reader: str, shown: FromClause) -> ScalarSelect[int]:
    """How many messages of the customer this agent has not read, in each of the conversations `shown`."""
    here = (reads.c.organization == shown.c.organization, reads.c.conversation == shown.c.id)
    read_to = select(reads.c.seq).where(*here, reads.c.agent == reader).correlate(shown).scalar_subquery()
    counted = select(func.count()).where(
        _of.organization == shown.c.organization,
        _of.conversation == shown.c.id,
        _of.author_kind == AuthorKind.CUSTOMER,
        _of.deleted_at.is_(None),
        _of.seq > func.coalesce(read_to, 0),
    )
    return counted.correlate(shown).scalar_subquery()


def read(row: Fetched) -> Message:
    """A row as a value."""
    return Message(
        row.conversation,
        row.seq,
        row.at,
        AuthorKind(row.author_kind),
        MessageKind(row.kind),
        row.text,
        row.author,
        row.to_agent,
        row.team,
        row.attachment,
        row.client_key,
        row.deleted_at,
        row.deleted_by,
    )


def _one(connection: Connection, statement: Query) -> Message | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else read(row)


def _words(message: Message) -> str:
    return " ".join(words_of(message.text)) if message.kind in FOUND else ""

"""Conversations as they are told line by line, as far as the reader may read each.

Whispers and events of the timeline are never in it, notes for those who may read them; what
was deleted stands without its text.
Not here: files and pages (pages/transcripts.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from roledesk import Guard, find_people, record_activity
from roledesk.desk import reading
from roledesk.desk.facts import AuthorKind, Conversation, Message, MessageKind, resource_of
from roledesk.desk.reading import Row
from roledesk.desk.store.lists import Cursor

COLUMNS = ("date-time", "agent", "message type", "message", "translation")
TALKS = 10
MOST_LINES = 200
TOLD = frozenset({MessageKind.TEXT, MessageKind.FILE, MessageKind.NOTE})
DELETED = "(deleted)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said; `by` is a name, `kind` customer, agent, note or file."""

    at: float
    by: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation with what was said last in it."""

    conversation: Conversation
    team: str
    entries: tuple[Entry, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class History:
    """Some of a customer's conversations; `next` asks for older ones."""

    talks: tuple[Told, ...]
    next: Cursor | None


def history_of(guard: Guard, customer: str, *, after: Cursor | None = None) -> History:
    """A customer's conversations that one may view, the newest first."""
    page = reading.conversations_of(guard, customer, after=after, limit=TALKS)
    return History(tuple(_told(guard, row) for row in page.rows), page.next)


def require_exportable(guard: Guard, id: str) -> Row:
    """The conversation, when its transcript may be taken. Raises NotFoundError, DeniedError."""
    row = reading.get_conversation(guard, id)
    guard.require("conversation.export", resource_of(row.conversation))
    return row


def export(guard: Guard, id: str) -> Iterator[Entry]:
    """Everything one may read of a conversation; that it was taken is written down.

    Raises NotFoundError, DeniedError, before the first line.
    """
    row, organization = require_exportable(guard, id), guard.organization
    with organization.locked() as connection:
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="conversation.exported",
            about=f"conversation:{id}",
            teams=(row.conversation.team,),
        )
    return _entries(guard, row, tuple(reading.whole_thread(guard, id)))


def _told(guard: Guard, row: Row) -> Told:
    thread = reading.thread(guard, row.conversation.id, limit=MOST_LINES)
    team = guard.organization.policy.teams.get(row.conversation.team)
    entries = tuple(_entries(guard, row, thread.messages))
    return Told(row.conversation, team.name if team else "", entries, thread.has_earlier)


def _entries(guard: Guard, row: Row, messages: Iterable[Message]) -> Iterator[Entry]:
    told = [each for each in messages if each.kind in TOLD]
    names = _names(guard, told)
    for message in told:
        customer = message.author_kind is AuthorKind.CUSTOMER
        by = row.customer_name if customer else names.get(message.author or "", "former agent")
        text = DELETED if message.deleted_at is not None else message.text
        yield Entry(message.at, by, _kind(message, customer=customer), text)


def _kind(message: Message, *, customer: bool) -> str:
    if message.kind is not MessageKind.TEXT:
        return message.kind.value
    return "customer" if customer else "agent"


def _names(guard: Guard, messages: Iterable[Message]) -> Mapping[str, str]:
    authors = {each.author for each in messages if each.author_kind is AuthorKind.AGENT and each.author}
    with guard.organization.database.reading() as connection:
        known = find_people(connection, guard.organization.id, authors)
    return {agent: person.name for agent, person in known.items() if person.name}

"""What the operations answer with: conversations, messages, customers as JSON, and cursors as opaque words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Path, Query

from roledesk import InputError
from roledesk.desk.customers import CustomerRow
from roledesk.desk.facts import Attachment, Conversation, Message
from roledesk.desk.reading import Row
from roledesk.desk.store.labels import Tag

Id = Annotated[str, Path(max_length=80)]
After = Annotated[str, Query(max_length=200, description="`next` of the page before")]

NO_CURSOR = "was not given by this list; begin without it"


@dataclass(frozen=True, slots=True)
class Ok:
    """It is done; `id` is what it was done to."""

    id: str | None = None


@dataclass(frozen=True, slots=True)
class TagOut:
    """A tag; of everybody without a team."""

    id: str
    name: str
    team: str | None
    retired: bool


@dataclass(frozen=True, slots=True)
class ConversationOut:
    """A conversation; of its customer no more than the display name. Moments are seconds since 1970 UTC."""

    id: str
    customer: str
    customer_name: str
    channel: str
    team: str
    state: str
    assignee: str | None
    category: str | None
    created_at: float
    last_at: float
    closed_at: float | None
    preview: str
    last_seq: int
    tags: list[TagOut]
    unread: int


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file; its bytes are at /files/{id}."""

    id: str
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageOut:
    """Something that was said or happened; a deleted one has no text."""

    seq: int
    at: float
    author_kind: str
    author: str | None
    kind: str
    text: str
    to_agent: str | None
    deleted: bool
    file: FileOut | None


@dataclass(frozen=True, slots=True)
class CustomerOut:
    """A customer as the asker may read him; e-mail and phone are null where they are `masked`."""

    id: str
    name: str
    email: str | None
    phone: str | None
    masked: bool
    language: str | None
    blocked: bool
    sticky_agent: str | None
    created_at: float
    tags: list[TagOut]


def conversation_of(row: Row) -> ConversationOut:
    """A conversation as JSON."""
    each = row.conversation
    return ConversationOut(
        each.id,
        each.customer,
        row.customer_name,
        each.channel,
        each.team,
        each.state.value,
        each.assignee,
        each.category,
        each.created_at,
        each.last_at,
        each.closed_at,
        each.preview,
        each.last_seq,
        tags_of(row.tags),
        row.unread,
    )


def bare(conversation: Conversation) -> ConversationOut:
    """A conversation that was just written, without what stands beside it in a list or was said in it.

    Answers are kept for a key that comes again: no words of anybody's stay in them.
    """
    return conversation_of(Row(replace(conversation, preview=""), ""))


def message_of(message: Message, file: Attachment | None = None) -> MessageOut:
    """A message as JSON."""
    return MessageOut(
        message.seq,
        message.at,
        message.author_kind.value,
        message.author,
        message.kind.value,
        message.text,
        message.to_agent,
        message.deleted_at is not None,
        None if file is None else FileOut(file.id, file.name, file.type, file.size),
    )


def customer_of(row: CustomerRow) -> CustomerOut:
    """A customer as JSON."""
    one = row.customer
    return CustomerOut(
        one.id,
        one.name,
        None if row.masked else one.email,
        None if row.masked else one.phone,
        row.masked,
        one.language,
        one.blocked_at is not None,
        one.sticky_agent,
        one.created_at,
        tags_of(row.tags),
    )


def tags_of(tags: Iterable[Tag]) -> list[TagOut]:
    """Tags as JSON."""
    return [TagOut(tag.id, tag.name, tag.team, tag.retired_at is not None) for tag in tags]


def cursor_of(text: str, where: str = "after") -> tuple[float, str] | None:
    """Where a page begins; None for the first. Raises InputError for what no answer gave."""
    if not text:
        return None
    moment, _, id = text.partition("~")
    try:
        return float(moment), id
    except ValueError:
        raise InputError(where, NO_CURSOR) from None


def next_of(cursor: tuple[float | str, str] | None) -> str | None:
    """The next page's beginning; null at the end."""
    return None if cursor is None else f"{cursor[0]!r}~{cursor[1]}"

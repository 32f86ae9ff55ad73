"""What the desk speaks of: conversations, messages, customers, and what happened to them.

All values are immutable. `resource_of` says which facts of a conversation a decision needs.
Not here: how they are kept (store/), who may do what with them (conversations.py, reading.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from roledesk import Resource


class State(StrEnum):
    """Where a conversation stands."""

    BOT = "bot"
    WAITING = "waiting"
    """Nobody has it, or the agent it is kept for is not there."""
    OPEN = "open"
    CLOSED = "closed"


class AuthorKind(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class MessageKind(StrEnum):
    """What a message is: `note` is for agents, `whisper` for one agent, `event` a line of the timeline."""

    TEXT = "text"
    FILE = "file"
    NOTE = "note"
    WHISPER = "whisper"
    EVENT = "event"


class EventKind(StrEnum):
    """What happened, for whoever follows."""

    STARTED = "started"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    CLOSED = "closed"
    MESSAGE = "message"
    NOTE = "note"
    WHISPER = "whisper"
    DELETED = "deleted"
    NOTE_DELETED = "note_deleted"
    WHISPER_DELETED = "whisper_deleted"
    TAGGED = "tagged"
    READ = "read"
    READ_BY_CUSTOMER = "read_by_customer"
    CUSTOMER = "customer"
    CUSTOMER_DELETED = "customer_deleted"
    TYPING = "typing"
    PRESENCE = "presence"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with one customer; exactly one team, and the agent who has it, if any.

    While waiting, `assignee` is the agent it is kept for. Once closed it keeps its assignee.
    `answered_at` is when an agent first answered.
    """

    id: str
    customer: str
    channel: str
    team: str
    state: State
    created_at: float
    last_at: float
    widget: str | None = None
    assignee: str | None = None
    category: str | None = None
    waiting_since: float | None = None
    opened_at: float | None = None
    closed_at: float | None = None
    last_seq: int = 0
    preview: str = ""
    customer_read_seq: int = 0
    client_key: str | None = None
    answered_at: float | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, without its content."""

    id: str
    conversation: str
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a conversation; a deleted one keeps its place and nothing else.

    The text of an event is its EventKind; `to_agent` and `team` say where to. A whisper is
    for `to_agent`, the assignee of its moment.
    """

    conversation: str
    seq: int
    at: float
    author_kind: AuthorKind
    kind: MessageKind
    text: str = ""
    author: str | None = None
    to_agent: str | None = None
    team: str | None = None
    attachment: str | None = None
    client_key: str | None = None
    deleted_at: float | None = None
    deleted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who writes to us. E-mail and phone are None, or masked, for whoever may not read them."""

    id: str
    name: str
    created_at: float
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    secret_hash: str | None = None
    identity: str | None = None
    blocked_at: float | None = None
    refused_messages: int = 0
    sticky_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about a conversation at one moment."""

    team: str
    assignee: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the facts of its conversation before and after."""

    kind: EventKind
    at: float
    by: str | None = None
    seq: int = 0
    conversation: str | None = None
    customer: str | None = None
    agent: str | None = None
    message_seq: int | None = None
    before: Facts | None = None
    after: Facts | None = None


def facts_of(conversation: Conversation) -> Facts:
    """The facts of a conversation as it stands."""
    return Facts(conversation.team, conversation.assignee, conversation.state)


def resource_of(conversation: Conversation) -> Resource:
    """The conversation as a decision sees it."""
    return resource_at(conversation.id, facts_of(conversation))


def resource_at(id: str, facts: Facts) -> Resource:
    """A conversation as a decision saw it when these were its facts."""
    return Resource("conversation", id, owner=facts.assignee, team=facts.team, state=facts.state)


def customer_resource(conversation: Conversation) -> Resource:
    """The customer of a conversation, as far as this conversation shows him."""
    return Resource("customer", conversation.customer, owner=conversation.assignee, team=conversation.team)


def without_text(message: Message) -> Message:
    """The place that a deleted message leaves."""
    return replace(message, text="", attachment=None)

"""One piece of work on a conversation: load it, ask, write, tell; all of it or nothing.

Everything happens in one transaction at the head of the organization's policy, which
nobody moves meanwhile, and with the conversation as it stands now. What the asker may not
see is answered like what is not there; what he could do a moment ago and cannot any more,
because it went elsewhere, is told as such.
Not here: what each command asks and writes (conversations.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from roledesk import (
    Decision,
    DeniedError,
    Guard,
    InputError,
    MovedError,
    NotFoundError,
    Organization,
    Snapshot,
)
from roledesk.desk.facts import (
    AuthorKind,
    Conversation,
    Event,
    EventKind,
    Message,
    MessageKind,
    State,
    facts_of,
    resource_at,
    resource_of,
)
from roledesk.desk.store import conversations, events, messages

TEXT_LENGTH = 10_000
"""Characters of one message."""
PREVIEW_LENGTH = 140
KEY_LENGTH = 200


@dataclass(slots=True)
class Work:
    """What a command works with; `conversation` is always as it stands by now."""

    connection: Connection
    organization: str
    snapshot: Snapshot
    conversation: Conversation
    by: str | None
    now: float

    def put(
        self,
        after: Conversation,
        kind: EventKind,
        *,
        message_seq: int | None = None,
        agent: str | None = None,
    ) -> None:
        """Keep the conversation as `after`, and tell what happened to it."""
        before, self.conversation = self.conversation, after
        if after != before:
            conversations.put(self.connection, self.organization, after)
        event = Event(
            kind,
            self.now,
            self.by,
            conversation=after.id,
            customer=after.customer,
            agent=agent,
            message_seq=message_seq,
            before=facts_of(before),
            after=facts_of(after),
        )
        events.add(self.connection, self.organization, event)

    def say(self, message: Message) -> Message:
        """Add a message as the conversation's next; gives it with its number."""
        numbered = replace(message, seq=self.conversation.last_seq + 1)
        messages.add(self.connection, self.organization, numbered)
        after = replace(self.conversation, last_seq=numbered.seq)
        if message.kind in messages.SAID:
            after = replace(after, last_at=self.now, preview=preview_of(message))
        if message.author_kind is AuthorKind.AGENT and message.kind in messages.SAID:
            after = replace(after, answered_at=after.answered_at or self.now)
        self.put(after, _told_as(message.kind), message_seq=numbered.seq, agent=message.to_agent)
        return numbered

    def move(
        self, after: Conversation, kind: EventKind, *, to_agent: str | None = None, team: str | None = None
    ) -> Conversation:
        """Keep a conversation that changed hands or state, with a line in its timeline."""
        line = Message(
            after.id,
            after.last_seq + 1,
            self.now,
            AuthorKind.SYSTEM,
            MessageKind.EVENT,
            kind.value,
            author=self.by,
            to_agent=to_agent,
            team=team,
        )
        messages.add(self.connection, self.organization, line)
        self.put(replace(after, last_seq=line.seq), kind, message_seq=line.seq, agent=to_agent)
        return self.conversation

    def sent(self, client_key: str) -> Message | None:
        """What whoever works here sent with this key before; without one, the customer.

        Raises InputError for a key that cannot be one.
        """
        checked_key(client_key)
        customer = self.by is None
        return messages.find_sent(
            self.connection,
            self.organization,
            self.conversation.id,
            client_key,
            kind=AuthorKind.CUSTOMER if customer else AuthorKind.AGENT,
            author=self.conversation.customer if customer else self.by,
        )


@contextmanager
def handling(guard: Guard, id: str) -> Iterator[Work]:
    """A conversation to work on. Raises NotFoundError."""
    organization = guard.organization
    with organization.locked() as connection:
        found = conversations.find(connection, organization.id, id)
        if found is None:
            raise NotFoundError("conversation", id)
        yield begin(connection, organization, found, by=guard.subject.id)


def begin(
    connection: Connection, organization: Organization, conversation: Conversation, *, by: str | None = None
) -> Work:
    """Work on a conversation in a transaction that is under way."""
    return Work(connection, organization.id, organization.snapshot, conversation, by, organization.clock())


def require(guard: Guard, work: Work, action: str) -> Decision:
    """The decision on the conversation as it stands.

    Raises NotFoundError when the asker may not see it, MovedError when he could have done
    this before it was last moved, DeniedError otherwise.
    """
    try:
        return guard.require(action, resource_of(work.conversation))
    except DeniedError as error:
        if (happened := _moved(guard, work, action)) is not None:
            raise MovedError("conversation", happened) from error
        if error.hidden:
            raise NotFoundError("conversation", work.conversation.id) from None
        raise


def _moved(guard: Guard, work: Work, action: str) -> str | None:
    """What happened to a conversation on which the asker could have acted until then."""
    last = events.last_move(work.connection, work.organization, work.conversation.id)
    if last is None or last.before is None:
        return None
    if not guard.allows(action, resource_at(work.conversation.id, last.before)):
        return None
    if work.conversation.state is State.CLOSED:
        return "was closed"
    if work.conversation.team != last.before.team:
        return "was moved to another team"
    return "was taken over" if work.conversation.assignee else "went back to the queue"


def _told_as(kind: MessageKind) -> EventKind:
    return {MessageKind.NOTE: EventKind.NOTE, MessageKind.WHISPER: EventKind.WHISPER}.get(
        kind, EventKind.MESSAGE
    )


def preview_of(message: Message | None) -> str:
    """What a list shows of the last message."""
    return "" if message is None else " ".join(message.text.split())[:PREVIEW_LENGTH]


def checked_text(text: str) -> str:
    """`text` when it can be sent. Raises InputError."""
    if not text.strip():
        raise InputError("text", "there is nothing to send; write something first")
    if len(text) > TEXT_LENGTH:
        raise InputError("text", f"a message has at most {TEXT_LENGTH} characters; this one has {len(text)}")
    if "\0" in text:
        raise InputError("text", "a message cannot contain a NUL character; leave it out")
    return text


def checked_key(client_key: str) -> str:
    """`client_key` when it can be one. Raises InputError."""
    if not 0 < len(client_key) <= KEY_LENGTH or not client_key.isprintable():
        raise InputError("client_key", f"use 1 to {KEY_LENGTH} printable characters, new for each message")
    return client_key


def new_id(prefix: str) -> str:
    """An id that cannot be guessed and tells no number of things."""
    return f"{prefix}-{secrets.token_hex(8)}"

"""What is done to conversations: take, answer, note, whisper, hand on, close, tag, delete a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path
from pydantic import Field

from roledesk.desk import conversations, reading
from roledesk.desk.api.shapes import ConversationOut, Id, MessageOut, Ok, bare, message_of
from roledesk.desk.facts import Message
from roledesk.desk.work import TEXT_LENGTH, new_id
from roledesk.web.api import Act, Acting, api_routes

routes = api_routes()
Seq = Annotated[int, Path(ge=1, le=2**31)]
Text = Annotated[str, Field(max_length=TEXT_LENGTH)]
Short = Annotated[str | None, Field(max_length=80)]


@dataclass(frozen=True, slots=True)
class TextIn:
    """What is said."""

    text: Text


@dataclass(frozen=True, slots=True)
class SaidOut:
    """What of a message is kept for a key that comes again: never its text, which may be deleted."""

    seq: int


@dataclass(frozen=True, slots=True)
class CloseIn:
    """What a conversation is filed under."""

    category: Short = None


@dataclass(frozen=True, slots=True)
class TransferIn:
    """To whom a conversation is handed: a team, or an agent in a team of his."""

    team: Short = None
    agent: Short = None


@dataclass(frozen=True, slots=True)
class TransferredOut:
    """Where a conversation is now; null when the asker may not view it any more."""

    conversation: ConversationOut | None


@dataclass(frozen=True, slots=True)
class TagIn:
    """A tag by its id."""

    tag: Annotated[str, Field(max_length=80)]


@dataclass(frozen=True, slots=True)
class ClosedOut:
    """The conversations that were closed."""

    closed: list[str]


@dataclass(frozen=True, slots=True)
class ReadIn:
    """How far the asker has read."""

    seq: Annotated[int, Field(ge=0, le=2**31)]


@routes.guarded("POST", "/conversations/{id}/accept", "conversation.accept")
def accept_conversation(act: Acting, id: Id) -> ConversationOut:
    """Take a conversation from the queue; of several who try exactly one gets it."""
    return act.once(lambda: bare(conversations.accept(act.asker, id)), ConversationOut)


@routes.guarded("POST", "/conversations/{id}/accept-sticky", "conversation.accept_sticky")
def accept_sticky_conversation(act: Acting, id: Id) -> ConversationOut:
    """Take a conversation that is kept for an agent who is not online."""
    return act.once(lambda: bare(conversations.accept_sticky(act.asker, id)), ConversationOut)


@routes.guarded("POST", "/conversations/{id}/reply", "conversation.reply")
def reply_to_conversation(act: Acting, id: Id, said: TextIn) -> MessageOut:
    """Answer the customer."""
    return _say(act, id, said, conversations.reply)


@routes.guarded("POST", "/conversations/{id}/notes", "note.add")
def add_note(act: Acting, id: Id, said: TextIn) -> MessageOut:
    """Write a note that customers never see."""
    return _say(act, id, said, conversations.note)


@routes.guarded("POST", "/conversations/{id}/whispers", "conversation.whisper")
def whisper_to_assignee(act: Acting, id: Id, said: TextIn) -> MessageOut:
    """Say something to the agent who has the conversation, and to nobody else."""
    return _say(act, id, said, conversations.whisper)


@routes.guarded("POST", "/conversations/{id}/close", "conversation.close")
def close_conversation(act: Acting, id: Id, closing: CloseIn) -> ConversationOut:
    """End a conversation."""
    return act.once(
        lambda: bare(conversations.close(act.asker, id, category=closing.category)), ConversationOut
    )


@routes.guarded("POST", "/conversations/close-all", "conversation.close_all")
def close_all_conversations(act: Acting) -> ClosedOut:
    """End every open conversation of the asker."""
    return act.once(lambda: ClosedOut(list(conversations.close_all(act.asker))), ClosedOut)


@routes.guarded("POST", "/conversations/{id}/transfer", "conversation.transfer")
def transfer_conversation(act: Acting, id: Id, to: TransferIn) -> TransferredOut:
    """Hand a conversation to a team's queue, or to an agent who may answer it there."""

    def do() -> TransferredOut:
        handed = conversations.transfer(act.asker, id, team=to.team, agent=to.agent)
        return TransferredOut(bare(handed.conversation) if handed.visible else None)

    return act.once(do, TransferredOut)


@routes.guarded("POST", "/conversations/{id}/tags", "conversation.tag")
def tag_conversation(act: Acting, id: Id, given: TagIn) -> Ok:
    """Put a tag on a conversation."""

    def do() -> Ok:
        conversations.tag(act.asker, id, given.tag)
        return Ok(id)

    return act.once(do, Ok)


@routes.guarded("DELETE", "/conversations/{id}/tags/{tag}", "conversation.tag")
def untag_conversation(act: Acting, id: Id, tag: Id) -> Ok:
    """Take a tag off a conversation."""

    def do() -> Ok:
        conversations.untag(act.asker, id, tag)
        return Ok(id)

    return act.once(do, Ok)


@routes.guarded("DELETE", "/conversations/{id}/messages/{seq}", "message.delete")
def delete_message(act: Acting, id: Id, seq: Seq) -> Ok:
    """Take a message's text and file away everywhere; only its place stays."""

    def do() -> Ok:
        conversations.delete_message(act.asker, id, seq)
        return Ok(f"{id}/{seq}")

    return act.once(do, Ok)


@routes.guarded("POST", "/conversations/{id}/read", "conversation.view")
def mark_conversation_read(act: Acting, id: Id, read: ReadIn) -> Ok:
    """Keep how far the asker has read; nobody else is told."""

    def do() -> Ok:
        conversations.mark_read(act.asker, id, read.seq)
        return Ok(id)

    return act.once(do, Ok)


def _say(act: Act, id: str, said: TextIn, say: Callable[..., Message]) -> MessageOut:
    """Say something once; it is answered as the asker may read it now, however often the key comes."""
    key = act.key or new_id("key")
    kept = act.once(lambda: SaidOut(say(act.asker, id, said.text, client_key=key).seq), SaidOut)
    return message_of(reading.own_message(act.asker, id, kept.seq))

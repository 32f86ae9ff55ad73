"""One conversation as its page shows it: head, thread, composer.

Each button is there only when the asker may press it now, on this very conversation.
Not here: the customer beside it (panel.py), the doors (inbox.py, answering.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.facts import AuthorKind, Conversation, Message, State, resource_of
from roledesk.desk.pages.kit import names_of, team_name, zone_of
from roledesk.desk.pages.thread import File, Line, Reader, lines_of
from roledesk.desk.reading import Row, Thread
from roledesk.desk.store import labels

CHANNELS = {"web": "Web chat"}
BUTTONS = {
    "accept": "conversation.accept",
    "accept-sticky": "conversation.accept_sticky",
    "transfer": "conversation.transfer",
    "close": "conversation.close",
    "transcript": "conversation.export",
}
MODES = (
    ("reply", "Reply", "conversation.reply"),
    ("note", "Note", "note.add"),
    ("whisper", "Whisper", "conversation.whisper"),
)


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to write: to the customer, to colleagues, to one of them."""

    id: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation, and what the asker may do with it."""

    id: str
    name: str
    first_name: str
    channel: str
    team: str
    assigned: str
    assignee_name: str
    category: str
    last_seq: int
    unread: int
    buttons: frozenset[str]
    mode: str
    modes: Sequence[Mode]
    prompt: str
    why_no_composer: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with its thread."""

    row: Row
    chat: Chat
    messages: Sequence[Line]
    older: str
    client_key: str


def open_chat(guard: Guard, id: str, *, mode: str, before: int | None, base: str) -> Opened:
    """The conversation as the asker may see it. Raises NotFoundError."""
    row = reading.get_conversation(guard, id)
    thread = reading.thread(guard, id, before=before)
    conversation = row.conversation
    names = names_of(guard.organization, _agents_in(conversation, thread.messages))
    may = guard.actions_of(resource_of(conversation))
    chat = _chat(guard, row, may, names, mode, base)
    lines = tuple(lines_of(conversation, thread.messages, _reader(guard, row, thread, may, names)))
    older = f"{base}/{id}?before={thread.messages[0].seq}" if thread.has_earlier else ""
    return Opened(row, chat, lines, older, secrets.token_urlsafe(12))


def _chat(
    guard: Guard, row: Row, may: frozenset[str], names: Mapping[str, str], mode: str, base: str
) -> Chat:
    conversation = row.conversation
    modes = _modes(guard, conversation, may, base)
    writing = next((each for each in modes if each.id == mode), modes[0] if modes else None)
    first_name = row.customer_name.split()[0]
    assignee = names.get(conversation.assignee or "", "nobody")
    return Chat(
        id=conversation.id,
        name=row.customer_name,
        first_name=first_name,
        channel=CHANNELS.get(conversation.channel, conversation.channel),
        team=team_name(guard.organization, conversation.team),
        assigned=_assigned(guard, conversation, assignee),
        assignee_name=assignee,
        category=_category(guard, conversation),
        last_seq=conversation.last_seq,
        unread=row.unread,
        buttons=_buttons(guard, conversation, may),
        mode=writing.id if writing else "",
        modes=modes,
        prompt=_prompt(writing, first_name, assignee),
        why_no_composer=_why_not(guard, conversation),
    )


def _category(guard: Guard, conversation: Conversation) -> str:
    if conversation.category is None:
        return ""
    with guard.organization.database.reading() as connection:
        found = labels.find_category(connection, guard.organization.id, conversation.category)
    return "" if found is None else found.name


def _buttons(guard: Guard, conversation: Conversation, may: frozenset[str]) -> frozenset[str]:
    kept_for = conversation.assignee
    unfit = "accept-sticky" if kept_for in (None, guard.subject.id) else "accept"
    return frozenset(button for button, action in BUTTONS.items() if action in may and button != unfit)


def _modes(guard: Guard, conversation: Conversation, may: frozenset[str], base: str) -> Sequence[Mode]:
    mine = conversation.assignee == guard.subject.id
    return tuple(
        Mode(id, name, f"{base}/{conversation.id}?mode={id}")
        for id, name, action in MODES
        if action in may and not (id == "whisper" and (mine or conversation.assignee is None))
    )


def _prompt(mode: Mode | None, first_name: str, assignee: str) -> str:
    asked = {
        "reply": f"Reply to {first_name}",
        "note": "Note for colleagues",
        "whisper": f"Whisper to {assignee}",
    }
    return "" if mode is None else asked[mode.id]


def _assigned(guard: Guard, conversation: Conversation, assignee: str) -> str:
    if conversation.state is State.CLOSED:
        return "closed"
    if conversation.assignee == guard.subject.id:
        return "assigned to you"
    if conversation.assignee is None:
        return "with the bot" if conversation.state is State.BOT else "waiting for somebody"
    return f"waiting for {assignee}" if conversation.state is State.WAITING else f"assigned to {assignee}"


def _why_not(guard: Guard, conversation: Conversation) -> str:
    if conversation.state is State.CLOSED:
        return "This chat is closed. If the customer writes again, a new one begins."
    if conversation.state is State.WAITING and guard.may("conversation.reply"):
        return "Accept this chat to answer it."
    return "You can read this chat, not answer it."


def _reader(guard: Guard, row: Row, thread: Thread, may: frozenset[str], names: Mapping[str, str]) -> Reader:
    policy = guard.organization.policy
    return Reader(
        agent=guard.subject.id,
        customer=row.customer_name,
        names=names,
        teams={id: team.name for id, team in policy.teams.items()},
        files={id: File(f"/files/{id}", file.name, _size(file.size)) for id, file in thread.files.items()},
        zone=zone_of(guard.organization),
        now=guard.organization.clock(),
        read_seq=_read_to(thread.messages, row.unread),
        may_delete="message.delete" in may,
    )


def _read_to(messages: Iterable[Message], unread: int) -> int:
    """The number of the last of the customer's messages that the reader knows."""
    said = [each.seq for each in messages if each.author_kind is AuthorKind.CUSTOMER and not each.deleted_at]
    known = said[:-unread] if unread else said
    return known[-1] if known else 0


def _agents_in(conversation: Conversation, messages: Iterable[Message]) -> Iterable[str | None]:
    yield conversation.assignee
    for message in messages:
        if message.author_kind is not AuthorKind.CUSTOMER:
            yield message.author
        yield message.to_agent
        yield message.deleted_by


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"

"""What was said, as a page shows it: whose words, when, and what became of them.

Not here: which messages somebody may read (reading.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

from roledesk.desk.facts import AuthorKind, Conversation, EventKind, Message, MessageKind
from roledesk.desk.pages.kit import FORMER
from roledesk.desk.pages.moments import clock, day

EVENTS = {
    EventKind.ACCEPTED: "Accepted by {agent}",
    EventKind.ASSIGNED: "Given to {agent}",
    EventKind.TRANSFERRED: "Handed to {receiver} by {by}",
    EventKind.RETURNED: "Back in the queue of {team}",
    EventKind.CLOSED: "Closed by {by}",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file that was sent."""

    href: str
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a thread; `look` is customer, agent, note, whisper, gone, event or day."""

    look: str
    text: str
    seq: int = 0
    by: str = ""
    at: float = 0.0
    clock: str = ""
    file: File | None = None
    is_read: bool = False
    is_first_new: bool = False
    may_delete: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a thread, and what he needs to know to do so."""

    agent: str
    customer: str
    names: Mapping[str, str]
    teams: Mapping[str, str]
    files: Mapping[str, File]
    zone: tzinfo
    now: float
    read_seq: int
    may_delete: bool

    def name(self, agent: str | None) -> str:
        """What an agent is called in a sentence; the reader himself is "you"."""
        return "you" if agent == self.agent else self.names.get(agent or "", FORMER)


def lines_of(conversation: Conversation, messages: Iterable[Message], reader: Reader) -> Iterator[Line]:
    """A thread with its days; what the reader has not read yet begins with a mark."""
    # A thread of today alone needs no heading.
    last_day, marked = "Today", False
    for message in messages:
        if (today := day(message.at, reader.zone, reader.now)) != last_day:
            last_day = today
            yield Line("day", today)
        is_new = _is_new(message, reader) and not marked
        marked = marked or is_new
        yield replace(_line(conversation, message, reader), is_first_new=is_new)


def _is_new(message: Message, reader: Reader) -> bool:
    return message.author_kind is AuthorKind.CUSTOMER and message.seq > reader.read_seq


def _line(conversation: Conversation, message: Message, reader: Reader) -> Line:
    if message.kind is MessageKind.EVENT:
        return _at(Line("event", _event(message, reader)), message, reader)
    if message.deleted_at is not None:
        return _at(
            Line("gone", f"Deleted by {reader.name(message.deleted_by)}", by=_by(message, reader)),
            message,
            reader,
        )
    file = reader.files.get(message.attachment or "")
    text = "" if file is not None and message.text == file.name else message.text
    line = Line(
        _look(message),
        text,
        by=_by(message, reader),
        file=file,
        is_read=message.author_kind is AuthorKind.AGENT
        and message.kind in (MessageKind.TEXT, MessageKind.FILE)
        and message.seq <= conversation.customer_read_seq,
        may_delete=reader.may_delete,
    )
    return _at(line, message, reader)


def _at(line: Line, message: Message, reader: Reader) -> Line:
    return replace(line, seq=message.seq, at=message.at, clock=clock(message.at, reader.zone))


def _look(message: Message) -> str:
    if message.kind in (MessageKind.NOTE, MessageKind.WHISPER):
        return message.kind.value
    return "customer" if message.author_kind is AuthorKind.CUSTOMER else "agent"


def _by(message: Message, reader: Reader) -> str:
    if message.author_kind is AuthorKind.CUSTOMER:
        return reader.customer.split()[0]
    name = reader.name(message.author)
    if message.kind is MessageKind.NOTE:
        return f"Private note · {name}"
    if message.kind is MessageKind.WHISPER:
        mine = message.author == reader.agent
        to = reader.name(message.to_agent)
        return (
            f"Whisper to {to}, only the two of you see this"
            if mine
            else f"Whisper from {name}, only you see this"
        )
    return f"{name[:1].upper()}{name[1:]}"


def _event(message: Message, reader: Reader) -> str:
    team = reader.teams.get(message.team or "", "a former team")
    known = {
        "agent": reader.name(message.to_agent or message.author),
        "by": reader.name(message.author) if message.author else "the desk",
        "receiver": reader.name(message.to_agent) if message.to_agent else team,
        "team": team,
    }
    return EVENTS[EventKind(message.text)].format(**known) if message.text in EVENTS else message.text

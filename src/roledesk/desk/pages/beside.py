"""What the desk adds to the side bar of every page: its own pages, with what waits there.

An item is there for those who may open it, and its number counts what they may see.
Not here: the console's own items (web/templates/_navigation.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.reading import View

VIEW = "conversation.view"


@dataclass(frozen=True, slots=True)
class Item:
    """A page that the asker may open, and how many things wait there."""

    href: str
    name: str
    key: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one title."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is there."""

    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The desk's part of the side bar; `status` is the asker's own presence, empty for who takes no chats."""

    groups: Sequence[Group]
    colleagues: Sequence[Colleague]
    status: str
    back: str


def beside(request: Request, asker: Guard) -> Beside:
    """The desk's part of the side bar for who asks."""
    groups = (Group("", tuple(_work(asker))), Group("Settings", tuple(_settings(asker))))
    return Beside(tuple(group for group in groups if group.items), (), "", request.url.path)


def home_of(asker: Guard) -> str | None:
    """Where the asker's work is; None for who has no conversations to see."""
    return "/inbox" if asker.may(VIEW) else None


def _work(asker: Guard) -> Iterator[Item]:
    if asker.may(VIEW):
        yield Item("/inbox", "Inbox", "inbox", reading.inbox_counts(asker)[View.MINE])
    if asker.may("conversation.accept") or asker.may("conversation.accept_sticky"):
        yield Item("/queue", "Queue", "queue", reading.count_queue(asker))
    if _sees_closed(asker):
        yield Item("/closed", "Closed chats", "closed")


def _settings(asker: Guard) -> Iterator[Item]:
    return iter(())


def _sees_closed(asker: Guard) -> bool:
    return "closed" in asker.reach(VIEW).by_state

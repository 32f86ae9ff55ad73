"""What the desk adds to the side bar of every page: its own pages, with what waits there.

An item is there for those who may open it, and its number counts what they may see.
Not here: the console's own items (web/templates/_navigation.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from roledesk import Guard
from roledesk.desk import presence, reading
from roledesk.desk.facts import State
from roledesk.desk.pages.filing import may_enter_categories, may_enter_tags
from roledesk.desk.pages.kit import names_of
from roledesk.desk.pages.organization import may_enter
from roledesk.desk.pages.widgets import may_enter as may_enter_widgets

VIEW = "conversation.view"
MOST_COLLEAGUES = 12


@dataclass(frozen=True, slots=True)
class Item:
    """A page that the asker may open, and how many things wait there."""

    href: str
    name: str
    key: str
    count: int = 0


def _nothing(_asker: Guard) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Door:
    """A page of the desk: for whom it is there, and what its number counts."""

    href: str
    name: str
    fits: Callable[[Guard], bool]
    count: Callable[[Guard], int] = _nothing


def _may(*actions: str) -> Callable[[Guard], bool]:
    return lambda asker: any(map(asker.may, actions))


def _views_closed(asker: Guard) -> bool:
    return State.CLOSED in asker.reach(VIEW).by_state


def _count_mine(asker: Guard) -> int:
    return reading.count_mine(asker)


WORK = (
    Door("/home", "Home", _may("dashboard.read")),
    Door("/inbox", "Inbox", _may(VIEW), _count_mine),
    Door("/queue", "Queue", _may("conversation.accept", "conversation.accept_sticky"), reading.count_queue),
    Door("/supervise", "Supervise", _may("supervision.open"), reading.count_supervised),
    Door("/customers", "Customers", _may("customer.read")),
    Door("/closed", "Closed chats", _views_closed),
    Door("/chat-history/agents", "Chats by agent", _may("agent.read_history")),
    Door("/chat-history/customers", "Chats by customer", _may("customer.read_history")),
    Door("/reports", "Reports", _may("report.run")),
    Door("/replies", "My replies", _may("own_reply.edit")),
    Door("/agent-status", "Agent status", _may("agent.read_status")),
)
SETTINGS = (
    Door("/categories", "Categories", may_enter_categories),
    Door("/tags", "Tags", may_enter_tags),
    Door("/widgets", "Web chat", may_enter_widgets),
    Door("/standard-replies", "Standard replies", _may("standard_reply.edit")),
    Door("/webhooks", "Webhooks", _may("webhook.edit")),
    Door("/view-as", "View as", _may("preview.open")),
    Door("/organization", "Organization", may_enter),
)


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


def beside(asker: Guard) -> Beside | None:
    """The desk's part of the side bar for who asks; None in an organization whose catalogue has no desk."""
    if VIEW not in asker.organization.policy.catalogue.actions:
        return None
    groups = (Group("", tuple(_items(asker, WORK))), Group("Settings", tuple(_items(asker, SETTINGS))))
    takes_chats = asker.may("conversation.reply") or asker.may("conversation.accept")
    return Beside(
        tuple(group for group in groups if group.items),
        _colleagues(asker) if asker.may("presence.read") else (),
        presence.my_presence(asker).value if takes_chats and not asker.is_preview else "",
    )


def _items(asker: Guard, doors: Sequence[Door]) -> Iterator[Item]:
    for door in doors:
        if door.fits(asker):
            yield Item(door.href, door.name, door.href[1:], door.count(asker))


def _colleagues(asker: Guard) -> Sequence[Colleague]:
    """Who else is there, as far as the asker may know."""
    there = presence.colleagues(asker)[:MOST_COLLEAGUES]
    names = names_of(asker.organization, (each.agent for each in there))
    return tuple(Colleague(names[each.agent], each.status.value) for each in there)

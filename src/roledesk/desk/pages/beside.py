"""What the desk adds to the side bar of every page: its own pages, with what waits there.

An item is there for those who may open it, and its number counts what they may see.
Not here: the console's own items (web/templates/_navigation.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roledesk import Guard
from roledesk.desk import presence, reading
from roledesk.desk.facts import State
from roledesk.desk.pages.filing import may_enter_categories, may_enter_tags
from roledesk.desk.pages.kit import names_of
from roledesk.desk.pages.organization import may_enter
from roledesk.desk.pages.widgets import may_enter as may_enter_widgets
from roledesk.desk.reading import View

VIEW = "conversation.view"
MOST_COLLEAGUES = 12


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


def beside(asker: Guard) -> Beside | None:
    """The desk's part of the side bar for who asks; None in an organization whose catalogue has no desk."""
    if VIEW not in asker.organization.policy.catalogue.actions:
        return None
    groups = (Group("", tuple(_work(asker))), Group("Settings", tuple(_settings(asker))))
    takes_chats = asker.may("conversation.reply") or asker.may("conversation.accept")
    return Beside(
        tuple(group for group in groups if group.items),
        _colleagues(asker) if asker.may("presence.read") else (),
        presence.my_presence(asker).value if takes_chats and not asker.is_preview else "",
    )


def _work(asker: Guard) -> Iterator[Item]:
    if asker.may(VIEW):
        yield Item("/inbox", "Inbox", "inbox", reading.inbox_counts(asker)[View.MINE])
    if asker.may("conversation.accept") or asker.may("conversation.accept_sticky"):
        yield Item("/queue", "Queue", "queue", reading.count_queue(asker))
    if asker.may("supervision.open"):
        yield Item("/supervise", "Supervise", "supervise", reading.count_supervised(asker))
    if asker.may("customer.read"):
        yield Item("/customers", "Customers", "customers")
    if State.CLOSED in asker.reach(VIEW).by_state:
        yield Item("/closed", "Closed chats", "closed")
    if asker.may("agent.read_history"):
        yield Item("/chat-history/agents", "Chats by agent", "history-agents")
    if asker.may("customer.read_history"):
        yield Item("/chat-history/customers", "Chats by customer", "history-customers")
    if asker.may("own_reply.edit"):
        yield Item("/replies", "My replies", "replies")
    if asker.may("agent.read_status"):
        yield Item("/agent-status", "Agent status", "agent-status")


def _settings(asker: Guard) -> Iterator[Item]:
    if may_enter_categories(asker):
        yield Item("/categories", "Categories", "categories")
    if may_enter_tags(asker):
        yield Item("/tags", "Tags", "tags")
    if may_enter_widgets(asker):
        yield Item("/widgets", "Web chat", "widgets")
    if asker.may("standard_reply.edit"):
        yield Item("/standard-replies", "Standard replies", "standard-replies")
    if asker.may("preview.open"):
        yield Item("/view-as", "View as", "view-as")
    if may_enter(asker):
        yield Item("/organization", "Organization", "organization")


def _colleagues(asker: Guard) -> Sequence[Colleague]:
    """Who else is there, as far as the asker may know."""
    there = presence.colleagues(asker)[:MOST_COLLEAGUES]
    names = names_of(asker.organization, (each.agent for each in there))
    return tuple(Colleague(names[each.agent], each.status.value) for each in there)

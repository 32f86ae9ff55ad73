"""A list of conversations beside the one that is open: tabs, rows, the way to older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.facts import Conversation, State
from roledesk.desk.pages.kit import team_name
from roledesk.desk.pages.moments import since
from roledesk.desk.reading import Page, Row, View
from roledesk.desk.store.conversations import Cursor, Filter
from roledesk.web.forms import Form

LONG_S = 600.0
"""From here on a list says how long somebody has been waiting."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of a list."""

    href: str
    name: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A conversation in a list."""

    id: str
    name: str
    preview: str
    at: float
    since: str
    team: str
    tags: tuple[str, ...]
    waiting: str
    is_unread: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as its templates know it; `base` is its address, `suffix` what is wanted of it."""

    heading: str
    base: str
    suffix: str
    tabs: Sequence[Tab]
    rows: Sequence[ChatRow]
    next: str
    nothing: str
    current: str
    search: str = ""
    query: str = ""
    may_close_all: bool = False


INBOX_TABS = ((View.MINE, "Mine"), (View.ALL, "All"), (View.WAITING, "Waiting"))
NOTHING = {
    View.MINE: "You have no open chat. New ones come by themselves, or from the queue.",
    View.ALL: "No chat is open. What customers write shows here.",
    View.WAITING: "Nobody is waiting.",
}


def inbox_listing(guard: Guard, query: Form) -> Listing:
    """The live conversations that the asker may view."""
    view = View(query["view"]) if query["view"] in NOTHING else View.MINE
    page = reading.inbox(guard, view, after=cursor_of(query["after"]))
    mine = page.counts[View.MINE]
    return Listing(
        heading="Inbox",
        base="/inbox",
        suffix=_suffix(view=view if view is not View.MINE else ""),
        tabs=_inbox_tabs(guard, view, page.counts),
        rows=rows_of(guard, page.rows),
        next=_next("/inbox", page, view=view),
        nothing=NOTHING[view],
        current="inbox",
        may_close_all=mine > 1 and guard.may("conversation.close_all"),
    )


def closed_listing(guard: Guard, query: Form) -> Listing:
    """The closed conversations that the asker may view; found by words when some are sought."""
    may_all = _sees_others_closed(guard)
    mine = query["whose"] != "all" or not may_all
    whose = "" if mine else "all"
    page = _found(guard, query["q"], mine=mine) if query["q"] else _closed(guard, query, mine=mine)
    tabs = (("", "Mine"), ("all", "All")) if may_all else ()
    return Listing(
        heading="Closed chats",
        base="/closed",
        suffix=_suffix(whose=whose, q=query["q"]),
        tabs=[Tab(f"/closed{_suffix(whose=each)}", name, None, each == whose) for each, name in tabs],
        rows=rows_of(guard, page.rows),
        next=_next("/closed", page, whose=whose),
        nothing="Nothing that was said has these words."
        if query["q"]
        else "Chats you closed can be read again here.",
        current="closed",
        search="/closed",
        query=query["q"],
    )


def rows_of(guard: Guard, rows: Sequence[Row]) -> Sequence[ChatRow]:
    """Conversations as rows of a list."""
    now = guard.organization.clock()
    return tuple(_row(guard, row, now) for row in rows)


def cursor_of(text: str) -> Cursor | None:
    """Where a page of a list begins; None for the first, and for what is no cursor."""
    moment, _, id = text.partition("~")
    try:
        return (float(moment), id) if id else None
    except ValueError:
        return None


def _row(guard: Guard, row: Row, now: float) -> ChatRow:
    conversation = row.conversation
    mine = conversation.assignee == guard.subject.id
    return ChatRow(
        conversation.id,
        row.customer_name,
        conversation.preview,
        conversation.last_at,
        since(conversation.last_at, now),
        team_name(guard.organization, conversation.team),
        tuple(tag.name for tag in row.tags),
        _waiting(conversation, now),
        mine and row.unread > 0,
        mine,
    )


def _waiting(conversation: Conversation, now: float) -> str:
    began = conversation.waiting_since if conversation.state is State.WAITING else None
    return since(began, now) if began is not None and now - began >= LONG_S else ""


def _inbox_tabs(guard: Guard, view: View, counts: Mapping[View, int]) -> Sequence[Tab]:
    everywhere = guard.reach(reading.VIEW).everything
    names = {View.ALL: "All" if everywhere else "Team"}
    return [
        Tab(
            f"/inbox{_suffix(view=each if each is not View.MINE else '')}",
            names.get(each, name),
            counts[each],
            each is view,
        )
        for each, name in INBOX_TABS
    ]


def _sees_others_closed(guard: Guard) -> bool:
    extent = guard.reach(reading.VIEW).by_state.get(State.CLOSED)
    return extent is not None and (extent.everything or bool(extent.teams))


def _closed(guard: Guard, query: Form, *, mine: bool) -> Page:
    return reading.closed(guard, mine=mine, after=cursor_of(query["after"]))


def _found(guard: Guard, words: str, *, mine: bool) -> Page:
    """The closed conversations in which something was said with these words."""
    wanted = Filter(states=frozenset({State.CLOSED}), assignee=guard.subject.id if mine else None)
    found = reading.find_messages(guard, words, wanted=wanted)
    each_once = {hit.conversation.id: hit for hit in found.hits}
    return Page(
        tuple(
            Row(hit.conversation, found.names.get(hit.conversation.customer, ""))
            for hit in each_once.values()
        ),
        None,
    )


def _next(base: str, page: Page, **kept: str) -> str:
    if page.next is None:
        return ""
    moment, id = page.next
    return base + _suffix(**kept, after=f"{moment!r}~{id}")


def _suffix(**values: str) -> str:
    filled = {name: value for name, value in values.items() if value}
    return f"?{urlencode(filled)}" if filled else ""

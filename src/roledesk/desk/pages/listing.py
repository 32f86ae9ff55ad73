"""A list of conversations beside the one that is open: tabs, rows, the way to older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from roledesk import Guard
from roledesk.desk import going_on, reading
from roledesk.desk.facts import Conversation, State
from roledesk.desk.pages.beginning import Beginning, beginning_of
from roledesk.desk.pages.filters import Field, fields_of, kept_of, wanted_of
from roledesk.desk.pages.kit import names_of, team_name
from roledesk.desk.pages.moments import since
from roledesk.desk.reading import Page, Row, View
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.lists import Cursor
from roledesk.desk.work import preview_of
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
    is_own: bool
    agent: str = ""


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
    first_step: Beginning | None = None
    search: str = ""
    query: str = ""
    may_close_all: bool = False
    filters: Sequence[Field] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = "Find what was said"


NOT_SAID = "Nothing that was said has these words."
INBOX_TABS = ((View.MINE, "Mine"), (View.ALL, "All"), (View.WAITING, "Waiting"))
NOTHING = {
    View.MINE: "You have no open chat. New ones come by themselves, or from the queue.",
    View.ALL: "No chat is open. What customers write shows here.",
    View.WAITING: "Nobody is waiting.",
}


def inbox_listing(guard: Guard, query: Form) -> Listing:
    """The live conversations that the asker may view; found by words when some are sought."""
    view = View(query["view"]) if query["view"] in NOTHING else View.MINE
    wanted, kept = wanted_of(guard, query), kept_of(query)
    page = reading.inbox(guard, view, wanted=wanted, after=cursor_of(query["after"]))
    counts = page.counts
    kept |= {"view": view if view is not View.MINE else "", "q": query["q"]}
    if query["q"]:
        page = _found(guard, query, reading.narrowed(guard, view, wanted))
    return Listing(
        heading="Inbox",
        base="/inbox",
        suffix=suffix_of(**kept),
        tabs=_inbox_tabs(guard, view, counts),
        rows=rows_of(guard, page.rows),
        next=next_of("/inbox", page, **kept),
        nothing=NOT_SAID if query["q"] else NOTHING[view],
        current="inbox",
        first_step=None if query["q"] or counts[View.ALL] or wanted != Filter() else beginning_of(guard),
        search="/inbox",
        query=query["q"],
        may_close_all=counts[View.MINE] > 1 and guard.may("conversation.close_all"),
        filters=fields_of(guard, query),
        kept={name: kept[name] for name in ("view",) if kept[name]},
    )


def closed_listing(guard: Guard, query: Form) -> Listing:
    """The closed conversations that the asker may view; found by words when some are sought."""
    may_all = _sees_others_closed(guard)
    mine = query["whose"] != "all" or not may_all
    whose = "" if mine else "all"
    wanted = reading.narrowed_closed(guard, mine=mine, wanted=wanted_of(guard, query))
    kept = {**kept_of(query), "whose": whose, "q": query["q"]}
    page = (
        _found(guard, query, wanted)
        if query["q"]
        else reading.closed(guard, mine=mine, wanted=wanted, after=cursor_of(query["after"]))
    )
    tabs = (("", "Mine"), ("all", "All")) if may_all else ()
    return Listing(
        heading="Closed chats",
        base="/closed",
        suffix=suffix_of(**kept),
        tabs=[Tab(f"/closed{suffix_of(whose=each)}", name, None, each == whose) for each, name in tabs],
        rows=rows_of(guard, page.rows),
        next=next_of("/closed", page, **kept),
        nothing=NOT_SAID if query["q"] else "Chats you closed can be read again here.",
        current="closed",
        search="/closed",
        query=query["q"],
        filters=fields_of(guard, query),
        kept={"whose": whose} if whose else {},
    )


def rows_of(guard: Guard, rows: Sequence[Row], *, with_agents: bool = False) -> Sequence[ChatRow]:
    """Conversations as rows of a list; with who has each where that is asked for."""
    now = guard.organization.clock()
    if not with_agents:
        return tuple(_row(guard, row, now) for row in rows)
    names = names_of(guard.organization, (row.conversation.assignee for row in rows))
    return tuple(
        replace(_row(guard, row, now), agent=names.get(row.conversation.assignee or "", "")) for row in rows
    )


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
        row.is_own,
    )


def _waiting(conversation: Conversation, now: float) -> str:
    began = conversation.waiting_since if conversation.state is State.WAITING else None
    return since(began, now) if began is not None and now - began >= LONG_S else ""


def _inbox_tabs(guard: Guard, view: View, counts: Mapping[View, int]) -> Sequence[Tab]:
    everywhere = guard.reach(reading.VIEW).everything
    names = {View.ALL: "All" if everywhere else "Team"}
    return [
        Tab(
            f"/inbox{suffix_of(view=each if each is not View.MINE else '')}",
            names.get(each, name),
            counts[each],
            each is view,
        )
        for each, name in INBOX_TABS
    ]


def _sees_others_closed(guard: Guard) -> bool:
    extent = guard.reach(reading.VIEW).by_state.get(State.CLOSED)
    return extent is not None and (extent.everything or bool(extent.teams))


def _found(guard: Guard, query: Form, wanted: Filter) -> Page:
    """The conversations in which something was said with these words; each shows what was found."""
    behind = going_on.number_of(guard, cursor_of(query["after"]))
    found = reading.find_messages(guard, query["q"], wanted=wanted, before=behind)
    each_once = {hit.conversation.id: hit for hit in reversed(found.hits)}
    rows = tuple(
        Row(
            replace(hit.conversation, preview=preview_of(hit.message)),
            found.names.get(hit.conversation.customer, ""),
        )
        for hit in reversed(each_once.values())
    )
    return Page(rows, going_on.cursor_of(found))


def next_of(base: str, page: Page, **kept: str) -> str:
    """The address of older ones; empty at the end."""
    if page.next is None:
        return ""
    moment, id = page.next
    return base + suffix_of(**kept, after=f"{moment!r}~{id}")


def suffix_of(**values: str) -> str:
    """What is wanted of a list, as part of its address."""
    filled = {name: value for name, value in values.items() if value}
    return f"?{urlencode(filled)}" if filled else ""

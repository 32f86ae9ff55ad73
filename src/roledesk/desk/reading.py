"""What agents read: lists, counts, one conversation with its thread, search.

Each list is filtered in its query by the reader's reach, and every number beside it is
counted within the same. What somebody may not view is answered like what is not there.
Not here: changing anything (conversations.py), customers (customers.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Connection

from roledesk import Guard, NotFoundError
from roledesk.desk import assignment
from roledesk.desk.facts import Attachment, AuthorKind, Conversation, Message, MessageKind, State, resource_of
from roledesk.desk.store import attachments, conversations, customers, labels, lists, messages, search
from roledesk.desk.store.conversations import Filter, Tallied
from roledesk.desk.store.labels import Tag
from roledesk.desk.store.lists import Cursor, Listed
from roledesk.desk.store.search import Hit

VIEW = "conversation.view"
LIVE = frozenset({State.BOT, State.WAITING, State.OPEN})
OPEN = frozenset({State.OPEN})
PAGE = 50
QUEUE_PAGE = 200
PART = 500
SHOWN = (MessageKind.TEXT, MessageKind.FILE, MessageKind.EVENT)
"""What everybody who views a conversation reads of it."""


class View(StrEnum):
    """Which part of the live conversations a list shows."""

    MINE = "mine"
    ALL = "all"
    WAITING = "waiting"
    UNASSIGNED = "unassigned"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in a list, with what is shown beside it; `is_own` when the reader spoke last."""

    conversation: Conversation
    customer_name: str
    tags: tuple[Tag, ...] = ()
    unread: int = 0
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; `next` is where the next page begins, None at the end."""

    rows: tuple[Row, ...]
    next: Cursor | None
    counts: Mapping[View, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queued:
    """A conversation in the queue: to whoever may not view it, no more than this is told."""

    id: str
    team: str
    channel: str
    customer_name: str
    waiting_since: float | None
    kept_for: str | None
    visible: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Messages that were found, the newest first; `next` asks for older ones."""

    hits: tuple[Hit, ...]
    names: Mapping[str, str]
    next: int | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Part of a conversation as this reader may read it; `files` tells of its attachments."""

    messages: tuple[Message, ...]
    files: Mapping[str, Attachment]
    has_earlier: bool


def inbox(
    guard: Guard,
    view: View = View.ALL,
    *,
    wanted: Filter | None = None,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> Page:
    """Live conversations, the one with the latest message first, and how many each view has."""
    given = wanted or Filter()
    with guard.organization.database.reading() as connection:
        listed = _page(connection, guard, narrowed(guard, view, given), after, limit)
        return replace(listed, counts=_counts(connection, guard, given))


def count_mine(guard: Guard) -> int:
    """How many live conversations are one's own."""
    wanted = narrowed(guard, View.MINE, Filter())
    with guard.organization.database.reading() as connection:
        return conversations.count(connection, guard.organization.id, guard.reach(VIEW), wanted)


def closed(
    guard: Guard,
    *,
    mine: bool,
    wanted: Filter | None = None,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> Page:
    """Closed conversations, the latest first: one's own, or as far as one may view them."""
    with guard.organization.database.reading() as connection:
        return _page(connection, guard, narrowed_closed(guard, mine=mine, wanted=wanted), after, limit)


def count_closed(guard: Guard, *, mine: bool, wanted: Filter | None = None) -> int:
    """How many `closed` lists in all."""
    with guard.organization.database.reading() as connection:
        kept = narrowed_closed(guard, mine=mine, wanted=wanted)
        return conversations.count(connection, guard.organization.id, guard.reach(VIEW), kept)


def supervised(
    guard: Guard, *, wanted: Filter | None = None, after: Cursor | None = None, limit: int = PAGE
) -> Page:
    """Open conversations as far as one may view them; for those who may supervise."""
    guard.require("supervision.open")
    with guard.organization.database.reading() as connection:
        return _page(connection, guard, replace(wanted or Filter(), states=OPEN), after, limit)


def count_supervised(guard: Guard) -> int:
    """How many `supervised` lists in all."""
    with guard.organization.database.reading() as connection:
        return conversations.count(connection, guard.organization.id, guard.reach(VIEW), Filter(states=OPEN))


def queue(guard: Guard, *, limit: int = QUEUE_PAGE) -> tuple[Queued, ...]:
    """What one may take, the longest waiting first.

    Of a conversation that is kept for an agent, only while he is not online.
    """
    organization = guard.organization
    with organization.database.reading() as connection:
        found = conversations.queued(
            connection,
            organization.id,
            guard.reach("conversation.accept"),
            guard.reach("conversation.accept_sticky"),
            away_before=organization.clock() - assignment.ONLINE_S,
            limit=limit,
        )
        names = customers.names(connection, organization.id, {each.customer for each in found})
        view = guard.reach(VIEW)
        return tuple(_queued(each, names, visible=view.covers(resource_of(each))) for each in found)


def count_queue(guard: Guard) -> int:
    """How many `queue` would list in all."""
    organization = guard.organization
    with organization.database.reading() as connection:
        return conversations.count_queued(
            connection,
            organization.id,
            guard.reach("conversation.accept"),
            guard.reach("conversation.accept_sticky"),
            away_before=organization.clock() - assignment.ONLINE_S,
        )


def get_conversation(guard: Guard, id: str) -> Row:
    """A conversation one may view. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        _get(connection, guard, id)
        found = lists.list_one(connection, guard.organization.id, id, reader=guard.subject.id)
        return _rows(connection, guard, found)[0]


def thread(
    guard: Guard, id: str, *, before: int | None = None, after: int | None = None, limit: int = PAGE
) -> Thread:
    """What one may read of a conversation, in order: the last part, or that before or behind a number.

    Notes only with `note.read` there; a whisper only for its writer and for whom it was.
    Raises NotFoundError.
    """
    organization = guard.organization.id
    with guard.organization.database.reading() as connection:
        conversation = _get(connection, guard, id)
        notes = (MessageKind.NOTE,) if guard.allows("note.read", resource_of(conversation)) else ()
        read = messages.thread(
            connection,
            organization,
            id,
            kinds=(*SHOWN, *notes),
            whispers_of=None if guard.is_preview else guard.subject.id,
            limit=limit + 1,
            before=before,
            after=after,
        )
        shown = read[:limit] if after is not None else read[-limit:]
        files = {each.attachment for each in shown if each.attachment is not None}
        told = attachments.described(connection, organization, files)
        return Thread(shown, told, after is None and len(read) > limit)


def own_message(guard: Guard, id: str, seq: int) -> Message:
    """What one said oneself in a conversation one may view. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        _get(connection, guard, id)
        found = messages.find(connection, guard.organization.id, id, seq)
    if found is None or (found.author_kind, found.author) != (AuthorKind.AGENT, guard.subject.id):
        raise NotFoundError("message", f"{id}/{seq}")
    return found


def whole_thread(guard: Guard, id: str) -> Iterator[Message]:
    """Everything one may read of a conversation, in order, a part at a time. Raises NotFoundError."""
    after = 0
    while part := thread(guard, id, after=after, limit=PART).messages:
        yield from part
        after = part[-1].seq


def earlier_conversations(guard: Guard, id: str, *, limit: int = 20) -> tuple[Row, ...]:
    """The customer's other conversations, as far as one may view them. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        here = _get(connection, guard, id)
        wanted = Filter(customer=here.customer)
        found = _list(connection, guard, wanted, None, limit + 1)
        return _rows(connection, guard, tuple(each for each in found if each.conversation.id != id)[:limit])


def conversations_of(guard: Guard, customer: str, *, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """A customer's conversations, as far as one may view them; empty for one who is not there."""
    with guard.organization.database.reading() as connection:
        return _page(connection, guard, Filter(customer=customer), after, limit)


def conversations_with(
    guard: Guard,
    agent: str,
    *,
    since: float | None = None,
    until: float | None = None,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> Page:
    """An agent's conversations in a period, each only as far as one may view it."""
    with guard.organization.database.reading() as connection:
        wanted = Filter(assignee=agent, since=since, until=until)
        return _page(connection, guard, wanted, after, limit)


def find_messages(
    guard: Guard,
    text: str,
    *,
    wanted: Filter | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Found:
    """Messages with these words in conversations one may view, the newest first."""
    organization = guard.organization.id
    with guard.organization.database.reading() as connection:
        hits = search.find(
            connection,
            organization,
            text,
            view=guard.reach(VIEW),
            notes=guard.reach("note.read"),
            filter=wanted or Filter(),
            limit=limit + 1,
            before=before,
        )
        shown = hits[:limit]
        names = customers.names(connection, organization, {hit.conversation.customer for hit in shown})
        return Found(shown, names, shown[-1].id if len(hits) > limit else None)


def _get(connection: Connection, guard: Guard, id: str) -> Conversation:
    found = conversations.find(connection, guard.organization.id, id)
    if found is None or not guard.allows(VIEW, resource_of(found)):
        raise NotFoundError("conversation", id)
    return found


def narrowed_closed(guard: Guard, *, mine: bool, wanted: Filter | None) -> Filter:
    """What of `wanted` a list of closed conversations shows."""
    kept = replace(wanted or Filter(), states=frozenset({State.CLOSED}))
    return _of_mine(guard, kept) if mine else kept


def _of_mine(guard: Guard, wanted: Filter) -> Filter:
    """What of it is the reader's own; nothing when another agent's was wanted."""
    me = guard.subject.id
    if wanted.assignee in (None, me):
        return replace(wanted, assignee=me)
    return replace(wanted, states=frozenset())


def narrowed(guard: Guard, view: View, wanted: Filter) -> Filter:
    """What of `wanted` a list of the live conversations shows in this view."""
    states = LIVE if wanted.states is None else LIVE & wanted.states
    match view:
        case View.MINE:
            return _of_mine(guard, replace(wanted, states=states & {State.OPEN, State.WAITING}))
        case View.WAITING:
            return replace(wanted, states=states & {State.WAITING})
        case View.UNASSIGNED:
            return replace(wanted, states=states & {State.WAITING}, unassigned=True)
        case View.BOT:
            return replace(wanted, states=states & {State.BOT})
        case View.ALL:
            return replace(wanted, states=states)


def _counts(connection: Connection, guard: Guard, wanted: Filter) -> dict[View, int]:
    live = narrowed(guard, View.ALL, wanted)
    reach, me = guard.reach(VIEW), guard.subject.id
    tallied = conversations.tally(connection, guard.organization.id, reach, live, me)
    return {view: sum(each.count for each in tallied if _is_in(view, each)) for view in View}


def _is_in(view: View, tallied: Tallied) -> bool:
    """Whether a list of this view shows what was tallied so: the same as `narrowed`."""
    waits = tallied.state is State.WAITING
    match view:
        case View.MINE:
            return tallied.whose == "mine" and (waits or tallied.state is State.OPEN)
        case View.WAITING:
            return waits
        case View.UNASSIGNED:
            return waits and tallied.whose == "nobody"
        case View.BOT:
            return tallied.state is State.BOT
        case View.ALL:
            return True


def _list(
    connection: Connection, guard: Guard, wanted: Filter, after: Cursor | None, limit: int
) -> tuple[Listed, ...]:
    me, reach = guard.subject.id, guard.reach(VIEW)
    return lists.page(connection, guard.organization.id, reach, wanted, reader=me, limit=limit, after=after)


def _page(connection: Connection, guard: Guard, wanted: Filter, after: Cursor | None, limit: int) -> Page:
    found = _list(connection, guard, wanted, after, limit + 1)
    last = found[limit - 1].conversation if len(found) > limit else None
    return Page(_rows(connection, guard, found[:limit]), (last.last_at, last.id) if last else None)


def _rows(connection: Connection, guard: Guard, found: tuple[Listed, ...]) -> tuple[Row, ...]:
    ids = [each.conversation.id for each in found]
    tags = labels.tags_of_conversations(connection, guard.organization.id, ids)
    return tuple(
        Row(
            each.conversation,
            each.customer_name,
            tags.get(each.conversation.id, ()),
            0 if guard.is_preview else each.unread,
            each.last_author == guard.subject.id,
        )
        for each in found
    )


def _queued(conversation: Conversation, names: Mapping[str, str], *, visible: bool) -> Queued:
    return Queued(
        conversation.id,
        conversation.team,
        conversation.channel,
        names.get(conversation.customer, ""),
        conversation.waiting_since,
        conversation.assignee,
        visible,
    )

"""Reading conversations: inbox, queue, closed, supervised, one with its thread, search, files, transcripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from roledesk import Guard, InputError, agent_resource
from roledesk.desk import customers, going_on, reading, transcripts
from roledesk.desk.api.shapes import (
    NO_CURSOR,
    After,
    ConversationOut,
    Id,
    MessageOut,
    conversation_of,
    cursor_of,
    message_of,
    next_of,
)
from roledesk.desk.facts import resource_of
from roledesk.desk.files import get_file
from roledesk.desk.reading import Page, View
from roledesk.desk.store.conversations import Filter
from roledesk.web.api import Asker, Limit, Name, api_routes
from roledesk.web.csv_files import file_headers

routes = api_routes()
VIEW = "conversation.view"
Seq = Annotated[int | None, Query(ge=0, le=2**31)]
Moment = Annotated[float | None, Query(ge=0, le=4e9)]
Before = Annotated[str, Query(max_length=200, description="`before` of the answer before")]


@dataclass(frozen=True, slots=True)
class ConversationsOut:
    """Some conversations; `next` asks for the rest, null at the end. `counts` by view, where a list has views."""

    conversations: list[ConversationOut]
    next: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class QueuedOut:
    """Somebody who waits: no more than this for whoever may not view the conversation."""

    id: str
    team: str
    channel: str
    customer_name: str
    waiting_since: float | None
    kept_for: str | None


@dataclass(frozen=True, slots=True)
class QueueOut:
    """Who may be accepted, the longest waiting first; `count` is how many in all."""

    waiting: list[QueuedOut]
    count: int


@dataclass(frozen=True, slots=True)
class ThreadOut:
    """Messages in order; `has_earlier` when there are more before them."""

    messages: list[MessageOut]
    has_earlier: bool


@dataclass(frozen=True, slots=True)
class HitOut:
    """A message that was found, and its conversation."""

    conversation: str
    customer_name: str
    message: MessageOut


@dataclass(frozen=True, slots=True)
class HitsOut:
    """Messages that were found, the newest first; `before` asks for older ones."""

    hits: list[HitOut]
    before: str | None


@dataclass(frozen=True, slots=True)
class EntryOut:
    """A line of a transcript."""

    at: float
    by: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptOut:
    """A conversation line by line."""

    entries: list[EntryOut]


@routes.guarded("GET", "/conversations", VIEW)
def list_conversations(
    asker: Asker,
    view: View = View.ALL,
    team: Name = "",
    tag: Name = "",
    category: Name = "",
    assignee: Name = "",
    after: After = "",
    limit: Limit = 50,
) -> ConversationsOut:
    """The live conversations that the asker may view, the latest first."""
    wanted = _wanted(team, tag, category, assignee)
    return _page(reading.inbox(asker, view, wanted=wanted, after=cursor_of(after), limit=limit))


@routes.guarded("GET", "/closed-conversations", VIEW)
def list_closed_conversations(
    asker: Asker,
    mine: bool = False,
    team: Name = "",
    tag: Name = "",
    category: Name = "",
    assignee: Name = "",
    after: After = "",
    limit: Limit = 50,
) -> ConversationsOut:
    """The closed conversations that the asker may view, the latest first."""
    wanted = _wanted(team, tag, category, assignee)
    return _page(reading.closed(asker, mine=mine, wanted=wanted, after=cursor_of(after), limit=limit))


@routes.guarded("GET", "/supervised-conversations", "supervision.open")
def list_supervised_conversations(asker: Asker, after: After = "", limit: Limit = 50) -> ConversationsOut:
    """The open conversations of the teams that the asker supervises."""
    return _page(reading.supervised(asker, after=cursor_of(after), limit=limit))


@routes.guarded("GET", "/queue", "conversation.accept")
def list_queue(asker: Asker) -> QueueOut:
    """Who may be accepted: of those the asker may not view no more than team, channel, name and waiting time."""
    return _queue(asker)


@routes.guarded("GET", "/queue/kept", "conversation.accept_sticky")
def list_kept_queue(asker: Asker) -> QueueOut:
    """The same for whoever may take what is kept for agents who are away."""
    return _queue(asker)


@routes.guarded("GET", "/conversations/{id}", VIEW)
def get_one_conversation(asker: Asker, id: Id) -> ConversationOut:
    """One conversation, whatever its state."""
    return conversation_of(reading.get_conversation(asker, id))


@routes.guarded("GET", "/conversations/{id}/messages", VIEW)
def list_messages(
    asker: Asker, id: Id, before: Seq = None, after: Seq = None, limit: Limit = 50
) -> ThreadOut:
    """What the asker may read of a conversation: the last part, or that before or behind a number."""
    thread = reading.thread(asker, id, before=before, after=after, limit=limit)
    told = [message_of(each, thread.files.get(each.attachment or "")) for each in thread.messages]
    return ThreadOut(told, thread.has_earlier)


@routes.guarded("GET", "/conversations/{id}/notes", "note.read")
def list_notes(asker: Asker, id: Id, limit: Limit = 50) -> ThreadOut:
    """The notes of a conversation."""
    asker.require("note.read", resource_of(reading.get_conversation(asker, id).conversation))
    thread = reading.thread(asker, id, limit=limit)
    return ThreadOut(
        [message_of(each) for each in thread.messages if each.kind == "note"], thread.has_earlier
    )


@routes.guarded("GET", "/conversations/{id}/transcript", "conversation.export")
def export_conversation(asker: Asker, id: Id) -> TranscriptOut:
    """A conversation line by line; that it was taken is written down."""
    entries = transcripts.export(asker, id)
    return TranscriptOut([EntryOut(each.at, each.by, each.kind, each.text) for each in entries])


@routes.guarded("GET", "/messages", VIEW)
def search_messages(asker: Asker, q: Name, before: Before = "", limit: Limit = 50) -> HitsOut:
    """Messages with these words, in conversations that the asker may view."""
    behind = going_on.number_of(asker, cursor_of(before, "before"))
    if before and behind is None:
        raise InputError("before", NO_CURSOR)
    found = reading.find_messages(asker, q, before=behind, limit=limit)
    hits = [
        HitOut(hit.conversation.id, found.names.get(hit.conversation.customer, ""), message_of(hit.message))
        for hit in found.hits
    ]
    return HitsOut(hits, next_of(going_on.cursor_of(found)))


@routes.guarded("GET", "/files/{id}", VIEW)
def download_file(asker: Asker, id: Id) -> Response:
    """A file of a conversation that the asker may view."""
    file, content = get_file(asker, id)
    return Response(content, media_type=file.type, headers=file_headers(file.name))


@routes.guarded("GET", "/agents/{agent}/conversations", "agent.read_history")
def list_conversations_of_agent(
    asker: Asker, agent: Id, since: Moment = None, until: Moment = None, after: After = "", limit: Limit = 50
) -> ConversationsOut:
    """An agent's conversations in a period, each only if the asker may view it; none for one out of reach."""
    if not _reaches_history(asker, agent):
        return ConversationsOut([], None, {})
    page = reading.conversations_with(
        asker, agent, since=since, until=until, after=cursor_of(after), limit=limit
    )
    return _page(page)


@routes.guarded("GET", "/customers/{id}/conversations", "customer.read_history")
def list_conversations_of_customer(
    asker: Asker, id: Id, after: After = "", limit: Limit = 50
) -> ConversationsOut:
    """A customer's conversations, each only if the asker may view it."""
    customers.get_customer(asker, id, action="customer.read_history")
    return _page(reading.conversations_of(asker, id, after=cursor_of(after), limit=limit))


def _reaches_history(asker: Guard, agent: str) -> bool:
    policy = asker.organization.policy
    return agent in policy.agents and asker.allows("agent.read_history", agent_resource(policy, agent))


def _queue(asker: Guard) -> QueueOut:
    waiting = [
        QueuedOut(each.id, each.team, each.channel, each.customer_name, each.waiting_since, each.kept_for)
        for each in reading.queue(asker)
    ]
    return QueueOut(waiting, reading.count_queue(asker))


def _page(page: Page) -> ConversationsOut:
    counts: Mapping[View, int] = page.counts
    rows = [conversation_of(row) for row in page.rows]
    return ConversationsOut(rows, next_of(page.next), {view.value: count for view, count in counts.items()})


def _wanted(team: str, tag: str, category: str, assignee: str) -> Filter:
    return Filter(team=team or None, tag=tag or None, category=category or None, assignee=assignee or None)

"""What was said, line by line: a customer's history on a page, a conversation as a file.

Not here: which lines somebody may read (reading.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from roledesk import Guard
from roledesk.desk import customers, transcripts
from roledesk.desk.customers import Choice
from roledesk.desk.pages.customer_view import Listed, listed_of
from roledesk.desk.pages.kit import visitor_of, zone_of
from roledesk.desk.pages.listing import cursor_of, suffix_of
from roledesk.desk.transcripts import COLUMNS, Entry
from roledesk.web.csv_files import file_headers, written
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
HISTORY = "customer.read_history"
BASE = "/chat-history/customers"
SUGGESTED = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript as its table shows it."""

    at: float
    moment: str
    agent: str
    kind: str
    text: str
    translation: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of a customer's history."""

    id: str
    team: str
    state: str
    lines: Sequence[Line]
    has_more: bool


@routes.guarded("GET", BASE, HISTORY)
def show_customers(request: Request) -> HTMLResponse:
    """The customers whose history the asker may read."""
    guard, query = visitor_of(request), read_query(request)
    return _page(request, guard, query, None, ())


@routes.guarded("GET", BASE + "/{id}", HISTORY)
def show_customer(request: Request, id: str) -> HTMLResponse:
    """What one of them and the agents said, as far as each conversation is viewable."""
    guard, query = visitor_of(request), read_query(request)
    row = customers.get_customer(guard, id, action=HISTORY)
    history = transcripts.history_of(guard, id, after=cursor_of(query["older"]))
    zone = zone_of(guard.organization)
    talks = [
        Talk(
            each.conversation.id,
            each.team,
            each.conversation.state,
            [_line(entry, zone) for entry in each.entries],
            each.has_more,
        )
        for each in history.talks
    ]
    older = (
        ""
        if history.next is None
        else f"{BASE}/{id}{suffix_of(older=f'{history.next[0]!r}~{history.next[1]}')}"
    )
    return _page(request, guard, query, listed_of(guard, [row])[0], talks, older)


@routes.guarded("GET", "/inbox/{id}/transcript", "conversation.export")
def show_transcript(request: Request, id: str) -> HTMLResponse:
    """In which form to download a conversation."""
    row = transcripts.require_exportable(visitor_of(request), id)
    context = {"name": row.customer_name, "id": id, "back": f"/inbox/{id}"}
    return page_of(request).render(request, "transcript.html", context)


@routes.guarded("GET", "/inbox/{id}/transcript.csv", "conversation.export")
def download_csv(request: Request, id: str) -> Response:
    """A conversation as a table."""
    guard = get_asker(request)
    entries = transcripts.export(guard, id)
    zone = zone_of(guard.organization)
    rows = (_cells(_line(entry, zone)) for entry in entries)
    return StreamingResponse(
        written(_after([COLUMNS], rows)),
        media_type="text/csv; charset=utf-8",
        headers=file_headers(f"{id}.csv"),
    )


@routes.guarded("GET", "/inbox/{id}/transcript.txt", "conversation.export")
def download_text(request: Request, id: str) -> Response:
    """A conversation to be read."""
    guard = get_asker(request)
    entries = transcripts.export(guard, id)
    zone = zone_of(guard.organization)
    return StreamingResponse(
        (_paragraph(_line(entry, zone)) for entry in entries),
        media_type="text/plain; charset=utf-8",
        headers=file_headers(f"{id}.txt"),
    )


def _page(
    request: Request,
    guard: Guard,
    query: Form,
    customer: Listed | None,
    talks: Sequence[Talk],
    older: str = "",
) -> HTMLResponse:
    page = customers.list_customers(
        guard, Choice(query["q"]), after=cursor_of(query["after"]), action=HISTORY
    )
    kept = {"q": query["q"]}
    more = {} if page.next is None else {"after": f"{page.next[0]!r}~{page.next[1]}"}
    context: Mapping[str, object] = {
        "rows": listed_of(guard, page.rows),
        "suggested": [row.customer.name for row in islice(page.rows, SUGGESTED)] if query["q"] else [],
        "query": query["q"],
        "suffix": suffix_of(**kept),
        "next": BASE + suffix_of(**kept, **more) if more else "",
        "customer": customer,
        "talks": talks,
        "older": older,
        "columns": COLUMNS,
    }
    return page_of(request).render(request, "chat_history.html", context)


def _line(entry: Entry, zone: tzinfo) -> Line:
    moment = datetime.fromtimestamp(entry.at, zone)
    return Line(entry.at, f"{moment:%Y-%m-%d %H:%M:%S}", entry.by, entry.kind, entry.text, "")


def _cells(line: Line) -> Sequence[str]:
    return (line.moment, line.agent, line.kind, line.text, line.translation)


def _paragraph(line: Line) -> str:
    """An entry; what was said is set in, so that no text can look like an entry of its own."""
    said = "\n".join(f"    {each}" for each in line.text.splitlines())
    return f"{line.moment}  {line.agent}  ({line.kind})\n{said}\n\n"


def _after(head: Sequence[Sequence[str]], rows: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield from head
    yield from rows

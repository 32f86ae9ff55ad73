"""The inbox, the closed chats and those of others: a list, and one conversation of it.

Not here: what is done to a conversation (answering.py), the queue (queue.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk import Guard, InputError
from roledesk.desk.pages.chat import open_chat
from roledesk.desk.pages.kit import sentence, visitor_of
from roledesk.desk.pages.listing import Listing, closed_listing, inbox_listing
from roledesk.desk.pages.overseeing import history_listing, supervise_listing
from roledesk.desk.pages.panel import beside_chat
from roledesk.desk.replies import usable_replies
from roledesk.web.forms import Form, read_query
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
VIEW = "conversation.view"
SUPERVISE = "supervision.open"
HISTORY = "agent.read_history"


@routes.guarded("GET", "/inbox", VIEW)
def show_inbox(request: Request) -> HTMLResponse:
    """The live conversations that the asker may view."""
    return _list_page(request, inbox_listing)


@routes.guarded("GET", "/closed", VIEW)
def show_closed(request: Request) -> HTMLResponse:
    """The closed conversations that the asker may view."""
    return _list_page(request, closed_listing)


@routes.guarded("GET", "/inbox/{id}", VIEW)
def show_chat(request: Request, id: str) -> HTMLResponse:
    """One conversation, whatever its state, beside the live ones."""
    return _chat_page(request, id, inbox_listing)


@routes.guarded("GET", "/closed/{id}", VIEW)
def show_closed_chat(request: Request, id: str) -> HTMLResponse:
    """One conversation beside the closed ones."""
    return _chat_page(request, id, closed_listing)


@routes.guarded("GET", "/supervise", SUPERVISE)
def show_supervise(request: Request) -> HTMLResponse:
    """The open conversations that the asker may view, and who has each."""
    return _list_page(request, supervise_listing)


@routes.guarded("GET", "/supervise/{id}", SUPERVISE)
def show_supervised(request: Request, id: str) -> HTMLResponse:
    """One of them: nobody is told that it is looked at."""
    return _chat_page(request, id, supervise_listing)


@routes.guarded("GET", "/chat-history/agents", HISTORY)
def show_history(request: Request) -> HTMLResponse:
    """The conversations that an agent had in a period."""
    return _list_page(request, history_listing)


@routes.guarded("GET", "/chat-history/agents/{id}", HISTORY)
def show_history_chat(request: Request, id: str) -> HTMLResponse:
    """One of them, to be read."""
    return _chat_page(request, id, history_listing)


def show_refused(
    request: Request, id: str, mode: str, draft: str, error: InputError, *, base: str
) -> HTMLResponse:
    """The conversation again, with what could not be sent and why."""
    listing = supervise_listing if base == "/supervise" else inbox_listing
    return _chat_page(request, id, listing, mode=mode, draft=draft, errors={"text": sentence(error.problem)})


def _list_page(request: Request, listing_of: Callable[[Guard, Form], Listing]) -> HTMLResponse:
    guard, query = visitor_of(request), read_query(request)
    with guard.organization.database.looking():
        context = {**_flat(listing_of(guard, query)), "chat": None, "panel": None, "opened": ""}
        return page_of(request).render(request, "inbox.html", context)


def _chat_page(
    request: Request,
    id: str,
    listing_of: Callable[[Guard, Form], Listing],
    *,
    mode: str = "",
    draft: str = "",
    errors: Mapping[str, str] | None = None,
) -> HTMLResponse:
    guard, query = visitor_of(request), read_query(request)
    listing = listing_of(guard, query)
    before = query["before"]
    opened = open_chat(
        guard,
        id,
        mode=mode or query["mode"],
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None,
        base=listing.base,
    )
    context = {
        **_flat(listing),
        "opened": id,
        "chat": opened.chat,
        "messages": opened.messages,
        "older": opened.older,
        "client_key": opened.client_key,
        "draft": draft or _chosen_reply(guard, query["reply"]),
        "errors": errors or {},
        **beside_chat(guard, opened),
    }
    return page_of(request).render(request, "inbox.html", context, refused=bool(errors))


def _chosen_reply(guard: Guard, id: str) -> str:
    """The text of the ready reply that was chosen."""
    return next((each.text for each in usable_replies(guard) if each.id == id), "") if id else ""


def _flat(listing: Listing) -> Mapping[str, object]:
    return {name: getattr(listing, name) for name in listing.__slots__}

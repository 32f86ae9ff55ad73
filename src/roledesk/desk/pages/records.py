"""A customer's record from beside a conversation, and the files that were sent there.

Not here: the customer's own page (customers.py).
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, NotFoundError
from roledesk.desk import customers
from roledesk.desk.customers import CustomerRow
from roledesk.desk.files import get_file
from roledesk.desk.pages.customers import correction_of, edit_page
from roledesk.desk.pages.kit import Sent, done, sentence, visitor_of
from roledesk.web.identity import get_asker
from roledesk.web.routes import Routes

routes = Routes()
LOCKED = "default-src 'none'; sandbox"
"""What a file may do if a browser shows it after all: nothing."""


@routes.guarded("GET", "/inbox/{id}/customer", "customer.edit_panel")
def show_edit_panel(request: Request, id: str) -> HTMLResponse:
    """The form for the record of a conversation's customer."""
    return edit_page(request, _get(visitor_of(request), id), f"/inbox/{id}", f"/inbox/{id}/customer", {})


@routes.guarded("POST", "/inbox/{id}/customer", "customer.edit_panel")
def take_edit_panel(request: Request, id: str, form: Sent) -> Response:
    """Keep the record of a conversation's customer."""
    guard, here = get_asker(request), f"/inbox/{id}"
    try:
        customers.edit_panel(guard, id, correction_of(form))
    except InputError as error:
        errors = {error.where: sentence(error.problem)}
        return edit_page(request, _get(guard, id), here, f"{here}/customer", errors, form)
    return done(request, here)


@routes.guarded("GET", "/files/{id}", "conversation.view")
def show_file(request: Request, id: str) -> Response:
    """A file of a conversation that the asker may view, to be kept and never shown in the page."""
    file, content = get_file(get_asker(request), id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": LOCKED,
    }
    return Response(content, media_type=file.type, headers=headers)


def _get(guard: Guard, conversation: str) -> CustomerRow:
    row = customers.customer_panel(guard, conversation)
    if row is None:
        raise NotFoundError("customer", conversation)
    return row

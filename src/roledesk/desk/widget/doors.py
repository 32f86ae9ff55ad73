"""The visitor's doors: open to anybody who is on a page that holds a widget, and to his own words only.

Each is public because visitors never sign in; what it gives is what the visitor himself
said and was told, known by his cookie. What is sent is counted against spam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Path, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.requests import Request

from roledesk.desk import visitors
from roledesk.desk.files import MOST_BODY, MOST_BYTES
from roledesk.desk.pages.kit import SentFile
from roledesk.desk.widget.chat import said_of, window_of
from roledesk.desk.widget.listener import VisitorListener
from roledesk.desk.widget.visit import Visit, get_visit, keep
from roledesk.desk.work import TEXT_LENGTH
from roledesk.web.envelope import framed_by, framing
from roledesk.web.forms import Form, read_form
from roledesk.web.live import LiveResponse, last_heard
from roledesk.web.pages import page_of
from roledesk.web.rates import address_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes("/widget")
ANYBODY = "visitors do not sign in; the page holds nothing of anybody's"
HIS_OWN = "a visitor, known by his cookie, reads and writes his own conversation only"
LOCKED = "default-src 'none'; sandbox"
LOADER_KEPT = "public, max-age=300"
TYPING_S = 3.0

Id = Annotated[str, Path(max_length=80)]
Sent = Annotated[Form, Depends(read_form)]
After = Annotated[int, Query(ge=0, le=2**31)]


@routes.public("GET", "/{id}.js", because=ANYBODY)
def show_loader(request: Request, id: Id) -> Response:
    """The script that a page names: it puts the frame into the page."""
    text = page_of(request).assets.read("js/widget-loader.js")
    headers = {"Cache-Control": LOADER_KEPT, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(text, media_type="text/javascript", headers=headers)


@routes.public("GET", "/{id}/frame", because=ANYBODY)
def show_frame(request: Request, id: Id, where: Literal["", "try"] = "") -> HTMLResponse:
    """The window itself, which a browser shows on the widget's own sites only; or on the page to try it on."""
    visit = get_visit(request, id)
    context = {"widget": visit.widget, "most_bytes": MOST_BYTES, "most_letters": TEXT_LENGTH}
    page = page_of(request).render_bare("widget.html", context)
    page.headers.update(framed_by(("'self'",) if where == "try" else visit.widget.origins))
    return page


@routes.public("GET", "/{id}/try", because=ANYBODY)
def show_try(request: Request, id: Id) -> HTMLResponse:
    """A page that holds the widget, to see it as a visitor does."""
    visit = get_visit(request, id)
    context = {"widget": visit.widget, "organization": visit.organization.policy.name}
    page = page_of(request).render_bare("widget_try.html", context)
    page.headers.update(framing())
    return page


@routes.public("GET", "/{id}/window", because=HIS_OWN)
def show_window(request: Request, id: Id, after: After = 0) -> JSONResponse:
    """What the window shows; of the conversation only what follows `after`."""
    visit = get_visit(request, id)
    position = server_of(request).hub.position(visit.organization, alike=False)
    return JSONResponse(asdict(window_of(visit, position=position, after=after)))


@routes.public("POST", "/{id}/messages", because=HIS_OWN, most_bytes=MOST_BODY)
def take_message(request: Request, id: Id, file: SentFile, form: Sent) -> JSONResponse:
    """Write; the first word makes the visitor known and begins the conversation."""
    visit = get_visit(request, id)
    server_of(request).rates.count_message(address_of(request), visit.customer_id, with_file=file is not None)
    written = visitors.write(
        visit.organization,
        visit.widget,
        visit.customer_id,
        form["text"],
        client_key=form["client_key"],
        attachment=file,
        identity=visit.identity,
        drawn=form["drawn"],
    )
    told = said_of(visit.organization, visit.widget.team, [written.message])
    response = JSONResponse(
        {"conversation": written.message.conversation, "messages": [asdict(each) for each in told]}
    )
    if written.secret is not None:
        keep(request, response, visit, [written.secret])
    return response


@routes.public("POST", "/{id}/identity", because="the host's server signed who the visitor is")
def take_identity(request: Request, id: Id, form: Sent) -> JSONResponse:
    """Be the customer whom the host's server calls so, from the first word on."""
    visit = get_visit(request, id)
    server_of(request).rates.count_arrival(address_of(request))
    identity = visitors.checked_identity(visit.widget, form["identity"], form["signature"], name=form["name"])
    response = JSONResponse({})
    keep(request, response, visit, [identity.id, form["signature"], identity.name])
    return response


@routes.public("POST", "/{id}/forget", because="a browser forgets who it was")
def take_forget(request: Request, id: Id) -> Response:
    """Be nobody again: the page's own server does not say any more who the visitor is."""
    response = Response(status_code=204)
    keep(request, response, get_visit(request, id), [])
    return response


@routes.public("POST", "/{id}/read", because=HIS_OWN)
def take_read(request: Request, id: Id, form: Sent) -> Response:
    """Keep how far the visitor has read."""
    visit, seq = get_visit(request, id), form["seq"]
    talk = visitors.newest(visit.organization, visit.customer.id) if visit.customer else None
    if talk is not None and seq.isascii() and seq.isdecimal() and len(seq) < 10:
        visitors.mark_read_by_customer(visit.organization, talk.customer, talk.id, int(seq))
    return Response(status_code=204)


@routes.public("POST", "/{id}/typing", because=HIS_OWN)
def take_typing(request: Request, id: Id) -> Response:
    """Let the agents who view the conversation know that he writes."""
    visit = get_visit(request, id)
    if visit.customer is not None and server_of(request).rates.is_first_within(TYPING_S, visit.customer.id):
        visitors.typing(visit.organization, visit.customer.id)
    return Response(status_code=204)


@routes.public("GET", "/{id}/files/{file}", because=HIS_OWN)
def show_file(request: Request, id: Id, file: Id) -> Response:
    """A file of his own conversation, to be kept and never shown in the page."""
    visit = get_visit(request, id)
    found, content = visitors.file_of(visit.organization, visit.customer_id or "", file)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": LOCKED,
    }
    return Response(content, media_type=found.type, headers=headers)


@routes.public("GET", "/{id}/live", because=HIS_OWN)
def open_stream(request: Request, id: Id) -> LiveResponse:
    """That something happened in his own conversation, from the position his window was made at."""
    visit = get_visit(request, id)
    listener = VisitorListener(visit.organization, visit.customer_id, _still(request, visit))
    return LiveResponse(server_of(request).hub, listener, last_heard(request))


def _still(request: Request, visit: Visit) -> Callable[[], bool]:
    """Whether the browser is still whose it was; a customer who was deleted hears nothing more."""
    id = visit.customer_id
    return lambda: id is None or visitors.is_there(visit.organization, id)

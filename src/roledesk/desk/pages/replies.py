"""Ready replies: one's own, and the standard ones of a team or of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, NotFoundError
from roledesk.desk import replies
from roledesk.desk.pages.choices import teams_for
from roledesk.desk.pages.kit import Sent, done, sentence, team_name, visitor_of
from roledesk.desk.store.labels import Reply
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
TITLE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Kind:
    """Own replies or standard ones: their page."""

    base: str
    heading: str
    lead: str
    nothing: str


OWN = Kind(
    "/replies",
    "My replies",
    "Only you see and use these.",
    "Texts you send often can be kept here, and inserted while you answer.",
)
STANDARD = Kind(
    "/standard-replies",
    "Standard replies",
    "Every agent finds these while answering.",
    "Texts that everybody sends can be kept here.",
)


@routes.guarded("GET", "/replies", "own_reply.edit")
def show_own(request: Request) -> HTMLResponse:
    """The asker's own replies."""
    return _page(request, visitor_of(request), OWN, {})


@routes.guarded("POST", "/replies", "own_reply.edit")
def keep_own(request: Request, form: Sent) -> Response:
    """Keep a reply of one's own."""
    guard = get_asker(request)
    try:
        replies.put_own_reply(guard, form["title"], form["text"], id=form["id"] or None)
    except InputError as error:
        return _page(request, guard, OWN, {error.where: sentence(error.problem)}, form)
    return done(request, OWN.base, "Kept")


@routes.guarded("POST", "/replies/from/{conversation}", "own_reply.edit")
def keep_written(request: Request, conversation: str, form: Sent) -> Response:
    """Keep what stands in the composer as a reply of one's own, titled by its first words."""
    title = " ".join(form["text"].split())[:TITLE_LENGTH]
    replies.put_own_reply(get_asker(request), title, form["text"])
    return done(request, f"/inbox/{conversation}", "Kept among your replies")


@routes.guarded("POST", "/replies/{id}/delete", "own_reply.edit")
def delete_own(request: Request, id: str) -> Response:
    """Remove a reply of one's own."""
    replies.delete_own_reply(get_asker(request), id)
    return done(request, OWN.base, "Deleted")


@routes.guarded("GET", "/standard-replies", "standard_reply.edit")
def show_standard(request: Request) -> HTMLResponse:
    """The standard replies that the asker may edit."""
    return _page(request, visitor_of(request), STANDARD, {})


@routes.guarded("POST", "/standard-replies", "standard_reply.edit")
def keep_standard(request: Request, form: Sent) -> Response:
    """Keep a standard reply."""
    guard = get_asker(request)
    try:
        replies.put_standard_reply(
            guard, form["title"], form["text"], team=form["team"] or None, id=form["id"] or None
        )
    except InputError as error:
        return _page(request, guard, STANDARD, {error.where: sentence(error.problem)}, form)
    return done(request, STANDARD.base, "Kept")


@routes.guarded("POST", "/standard-replies/{id}/delete", "standard_reply.edit")
def delete_standard(request: Request, id: str) -> Response:
    """Remove a standard reply."""
    replies.delete_standard_reply(get_asker(request), id)
    return done(request, STANDARD.base, "Deleted")


def _page(
    request: Request, guard: Guard, kind: Kind, errors: Mapping[str, str], form: Form | None = None
) -> HTMLResponse:
    known = replies.own_replies(guard) if kind is OWN else replies.standard_replies(guard)
    context = {
        "kind": kind,
        "current": kind.base.removeprefix("/"),
        "rows": [(each, team_name(guard.organization, each.team)) for each in known],
        "teams": () if kind is OWN else teams_for(guard, "standard_reply.edit"),
        "form": form or _edited(known, read_query(request)["edit"]),
        "errors": errors,
    }
    return page_of(request).render(request, "replies.html", context, refused=bool(errors))


def _edited(known: Sequence[Reply], id: str) -> Form:
    """The form with the reply that is to be edited, or an empty one."""
    if not id:
        return Form()
    found = next((each for each in known if each.id == id), None)
    if found is None:
        raise NotFoundError("reply", id)
    filled = {"id": found.id, "title": found.title, "text": found.text, "team": found.team or ""}
    return Form({name: (value,) for name, value in filled.items()})

"""Web chat: the widgets, their words and colours, and how they come into a page.

Whoever may not edit the widgets of every team sees everything but the signing secret.
Not here: what a visitor's browser gets (widget/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, Resource
from roledesk.desk import widgets
from roledesk.desk.pages.choices import TeamChoice
from roledesk.desk.pages.kit import Sent, done, sentence, team_name, visitor_of
from roledesk.desk.store.widgets import Widget
from roledesk.desk.widgets import WidgetForm
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
WHO = "whoever may read or edit a widget; asked by the handler"


@dataclass(frozen=True, slots=True)
class Row:
    """A widget in the list."""

    id: str
    name: str
    team: str
    sites: str
    is_on: bool
    is_current: bool


@routes.shared("GET", "/widgets", because=WHO)
def show_widgets(request: Request) -> HTMLResponse:
    """The widgets that the asker may read."""
    guard = visitor_of(request)
    _enter(guard)
    return _page(request, guard)


@routes.guarded("GET", "/widgets/new", "widget.edit")
def show_new(request: Request) -> HTMLResponse:
    """The form for a new widget."""
    guard = visitor_of(request)
    blank = WidgetForm("", "")
    return _page(request, guard, form=_filled(blank), is_new=True)


@routes.guarded("POST", "/widgets", "widget.edit")
def make_widget(request: Request, form: Sent) -> Response:
    """Make a widget."""
    guard = get_asker(request)
    try:
        made = widgets.create_widget(guard, _read(form))
    except InputError as error:
        return _page(request, guard, form=form, is_new=True, error=error)
    return done(request, f"/widgets/{made.id}", "Made; put its line into your page")


@routes.shared("GET", "/widgets/{id}", because=WHO)
def show_widget(request: Request, id: str) -> HTMLResponse:
    """One widget: its words, its sites, and the line for a page."""
    guard = visitor_of(request)
    _enter(guard)
    return _page(request, guard, widgets.get_widget(guard, id))


@routes.guarded("POST", "/widgets/{id}", "widget.edit")
def take_widget(request: Request, id: str, form: Sent) -> Response:
    """Keep a widget; visitors see it at once."""
    guard = get_asker(request)
    try:
        widgets.edit_widget(guard, id, _read(form))
    except InputError as error:
        return _page(request, guard, widgets.get_widget(guard, id), form=form, error=error)
    return done(request, f"/widgets/{id}", "Saved; visitors see it now")


@routes.guarded("GET", "/widgets/{id}/secret", "widget.edit")
def ask_secret(request: Request, id: str) -> HTMLResponse:
    """Whether to replace the signing secret."""
    guard = visitor_of(request)
    widget = widgets.get_widget(guard, id)
    guard.require("widget.edit")
    context = {
        "heading": f"Replace the signing secret of {widget.name}?",
        "lead": ["What the present one signed counts no more: your server must sign with the new one."],
        "action": f"/widgets/{id}/secret",
        "button": "Replace it",
        "back": f"/widgets/{id}",
        "groups": (),
        "is_dangerous": True,
    }
    return page_of(request).render(request, "question.html", context)


@routes.guarded("POST", "/widgets/{id}/secret", "widget.edit")
def replace_secret(request: Request, id: str) -> Response:
    """Give a widget a new signing secret."""
    widgets.replace_secret(get_asker(request), id)
    return done(request, f"/widgets/{id}#signing", "There is a new signing secret")


def may_enter(guard: Guard) -> bool:
    """Whether the asker may open the page of widgets."""
    return guard.may("widget.edit") or guard.may("widget.read")


def _enter(guard: Guard) -> None:
    if not may_enter(guard):
        guard.require("widget.read")


def _page(
    request: Request,
    guard: Guard,
    widget: Widget | None = None,
    *,
    form: Form | None = None,
    is_new: bool = False,
    error: InputError | None = None,
) -> HTMLResponse:
    rows = [_row(guard, each, widget) for each in widgets.list_widgets(guard)]
    address = server_of(request).settings.public_url or str(request.base_url).rstrip("/")
    context: Mapping[str, object] = {
        "rows": rows,
        "widget": widget,
        "is_new": is_new,
        "form": form or (_filled(_form_of(widget)) if widget else Form()),
        "teams": _teams(guard),
        "may_create": guard.may("widget.edit"),
        "may_edit": is_new
        or (widget is not None and guard.allows("widget.edit", widgets.resource_of(widget))),
        "may_sign": widgets.may_sign(guard),
        "team": team_name(guard.organization, widget.team) if widget else "",
        "line": f'<script src="{address}/widget/{widget.id}.js" async></script>' if widget else "",
        "errors": {} if error is None else {error.where: sentence(error.problem)},
    }
    return page_of(request).render(request, "widgets.html", context, refused=error is not None)


def _row(guard: Guard, each: Widget, current: Widget | None) -> Row:
    sites = len(each.origins)
    return Row(
        each.id,
        each.name,
        team_name(guard.organization, each.team),
        "no site yet" if not sites else "1 site" if sites == 1 else f"{sites} sites",
        each.enabled,
        current is not None and current.id == each.id,
    )


def _teams(guard: Guard) -> Sequence[TeamChoice]:
    """The teams for which the asker may make a widget; one is always somebody's."""
    teams = sorted(guard.organization.policy.teams.values(), key=lambda team: team.name.casefold())
    return [
        TeamChoice(t.id, t.name) for t in teams if guard.allows("widget.edit", Resource("widget", team=t.id))
    ]


def _form_of(widget: Widget) -> WidgetForm:
    return WidgetForm(
        widget.name,
        widget.team,
        widget.origins,
        widget.title,
        widget.greeting,
        widget.away_text,
        widget.colour,
        widget.enabled,
    )


def _filled(given: WidgetForm) -> Form:
    fields = {
        "name": given.name,
        "team": given.team,
        "origins": "\n".join(given.origins),
        "title": given.title,
        "greeting": given.greeting,
        "away_text": given.away_text,
        "colour": given.colour,
        "enabled": "yes" if given.enabled else "",
    }
    return Form({name: (value,) for name, value in fields.items()})


def _read(form: Form) -> WidgetForm:
    return WidgetForm(
        form["name"],
        form["team"],
        tuple(filter(None, map(str.strip, form["origins"].splitlines()))),
        form["title"],
        form["greeting"],
        form["away_text"],
        form["colour"],
        form["enabled"] == "yes",
    )

"""Chat windows for web pages: who may make them, and on which sites each may stand.

With the signing secret a server says which customer a visitor is, and customers have no team:
it is for those who may edit the widgets of every team.
Not here: what a visitor's browser gets of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, Organization, Resource, bad_name, bad_text, new_secret
from roledesk.desk.facts import Event, EventKind
from roledesk.desk.store import events, widgets
from roledesk.desk.store.widgets import Widget
from roledesk.desk.work import new_id

COLOUR = re.compile("#[0-9a-fA-F]{6}")
SITE = re.compile(r"https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?")
"""Scheme, host and port as a browser names an origin; other scripts in their xn-- form."""
MOST_ORIGINS = 50


@dataclass(frozen=True, slots=True)
class WidgetForm:
    """What of a widget is chosen."""

    name: str
    team: str
    origins: tuple[str, ...] = ()
    title: str = "Chat with us"
    greeting: str = "Hello! How can we help?"
    away_text: str = "We are away. Leave a message, and we will answer as soon as we are back."
    colour: str = "#1a5fb4"
    enabled: bool = True


def list_widgets(guard: Guard) -> tuple[Widget, ...]:
    """The widgets one may read or edit, by name; the signing secret only for who may edit every widget."""
    with guard.organization.database.reading() as connection:
        known = widgets.list_all(connection, guard.organization.id)
    return tuple(shown for each in known if (shown := _shown(guard, each)) is not None)


def has_any(organization: Organization) -> bool:
    """Whether there is a widget at all: no more than visitors know."""
    with organization.database.reading() as connection:
        return bool(widgets.list_all(connection, organization.id))


def get_widget(guard: Guard, id: str) -> Widget:
    """One widget. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        found = widgets.find(connection, guard.organization.id, id)
    shown = None if found is None else _shown(guard, found)
    if shown is None:
        raise NotFoundError("widget", id)
    return shown


def create_widget(guard: Guard, form: WidgetForm) -> Widget:
    """Make a widget, with a signing secret of its own. Raises DeniedError, InputError."""
    widget = _filled(guard, Widget(new_id("widget"), "", form.team, (), new_secret("widget")), form)
    with guard.organization.locked() as connection:
        guard.require("widget.edit", resource_of(widget))
        _keep(connection, guard, widget)
    return widget if may_sign(guard) else replace(widget, identity_secret="")


def edit_widget(guard: Guard, id: str, form: WidgetForm) -> Widget:
    """Change a widget; visitors see it at once. Raises NotFoundError, DeniedError, InputError."""
    with guard.organization.locked() as connection:
        before = widgets.find(connection, guard.organization.id, id)
        if before is None:
            raise NotFoundError("widget", id)
        guard.require("widget.edit", resource_of(before))
        after = _filled(guard, before, form)
        guard.require("widget.edit", resource_of(after))
        _keep(connection, guard, after)
    return after if may_sign(guard) else replace(after, identity_secret="")


def replace_secret(guard: Guard, id: str) -> Widget:
    """Give a widget a new signing secret; what the old one signed counts no more.

    Raises NotFoundError, DeniedError.
    """
    with guard.organization.locked() as connection:
        before = widgets.find(connection, guard.organization.id, id)
        if before is None:
            raise NotFoundError("widget", id)
        guard.require("widget.edit", resource_of(before))
        guard.require("widget.edit")
        after = replace(before, identity_secret=new_secret("widget"))
        _keep(connection, guard, after)
    return after


def may_stand_on(widget: Widget, origin: str) -> bool:
    """Whether a page of this origin may hold the widget."""
    return widget.enabled and origin in widget.origins


def may_sign(guard: Guard) -> bool:
    """Whether one may have signing secrets, with which one could be any customer."""
    return guard.allows("widget.edit")


def resource_of(widget: Widget) -> Resource:
    """A widget as something asked about."""
    return Resource("widget", widget.id, team=widget.team)


def _shown(guard: Guard, widget: Widget) -> Widget | None:
    if may_sign(guard):
        return widget
    shown = any(guard.allows(action, resource_of(widget)) for action in ("widget.edit", "widget.read"))
    return replace(widget, identity_secret="") if shown else None


def _filled(guard: Guard, widget: Widget, form: WidgetForm) -> Widget:
    if form.team not in guard.organization.policy.teams:
        raise InputError("team", f"there is no team `{form.team}`; choose another")
    for where, name in (("name", form.name), ("title", form.title)):
        if refused := next(bad_name(name, where), None):
            raise InputError(where, refused.message)
    for where, text in (("greeting", form.greeting), ("away_text", form.away_text)):
        if refused := next(bad_text(text, where), None):
            raise InputError(where, refused.message)
    if not COLOUR.fullmatch(form.colour):
        raise InputError("colour", "write a colour like `#1a5fb4`")
    return replace(
        widget,
        name=form.name.strip(),
        team=form.team,
        origins=_checked_origins(form.origins),
        title=form.title.strip(),
        greeting=form.greeting,
        away_text=form.away_text,
        colour=form.colour,
        enabled=form.enabled,
    )


def _checked_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    if len(origins) > MOST_ORIGINS:
        raise InputError("origins", f"name at most {MOST_ORIGINS} sites")
    return tuple(dict.fromkeys(map(_checked_origin, origins)))


def _checked_origin(origin: str) -> str:
    # It becomes part of a header, where a blank or a semicolon would begin something else.
    found = SITE.fullmatch(origin.strip().rstrip("/").lower())
    if found is None:
        raise InputError("origins", f"`{origin}` is not a site; write it like `https://www.example.com`")
    return found.string


def _keep(connection: Connection, guard: Guard, widget: Widget) -> None:
    organization = guard.organization
    widgets.keep(connection, organization.id, widget)
    events.add(connection, organization.id, Event(EventKind.SETTINGS, organization.clock(), guard.subject.id))

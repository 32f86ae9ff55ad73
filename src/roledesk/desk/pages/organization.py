"""How the organization wants its desk to work: hours, time zone, handling, passwords.

Not here: what each setting does (settings.py, hours.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError
from roledesk.desk import settings
from roledesk.desk.pages.hours_form import DAYS, form_of_hours, hours_of_form
from roledesk.desk.pages.kit import Sent, done, sentence, team_name, visitor_of
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
WHO = "whoever may read or change the settings of the organization; asked by the handler"


@routes.shared("GET", "/organization", because=WHO)
def show_settings(request: Request) -> HTMLResponse:
    """The settings of the desk."""
    guard = visitor_of(request)
    return _page(request, guard, _form(settings.get_settings(guard)), {})


@routes.guarded("POST", "/organization", "organization.edit")
def keep_settings(request: Request, form: Sent) -> Response:
    """Keep the settings of the desk."""
    guard = get_asker(request)
    try:
        settings.keep_settings(guard, _wanted(form))
    except InputError as error:
        return _page(request, guard, form, {error.where: sentence(error.problem)})
    return done(request, "/organization", "Saved; it applies at once")


@routes.guarded("GET", "/organization/teams/{team}", "team.edit_hours")
def show_team_hours(request: Request, team: str) -> HTMLResponse:
    """A team's own hours."""
    guard = visitor_of(request)
    own = settings.get_team_hours(guard, team)
    form = Form({"own": ("yes" if own is not None else "",), **form_of_hours(own or {})})
    return _team_page(request, guard, team, form, {})


@routes.guarded("POST", "/organization/teams/{team}", "team.edit_hours")
def keep_team_hours(request: Request, team: str, form: Sent) -> Response:
    """Give a team hours of its own, or the organization's again."""
    guard = get_asker(request)
    try:
        settings.keep_team_hours(guard, team, hours_of_form(form) if form["own"] else None)
    except InputError as error:
        return _team_page(request, guard, team, form, {error.where: sentence(error.problem)})
    return done(request, f"/organization/teams/{team}", "Saved; it applies at once")


def may_enter(guard: Guard) -> bool:
    """Whether the asker may open the settings of the organization, or a team's hours."""
    return guard.allows("organization.edit") or guard.allows("organization.read")


def _wanted(form: Form) -> DeskSettings:
    if form["handling"] not in set(Handling):
        raise InputError("handling", "choose how chats come to agents")
    return DeskSettings(
        form["time_zone"],
        hours_of_form(form),
        Handling(form["handling"]),
        _number(form, "max_open"),
        _number(form, "password_length"),
    )


def _number(form: Form, name: str) -> int:
    text = form[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise InputError(name, "write a whole number")
    return int(text)


def _form(known: DeskSettings) -> Form:
    said = {
        "time_zone": known.time_zone,
        "handling": known.handling.value,
        "max_open": str(known.max_open),
        "password_length": str(known.password_length),
    }
    return Form({**{name: (value,) for name, value in said.items()}, **form_of_hours(known.hours)})


def _page(request: Request, guard: Guard, form: Form, errors: Mapping[str, str]) -> HTMLResponse:
    teams = guard.organization.policy.teams.values()
    context = {
        "form": form,
        "errors": errors,
        "days": DAYS,
        "zones": sorted(available_timezones()),
        "may_edit": guard.allows("organization.edit"),
        "teams": [
            team for team in teams if guard.allows("team.edit_hours", settings.team_resource(guard, team.id))
        ],
    }
    return page_of(request).render(request, "organization.html", context, refused=bool(errors))


def _team_page(
    request: Request, guard: Guard, team: str, form: Form, errors: Mapping[str, str]
) -> HTMLResponse:
    context = {
        "team": team,
        "name": team_name(guard.organization, team),
        "days": DAYS,
        "form": form,
        "errors": errors,
    }
    return page_of(request).render(request, "team_hours.html", context, refused=bool(errors))

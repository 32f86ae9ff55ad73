"""Making, renaming and deleting a team; whoever deletes one sees who gains by it.

Not here: the list and the team's own page (teams.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.effects import outcome_of
from roledesk.console.inheritance import heirs_of
from roledesk.console.notices import FORM_ERRORS, FormError, expected_next, field_errors, notice_of, reason_of
from roledesk.console.overtaking import unless_overtaken
from roledesk.console.team_rows import detail_of, get_team, holdings, team_pane, team_resource
from roledesk.core.changes import Change, PutTeam, RemoveTeam
from roledesk.core.terms import Revision, Team
from roledesk.engine.guard import Guard
from roledesk.engine.secret import new_id
from roledesk.errors import InputError
from roledesk.web.forms import Form, form_of, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]


@routes.guarded("GET", "/teams/new", "team.create")
def show_new_team(request: Request) -> HTMLResponse:
    """The form for a new team."""
    return _edit_page(request, None, Form())


@routes.guarded("POST", "/teams", "team.create")
def make_team(request: Request, form: Sent) -> Response:
    """Make a team."""
    asker = get_asker(request)
    team = Team(new_id("team"), form["name"])
    try:
        asker.organization.commit(Change((PutTeam(team),)), by=asker.subject, because=reason_of(form))
    except FORM_ERRORS as error:
        return _edit_page(request, None, form, error)
    return page_of(request).redirect(f"/teams/{team.id}", Notice("done", f"{team.name} is there"))


@routes.guarded("GET", "/teams/{team}/edit", "team.edit")
def show_edit_team(request: Request, team: str) -> HTMLResponse:
    """The form for a team's name."""
    found = _get(request, team, "team.edit")
    return _edit_page(request, found, form_of({"name": found.name}))


@routes.guarded("POST", "/teams/{team}/edit", "team.edit")
def edit_team(request: Request, team: str, form: Sent) -> Response:
    """Rename the team."""
    asker, found = get_asker(request), _get(request, team, "team.edit")
    change = Change((PutTeam(Team(team, form["name"], default=found.default)),))
    try:
        _save(asker, team, change, form)
    except FORM_ERRORS as error:
        return _edit_page(request, found, form, error)
    return page_of(request).redirect(f"/teams/{team}", Notice("done", "Saved"))


@routes.guarded("GET", "/teams/{team}/delete", "team.delete")
def show_delete_team(request: Request, team: str) -> HTMLResponse:
    """What deleting the team does, and the choice of who receives what it held."""
    return _delete_page(request, _get(request, team, "team.delete"), Form())


@routes.guarded("POST", "/teams/{team}/delete", "team.delete")
def delete_team(request: Request, team: str, form: Sent) -> Response:
    """Delete the team; all it held goes to the receiver. `move=preview` only shows who gains."""
    asker, found = get_asker(request), _get(request, team, "team.delete")
    if form["move"] == "preview":
        return _delete_page(request, found, form)
    try:
        receiver = _receiver(asker, found, form)
        _save(asker, team, Change((RemoveTeam(team, receiver),)), form)
    except FORM_ERRORS as error:
        return _delete_page(request, found, form, error)
    done = Notice("done", f"{found.name} is deleted", (f"What it held is in {_name(asker, receiver)} now.",))
    return page_of(request).redirect("/teams", done)


def _get(request: Request, team: str, action: str) -> Team:
    """The team on which the asker may take `action`. Raises NotFoundError, DeniedError."""
    asker = get_asker(request)
    found = get_team(asker, team)
    asker.require(action, team_resource(team))
    return found


def _save(asker: Guard, team: str, change: Change, form: Form) -> None:
    organization, because = asker.organization, reason_of(form)

    def write(expected: Revision) -> Revision:
        return organization.commit(change, by=asker.subject, because=because, expecting=expected)

    unless_overtaken(asker, f"team:{team}", form.expecting(organization.revision), write)


def _receiver(asker: Guard, team: Team, form: Form) -> str:
    if form["receiver"] not in {each.id for each in _receivers(asker, team)}:
        raise InputError("receiver", "choose the team that gets what this one holds")
    return form["receiver"]


def _receivers(asker: Guard, team: Team) -> list[Team]:
    """The teams that may receive what the team holds: all whose names the asker may know."""
    pane: list[Team] = team_pane(asker, Form())["teams"]  # type: ignore[assignment]
    return [each for each in pane if each.id != team.id]


def _name(asker: Guard, team: str) -> str:
    return asker.organization.policy.teams[team].name


def _edit_page(
    request: Request, team: Team | None, form: Form, error: FormError | None = None
) -> HTMLResponse:
    asker = get_asker(request)
    context = {"team": None if team is None else detail_of(asker, team)}
    return _render(request, "team_edit.html", form, context, error)


def _delete_page(request: Request, team: Team, form: Form, error: FormError | None = None) -> HTMLResponse:
    asker = get_asker(request)
    context = {
        "team": detail_of(asker, team),
        "receivers": _receivers(asker, team),
        "holds": holdings(asker, team.id),
        **_effects(asker, team, form["receiver"]),
    }
    return _render(request, "team_delete.html", form, context, error)


def _effects(asker: Guard, team: Team, receiver: str) -> Mapping[str, object]:
    """Who gains what the team held, and who loses by leaving it; nothing before a receiver is chosen."""
    if receiver not in asker.organization.policy.teams or receiver == team.id:
        return {"is_previewed": False}
    preview = asker.organization.preview(Change((RemoveTeam(team.id, receiver),)), by=asker.subject)
    outcome = outcome_of(asker, preview)
    heirs, heir_count = heirs_of(asker, team.id, receiver)
    return {
        "is_previewed": True,
        "gains": heirs,
        "gain_count": heir_count,
        "losses": outcome.losses,
        "lose_count": outcome.lose_count,
    }


def _render(
    request: Request, template: str, form: Form, context: Mapping[str, object], error: FormError | None
) -> HTMLResponse:
    asker = get_asker(request)
    organization = asker.organization
    whole = {
        **team_pane(asker, read_query(request)),
        "form": form,
        "errors": {} if error is None else field_errors(organization, error),
        "expecting": expected_next(organization, form, error),
        **context,
    }
    notice = None if error is None else notice_of(organization, error)
    return page_of(request).render(request, template, whole, notice=notice, refused=error is not None)

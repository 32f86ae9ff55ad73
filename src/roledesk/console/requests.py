"""Access requests: asking for a permission, and deciding what somebody asked for.

Not here: what a decision gives and whether it may (engine/requests.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.effects import Outcome, outcome_of
from roledesk.console.entry import local
from roledesk.console.names import Names, read_names
from roledesk.console.notices import FORM_ERRORS, FormError, field_errors, notice_of
from roledesk.console.wording import told
from roledesk.core.terms import Scope
from roledesk.engine import requests
from roledesk.engine.guard import Guard
from roledesk.engine.requests import LASTS_S, Choice
from roledesk.errors import InputError
from roledesk.store.requests import AccessRequest
from roledesk.web.forms import Form, form_of, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
ANYBODY = "everybody may ask; asking gives nothing"
SCOPES = {"own": Scope.OWN, "team": Scope.TEAM, "all": Scope.ALL}
SCOPE_NAMES = {Scope.OWN: "only one's own", Scope.TEAM: "own teams", Scope.ALL: "everything"}
LASTS = {"hour": "An hour", "day": "A day", "week": "A week", "month": "30 days"}
STATES = {"waiting": "waits", "granted": "granted", "turned_down": "turned down"}


@dataclass(frozen=True, slots=True)
class Row:
    """A request as a list shows it."""

    id: str
    agent: str
    title: str
    where: str
    lasts: str
    because: str
    state: str
    made_at: float
    decided_by: str
    answer: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A role that would give what was asked, what it would do, and why it cannot be given."""

    id: str
    name: str
    is_made: bool
    size: int
    outcome: Outcome
    refused: Sequence[str]


@routes.shared("GET", "/requests/new", because=ANYBODY)
def show_ask(request: Request) -> HTMLResponse:
    """The form in which to ask for a permission."""
    query = read_query(request)
    asked = {"lasts": "day"} | {
        name: query[name] for name in ("permission", "scope", "team", "back") if query[name]
    }
    return _ask_page(request, form_of(asked), {})


@routes.shared("POST", "/requests", because=ANYBODY)
def take_ask(request: Request, form: Sent) -> Response:
    """Ask for a permission."""
    asker = get_asker(request)
    try:
        requests.ask(
            asker,
            form["permission"],
            scope=SCOPES.get(form["scope"], Scope.NONE),
            team=form["team"] or None,
            because=form["because"],
            lasts_s=LASTS_S.get(form["lasts"], 0),
        )
    except InputError as error:
        return _ask_page(request, form, field_errors(asker.organization, error))
    back = local(form["back"]) or "/profile#requests"
    return page_of(request).redirect(back, Notice("done", "Asked; your profile shows what becomes of it"))


@routes.guarded("GET", "/requests", "access_request.decide")
def show_requests(request: Request) -> HTMLResponse:
    """The requests that wait for the asker, and those that were decided."""
    asker = get_asker(request)
    context = {
        "waiting": rows_of(asker, requests.listed(asker, waiting=True)),
        "decided": rows_of(asker, requests.listed(asker, waiting=False)),
    }
    return page_of(request).render(request, "requests.html", context)


@routes.guarded("GET", "/requests/{id}", "access_request.decide")
def show_request(request: Request, id: str) -> HTMLResponse:
    """One request, with the roles that would give what was asked."""
    return _request_page(request, id, Form())


@routes.guarded("POST", "/requests/{id}/grant", "access_request.decide")
def take_grant(request: Request, id: str, form: Sent) -> Response:
    """Give what was asked by the role that was chosen."""
    asker = get_asker(request)
    try:
        requests.grant(asker, id, form["role"], because=form["because"])
    except FORM_ERRORS as error:
        return _request_page(request, id, form, error)
    return page_of(request).redirect("/requests", Notice("done", "Granted; it ends by itself"))


@routes.guarded("POST", "/requests/{id}/turn-down", "access_request.decide")
def take_turn_down(request: Request, id: str, form: Sent) -> Response:
    """Refuse, with the reason."""
    asker = get_asker(request)
    try:
        requests.turn_down(asker, id, because=form["because"])
    except FORM_ERRORS as error:
        return _request_page(request, id, form, error)
    return page_of(request).redirect("/requests", Notice("done", "Turned down; who asked reads why"))


def rows_of(asker: Guard, found: Sequence[AccessRequest]) -> Sequence[Row]:
    """Requests as rows, in titles and names."""
    agents = {each.agent for each in found} | {each.decided_by for each in found if each.decided_by}
    names = read_names(asker.organization, agents)
    return tuple(_row(asker, each, names) for each in found)


def _row(asker: Guard, each: AccessRequest, names: Names) -> Row:
    policy, now = asker.organization.policy, asker.organization.clock()
    lapsed = each.state == "waiting" and not requests.is_waiting(each, now)
    team = policy.teams.get(each.team or "")
    lasts = next((LASTS[key] for key, lasts_s in LASTS_S.items() if lasts_s == each.lasts_s), "")
    return Row(
        each.id,
        names.agent(each.agent),
        policy.catalogue.get_permission(each.permission).title,
        SCOPE_NAMES[each.scope] + (f" in {team.name}" if team else ""),
        lasts.lower(),
        each.because,
        "lapsed" if lapsed else STATES[each.state],
        each.made_at,
        names.agent(each.decided_by) if each.decided_by else "",
        each.answer,
    )


def _ask_page(request: Request, form: Form, errors: Mapping[str, str]) -> HTMLResponse:
    asker = get_asker(request)
    catalogue, teams = asker.organization.policy.catalogue, asker.organization.policy.teams
    permission = catalogue.permissions.get(form["permission"])
    askable = sorted(
        (each for each in catalogue.permissions.values() if each.scopes), key=lambda each: each.title
    )
    scopes = permission.scopes if permission else tuple(SCOPES.values())
    context = {
        "permission": permission,
        "permissions": [{"id": each.key, "name": each.title} for each in askable],
        "scopes": [(name, SCOPE_NAMES[scope]) for name, scope in SCOPES.items() if scope in scopes],
        "teams": [
            {"id": id, "name": team.name}
            for id, team in teams.items()
            if id in _own_teams(asker) or (id == form["team"] and requests.may_name(asker, id))
        ],
        "lasts": LASTS.items(),
        "form": form,
        "errors": errors,
    }
    return page_of(request).render(request, "request_new.html", context, refused=bool(errors))


def _own_teams(asker: Guard) -> frozenset[str]:
    standing = asker.organization.policy.agents.get(asker.subject.id)
    return frozenset() if standing is None else standing.teams


def _request_page(
    request: Request,
    id: str,
    form: Form,
    error: FormError | None = None,
) -> HTMLResponse:
    asker = get_asker(request)
    found = requests.get(asker, id)
    now = asker.organization.clock()
    is_open = requests.is_waiting(found, now)
    offers = [_offer(asker, each) for each in requests.choices(asker, found)] if is_open else []
    context = {
        "row": rows_of(asker, [found])[0],
        "is_open": is_open,
        "offers": offers,
        "form": form,
        "errors": {} if error is None else field_errors(asker.organization, error),
    }
    notice = None if error is None else notice_of(asker.organization, error)
    return page_of(request).render(request, "request.html", context, notice=notice, refused=error is not None)


def _offer(asker: Guard, choice: Choice) -> Offer:
    return Offer(
        choice.role.id,
        choice.role.name,
        choice.is_made,
        len(choice.role.grants),
        outcome_of(asker, choice.preview),
        told(asker.organization, choice.refusals),
    )

"""The Tokens pages: an agent's own, those for services, making one and ending one.

A token's secret stands on one page, right after it was made, and nowhere else.
Not here: what a token may (core/), its secret (engine/tokens.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from roledesk.console.names import Names, names_of
from roledesk.console.notices import FORM_ERRORS, FormError, field_errors, notice_of
from roledesk.console.token_choices import ACTION_CHOICES, areas_of, kinds_of, teams_of
from roledesk.core.terms import Resource
from roledesk.engine.guard import Guard
from roledesk.engine.technical import EDIT
from roledesk.engine.tokens import (
    MadeToken,
    make_personal_token,
    make_service_token,
    may_revoke,
    revoke_token,
)
from roledesk.errors import DeniedError, InputError, NotFoundError
from roledesk.store import tokens
from roledesk.store.tokens import Token, TokenKind
from roledesk.web.forms import Form, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
WHO = "whoever may make a personal or a service token, or end somebody's; asked by the handler"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token without its secret."""

    id: str
    name: str
    kind: str
    owner: str | None
    made_at: float
    made_by: str
    last_used_at: float | None
    ends_at: float | None
    state: str
    actions: tuple[str, ...]
    permissions: tuple[str, ...]
    teams: tuple[str, ...] | None
    may_revoke: bool


@routes.shared("GET", "/tokens", because=WHO)
def show_tokens(request: Request) -> HTMLResponse:
    """The tokens that are the asker's business."""
    asker = get_asker(request)
    return page_of(request).render(request, "tokens.html", {"token": None, **_pane(asker)})


@routes.shared("GET", "/tokens/new", because=WHO)
def show_new_token(request: Request) -> HTMLResponse:
    """The form for a new token."""
    return _new_page(request, read_query(request))


@routes.shared("GET", "/tokens/{token}", because=WHO)
def show_token(request: Request, token: str) -> HTMLResponse:
    """One token: what it may, and until when."""
    asker = get_asker(request)
    return page_of(request).render(
        request, "tokens.html", {**_pane(asker), "token": _get(asker, token), "errors": {}}
    )


@routes.shared("POST", "/tokens", because=WHO)
def make_token(request: Request, form: Sent) -> Response:
    """Make a token and show its secret, this once."""
    asker = get_asker(request)
    try:
        made = _make(asker, form)
    except FORM_ERRORS as error:
        return _new_page(request, form, error)
    context = {**_pane(asker), "token": _get(asker, made.token.id), "secret": made.secret}
    return page_of(request).render(request, "token_made.html", context)


@routes.shared("POST", "/tokens/{token}/revoke", because=WHO)
def end_token(request: Request, token: str) -> Response:
    """End a token, everywhere at once."""
    asker = get_asker(request)
    name = _get(asker, token).name
    revoke_token(asker, token)
    done = Notice("done", f"{name} is revoked", ("Whatever used it is refused from now on.",))
    return page_of(request).redirect(f"/tokens/{token}", done)


def _make(asker: Guard, form: Form) -> MadeToken:
    """The token asked for. Raises DeniedError, InputError, ChangeRefusedError."""
    until = form.day("until")
    if form["kind"] == TokenKind.SERVICE:
        return make_service_token(asker, name=form["name"], actions=form.chosen("action"), expires_at=until)
    if until is None:
        raise InputError("until", "choose the day on which it ends")
    return make_personal_token(
        asker,
        name=form["name"],
        expires_at=until,
        permissions=form.chosen("permission") or None,
        teams=form.chosen("team") or None,
    )


def _new_page(request: Request, form: Form, error: FormError | None = None) -> HTMLResponse:
    asker = get_asker(request)
    kinds = kinds_of(asker)
    if not kinds:
        raise _nothing_here(asker)
    organization = asker.organization
    context = {
        **_pane(asker),
        "kinds": kinds,
        "kind": form["kind"] if form["kind"] in kinds else kinds[0],
        "form": form,
        "errors": {} if error is None else _renamed(field_errors(organization, error)),
        "actions": [choice.chosen_in(form.chosen("action")) for choice in ACTION_CHOICES],
        "areas": areas_of(asker, form.chosen("permission")),
        "teams": teams_of(asker, form.chosen("team")),
    }
    notice = None if error is None else notice_of(organization, error)
    return page_of(request).render(
        request, "token_new.html", context, notice=notice, refused=error is not None
    )


def _renamed(errors: Mapping[str, str]) -> Mapping[str, str]:
    """The engine's places as the form calls them."""
    places = {"expires_at": "until", "actions": "action", "permissions": "permission", "teams": "team"}
    return {places.get(place, place): text for place, text in errors.items()}


def _pane(asker: Guard) -> Mapping[str, object]:
    """The list. Raises DeniedError for whom there is nothing here."""
    organization = asker.organization
    manages = asker.allows("api_token.revoke_any") or asker.allows("service_token.create")
    if not manages and not asker.may("api_token.create"):
        raise _nothing_here(asker)
    with organization.database.reading() as connection:
        found = tokens.tokens(connection, organization.id, agent=None if manages else asker.subject.id)
        rows = _rows(connection, asker, found)
    return {"tokens": rows, "may_make": bool(kinds_of(asker)), "may_set": asker.allows(EDIT), "suffix": ""}


def _nothing_here(asker: Guard) -> DeniedError:
    """What to raise for whom the page has nothing: it is no secret that there is one."""
    mine = Resource("api_token", owner=asker.subject.id)
    return DeniedError(asker.decide("api_token.create", mine), hidden=False)


def _get(asker: Guard, id: str) -> TokenRow:
    """The token, if it is the asker's business. Raises NotFoundError."""
    pane: tuple[TokenRow, ...] = _pane(asker)["tokens"]  # type: ignore[assignment]
    found = next((row for row in pane if row.id == id), None)
    if found is None:
        raise NotFoundError("token", id)
    return found


def _rows(connection: Connection, asker: Guard, found: tuple[Token, ...]) -> tuple[TokenRow, ...]:
    policy = asker.organization.policy
    mentioned = {id for token in found for id in (token.created_by, token.agent) if id is not None}
    names = names_of(connection, policy, mentioned)
    return tuple(_row(asker, token, names) for token in found)


def _row(asker: Guard, token: Token, names: Names) -> TokenRow:
    permissions = names.policy.catalogue.permissions
    state = _state(token, asker.organization.clock())
    titles = {choice.id: choice.name for choice in ACTION_CHOICES}
    return TokenRow(
        id=token.id,
        name=token.name,
        kind=token.kind.value,
        owner=None if token.agent is None else names.agent(token.agent),
        made_at=token.created_at,
        made_by=names.agent(token.created_by),
        last_used_at=_start_of(token),
        ends_at=token.expires_at,
        state=state,
        actions=tuple(titles.get(action, action) for action in sorted(token.actions or ())),
        permissions=tuple(
            permissions[key].title for key in sorted(token.permissions or ()) if key in permissions
        ),
        teams=None if token.teams is None else tuple(sorted(map(names.team, token.teams))),
        may_revoke=state == "active" and may_revoke(asker, token),
    )


def _state(token: Token, now: float) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "active" if token.is_valid(now) else "expired"


def _start_of(token: Token) -> float | None:
    """The start of the day on which it was last used; more is not kept."""
    day = token.last_used_on
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()

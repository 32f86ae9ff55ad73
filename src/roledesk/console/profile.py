"""The profile: my own roles and why, my name, my password, and where I am signed in.

Open to everybody who is signed in: nobody has to be allowed to know what he himself may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.agent_detail import read_detail, read_person
from roledesk.console.notices import FORM_ERRORS, field_errors
from roledesk.console.requests import rows_of
from roledesk.console.wording import sentence
from roledesk.core.terms import Resource
from roledesk.engine import requests
from roledesk.engine.agents import keep_profile, rename
from roledesk.engine.guard import Guard
from roledesk.engine.sign_ins import end_sign_ins, is_password, set_password
from roledesk.errors import InputError, NotFoundError
from roledesk.store import profiles, sign_ins
from roledesk.store.profiles import Profile
from roledesk.store.sign_ins import SignIn
from roledesk.web.forms import Form, form_of, read_form
from roledesk.web.identity import find_sign_in_secret, get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.rates import address_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
OTHERS_ENDED = "Your other sign-ins have ended."
MINE = "everybody sees and keeps his own"


@routes.shared("GET", "/profile", because=MINE)
def show_profile(request: Request) -> HTMLResponse:
    """The asker's own roles, permissions and sign-ins."""
    return _page(request, {})


@routes.guarded("POST", "/profile/name", "profile.edit")
def set_own_name(request: Request, form: Sent) -> Response:
    """Keep the asker's own name, what customers call him, language and numbers."""
    asker = _me(request)
    me = asker.subject.id
    person = replace(read_person(asker, me), name=form["name"], language=form["language"] or None)
    try:
        rename(asker.organization, person, by=asker)
        kept = Profile(me, form["public_name"], form["landline"], form["mobile"])
        keep_profile(asker.organization, kept, by=asker)
    except FORM_ERRORS as error:
        return _page(request, field_errors(asker.organization, error), form)
    return page_of(request).redirect("/profile", Notice("done", "Saved"))


@routes.shared("POST", "/profile/password", because=MINE)
def set_own_password(request: Request, form: Sent) -> Response:
    """Keep a new password; the asker's other sign-ins end."""
    asker = _me(request)
    agent = asker.subject.id
    server_of(request).rates.count_sign_in(address_of(request), f"{asker.organization.id} {agent}")
    try:
        _check(asker, form)
        set_password(asker.organization, agent, form["password"], by=agent, keep=find_sign_in_secret(request))
    except InputError as error:
        return _page(request, {error.where: sentence(error.problem)})
    return page_of(request).redirect("/profile", Notice("done", "Password changed", (OTHERS_ENDED,)))


@routes.shared("POST", "/profile/sign-ins/end", because=MINE)
def end_own_sign_ins(request: Request) -> Response:
    """End the asker's sign-ins in every other browser."""
    asker = _me(request)
    agent = asker.subject.id
    end_sign_ins(asker.organization, agent, by=agent, keep=find_sign_in_secret(request))
    return page_of(request).redirect("/profile", Notice("done", OTHERS_ENDED))


def _me(request: Request) -> Guard:
    """The asker, when he is an agent who signed in himself. Raises NotFoundError for a token."""
    asker = get_asker(request)
    if asker.subject.is_cut or asker.subject.id not in asker.organization.policy.agents:
        raise NotFoundError("profile", asker.subject.id)
    return asker


def _check(asker: Guard, form: Form) -> None:
    if not is_password(asker.organization, asker.subject.id, form["old"]):
        raise InputError("old", "this is not your present password")
    if form["password"] != form["again"]:
        raise InputError("again", "the two are not the same")


def _page(request: Request, errors: Mapping[str, str], form: Form | None = None) -> HTMLResponse:
    asker = _me(request)
    me = asker.subject.id
    detail = read_detail(asker, me)
    context = {
        "agent": detail,
        "areas": detail.areas,
        "errors": errors,
        "form": form or form_of(_known(asker, detail.name)),
        "may_rename": asker.allows("profile.edit", Resource("profile", me, owner=me)),
        "sign_ins": _live_sign_ins(asker),
        "requests": rows_of(asker, requests.own(asker)),
    }
    return page_of(request).render(request, "profile.html", context, refused=bool(errors))


def _known(asker: Guard, name: str) -> Mapping[str, str]:
    me, organization = asker.subject.id, asker.organization
    with organization.database.reading() as connection:
        kept = profiles.find(connection, organization.id, me)
    language = read_person(asker, me).language or ""
    shown = {"public_name": kept.public_name, "landline": kept.landline, "mobile": kept.mobile}
    return {"name": name, "language": language, **shown}


def _live_sign_ins(asker: Guard) -> tuple[SignIn, ...]:
    """The asker's sign-ins that are in force, newest first."""
    organization = asker.organization
    with organization.database.reading() as connection:
        found = sign_ins.sign_ins(connection, organization.id, asker.subject.id)
    return tuple(each for each in found if each.is_valid(organization.clock()))

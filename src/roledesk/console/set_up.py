"""The set-up page: the first organization of a new server, its preset, and the owner's sign-in.

It stands behind a one-time link that the server prints as long as there is no organization.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from roledesk.console.entry import enter, link_gone
from roledesk.console.presets import presets_of
from roledesk.console.wording import sentence
from roledesk.engine.agents import checked_person
from roledesk.engine.engine import Engine
from roledesk.engine.founding import BUILTIN, found_from_preset, organization_id
from roledesk.engine.links import find_link, use_set_up_link
from roledesk.engine.organization import Organization
from roledesk.engine.secret import new_id
from roledesk.errors import ChangeRefusedError, InputError, LinkGoneError
from roledesk.store.loading import read_catalogue
from roledesk.store.people import Person
from roledesk.store.sign_ins import LinkKind
from roledesk.web.forms import Form, read_form
from roledesk.web.pages import Notice, page_of
from roledesk.web.rates import address_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """A set of roles to start from."""

    id: str
    name: str
    text: str
    roles: tuple[str, ...]


@routes.public("GET", "/set-up/{secret}", because="nobody can be signed in before there is an organization")
def show_set_up(request: Request, secret: str) -> HTMLResponse:
    """The form that founds the first organization."""
    if not _is_good(request, secret):
        return link_gone(request)
    return _page(request, secret, Form(), {})


@routes.public("POST", "/set-up/{secret}", because="nobody can be signed in before there is an organization")
def take_set_up(request: Request, secret: str, form: Sent) -> Response:
    """Found the organization, use the link up, and sign its owner in."""
    server_of(request).rates.count_link(address_of(request))
    if not _is_good(request, secret):
        return link_gone(request)
    try:
        organization = _found(server_of(request).engine, secret, form)
    except LinkGoneError:
        return link_gone(request)
    except InputError as error:
        return _page(request, secret, form, {error.where: sentence(error.problem)})
    except ChangeRefusedError as error:
        return _page(request, secret, form, {each.where: sentence(each.message) for each in error.refusals})
    return enter(request, organization, organization.policy.owners()[0])


def _is_good(request: Request, secret: str) -> bool:
    link = find_link(server_of(request).engine, secret)
    return link is not None and link.kind is LinkKind.SET_UP


def _found(engine: Engine, secret: str, form: Form) -> Organization:
    person = checked_person(Person("", form["name"], form["email"]))
    if form["preset"] not in {preset.id for preset in _presets()}:
        raise InputError("preset", "choose the roles to start from")

    def use(connection: Connection) -> None:
        use_set_up_link(connection, secret, now=engine.clock())

    return found_from_preset(
        engine,
        id=_id_of(form["organization"]),
        name=form["organization"],
        preset=form["preset"],
        owner_name=person.name,
        owner_email=person.email or "",
        password=form["password"],
        also=(use,),
    )


def _id_of(name: str) -> str:
    """An id made from the name; from nothing, when the name has no Latin letter. Raises InputError."""
    if not name:
        raise InputError("organization", "a name is needed")
    try:
        return organization_id(name)
    except InputError:
        return new_id("organization")


def _page(request: Request, secret: str, form: Form, errors: Mapping[str, str]) -> HTMLResponse:
    context = {"secret": secret, "presets": _presets(), "form": form, "errors": errors}
    notice = Notice("refused", "Nothing was saved yet", tuple(errors.values())) if errors else None
    return page_of(request).render(request, "set_up.html", context, notice=notice, refused=bool(errors))


def _presets() -> tuple[PresetChoice, ...]:
    presets = presets_of(read_catalogue(BUILTIN, "").sources)
    return tuple(
        PresetChoice(each.id, each.name, each.description, tuple(role.name for role in each.roles))
        for each in presets
    )

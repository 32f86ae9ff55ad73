"""Coming in: signing in and out, the set-up of a new server, and links that work once.

Every failure to sign in says the same. A link's address holds its secret, so no answer
here is kept by a browser, and none names the address to another site.
Not here: passwords and links themselves (engine/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.wording import sentence
from roledesk.engine.engine import Engine
from roledesk.engine.guard import Guard
from roledesk.engine.links import find_link, use_link
from roledesk.engine.organization import Organization
from roledesk.engine.sign_ins import is_password, open_sign_in, sign_in, sign_out
from roledesk.errors import InputError, LinkGoneError
from roledesk.store import people
from roledesk.store.people import Person
from roledesk.store.sign_ins import Link, LinkKind
from roledesk.web.forms import Form, form_of, read_form, read_query
from roledesk.web.identity import (
    drop_sign_in,
    find_asker,
    find_sign_in_secret,
    get_asker,
    keep_sign_in,
)
from roledesk.web.pages import Notice, page_of
from roledesk.web.problems import status_of
from roledesk.web.rates import address_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]

FIRST_PAGES = (
    ("dashboard.read", "/home"),
    ("conversation.view", "/inbox"),
    ("role.read", "/roles"),
    ("agent.read", "/agents"),
    ("team.read", "/teams"),
    ("history.read", "/history"),
)
"""Where somebody lands after signing in: the first he may open."""

WRONG = Notice(
    "refused",
    "That did not work",
    ("What you typed does not fit together, or the account is not active.",),
)
NOT_SET_UP = Notice(
    "note",
    "This server is not set up yet",
    ("It printed a one-time link when it started; whoever runs it opens that link first.",),
)
SIGNED_OUT = Notice("done", "You are signed out")


@routes.shared("GET", "/", because="everybody who is signed in has somewhere to go")
def show_home(request: Request) -> Response:
    """The first page that the asker may open."""
    return page_of(request).redirect(home_of(get_asker(request)))


@routes.public("GET", "/sign-in", because="nobody is signed in yet")
def show_sign_in(request: Request) -> Response:
    """The sign-in form; whoever is signed in goes on."""
    asker, query = find_asker(request), read_query(request)
    if asker is not None:
        return page_of(request).redirect(local(query["next"]) or home_of(asker))
    notice = None if server_of(request).engine.names() else NOT_SET_UP
    return _sign_in_page(request, form_of({"organization": query["organization"]}), query["next"], notice)


@routes.public("POST", "/sign-in", because="nobody is signed in yet")
def take_sign_in(request: Request, form: Sent) -> Response:
    """Sign in, or say that it did not work."""
    server = server_of(request)
    names = server.engine.names()
    id = next(iter(names)) if len(names) == 1 else _find_organization(names, form["organization"])
    server.rates.count_sign_in(address_of(request), f"{id} {form['email']}")
    organization = None if id is None else server.engine.organization(id)
    secret = _try(server.engine, organization, form, server.settings.sign_in_hours * 3600)
    if secret is None:
        return _sign_in_page(request, form, form["next"], WRONG)
    response = page_of(request).redirect(local(form["next"]) or "/")
    keep_sign_in(request, response, secret)
    return response


@routes.shared("POST", "/sign-out", because="everybody may leave")
def take_sign_out(request: Request) -> Response:
    """End this sign-in, here and in the database."""
    secret = find_sign_in_secret(request)
    if secret is not None:
        sign_out(get_asker(request).organization, secret)
    response = page_of(request).redirect("/sign-in", SIGNED_OUT)
    drop_sign_in(request, response)
    return response


@routes.public("GET", "/password/{secret}", because="the link is the key")
def show_set_password(request: Request, secret: str) -> HTMLResponse:
    """The form behind an invitation or password link."""
    link = _find(request, secret)
    return link_gone(request) if link is None else _password_page(request, secret, link, {})


@routes.public("POST", "/password/{secret}", because="the link is the key")
def take_set_password(request: Request, secret: str, form: Sent) -> Response:
    """Keep the password chosen, use the link up, and sign in."""
    server = server_of(request)
    server.rates.count_link(address_of(request))
    link = _find(request, secret)
    if link is None:
        return link_gone(request)
    if form["password"] != form["again"]:
        return _password_page(request, secret, link, {"again": "The two are not the same."})
    try:
        organization, agent = use_link(server.engine, secret, form["password"])
    except LinkGoneError:
        return link_gone(request)
    except InputError as error:
        return _password_page(request, secret, link, {error.where: sentence(error.problem)})
    return enter(request, organization, agent)


def enter(request: Request, organization: Organization, agent: str) -> Response:
    """Sign the agent in, who has shown who he is, and go to his first page."""
    hours = server_of(request).settings.sign_in_hours
    secret = open_sign_in(organization, agent, lifetime_s=hours * 3600)
    response = page_of(request).redirect(home_of(organization.guard(agent)))
    keep_sign_in(request, response, secret)
    return response


def home_of(asker: Guard) -> str:
    """The first page that the asker may open; his profile if there is none."""
    known = asker.organization.policy.catalogue.actions
    return next(
        (address for action, address in FIRST_PAGES if action in known and asker.may(action)), "/profile"
    )


def local(address: str) -> str | None:
    """`address` when it leads to a page of this server; None for anything else."""
    is_plain = address.isprintable() and "\\" not in address
    return address if is_plain and address.startswith("/") and not address.startswith("//") else None


def link_gone(request: Request) -> HTMLResponse:
    """What is behind a link that is not good any more, or never was."""
    page = page_of(request).render(request, "link_gone.html", {})
    page.status_code = status_of(LinkGoneError())
    return page


def _find(request: Request, secret: str) -> Link | None:
    link = find_link(server_of(request).engine, secret)
    return None if link is None or link.kind is LinkKind.SET_UP else link


def _find_organization(names: Mapping[str, str], text: str) -> str | None:
    """The organization with this id, or the only one of this name."""
    if text in names:
        return text
    wanted = people.folded(text)
    found = [id for id, name in names.items() if people.folded(name) == wanted]
    return found[0] if len(found) == 1 else None


def _try(engine: Engine, organization: Organization | None, form: Form, lifetime_s: float) -> str | None:
    if organization is not None:
        return sign_in(organization, form["email"], form["password"], lifetime_s=lifetime_s)
    for id in engine.names():
        # An unknown organization costs the same as a wrong password, so that time tells nothing.
        is_password(engine.organization(id), "", form["password"])
        break
    return None


def _sign_in_page(request: Request, form: Form, next_: str, notice: Notice | None) -> HTMLResponse:
    names = server_of(request).engine.names()
    context = {
        "form": form,
        "next": local(next_) or "",
        "asks_organization": len(names) > 1,
        "errors": {},
    }
    refused = notice is WRONG
    return page_of(request).render(request, "sign_in.html", context, notice=notice, refused=refused)


def _password_page(request: Request, secret: str, link: Link, errors: Mapping[str, str]) -> HTMLResponse:
    organization = server_of(request).engine.organization(link.organization)
    with organization.database.reading() as connection:
        found = people.find_person(connection, organization.id, link.agent)
    person = found or Person(link.agent, link.agent)
    context = {
        "secret": secret,
        "person": person,
        "organization": organization.policy.name,
        "kind": link.kind.value,
        "errors": errors,
    }
    return page_of(request).render(request, "set_password.html", context, refused=bool(errors))

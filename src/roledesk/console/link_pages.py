"""Showing a one-time link to whoever made it, and mailing it where there is mail.

The link's secret stands on this one page and nowhere else.
Not here: the page behind the link (entry.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk.console.agent_detail import read_detail
from roledesk.console.agent_rows import agent_pane
from roledesk.engine.links import LINK_HOURS
from roledesk.store.people import Person
from roledesk.store.sign_ins import LinkKind
from roledesk.web.forms import read_query
from roledesk.web.identity import get_asker
from roledesk.web.mail import send_mail
from roledesk.web.pages import page_of
from roledesk.web.server import server_of

MAILS = {
    LinkKind.INVITATION: ("Your invitation to Roledesk", "Choose a password, and you are in:"),
    LinkKind.PASSWORD: ("A new password for Roledesk", "Choose a new password here:"),
}
"""Subject and first line of the mail a link goes out with."""


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A new link, and whether it went out by mail."""

    name: str
    email: str | None
    address: str
    mailed: bool


def show_link(request: Request, agent: str, secret: str, kind: LinkKind) -> HTMLResponse:
    """The page with a new link for `agent`."""
    asker = get_asker(request)
    detail = read_detail(asker, agent)
    link = mail_link(request, Person(agent, detail.name, detail.email), secret, kind)
    context = {
        **agent_pane(asker, read_query(request)),
        "agent": detail,
        "address": link.address,
        "kind": kind.value,
        "hours": LINK_HOURS,
        "mailed": link.mailed,
    }
    return page_of(request).render(request, "agent_link.html", context)


def mail_link(request: Request, person: Person, secret: str, kind: LinkKind) -> ShownLink:
    """Mail a link to whom it is for, where there is mail."""
    address = link_address(request, secret)
    subject, text = MAILS[kind]
    body = f"{text}\n\n{address}\n\nThe link works once, within {LINK_HOURS} hours.\n"
    settings = server_of(request).settings
    mailed = bool(person.email) and send_mail(settings, person.email or "", subject, body)
    return ShownLink(person.name, person.email, address, mailed)


def link_address(request: Request, secret: str) -> str:
    """Where the link leads, as people outside reach this server."""
    public_url = server_of(request).settings.public_url or str(request.base_url).rstrip("/")
    return f"{public_url}/password/{secret}"

"""Whose browser asks: a widget that a page names, its organization, and the visitor, if he is known.

A visitor is kept by a cookie that no script reads; one who never wrote has none, and
no record here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from roledesk import NotFoundError, Organization
from roledesk.desk import visitors
from roledesk.desk.facts import Customer
from roledesk.desk.store import widgets
from roledesk.desk.store.widgets import Widget
from roledesk.desk.visitors import Identity
from roledesk.web.server import server_of

KEPT_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser at a widget; no `customer` before the first word.

    `identity` is who he is by the word of the host's server, if it said so.
    """

    organization: Organization
    widget: Widget
    customer: Customer | None
    identity: Identity | None = None

    @property
    def customer_id(self) -> str | None:
        """Who it is; None before the first word."""
        return None if self.customer is None else self.customer.id


def get_visit(request: Request, id: str) -> Visit:
    """Whose browser asks. Raises NotFoundError for a widget that is not there, or switched off."""
    engine = server_of(request).engine
    with engine.database.reading() as connection:
        found = widgets.find_anywhere(connection, id)
    if found is None:
        raise NotFoundError("widget", id)
    organization = engine.organization(found[0])
    kept = server_of(request).cookies.find(request, _name(organization))
    return _visit(organization, found[1], kept or [])


def keep(request: Request, response: Response, visit: Visit, known: Sequence[str]) -> None:
    """Have the browser keep who it is: its secret, or an identity, its signature and a name; or nobody."""
    cookies, name = server_of(request).cookies, _name(visit.organization)
    cookies.set(response, name, list(known), max_age_s=KEPT_S, framed=True)


def _visit(organization: Organization, widget: Widget, kept: Sequence[str]) -> Visit:
    match kept:
        case [secret]:
            return Visit(organization, widget, visitors.find_visitor(organization, secret))
        case [id, signature, name] if visitors.is_signed(widget, id, signature):
            identity = Identity(id, name)
            return Visit(organization, widget, visitors.find_identified(organization, identity), identity)
    return Visit(organization, widget, None)


def _name(organization: Organization) -> str:
    return f"visitor-{organization.id}"

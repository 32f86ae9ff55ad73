"""A customer as the pages show him, and what the asker may do with him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.customers import CustomerRow
from roledesk.desk.pages.kit import zone_of
from roledesk.desk.pages.listing import ChatRow, rows_of
from roledesk.desk.pages.moments import day
from roledesk.desk.pages.panel import Panel, addable_tags, facts_of
from roledesk.desk.store import customers, labels
from roledesk.desk.store.customers import Reaches
from roledesk.desk.store.labels import Tag

ONE = ("customer.edit", "customer.tag")
"""What needs one of his conversations within reach."""
WHOLE = ("customer.block", "customer.unblock", "customer.unstick", "customer.delete")
"""What needs all of them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer in a list."""

    id: str
    name: str
    note: str
    is_blocked: bool
    created_at: float
    day: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer with his page's buttons, and his conversations as far as they are viewable."""

    id: str
    name: str
    panel: Panel
    buttons: frozenset[str]
    is_blocked: bool
    refused_messages: int
    created_at: float
    talks: Sequence[ChatRow]


def listed_of(guard: Guard, rows: Sequence[CustomerRow]) -> Sequence[Listed]:
    """Customers as rows of a list."""
    zone, now = zone_of(guard.organization), guard.organization.clock()
    return tuple(
        Listed(
            row.customer.id,
            row.customer.name,
            row.customer.email or row.customer.phone or "No address",
            row.customer.blocked_at is not None,
            row.customer.created_at,
            day(row.customer.created_at, zone, now),
        )
        for row in rows
    )


def everybodys_tags(guard: Guard) -> Sequence[Tag]:
    """The tags that a customer may have, who has no team."""
    with guard.organization.database.reading() as connection:
        known = labels.list_tags(connection, guard.organization.id)
    return tuple(each for each in known if each.team is None)


def view_of(guard: Guard, row: CustomerRow) -> CustomerView:
    """A customer with what the asker may do."""
    customer = row.customer
    may = _may(guard, customer.id)
    blocked = customer.blocked_at is not None
    unfit = {"customer.block" if blocked else "customer.unblock"} | (
        set() if customer.sticky_agent else {"customer.unstick"}
    )
    may_tag = "customer.tag" in may
    panel = Panel(
        name=customer.name,
        facts=facts_of(guard, row),
        tags=row.tags,
        addable=addable_tags(guard.organization, row.tags, None) if may_tag else (),
        may_tag=may_tag,
        tag_action=f"/customers/{customer.id}/tags",
        edit=f"/customers/{customer.id}/edit" if "customer.edit" in may else "",
        is_blocked=blocked,
    )
    talks = reading.conversations_of(guard, customer.id)
    return CustomerView(
        customer.id,
        customer.name,
        panel,
        frozenset(action.removeprefix("customer.") for action in may - unfit),
        blocked,
        customer.refused_messages,
        customer.created_at,
        rows_of(guard, talks.rows),
    )


def _may(guard: Guard, id: str) -> frozenset[str]:
    """What the asker may do with this customer now."""
    view, organization = guard.reach(reading.VIEW), guard.organization
    with organization.database.reading() as connection:
        return frozenset(
            action
            for actions, covering in ((ONE, customers.covered), (WHOLE, customers.wholly_covered))
            for action in actions
            if covering(connection, organization.id, [id], Reaches(guard.reach(action), view))
        )

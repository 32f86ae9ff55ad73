"""Customers as a file to take along: as far as one may export, without what is masked for one.

Not here: bringing customers in (customer_import.py), the file itself (roledesk.web.csv_files).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roledesk import DeniedError, Guard, record_activity
from roledesk.desk import customers
from roledesk.desk.customers import EVERYBODY, Choice, CustomerPage, CustomerRow
from roledesk.desk.store.customers import Cursor

EXPORT = "customer.export"
COLUMNS = ("id", "name", "email", "phone", "language", "tags")
TAG_SEPARATOR = " | "
AT_ONCE = 500


def export(guard: Guard, choice: Choice = EVERYBODY) -> Iterator[CustomerRow]:
    """Every customer one may export, the newest first; that they were taken is written down.

    Raises DeniedError, also between pages when the permission goes meanwhile.
    """
    organization = guard.organization
    with organization.locked() as connection:
        _require(guard)
        found = customers.count_customers(guard, choice, action=EXPORT)
        standing = organization.policy.agents.get(guard.subject.id)
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="customers.exported",
            about="customers",
            detail={"name": f"{found:,} customers", "customers": found},
            teams=() if standing is None else standing.teams,
        )
    return _pages(guard, choice, _page(guard, choice, None))


def cells_of(row: CustomerRow) -> Sequence[str | None]:
    """A customer as a line of the file, in the order of COLUMNS."""
    known = row.customer
    address = (None, None) if row.masked else (known.email, known.phone)
    tags = TAG_SEPARATOR.join(tag.name for tag in row.tags)
    return (known.id, known.name, *address, known.language, tags)


def _pages(guard: Guard, choice: Choice, page: CustomerPage) -> Iterator[CustomerRow]:
    while True:
        yield from page.rows
        if page.next is None:
            return
        page = _page(guard, choice, page.next)


def _page(guard: Guard, choice: Choice, after: Cursor | None) -> CustomerPage:
    _require(guard)
    return customers.list_customers(guard, choice, after=after, limit=AT_ONCE, action=EXPORT)


def _require(guard: Guard) -> None:
    if not guard.may(EXPORT):
        raise DeniedError(guard.decide(EXPORT), hidden=False)

"""Customers: listed, read, edited, blocked, released, tagged, deleted, and exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Annotated

from fastapi import Query
from pydantic import Field

from roledesk import Guard, InputError, file_imports
from roledesk.desk import customer_files, customer_import, customers
from roledesk.desk.api.conversations import TagIn
from roledesk.desk.api.shapes import After, CustomerOut, Id, Ok, cursor_of, customer_of, next_of
from roledesk.desk.customers import Choice, Correction
from roledesk.web.api import Act, Acting, Asker, Limit, Name, api_routes
from roledesk.web.csv_files import Line

routes = api_routes()
Word = Annotated[str | None, Field(max_length=254)]


@dataclass(frozen=True, slots=True)
class CustomersOut:
    """Some customers, the newest first; `next` asks for the rest, null at the end. `count` is all."""

    customers: list[CustomerOut]
    next: str | None
    count: int


@dataclass(frozen=True, slots=True)
class CorrectionIn:
    """What is to be different; null leaves a field as it is, an empty text clears it."""

    name: Word = None
    email: Word = None
    phone: Word = None
    language: Word = None


@dataclass(frozen=True, slots=True)
class ManyIn:
    """Customers by their ids."""

    ids: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class ManyOut:
    """What became of many: those of the second list stay as they were."""

    done: list[str]
    refused: list[str]


@dataclass(frozen=True, slots=True)
class ExportOut:
    """Customers as rows; the first names the columns."""

    rows: list[list[str | None]]


@dataclass(frozen=True, slots=True)
class LineIn:
    """A customer of an import; the tags are names parted by `|`."""

    id: Word = None
    name: Word = None
    email: Word = None
    phone: Word = None
    language: Word = None
    identity: Word = None
    tags: Annotated[str | None, Field(max_length=2000)] = None


@dataclass(frozen=True, slots=True)
class ImportIn:
    """Lines to try; with the `mark` of a trial instead, what it said is done."""

    lines: Annotated[list[LineIn], Field(max_length=2000)] = field(default_factory=list)
    mark: Annotated[str, Field(max_length=80)] = ""


@dataclass(frozen=True, slots=True)
class LineOut:
    """What a line would do: `new`, `change`, `same` or `refused`; and did: `done`, `skipped`, `refused`, or nothing yet.

    `note` says what changes, or why not; `customer` is whom it is about.
    """

    line: int
    verdict: str
    outcome: str
    note: str
    customer: str | None


@dataclass(frozen=True, slots=True)
class ImportOut:
    """What would become or became of each line, and the mark of exactly this."""

    lines: list[LineOut]
    mark: str


@routes.guarded("GET", "/customers", "customer.read")
def list_all_customers(
    asker: Asker,
    q: Name = "",
    tag: Name = "",
    blocked: Annotated[bool | None, Query()] = None,
    after: After = "",
    limit: Limit = 50,
) -> CustomersOut:
    """The customers that the asker may read; e-mail and phone are looked in where he may read those."""
    choice = Choice(q, blocked, tag or None)
    page = customers.list_customers(asker, choice, after=cursor_of(after), limit=limit)
    count = customers.count_customers(asker, choice)
    return CustomersOut([customer_of(row) for row in page.rows], next_of(page.next), count)


@routes.guarded("GET", "/customers/{id}", "customer.read")
def get_one_customer(asker: Asker, id: Id) -> CustomerOut:
    """One customer."""
    return customer_of(customers.get_customer(asker, id))


@routes.guarded("GET", "/customers/{id}/sensitive", "customer.read_sensitive")
def get_sensitive_fields(asker: Asker, id: Id) -> CustomerOut:
    """One customer with e-mail and phone."""
    return customer_of(customers.get_customer(asker, id, action="customer.read_sensitive"))


@routes.guarded("PATCH", "/customers/{id}", "customer.edit")
def edit_customer(act: Acting, id: Id, correction: CorrectionIn) -> Ok:
    """Change a customer's record."""
    return _do(act, id, lambda guard: customers.edit(guard, id, _correction(correction)))


@routes.guarded("GET", "/conversations/{id}/customer", "customer.read_panel")
def get_panel(asker: Asker, id: Id) -> CustomerOut | None:
    """The customer of a conversation; null without the panel there."""
    row = customers.customer_panel(asker, id)
    return None if row is None else customer_of(row)


@routes.guarded("PATCH", "/conversations/{id}/customer", "customer.edit_panel")
def edit_panel(act: Acting, id: Id, correction: CorrectionIn) -> Ok:
    """Change the record of a conversation's customer."""
    return _do(act, id, lambda guard: customers.edit_panel(guard, id, _correction(correction)))


@routes.guarded("POST", "/customers/{id}/block", "customer.block")
def block_customer(act: Acting, id: Id) -> Ok:
    """Refuse what this customer writes from now on."""
    return _do(act, id, lambda guard: customers.block(guard, id))


@routes.guarded("POST", "/customers/{id}/unblock", "customer.unblock")
def unblock_customer(act: Acting, id: Id) -> Ok:
    """Let a blocked customer write again."""
    return _do(act, id, lambda guard: customers.unblock(guard, id))


@routes.guarded("POST", "/customers/unstick", "customer.unstick")
def unstick_customers(act: Acting, many: ManyIn) -> ManyOut:
    """Let the next conversation of each go to the queue; those out of reach stay as they are."""

    def do() -> ManyOut:
        outcome = customers.unstick(act.asker, many.ids)
        return ManyOut(list(outcome.done), list(outcome.refused))

    return act.once(do, ManyOut)


@routes.guarded("DELETE", "/customers/{id}", "customer.delete")
def delete_customer(act: Acting, id: Id) -> Ok:
    """Remove a customer with everything said and sent; not recommended."""
    return _do(act, id, lambda guard: customers.delete(guard, id))


@routes.guarded("POST", "/customers/{id}/tags", "customer.tag")
def tag_customer(act: Acting, id: Id, given: TagIn) -> Ok:
    """Put a tag of everybody's on a customer."""
    return _do(act, id, lambda guard: customers.tag(guard, id, given.tag))


@routes.guarded("DELETE", "/customers/{id}/tags/{tag}", "customer.tag")
def untag_customer(act: Acting, id: Id, tag: Id) -> Ok:
    """Take a tag off a customer."""
    return _do(act, id, lambda guard: customers.untag(guard, id, tag))


@routes.guarded("GET", "/customers-export", "customer.export")
def export_customers(asker: Asker, q: Name = "") -> ExportOut:
    """The customers within reach as rows; that they were taken is written down."""
    rows = customer_files.export(asker, Choice(q))
    return ExportOut([list(customer_files.COLUMNS), *(list(customer_files.cells_of(row)) for row in rows)])


@routes.guarded("POST", "/customers-import", "customer.import")
def import_customers(act: Acting, given: ImportIn) -> ImportOut:
    """Try an import, or with the `mark` of that trial do exactly what it said."""

    def do() -> ImportOut:
        made = given.mark or customer_import.try_out(act.asker, map(_line, count(1), given.lines))
        while given.mark and customer_import.go_on(act.asker, made):
            pass
        told = [_told(line) for line in customer_import.lines_of(act.asker, made)]
        return ImportOut(told, made)

    return act.once(do, ImportOut)


def _do(act: Act, id: str, command: Callable[[Guard], object]) -> Ok:
    def do() -> Ok:
        command(act.asker)
        return Ok(id)

    return act.once(do, Ok)


def _line(number: int, given: LineIn) -> Line:
    cells = {column: (getattr(given, column) or "").strip() for column in customer_import.COLUMNS}
    if any("\0" in text for text in cells.values()):
        raise InputError(f"line {number}", "holds a NUL character; leave it out")
    return Line(number, cells)


def _told(line: file_imports.ImportLine) -> LineOut:
    done = "" if line.outcome is None else line.outcome.value
    return LineOut(line.number, line.verdict.value, done, line.note, line.about)


def _correction(given: CorrectionIn) -> Correction:
    return Correction(given.name, given.email, given.phone, given.language)

"""Customers from and as files: a trial that says what would happen to each line, then exactly that.

A line is somebody known already when it has the identity by which a host's page calls him, or,
for whoever may read addresses everywhere, his e-mail. What the importer may not read he can
neither find out nor write over. All lines are taken in one transaction, or none.
Not here: what a file is (web/csv_files.py), the pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection

from roledesk import Guard, InputError, record_activity
from roledesk.desk import customers
from roledesk.desk.customers import Choice, checked
from roledesk.desk.facts import Customer
from roledesk.desk.store import customers as known
from roledesk.desk.work import new_id

IMPORT, EXPORT, EDIT, SENSITIVE = (
    "customer.import",
    "customer.export",
    "customer.edit",
    "customer.read_sensitive",
)
COLUMNS = ("name", "email", "phone", "language", "identity")
EXPORTED = ("id", "name", "email", "phone", "language", "tags", "first seen")
FIELDS = ("name", "email", "phone", "language")
AT_ONCE = 500
MOST_LINES = 2_000


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, the customer it makes or changes, and why it is refused, if so."""

    number: int
    verdict: Verdict
    name: str
    customer: Customer | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What would happen to each line; `mark` names exactly this."""

    lines: tuple[Line, ...]
    mark: str

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        return Counter(line.verdict for line in self.lines)


def try_import(guard: Guard, rows: Sequence[Mapping[str, str]]) -> Trial:
    """What an import would do; nothing is written. Raises DeniedError, InputError."""
    guard.require(IMPORT)
    with guard.organization.database.reading() as connection:
        return _trial(connection, guard, rows)


def take_import(guard: Guard, rows: Sequence[Mapping[str, str]], mark: str) -> Trial:
    """Do what the trial of this `mark` said. Raises DeniedError, and InputError when it would be another by now."""
    organization = guard.organization
    with organization.locked() as connection:
        guard.require(IMPORT)
        trial = _trial(connection, guard, rows)
        if trial.mark != mark:
            raise InputError("file", "customers have changed meanwhile; look at the trial again, then import")
        for line in trial.lines:
            _write(connection, organization.id, line)
        counts = {verdict.value: count for verdict, count in trial.counts.items()}
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="customers.imported",
            about="customers",
            detail=counts,
        )
    return trial


def export(guard: Guard, choice: Choice) -> Iterator[Sequence[object]]:
    """The customers within reach as rows, the head first; that it was taken is written down. Raises DeniedError."""
    if not guard.may(EXPORT):
        guard.require(EXPORT)
    organization = guard.organization
    with organization.locked() as connection:
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="customers.exported",
            about="customers",
        )
    return _rows(guard, choice)


def _rows(guard: Guard, choice: Choice) -> Iterator[Sequence[object]]:
    yield EXPORTED
    after = None
    while True:
        page = customers.list_customers(guard, choice, after=after, limit=AT_ONCE, action=EXPORT)
        for row in page.rows:
            one = row.customer
            address = ("", "") if row.masked else (one.email, one.phone)
            tags = ", ".join(tag.name for tag in row.tags)
            yield (one.id, one.name, *address, one.language, tags, f"{one.created_at:.0f}")
        if (after := page.next) is None:
            return


def _trial(connection: Connection, guard: Guard, rows: Sequence[Mapping[str, str]]) -> Trial:
    if len(rows) > MOST_LINES:
        raise InputError("file", f"a file has at most {MOST_LINES:,} lines; part it and import the parts")
    looked = _Looked.up(connection, guard, rows)
    lines = tuple(looked.line(number, row) for number, row in enumerate(rows, 2))
    told = "\n".join(f"{line.number} {line.verdict} {line.problem} {_told(line.customer)}" for line in lines)
    return Trial(lines, sha256(told.encode()).hexdigest())


def _told(customer: Customer | None) -> str:
    return "" if customer is None else repr([getattr(customer, field) for field in (*FIELDS, "identity")])


@dataclass(slots=True)
class _Looked:
    """What the lines of a file meet: who is known already, and whom of them the importer may edit."""

    guard: Guard
    by_identity: Mapping[str, Customer]
    by_email: Mapping[str, Customer]
    editable: frozenset[str]
    bare: bool
    seen: set[str]

    @classmethod
    def up(cls, connection: Connection, guard: Guard, rows: Sequence[Mapping[str, str]]) -> _Looked:
        organization = guard.organization.id
        bare = guard.allows(SENSITIVE)
        identities = known.find_by(connection, organization, "identity", [row["identity"] for row in rows])
        emails = (
            known.find_by(connection, organization, "email", [row["email"] for row in rows]) if bare else {}
        )
        ids = [each.id for each in (*identities.values(), *emails.values())]
        reaches = known.Reaches(guard.reach(EDIT), guard.reach(customers.VIEW))
        editable = frozenset(known.covered(connection, organization, ids, reaches))
        return cls(guard, identities, emails, editable, bare, set())

    def line(self, number: int, row: Mapping[str, str]) -> Line:
        """What becomes of one line."""
        name = row["name"] or row["email"] or "no name"
        try:
            return self._judged(number, row, name)
        except InputError as error:
            return Line(number, Verdict.REFUSED, name, problem=f"{error.where}: {error.problem}")

    def _judged(self, number: int, row: Mapping[str, str], name: str) -> Line:
        given = {field: checked(field, row[field]) for field in FIELDS if row[field]}
        for key in filter(None, (row["identity"], self.bare and row["email"])):
            if key in self.seen:
                raise InputError("line", "is in the file twice; leave one out")
            self.seen.add(str(key))
        before = self.by_identity.get(row["identity"]) or self.by_email.get(row["email"])
        if before is None:
            if not row["name"]:
                raise InputError("name", "is missing; give each customer a name")
            now = self.guard.organization.clock()
            fresh = Customer(new_id("customer"), row["name"], now, identity=row["identity"] or None)
            return Line(number, Verdict.NEW, name, _filled(fresh, given))
        if before.id not in self.editable:
            raise InputError("line", "is a customer whom you may not edit; leave it out")
        if not self.bare and {"email", "phone"} & given.keys():
            raise InputError("line", "has an e-mail or phone, which you may not change; leave them out")
        after = _filled(before, given)
        return Line(number, Verdict.UNCHANGED if after == before else Verdict.CHANGED, name, after)


def _filled(customer: Customer, given: Mapping[str, str | None]) -> Customer:
    return replace(
        customer,
        name=given.get("name") or customer.name,
        email=given.get("email", customer.email),
        phone=given.get("phone", customer.phone),
        language=given.get("language", customer.language),
    )


def _write(connection: Connection, organization: str, line: Line) -> None:
    if line.customer is None:
        return
    if line.verdict is Verdict.NEW:
        known.add(connection, organization, line.customer)
    elif line.verdict is Verdict.CHANGED:
        known.put(connection, organization, line.customer)

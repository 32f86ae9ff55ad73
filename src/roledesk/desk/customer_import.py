"""Customers brought in from a file: looked at first, then imported exactly as shown.

A line with an id changes that customer; one with an identity him whom a host's page calls so;
one with an e-mail the only customer who has it, as far as its sender may see e-mails; any
other makes a new one. Somebody whose e-mail and phone are masked is neither found by them nor
can they be written over, and identities are for those who may read everybody: so a file asks
nothing that its sender may not read. Nobody's identity is changed, for it opens his chats.
Empty cells leave things as they are, tags are only added.
Lines are worked off some at a time, each time in one transaction that judges them again.
Not here: the pages (pages/customer_files.py), keeping the lines (roledesk.file_imports).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Connection

from roledesk import Guard, InputError, file_imports, folded, importing
from roledesk.desk import customers
from roledesk.desk.customers import MASK, READ, SENSITIVE, Correction, corrected, reaches_of
from roledesk.desk.facts import Customer
from roledesk.desk.store import customers as known_customers
from roledesk.desk.store import labels
from roledesk.desk.store.labels import Tag
from roledesk.desk.visitors import IDENTITY_LENGTH
from roledesk.desk.work import new_id
from roledesk.web.csv_files import Line

IMPORT = "customer.import"
KIND = "customers"
COLUMNS = ("id", "name", "email", "phone", "language", "identity", "tags")
AT_ONCE = 200

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What decides about some lines: the customers they may mean, and how far each may be touched."""

    by_id: Mapping[str, Customer]
    by_identity: Mapping[str, Customer]
    by_email: Mapping[str, tuple[Customer, ...]]
    may_identify: bool
    editable: frozenset[str]
    bare: frozenset[str]
    taggable: frozenset[str]
    tags: Mapping[str, Tag]
    worn: Mapping[str, tuple[Tag, ...]]
    may_tag_new: bool


def try_out(guard: Guard, lines: Iterable[Line]) -> str:
    """Keep lines with what each would do; gives the id of the import. Raises DeniedError."""
    guard.require(IMPORT)
    organization = guard.organization
    with organization.database.reading() as connection:
        judged = tuple(_judged(connection, guard, lines))
    with organization.locked():
        guard.require(IMPORT)
        return importing.keep(guard, KIND, judged)


def go_on(guard: Guard, id: str) -> bool:
    """Bring in the next lines of an import, as far as they are still as shown; whether any wait behind them.

    Raises NotFoundError, DeniedError.
    """
    with guard.organization.locked() as connection:
        guard.require(IMPORT)
        sent = importing.get_import(connection, guard, KIND, id)
        lines = importing.next_lines(connection, guard, sent, limit=AT_ONCE)
        known = _known(connection, guard, [line.cells for line in lines if line.verdict in file_imports.WORK])
        for line in lines:
            _settle(connection, guard, sent, line, known)
        if sent.ended_at is None and len(lines) < AT_ONCE:
            importing.end(connection, guard, sent)
        return len(lines) == AT_ONCE


def lines_of(guard: Guard, id: str) -> tuple[file_imports.ImportLine, ...]:
    """Every line of an import of one's own. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        importing.get_import(connection, guard, KIND, id)
        return file_imports.lines(connection, guard.organization.id, id)


def _settle(
    connection: Connection,
    guard: Guard,
    sent: file_imports.Import,
    line: file_imports.ImportLine,
    known: _Known,
) -> None:
    def do() -> str:
        if line.about is None:
            return _add(connection, guard, line.cells, known)
        _change(connection, guard, known.by_id[line.about], line.cells, known)
        return line.about

    importing.settle(connection, guard, sent, line, lambda: (_judge(line.cells, known), do))


def _add(connection: Connection, guard: Guard, cells: Cells, known: _Known) -> str:
    organization = guard.organization
    made = replace(_new(cells), id=new_id("customer"), created_at=organization.clock())
    known_customers.add(connection, organization.id, made)
    for tag in _tags(cells, known):
        labels.tag_customer(connection, organization.id, made.id, tag.id)
    return made.id


def _change(connection: Connection, guard: Guard, customer: Customer, cells: Cells, known: _Known) -> None:
    correction = _correction(cells, customer)
    if corrected(customer, correction) != customer:
        customers.correct(connection, guard, customer, correction)
    added = _added_tags(customer, cells, known)
    for tag in added:
        labels.tag_customer(connection, guard.organization.id, customer.id, tag.id)
    if added:
        customers.tell_changed(connection, guard, customer.id)


def _judged(connection: Connection, guard: Guard, lines: Iterable[Line]) -> Iterator[file_imports.ImportLine]:
    seen: dict[str, int] = {}
    rest = iter(lines)
    while chunk := tuple(islice(rest, AT_ONCE)):
        known = _known(connection, guard, [line.cells for line in chunk])
        for line in chunk:
            judged = _unless_twice(line, _judge(line.cells, known), seen)
            yield file_imports.ImportLine(line.number, line.cells, judged.verdict, judged.note, judged.about)


def _unless_twice(line: Line, judged: importing.Judged, seen: dict[str, int]) -> importing.Judged:
    """The verdict, or a refusal when an earlier line is about the same customer."""
    if judged.verdict is file_imports.Verdict.REFUSED:
        return judged
    keys = [f"id {judged.about}"] if judged.about else []
    if not line.cells["id"]:
        keys += [f"{name} {folded(line.cells[name])}" for name in ("email", "identity") if line.cells[name]]
    first = min([seen[key] for key in keys if key in seen], default=line.number)
    seen |= dict.fromkeys(keys, first)
    return (
        judged
        if first == line.number
        else importing.refused(f"line {first} is about the same customer already")
    )


def _known(connection: Connection, guard: Guard, cells: Sequence[Cells]) -> _Known:
    organization = guard.organization.id
    by_id = known_customers.find_many(connection, organization, [each["id"] for each in cells if each["id"]])
    identities = {each["identity"] for each in cells if each["identity"]}
    by_identity = known_customers.find_by_identities(connection, organization, identities)
    emails = [each["email"] for each in cells if each["email"] and not each["id"]]
    by_email = known_customers.find_by_email(connection, organization, emails)
    found = (*by_identity.values(), *(one for same in by_email.values() for one in same))
    everybody = {**by_id, **{one.id: one for one in found}}

    def covered(action: str) -> frozenset[str]:
        return known_customers.covered(connection, organization, everybody, reaches_of(guard, action))

    readable, bare = covered(READ), covered(SENSITIVE)
    seen = {
        address: tuple(one for one in same if one.id in readable & bare) for address, same in by_email.items()
    }
    return _Known(
        {id: one for id, one in everybody.items() if id in readable},
        by_identity,
        seen,
        guard.allows(READ),
        covered("customer.edit"),
        bare,
        covered("customer.tag"),
        {folded(tag.name): tag for tag in labels.list_tags(connection, organization) if tag.team is None},
        labels.tags_of_customers(connection, organization, everybody),
        guard.allows("customer.tag"),
    )


def _judge(cells: Cells, known: _Known) -> importing.Judged:
    try:
        meant = _meant(cells, known)
        return _judge_new(cells, known) if meant is None else _judge_known(cells, meant, known)
    except InputError as error:
        return importing.refused(f"{error.where}: {error.problem}")


def _meant(cells: Cells, known: _Known) -> Customer | None:
    """The customer a line is about; None for somebody new. Raises InputError."""
    if cells["identity"] and not known.may_identify:
        raise InputError("identity", "is only for those who may read every customer; leave it empty")
    if cells["id"]:
        if cells["id"] not in known.by_id:
            raise InputError("id", "there is no customer with this id")
        return known.by_id[cells["id"]]
    called = known.by_identity.get(cells["identity"])
    if called is not None and called.id not in known.by_id:
        raise InputError("identity", "cannot be used; leave it empty")
    same = known.by_email.get(folded(cells["email"]), ()) if cells["email"] else ()
    if called is None and len(same) > 1:
        raise InputError("email", f"{len(same)} customers have it; name the one you mean by id")
    return called or next(iter(same), None)


def _judge_new(cells: Cells, known: _Known) -> importing.Judged:
    _new(cells)
    if _tags(cells, known) and not known.may_tag_new:
        return importing.refused("you may not tag a customer without chats; leave the tags empty")
    return importing.Judged(file_imports.Verdict.NEW)


def _judge_known(cells: Cells, customer: Customer, known: _Known) -> importing.Judged:
    if customer.id not in known.bare and any(cells[field] not in ("", MASK) for field in ("email", "phone")):
        return importing.refused("you may not see this customer's e-mail and phone; leave both empty")
    if cells["identity"] and cells["identity"] != customer.identity:
        return importing.refused("identity: nobody's is changed by a file; leave it empty")
    after = corrected(customer, _correction(cells, customer))
    fields = [
        name
        for name in ("name", "email", "phone", "language")
        if getattr(after, name) != getattr(customer, name)
    ]
    added = _added_tags(customer, cells, known)
    if fields and customer.id not in known.editable:
        return importing.refused("you may not edit this customer")
    if added and customer.id not in known.taggable:
        return importing.refused("you may not tag this customer")
    changes = [*fields, *(f"tag {tag.name}" for tag in added)]
    return importing.Judged(
        file_imports.Verdict.CHANGE if changes else file_imports.Verdict.SAME, ", ".join(changes), customer.id
    )


def _new(cells: Cells) -> Customer:
    """The customer that a line makes, who has no id yet. Raises InputError."""
    if not cells["name"]:
        raise InputError("name", "a new customer needs one")
    identity = cells["identity"]
    if not identity.isprintable() or len(identity) > IDENTITY_LENGTH:
        raise InputError("identity", f"write up to {IDENTITY_LENGTH} printable characters")
    blank = Customer("", cells["name"], 0.0, identity=identity or None)
    return corrected(blank, replace(_correction(cells, blank), name=cells["name"]))


def _correction(cells: Cells, customer: Customer) -> Correction:
    """What a line changes of a customer; an address in another case is the same one. Raises InputError."""
    given = {name: text for name, text in cells.items() if text and text != MASK}
    email = given.get("email")
    if email is not None and "@" not in email:
        raise InputError("email", "has no @; write it like `ana@example.com`")
    if email is not None and customer.email and folded(email) == folded(customer.email):
        email = None
    return Correction(given.get("name"), email, given.get("phone"), given.get("language"))


def _added_tags(customer: Customer, cells: Cells, known: _Known) -> tuple[Tag, ...]:
    worn = {tag.id for tag in known.worn.get(customer.id, ())}
    return tuple(tag for tag in _tags(cells, known) if tag.id not in worn)


def _tags(cells: Cells, known: _Known) -> tuple[Tag, ...]:
    """The tags a line names. Raises InputError for one that is not there, or a team's."""
    names = dict.fromkeys(filter(None, map(str.strip, cells["tags"].split("|"))))
    for name in names:
        if folded(name) not in known.tags:
            raise InputError("tags", f"there is no tag `{name[:40]}` of everybody's; make it first")
    return tuple({known.tags[folded(name)].id: known.tags[folded(name)] for name in names}.values())

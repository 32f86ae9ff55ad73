"""Customers as rows, and lists of those that a reach covers.

A customer has no team: he is covered through his conversations. `one_covered` is true when
at least one of them is, `all_covered` when none is not; without any, only a reach over
everything covers him.
Not here: which of his fields somebody may read (customers.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)

from roledesk import Reach, folded, predicate, sought_words
from roledesk.desk.facts import Conversation, Customer
from roledesk.desk.store import conversations as talks
from roledesk.desk.store.kit import Fetched, Query, row_of, rows_where
from roledesk.desk.store.schema import (
    attachments,
    conversation_tags,
    conversations,
    customer_tags,
    customers,
    messages,
    reads,
)

Cursor = tuple[float | str, str]
_of = customers.c
_talk = conversations.alias("his")


class Order(StrEnum):
    """How a list of customers is sorted."""

    NEWEST = "newest"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Reaches:
    """What decides about customers: how far the action goes, and how far viewing conversations goes."""

    action: Reach
    view: Reach


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers are wanted; each part that is None does not matter.

    `text` is looked for in name and id, and within `sensitive` in e-mail and phone too.
    Each of `also` must cover them as well.
    """

    text: str = ""
    blocked: bool | None = None
    tag: str | None = None
    sticky: bool | None = None
    sensitive: Reaches | None = None
    also: tuple[Reaches, ...] = ()


def add(connection: Connection, organization: str, customer: Customer) -> None:
    """Add a customer."""
    connection.execute(insert(customers), _row(organization, customer))


def put(connection: Connection, organization: str, customer: Customer) -> None:
    """Keep a customer as he now is."""
    here = (_of.organization == organization, _of.id == customer.id)
    connection.execute(update(customers).where(*here).values(_row(organization, customer)))


def find(connection: Connection, organization: str, id: str) -> Customer | None:
    """The customer with this id."""
    return _one(connection, rows_where(customers, organization, id=id))


def find_by_secret(connection: Connection, organization: str, secret_hash: str) -> Customer | None:
    """The customer whose browser keeps this secret."""
    return _one(connection, rows_where(customers, organization, secret_hash=secret_hash))


def find_by_identity(connection: Connection, organization: str, identity: str) -> Customer | None:
    """The customer whom a host's page called so, under its signature."""
    return _one(connection, rows_where(customers, organization, identity=identity))


def find_many(connection: Connection, organization: str, ids: Iterable[str]) -> dict[str, Customer]:
    """Those of these customers that are there, by id."""
    statement = select(customers).where(_of.organization == organization, _of.id.in_(list(ids)))
    return {row.id: _read(row) for row in connection.execute(statement)}


def find_by_identities(
    connection: Connection, organization: str, identities: Iterable[str]
) -> dict[str, Customer]:
    """Those whom a host's page calls so, by that."""
    wanted = (_of.organization == organization, _of.identity.in_(list(identities)))
    return {row.identity: _read(row) for row in connection.execute(select(customers).where(*wanted))}


def find_by_email(
    connection: Connection, organization: str, emails: Iterable[str]
) -> dict[str, tuple[Customer, ...]]:
    """The customers with these addresses, in whatever case, by the folded address."""
    found: dict[str, tuple[Customer, ...]] = {}
    # The folded text is the address, or begins with it and a space: either is found by index.
    text = _of.sensitive_text
    wanted = [
        or_(text == each, and_(text >= f"{each} ", text < f"{each}!")) for each in set(map(folded, emails))
    ]
    if wanted:
        statement = select(customers).where(_of.organization == organization, or_(*wanted))
        for customer in map(_read, connection.execute(statement.order_by(_of.created_at, _of.id))):
            address = folded(customer.email or "")
            found[address] = (*found.get(address, ()), customer)
    return found


def names(connection: Connection, organization: str, ids: Iterable[str]) -> dict[str, str]:
    """The display names of these customers."""
    statement = select(_of.id, _of.name).where(_of.organization == organization, _of.id.in_(list(ids)))
    return dict(map(tuple, connection.execute(statement)))


def stick(connection: Connection, organization: str, customer: str, agent: str | None) -> None:
    """Keep who a customer is used to."""
    here = (_of.organization == organization, _of.id == customer)
    connection.execute(update(customers).where(*here).values(sticky_agent=agent))


def unstick_agent(connection: Connection, organization: str, agent: str) -> None:
    """Nobody is used to this agent any more."""
    here = (_of.organization == organization, _of.sticky_agent == agent)
    connection.execute(update(customers).where(*here).values(sticky_agent=None))


def count_refused(connection: Connection, organization: str, customer: str) -> None:
    """One more message of a blocked customer was refused."""
    here = (_of.organization == organization, _of.id == customer)
    more = _of.refused_messages + 1
    connection.execute(update(customers).where(*here).values(refused_messages=more))


def erase(connection: Connection, organization: str, customer: str) -> None:
    """Remove a customer with every conversation, message and file."""
    of_his = conversations.c
    his = select(of_his.id).where(of_his.organization == organization, of_his.customer == customer)
    for table in (messages, reads, attachments, conversation_tags):
        within = (table.c.organization == organization, table.c.conversation.in_(his))
        connection.execute(delete(table).where(*within))
    rows: tuple[tuple[Table, Column[str]], ...] = (
        (customer_tags, customer_tags.c.customer),
        (conversations, of_his.customer),
        (customers, _of.id),
    )
    for table, column in rows:
        connection.execute(delete(table).where(table.c.organization == organization, column == customer))


def page(
    connection: Connection,
    organization: str,
    reaches: Reaches,
    wanted: Wanted,
    *,
    order: Order,
    limit: int,
    after: Cursor | None = None,
) -> tuple[Customer, ...]:
    """The customers of whom at least one conversation is covered, behind `after`."""
    matches = [*_matches(organization, reaches, wanted)]
    if order is Order.NAME:
        sorting = (_of.sort_name.asc(), _of.id.asc())
        beyond = [] if after is None else [tuple_(_of.sort_name, _of.id) > tuple_(*after)]
    else:
        sorting = (_of.created_at.desc(), _of.id.desc())
        beyond = [] if after is None else [tuple_(_of.created_at, _of.id) < tuple_(*after)]
    statement = select(customers).where(*matches, *beyond).order_by(*sorting).limit(limit)
    return tuple(map(_read, connection.execute(statement)))


def count(
    connection: Connection, organization: str, reaches: Reaches, wanted: Wanted, *, upto: int | None = None
) -> int:
    """How many customers `page` would list in all, counted no further than `upto`."""
    some = select(_of.id).where(*_matches(organization, reaches, wanted)).limit(upto).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def covered(
    connection: Connection, organization: str, ids: Iterable[str], reaches: Reaches
) -> frozenset[str]:
    """Those of these customers of whom at least one conversation is covered."""
    wanted = (_of.organization == organization, _of.id.in_(list(ids)), one_covered(reaches))
    return frozenset(connection.execute(select(_of.id).where(*wanted)).scalars())


def wholly_covered(
    connection: Connection, organization: str, ids: Iterable[str], reaches: Reaches
) -> frozenset[str]:
    """Those of these customers of whom every conversation is covered."""
    wanted = (_of.organization == organization, _of.id.in_(list(ids)), all_covered(reaches))
    return frozenset(connection.execute(select(_of.id).where(*wanted)).scalars())


def with_known_sticky(
    connection: Connection, organization: str, ids: Iterable[str], view: Reach
) -> frozenset[str]:
    """Those of these customers who may be seen in a chat with the agent they are used to, or in all of theirs."""
    reaches = Reaches(view, view)
    with_him = exists().where(
        _his(_of.organization, _of.id), _talk.c.assignee == _of.sticky_agent, _covers(reaches)
    )
    wanted = (_of.organization == organization, _of.id.in_(list(ids)), _of.sticky_agent.is_not(None))
    statement = select(_of.id).where(*wanted, or_(with_him, all_covered(reaches)))
    return frozenset(connection.execute(statement).scalars())


def find_covered(
    connection: Connection, organization: str, customer: str, reaches: Reaches
) -> Conversation | None:
    """A conversation that covers this customer."""
    statement = select(_talk).where(_his(organization, customer), _covers(reaches)).limit(1)
    row = connection.execute(statement).first()
    return None if row is None else talks.read(row)


def has_conversations(connection: Connection, organization: str, customer: str) -> bool:
    """Whether he ever had one."""
    statement = select(_talk.c.id).where(_his(organization, customer)).limit(1)
    return connection.execute(statement).first() is not None


def one_covered(reaches: Reaches) -> ColumnElement[bool]:
    """True for the customers with a covered conversation, or none at all under a reach over everything."""
    his = _his(_of.organization, _of.id)
    covered = exists().where(his, _covers(reaches))
    return or_(covered, and_(_everything(reaches), not_(exists().where(his))))


def all_covered(reaches: Reaches) -> ColumnElement[bool]:
    """True for the customers without a conversation that is not covered."""
    his = _his(_of.organization, _of.id)
    some = or_(_everything(reaches), exists().where(his))
    return and_(some, not_(exists().where(his, not_(_covers(reaches)))))


def _everything(reaches: Reaches) -> ColumnElement[bool]:
    return true() if reaches.action.everything else false()


def _his(organization: ColumnElement[str] | str, customer: ColumnElement[str] | str) -> ColumnElement[bool]:
    return and_(_talk.c.organization == organization, _talk.c.customer == customer)


def _covers(reaches: Reaches) -> ColumnElement[bool]:
    # An owner that is not there compares as unknown, which `not` would leave unknown: so it is made to be no.
    owner = func.coalesce(_talk.c.assignee, "")
    parts = (
        predicate(reach, owner=owner, team=_talk.c.team, state=_talk.c.state)
        for reach in (reaches.action, reaches.view)
    )
    return and_(true(), *parts)


def _matches(organization: str, reaches: Reaches, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield _of.organization == organization
    yield from map(one_covered, (reaches, *wanted.also))
    for word in sought_words(wanted.text):
        found = _of.search_text.contains(word, autoescape=True)
        if wanted.sensitive is not None:
            hidden = _of.sensitive_text.contains(word, autoescape=True)
            found = or_(found, and_(hidden, one_covered(wanted.sensitive)))
        yield found
    if wanted.blocked is not None:
        yield _of.blocked_at.is_not(None) if wanted.blocked else _of.blocked_at.is_(None)
    if wanted.sticky is not None:
        yield _of.sticky_agent.is_not(None) if wanted.sticky else _of.sticky_agent.is_(None)
    if wanted.tag is not None:
        columns = customer_tags.c
        named = (columns.organization == organization, columns.tag == wanted.tag)
        yield _of.id.in_(select(columns.customer).where(*named))


def _row(organization: str, customer: Customer) -> dict[str, object]:
    return {
        **row_of(organization, customer),
        "sort_name": folded(customer.name),
        "search_text": folded(f"{customer.name} {customer.id}"),
        "sensitive_text": folded(f"{customer.email or ''} {customer.phone or ''}"),
    }


def _one(connection: Connection, statement: Query) -> Customer | None:
    row = connection.execute(statement).one_or_none()
    return None if row is None else _read(row)


def _read(row: Fetched) -> Customer:
    return Customer(
        row.id,
        row.name,
        row.created_at,
        row.email,
        row.phone,
        row.language,
        row.secret_hash,
        row.identity,
        row.blocked_at,
        row.refused_messages,
        row.sticky_agent,
    )

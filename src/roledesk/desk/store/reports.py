"""What reports count: conversations and messages of a period, within a reach.

Each is found by its moment in an index; what is counted is decided by `predicate` in the
same statement.
Not here: adding up (desk/reports.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Integer, Join, cast, exists, func, select, tuple_

from roledesk import Reach, predicate
from roledesk.desk.facts import AuthorKind, Conversation
from roledesk.desk.store import conversations as talks
from roledesk.desk.store.kit import Query
from roledesk.desk.store.messages import SAID
from roledesk.desk.store.schema import conversation_tags, conversations, customers, messages

Cursor = tuple[float, str]
_of = conversations.c
_said = messages.c
QUARTER_S = 900
"""Time zones lie whole quarters of an hour apart."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to another, and what is looked at in it; None does not matter."""

    since: float
    until: float
    team: str | None = None
    agent: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """A conversation as a report counts it; `key` is what it is grouped by, None for none."""

    key: str | None
    created_at: float
    answered_at: float | None
    closed_at: float | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """How many messages of one side there were in a quarter of an hour."""

    key: str | None
    at: float
    inbound: bool
    count: int


def moments(
    connection: Connection,
    organization: str,
    reach: Reach,
    period: Period,
    *,
    by: str,
    closed: bool,
    limit: int,
) -> tuple[Moments, ...]:
    """The conversations begun in a period, or those closed in it, grouped by `by`."""
    when = _of.closed_at if closed else _of.created_at
    columns = (_of.created_at, _of.answered_at, _of.closed_at)
    found = _grouped(by, columns).where(*_matches(organization, reach, period), *_within(when, period))
    return tuple(Moments(*row) for row in connection.execute(found.limit(limit)))


def spoken(
    connection: Connection, organization: str, reach: Reach, period: Period, *, by: str
) -> tuple[Spoken, ...]:
    """The messages of a period by quarters of an hour, grouped by `by`."""
    # A cast rounds on PostgreSQL and cuts on SQLite, which may have no floor.
    quarters = _said.at / QUARTER_S
    quarter = cast(quarters if connection.dialect.name == "sqlite" else func.floor(quarters), Integer)
    key, inbound = _key(by), (_said.author_kind == AuthorKind.CUSTOMER)
    source = _with_messages()
    statement = (
        select(key, quarter, inbound, func.count())
        .select_from(source.outerjoin(conversation_tags, _tagged()) if by == "tag" else source)
        .where(*_matches(organization, reach, period), *_spoken_in(organization, period))
        .group_by(key, quarter, inbound)
    )
    return tuple(
        Spoken(row[0], row[1] * QUARTER_S, bool(row[2]), row[3]) for row in connection.execute(statement)
    )


def count_spoken(
    connection: Connection, organization: str, reach: Reach, period: Period
) -> Mapping[bool, int]:
    """How many messages came in, by True, and went out, by False."""
    inbound = _said.author_kind == AuthorKind.CUSTOMER
    statement = (
        select(inbound, func.count())
        .select_from(_with_messages())
        .where(*_matches(organization, reach, period), *_spoken_in(organization, period))
        .group_by(inbound)
    )
    return {bool(row[0]): row[1] for row in connection.execute(statement)}


def count_customers(connection: Connection, organization: str, reach: Reach) -> int:
    """How many customers have a conversation within reach; with a reach over everything, all of them."""
    here = customers.c.organization == organization
    counted = select(func.count()).select_from(customers).where(here)
    if not reach.everything:
        theirs = (_of.organization == organization, _of.customer == customers.c.id, _covered(reach))
        counted = counted.where(exists().where(*theirs))
    return connection.execute(counted).scalar_one()


def listed(
    connection: Connection,
    organization: str,
    reach: Reach,
    view: Reach,
    period: Period,
    *,
    by: str,
    key: str | None,
    limit: int,
    after: Cursor | None = None,
) -> tuple[Conversation, ...]:
    """The conversations begun in a period that a report counted under `key`, as far as `view` covers them."""
    matches = [*_matches(organization, reach, period), *_within(_of.created_at, period), talks.within(view)]
    if by == "tag" and key is None:
        matches.append(~exists().where(_tagged()))
    elif by == "tag":
        matches.append(exists().where(_tagged(), conversation_tags.c.tag == key))
    elif by != "day":
        matches.append(_key(by).is_(None) if key is None else _key(by) == key)
    if after is not None:
        matches.append(tuple_(_of.created_at, _of.id) < tuple_(*after))
    ordered = select(conversations).where(*matches).order_by(_of.created_at.desc(), _of.id.desc())
    return tuple(map(talks.read, connection.execute(ordered.limit(limit))))


def _grouped(by: str, columns: tuple[ColumnElement[float | None], ...]) -> Query:
    statement = select(_key(by), *columns)
    return (
        statement.select_from(conversations.outerjoin(conversation_tags, _tagged()))
        if by == "tag"
        else statement
    )


def _key(by: str) -> ColumnElement[str | None]:
    columns: Mapping[str, ColumnElement[str | None]] = {
        "team": _of.team,
        "agent": _of.assignee,
        "category": _of.category,
        "channel": _of.channel,
        "tag": conversation_tags.c.tag,
    }
    return columns.get(by, _of.organization)


def _tagged() -> ColumnElement[bool]:
    tags = conversation_tags.c
    return (tags.organization == _of.organization) & (tags.conversation == _of.id)


def _with_messages() -> Join:
    theirs = (_said.organization == _of.organization) & (_said.conversation == _of.id)
    return messages.join(conversations, theirs)


def _spoken_in(organization: str, period: Period) -> Iterator[ColumnElement[bool]]:
    yield _said.organization == organization
    yield _said.kind.in_(SAID)
    yield from _within(_said.at, period)


def _within(when: ColumnElement[float | None], period: Period) -> Iterator[ColumnElement[bool]]:
    yield when >= period.since
    yield when < period.until


def _matches(organization: str, reach: Reach, period: Period) -> Iterator[ColumnElement[bool]]:
    yield _of.organization == organization
    yield _covered(reach)
    for column, value in (
        (_of.team, period.team),
        (_of.assignee, period.agent),
        (_of.category, period.category),
    ):
        if value is not None:
            yield column == value


def _covered(reach: Reach) -> ColumnElement[bool]:
    """True for the conversations whose team and owner `reach` covers."""
    return predicate(reach, owner=_of.assignee, team=_of.team)

"""Conversations as rows: one by its id, what a filter keeps within a reach, and how many there are.

Not here: their lists (lists.py), messages (messages.py), who may see what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    func,
    insert,
    select,
    update,
)

from roledesk import Extent, Reach, predicate
from roledesk.desk.facts import Conversation, State
from roledesk.desk.store.kit import Fetched, row_of, rows_where
from roledesk.desk.store.presence import PresenceStatus
from roledesk.desk.store.schema import conversation_tags, conversations, presence

_of = conversations.c


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations are wanted; each part that is None does not matter.

    `unassigned` keeps those that nobody has and that are kept for nobody.
    """

    states: frozenset[State] | None = None
    team: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    tag: str | None = None
    channel: str | None = None
    category: str | None = None
    customer: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Tallied:
    """How many conversations are in a state, and whose: `mine`, `nobody` or `other`."""

    state: State
    whose: str
    count: int


def add(connection: Connection, organization: str, conversation: Conversation) -> None:
    """Add a conversation."""
    connection.execute(insert(conversations), row_of(organization, conversation))


def put(connection: Connection, organization: str, conversation: Conversation) -> None:
    """Keep a conversation as it now stands."""
    here = (_of.organization == organization, _of.id == conversation.id)
    connection.execute(update(conversations).where(*here).values(row_of(organization, conversation)))


def find(connection: Connection, organization: str, id: str) -> Conversation | None:
    """The conversation with this id."""
    row = connection.execute(rows_where(conversations, organization, id=id)).one_or_none()
    return None if row is None else read(row)


def find_many(connection: Connection, organization: str, ids: Iterable[str]) -> dict[str, Conversation]:
    """The conversations with these ids."""
    statement = rows_where(conversations, organization).where(_of.id.in_(list(ids)))
    return {row.id: read(row) for row in connection.execute(statement)}


def find_started(
    connection: Connection, organization: str, customer: str, client_key: str
) -> Conversation | None:
    """The conversation this customer began with this key."""
    wanted = rows_where(conversations, organization, customer=customer, client_key=client_key)
    row = connection.execute(wanted).first()
    return None if row is None else read(row)


def find_current(connection: Connection, organization: str, customer: str) -> Conversation | None:
    """The newest conversation of a customer that is not closed."""
    live = rows_where(conversations, organization, customer=customer).where(_of.state != State.CLOSED)
    row = connection.execute(live.order_by(_of.created_at.desc(), _of.id).limit(1)).first()
    return None if row is None else read(row)


def count(connection: Connection, organization: str, reach: Reach, wanted: Filter) -> int:
    """How many conversations a list of them holds in all."""
    statement = select(func.count()).select_from(conversations).where(*matching(organization, wanted, reach))
    return connection.execute(statement).scalar_one()


def tally(
    connection: Connection, organization: str, reach: Reach, wanted: Filter, agent: str
) -> tuple[Tallied, ...]:
    """How many conversations a list of them holds, by state and by whose they are to `agent`."""
    whose = case((_of.assignee == agent, "mine"), (_of.assignee.is_(None), "nobody"), else_="other")
    counted = (
        select(_of.state, whose, func.count())
        .where(*matching(organization, wanted, reach))
        .group_by(_of.state, whose)
    )
    return tuple(Tallied(State(row[0]), row[1], row[2]) for row in connection.execute(counted))


def within(reach: Reach) -> ColumnElement[bool]:
    """True for the conversations that `reach` covers."""
    return predicate(reach, owner=_of.assignee, team=_of.team, state=_of.state)


def open_pairs(
    connection: Connection, organization: str, agents: Iterable[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Each agent with each team in which he has open conversations, or ones kept for him."""
    statement = select(_of.assignee, _of.team).distinct().where(*_held(organization))
    if agents is not None:
        statement = statement.where(_of.assignee.in_(list(agents)))
    return tuple((row.assignee, row.team) for row in connection.execute(statement))


def held_by(
    connection: Connection, organization: str, agent: str, *, team: str | None = None
) -> tuple[Conversation, ...]:
    """What is open at an agent or kept for him, oldest first."""
    statement = select(conversations).where(*_held(organization), _of.assignee == agent)
    statement = statement if team is None else statement.where(_of.team == team)
    return tuple(map(read, connection.execute(statement.order_by(_of.created_at, _of.id))))


def count_open(connection: Connection, organization: str, agents: Iterable[str]) -> dict[str, int]:
    """How many open conversations each of these agents has; those without any are left out."""
    counted = (
        select(_of.assignee, func.count())
        .where(_of.organization == organization, _of.state == State.OPEN, _of.assignee.in_(list(agents)))
        .group_by(_of.assignee)
    )
    return dict(map(tuple, connection.execute(counted)))


def waiting(
    connection: Connection, organization: str, *, limit: int, kept_for: str | None = None
) -> tuple[Conversation, ...]:
    """Those that wait, the longest first: for anybody, or for the agent they are kept for."""
    statement = rows_where(conversations, organization, state=State.WAITING).where(
        _of.assignee.is_(None) if kept_for is None else _of.assignee == kept_for
    )
    ordered = statement.order_by(_of.waiting_since, _of.id).limit(limit)
    return tuple(map(read, connection.execute(ordered)))


def queued(
    connection: Connection,
    organization: str,
    accept: Reach,
    accept_sticky: Reach,
    *,
    away_before: float,
    limit: int,
) -> tuple[Conversation, ...]:
    """What may be taken, the longest waiting first.

    Unclaimed or one's own within `accept`; kept for an agent who was not seen online since
    `away_before` within `accept_sticky`.
    """
    takeable = _takeable(organization, accept, accept_sticky, away_before)
    statement = rows_where(conversations, organization, state=State.WAITING).where(takeable)
    ordered = statement.order_by(_of.waiting_since, _of.id).limit(limit)
    return tuple(map(read, connection.execute(ordered)))


def count_queued(
    connection: Connection, organization: str, accept: Reach, accept_sticky: Reach, *, away_before: float
) -> int:
    """How many `queued` would list in all."""
    here = (_of.organization == organization, _of.state == State.WAITING)
    takeable = _takeable(organization, accept, accept_sticky, away_before)
    counted = select(func.count()).select_from(conversations).where(*here, takeable)
    return connection.execute(counted).scalar_one()


def _takeable(
    organization: str, accept: Reach, accept_sticky: Reach, away_before: float
) -> ColumnElement[bool]:
    free = _of.assignee.is_(None) | (_of.assignee == accept.agent)
    seen = presence.c
    online = (
        select(seen.agent)
        .where(
            seen.organization == organization,
            seen.status == PresenceStatus.ONLINE,
            seen.seen_at >= away_before,
        )
        .scalar_subquery()
    )
    away = _of.assignee.is_not(None) & _of.assignee.not_in(online)
    return (free & within(accept)) | (away & within(accept_sticky))


def of_team(connection: Connection, organization: str, team: str) -> tuple[Conversation, ...]:
    """Every conversation of a team that is not closed."""
    live = rows_where(conversations, organization, team=team).where(_of.state != State.CLOSED)
    return tuple(map(read, connection.execute(live)))


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Give every conversation of one team to another."""
    theirs = (_of.organization == organization, _of.team == team)
    connection.execute(update(conversations).where(*theirs).values(team=receiver))


def of_customer(connection: Connection, organization: str, customer: str) -> tuple[Conversation, ...]:
    """Every conversation of a customer, the newest first."""
    statement = rows_where(conversations, organization, customer=customer)
    return tuple(map(read, connection.execute(statement.order_by(_of.created_at.desc(), _of.id))))


def read(row: Fetched) -> Conversation:
    """A row as a value."""
    return Conversation(
        row.id,
        row.customer,
        row.channel,
        row.team,
        State(row.state),
        row.created_at,
        row.last_at,
        row.widget,
        row.assignee,
        row.category,
        row.waiting_since,
        row.opened_at,
        row.closed_at,
        row.last_seq,
        row.preview,
        row.customer_read_seq,
        row.client_key,
        row.answered_at,
    )


def narrowed(reach: Reach, states: frozenset[State] | None) -> Reach:
    """The part of a reach that lies in these states."""
    if states is None:
        return reach
    kept: dict[str | None, Extent] = {
        state: extent for state, extent in reach.by_state.items() if state in states
    }
    return replace(reach, by_state=kept)


def _held(organization: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _of.organization == organization,
        _of.state.in_([State.OPEN, State.WAITING]),
        _of.assignee.is_not(None),
    )


def matching(organization: str, wanted: Filter, reach: Reach) -> Iterator[ColumnElement[bool]]:
    """What is true for the conversations that are wanted, as far as `reach` covers them."""
    yield within(narrowed(reach, wanted.states))
    yield from wanted_by(organization, wanted)


def wanted_by(organization: str, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What is true for those that are wanted, save their state."""
    yield _of.organization == organization
    equal: Mapping[str, str | None] = {
        "team": wanted.team,
        "assignee": wanted.assignee,
        "channel": wanted.channel,
        "category": wanted.category,
        "customer": wanted.customer,
    }
    yield from (_of[name] == value for name, value in equal.items() if value is not None)
    if wanted.unassigned:
        yield _of.assignee.is_(None)
    if wanted.tag is not None:
        columns = conversation_tags.c
        named = (columns.organization == organization, columns.tag == wanted.tag)
        yield _of.id.in_(select(columns.conversation).where(*named))
    if wanted.since is not None:
        yield _of.last_at >= wanted.since
    if wanted.until is not None:
        yield _of.last_at < wanted.until

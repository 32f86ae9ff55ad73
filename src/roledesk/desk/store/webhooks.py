"""Webhooks as rows, and what is to be delivered to each.

A delivery is claimed before it is sent, for a while: whoever dies with it loses it to the next.
Not here: who may have webhooks (webhooks.py), sending (courier.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, or_, select, update

from roledesk.desk.store.kit import Fetched, put, remove, row_of, rows_where
from roledesk.desk.store.schema import deliveries, webhooks

_hook, _of = webhooks.c, deliveries.c


class State(StrEnum):
    """Where a delivery stands; `dropped` was not for the webhook's owner when it was to be sent."""

    WAITING = "waiting"
    DONE = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events; of one team or of everything, as far as its owner may view it.

    `seq` is the number of the last event that was looked at for it.
    """

    id: str
    name: str
    owner: str
    url: str
    kinds: tuple[str, ...]
    secret: str
    team: str | None = None
    old_secret: str | None = None
    old_until: float | None = None
    enabled: bool = True
    seq: int = 0
    failing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook, and what became of telling it; `said` begins the answer."""

    id: str
    webhook: str
    event: int
    kind: str
    at: float
    next_at: float
    state: State = State.WAITING
    claimed_until: float = 0.0
    attempts: int = 0
    status: int | None = None
    said: str = ""
    took_ms: int | None = None


def keep(connection: Connection, organization: str, webhook: Webhook) -> None:
    """Keep a webhook as it now is."""
    put(connection, webhooks, {**row_of(organization, webhook), "kinds": list(webhook.kinds)})


def find(connection: Connection, organization: str, id: str) -> Webhook | None:
    """The webhook with this id."""
    row = connection.execute(rows_where(webhooks, organization, id=id)).one_or_none()
    return None if row is None else _read(row)


def list_all(connection: Connection, organization: str) -> tuple[Webhook, ...]:
    """Every webhook, by name."""
    statement = rows_where(webhooks, organization).order_by(_hook.name, _hook.id)
    return tuple(map(_read, connection.execute(statement)))


def drop(connection: Connection, organization: str, id: str) -> None:
    """Remove a webhook with its deliveries."""
    remove(connection, deliveries, organization, "webhook", [id])
    remove(connection, webhooks, organization, "id", [id])


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Give every webhook of one team to another."""
    theirs = (_hook.organization == organization, _hook.team == team)
    connection.execute(update(webhooks).where(*theirs).values(team=receiver))


def organizations_with(connection: Connection) -> tuple[str, ...]:
    """The organizations that have a webhook switched on."""
    named = select(_hook.organization).where(_hook.enabled.is_(True)).distinct()
    return tuple(connection.execute(named).scalars())


def queue(connection: Connection, organization: str, found: Iterable[Delivery]) -> None:
    """Add deliveries."""
    rows = [{"organization": organization, **asdict(each)} for each in found]
    if rows:
        connection.execute(insert(deliveries), rows)


def due(connection: Connection, *, now: float, limit: int) -> tuple[tuple[str, Delivery], ...]:
    """Deliveries whose moment has come and which nobody has claimed, with their organization."""
    free = (_of.state == State.WAITING, _of.next_at <= now, _of.claimed_until <= now)
    ordered = select(deliveries).where(*free).order_by(_of.next_at, _of.event).limit(limit)
    return tuple((row.organization, read_delivery(row)) for row in connection.execute(ordered))


def claim(connection: Connection, organization: str, delivery: Delivery, *, now: float, until: float) -> bool:
    """Whether it is ours to send until a moment; of several who try one succeeds."""
    free = (_of.state == State.WAITING, _of.claimed_until <= now)
    here = (_of.organization == organization, _of.id == delivery.id, *free)
    return connection.execute(update(deliveries).where(*here).values(claimed_until=until)).rowcount == 1


def put_delivery(connection: Connection, organization: str, delivery: Delivery) -> None:
    """Keep what became of a delivery."""
    here = (_of.organization == organization, _of.id == delivery.id)
    connection.execute(update(deliveries).where(*here).values(**asdict(delivery)))


def find_delivery(connection: Connection, organization: str, id: str) -> Delivery | None:
    """The delivery with this id."""
    row = connection.execute(rows_where(deliveries, organization, id=id)).one_or_none()
    return None if row is None else read_delivery(row)


def log_of(
    connection: Connection,
    organization: str,
    webhook: str,
    *,
    limit: int,
    untried: Iterable[str] | None = None,
) -> tuple[Delivery, ...]:
    """A webhook's deliveries, the newest first; with `untried`, those not tried only of these kinds."""
    theirs = rows_where(deliveries, organization, webhook=webhook)
    if untried is not None:
        theirs = theirs.where(or_(_of.took_ms.is_not(None), _of.kind.in_(list(untried))))
    return tuple(map(read_delivery, connection.execute(theirs.order_by(_of.at.desc(), _of.id).limit(limit))))


def clean(connection: Connection, *, before: float) -> None:
    """Forget what was settled before a moment."""
    connection.execute(delete(deliveries).where(_of.at < before, _of.state != State.WAITING))


def read_delivery(row: Fetched) -> Delivery:
    """A row as a value."""
    return Delivery(
        row.id,
        row.webhook,
        row.event,
        row.kind,
        row.at,
        row.next_at,
        State(row.state),
        row.claimed_until,
        row.attempts,
        row.status,
        row.said,
        row.took_ms,
    )


def _read(row: Fetched) -> Webhook:
    return Webhook(
        row.id,
        row.name,
        row.owner,
        row.url,
        tuple(row.kinds),
        row.secret,
        row.team,
        row.old_secret,
        row.old_until,
        row.enabled,
        row.seq,
        row.failing_since,
    )

"""What happened, numbered without gaps in each organization.

The number is taken in the transaction of what happened, so whoever has seen number n has
missed nothing before it.
Not here: who is told of an event.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from roledesk import announce
from roledesk.desk.facts import Event, EventKind, Facts, State
from roledesk.desk.store.kit import Fetched, insert_for, rows_where
from roledesk.desk.store.schema import desk_heads, events

_of = events.c


def add(connection: Connection, organization: str, event: Event) -> int:
    """Keep an event and wake who follows; gives its number."""
    seq = _next_seq(connection, organization)
    before, after = event.before, event.after
    row = {
        "organization": organization,
        "seq": seq,
        "kind": event.kind,
        "at": event.at,
        "by": event.by,
        "conversation": event.conversation,
        "customer": event.customer,
        "agent": event.agent,
        "message_seq": event.message_seq,
        "team_before": before and before.team,
        "assignee_before": before and before.assignee,
        "state_before": before and before.state,
        "team": after and after.team,
        "assignee": after and after.assignee,
        "state": after and after.state,
    }
    connection.execute(insert(events), row)
    announce(connection)
    return seq


def head(connection: Connection, organization: str) -> int:
    """The number of the newest event; 0 when there is none."""
    statement = select(desk_heads.c.seq).where(desk_heads.c.organization == organization)
    return connection.execute(statement).scalar() or 0


def heads(connection: Connection) -> dict[str, int]:
    """The newest event's number in each organization: what tells a process that it is behind."""
    return dict(map(tuple, connection.execute(select(desk_heads.c.organization, desk_heads.c.seq))))


def since(connection: Connection, organization: str, seq: int, *, limit: int) -> tuple[Event, ...]:
    """The events behind number `seq`, in order."""
    statement = rows_where(events, organization).where(_of.seq > seq).order_by(_of.seq).limit(limit)
    return tuple(map(_read, connection.execute(statement)))


def first(connection: Connection, organization: str) -> int:
    """The number of the oldest event that is kept; 0 when there is none."""
    statement = select(func.min(_of.seq)).where(_of.organization == organization)
    return connection.execute(statement).scalar() or 0


def last_move(connection: Connection, organization: str, conversation: str) -> Event | None:
    """The newest event that changed team, assignee or state of a conversation."""
    moved = (
        (_of.team != _of.team_before)
        | (_of.state != _of.state_before)
        | (func.coalesce(_of.assignee, "") != func.coalesce(_of.assignee_before, ""))
    )
    statement = rows_where(events, organization, conversation=conversation).where(moved)
    row = connection.execute(statement.order_by(_of.seq.desc()).limit(1)).first()
    return None if row is None else _read(row)


def clean_typing(connection: Connection, *, before: float) -> None:
    """Forget who was writing when: nobody asks for it after a moment."""
    connection.execute(delete(events).where(_of.kind == EventKind.TYPING, _of.at < before))


def _next_seq(connection: Connection, organization: str) -> int:
    statement = insert_for(connection, desk_heads).on_conflict_do_update(
        index_elements=desk_heads.primary_key, set_={"seq": desk_heads.c.seq + 1}
    )
    taken = connection.execute(
        statement.returning(desk_heads.c.seq), {"organization": organization, "seq": 1}
    )
    return int(taken.scalar_one())


def _read(row: Fetched) -> Event:
    return Event(
        EventKind(row.kind),
        row.at,
        row.by,
        row.seq,
        row.conversation,
        row.customer,
        row.agent,
        row.message_seq,
        _facts(row.team_before, row.assignee_before, row.state_before),
        _facts(row.team, row.assignee, row.state),
    )


def _facts(team: str | None, assignee: str | None, state: str | None) -> Facts | None:
    return None if team is None or state is None else Facts(team, assignee, State(state))

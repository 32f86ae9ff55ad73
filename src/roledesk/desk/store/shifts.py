"""How many conversations a change brings into somebody's reach.

Agents whose reach shifts alike are asked about together: what one of them owns is new to
the next. So a conversation is counted once, however many agents gain it, and not at all
when each of them could view it before.
Not here: lists and counts within one reach (conversations.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, false, func, literal, or_, select, true, union_all

from roledesk import Extent, Shift
from roledesk.desk.store.schema import conversations

NOWHERE = Extent()
_of = conversations.c


def count_shifted(connection: Connection, organization: str, shifts: Iterable[Shift], limit: int) -> int:
    """How many conversations somebody may view after these shifts who could not before; at most `limit`."""
    here = select(literal(1).label("one")).where(_of.organization == organization)
    # State by state, because the indexes begin with it.
    runs = [
        here.where(_of.state == state, or_(*gained)).limit(limit).subquery()
        for state, gained in _gained_by_state(shifts).items()
    ]
    if not runs:
        return 0
    some = union_all(*(select(run.c.one) for run in runs)).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _gained_by_state(shifts: Iterable[Shift]) -> dict[str | None, list[ColumnElement[bool]]]:
    parts: dict[str | None, list[ColumnElement[bool]]] = {}
    for shift in shifts:
        for state, after in shift.after.items():
            before = shift.before.get(state, NOWHERE)
            if after.without(before) != NOWHERE:
                parts.setdefault(state, []).append(_gained(shift.agents, before, after))
    return parts


def _gained(agents: frozenset[str], before: Extent, after: Extent) -> ColumnElement[bool]:
    """What one of these agents covers after and did not before, whoever owns it or as its owner."""
    theirs = and_(_of.assignee.is_not(None), _of.assignee.in_(sorted(agents)))
    # What one agent owns is new to the next: only who is alone gains nothing by it.
    held = and_(theirs, _as_owner(before)) if len(agents) == 1 else false()
    as_owner = and_(_as_owner(after), ~_as_owner(before), theirs)
    return and_(~_as_anybody(before), or_(and_(_as_anybody(after), ~held), as_owner))


def _as_anybody(extent: Extent) -> ColumnElement[bool]:
    return true() if extent.everything else _of.team.in_(sorted(extent.teams))


def _as_owner(extent: Extent) -> ColumnElement[bool]:
    return true() if extent.own else _of.team.in_(sorted(extent.own_within))

"""How many conversations a change brings into somebody's reach.

Agents whose reach shifts alike are asked about together: what one of them owns is new to
the next. So a conversation is counted once, however many agents gain it, and not at all
when each of them could view it before.
Not here: lists and counts within one reach (conversations.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, and_, false, func, literal, or_, select, true

from roledesk import Extent, Shift
from roledesk.desk.store.schema import conversations

NOWHERE = Extent()
_of = conversations.c


def count_shifted(connection: Connection, organization: str, shifts: Iterable[Shift], limit: int) -> int:
    """How many conversations somebody may view after these shifts who could not before; at most `limit`."""
    gained = or_(false(), *(part for shift in shifts for part in _gained(shift)))
    some = select(literal(1)).where(_of.organization == organization, gained).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _gained(shift: Shift) -> Iterator[ColumnElement[bool]]:
    """What these agents gain whoever owns it, and what each gains as its owner."""
    theirs = and_(_of.assignee.is_not(None), _of.assignee.in_(sorted(shift.agents)))
    as_owner = []
    for state, after in shift.after.items():
        before = shift.before.get(state, NOWHERE)
        here = and_(_of.state == state, ~_as_anybody(before))
        # What one agent owns is new to the next: only who is alone gains nothing by it.
        held = and_(theirs, _as_owner(before)) if len(shift.agents) == 1 else false()
        yield and_(here, _as_anybody(after), ~held)
        as_owner.append(and_(here, _as_owner(after), ~_as_owner(before)))
    yield and_(theirs, or_(false(), *as_owner))


def _as_anybody(extent: Extent) -> ColumnElement[bool]:
    return true() if extent.everything else _of.team.in_(sorted(extent.teams))


def _as_owner(extent: Extent) -> ColumnElement[bool]:
    return true() if extent.own else _of.team.in_(sorted(extent.own_within))

"""A reach as SQL: lists are filtered in the query, never after it.

`predicate(reach, …)` is true for exactly the rows that `reach.covers` is true for;
a property test holds the two together. Works on any table of a host.
Not here: how a reach comes about (core/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, false, or_, true

from roledesk.core.reach import Extent, Reach
from roledesk.errors import InputError

Column = ColumnElement[str | None]


def predicate(
    reach: Reach, *, owner: Column, team: Column, state: Column | None = None
) -> ColumnElement[bool]:
    """True for the rows that `reach` covers; an empty reach covers none.

    The columns hold an agent's id, a team's id and a state; rows without one are met
    by the parts of the reach that do not ask for it. Raises InputError when the reach
    depends on the state and no `state` is given.
    """
    if reach.also is not None:
        alone = replace(reach, also=None)
        return and_(*(predicate(each, owner=owner, team=team, state=state) for each in (alone, reach.also)))
    if None in reach.by_state:
        return _covered(reach.by_state[None], reach.agent, owner, team)
    if reach.by_state and state is None:
        raise InputError("state", f"`{reach.action}` depends on the state; name the column that holds it")
    return or_(false(), *_covered_by_state(reach, owner, team, state))


def _covered_by_state(
    reach: Reach, owner: Column, team: Column, state: Column | None
) -> Iterator[ColumnElement[bool]]:
    """One part for each extent, with all the states it holds in."""
    states: dict[Extent, list[str | None]] = {}
    for each, extent in reach.by_state.items():
        states.setdefault(extent, []).append(each)
    for extent, alike in states.items():
        if state is not None:
            yield and_(state.in_(alike), _covered(extent, reach.agent, owner, team))


def _covered(extent: Extent, agent: str, owner: Column, team: Column) -> ColumnElement[bool]:
    if extent.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if extent.teams:
        parts.append(team.in_(sorted(extent.teams)))
    if extent.own:
        parts.append(owner == agent)
    if extent.own_within:
        parts.append(and_(owner == agent, team.in_(sorted(extent.own_within))))
    return or_(false(), *parts)

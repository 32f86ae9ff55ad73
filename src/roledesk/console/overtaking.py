"""Saving something that others may be changing too.

A page names the revision it showed. What happened since to anything else does not
matter; if it happened to the same agent or team, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from roledesk.core.terms import Assignment, Revision
from roledesk.core.wire import assignment_from_json
from roledesk.engine.guard import Guard
from roledesk.errors import ConflictError
from roledesk.store import history
from roledesk.store.history import HistoryRow

MOST_ROWS = 200
Result = TypeVar("Result")
Held = tuple[Assignment, ...]


def unless_overtaken(
    guard: Guard, about: str, shown: Revision, write: Callable[[Revision], Result]
) -> Result:
    """What `write` gives, called with the revision to expect.

    Raises ConflictError when `about` (`agent:x`, `team:y`) was changed after `shown`.
    """
    expected = shown
    while True:
        try:
            return write(expected)
        except ConflictError as conflict:
            if rows_since(guard, about, shown.number):
                raise
            expected = conflict.head


def merged_assignments(guard: Guard, agent: str, shown: Revision, mine: Held) -> Held:
    """What both made of an agent's roles: what he holds now, and what `mine` altered of what was shown."""
    theirs = guard.organization.policy.agents[agent].assignments
    before = _assignments_at(guard, agent, shown)
    kept = (each for each in mine if each in theirs or each not in before)
    return tuple(dict.fromkeys((*kept, *(each for each in theirs if each not in before))))


def _assignments_at(guard: Guard, agent: str, shown: Revision) -> Held:
    """What the agent held at the revision shown."""
    rows = rows_since(guard, f"agent:{agent}", shown.number)
    agents: Mapping[str, Mapping[str, list[Mapping[str, object]]] | None]
    for row in reversed(rows):
        agents = row.before["agents"]  # type: ignore[assignment]
        standing = agents.get(agent)
        if standing is not None:
            return tuple(map(assignment_from_json, standing["assignments"]))
    return guard.organization.policy.agents[agent].assignments


def rows_since(guard: Guard, about: str, revision: int) -> tuple[HistoryRow, ...]:
    """The newest rows first that concern `about` and came after `revision`."""
    organization = guard.organization
    organization.refresh()
    with organization.database.reading() as connection:
        rows = history.page(connection, organization.id, about=about, limit=MOST_ROWS)
    return tuple(row for row in rows if row.revision > revision)

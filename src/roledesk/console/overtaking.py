"""Saving something that others may be changing too.

A page names the revision it showed. What happened since to anything else does not
matter; if it happened to the same agent or team, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from roledesk.core.terms import Revision
from roledesk.engine.guard import Guard
from roledesk.errors import ConflictError
from roledesk.store import history

Result = TypeVar("Result")


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
            if _changed_since(guard, about, shown.number):
                raise
            expected = conflict.head


def _changed_since(guard: Guard, about: str, revision: int) -> bool:
    organization = guard.organization
    organization.refresh()
    with organization.database.reading() as connection:
        newest = history.page(connection, organization.id, about=about, limit=1)
    return bool(newest) and newest[0].revision > revision

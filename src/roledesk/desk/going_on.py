"""Going on in a search, behind a message that one saw.

The number that a search goes on behind counts what is said in every organization, so it is never
given away: a message's own number in its conversation stands for it. Where a message is that
one may not read is not told either.
Not here: searching (reading.py).
"""

from __future__ import annotations

from roledesk import Guard
from roledesk.desk.reading import VIEW, Found
from roledesk.desk.store import search
from roledesk.desk.store.lists import Cursor


def cursor_of(found: Found) -> Cursor | None:
    """Where older ones begin; None at the end."""
    if found.next is None:
        return None
    last = found.hits[-1].message
    return float(last.seq), last.conversation


def number_of(guard: Guard, cursor: Cursor | None) -> int | None:
    """What a search goes on behind; None for the beginning, and for what is no message one may read."""
    if cursor is None:
        return None
    with guard.organization.database.reading() as connection:
        view, notes = guard.reach(VIEW), guard.reach("note.read")
        here = (guard.organization.id, cursor[1], cursor[0])
        return search.find_number(connection, *here, view=view, notes=notes)

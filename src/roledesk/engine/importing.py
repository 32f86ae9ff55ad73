"""Bringing in a file, whatever its lines are about: kept as it was shown, judged again line by line, then done.

A line is carried out only if it would still do what was shown; one that would not says why,
and the others go on. An import is its sender's, and goes on where it was.
Not here: what a line means and does (whoever imports), keeping lines (store/imports.py), the
pages (web/imports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.engine.guard import Guard
from roledesk.engine.secret import new_id
from roledesk.errors import NotFoundError
from roledesk.store import activity, imports
from roledesk.store.imports import WORK, Import, ImportLine, Outcome, Verdict

Cells = Mapping[str, str]

CHANGED = "something changed since this was shown; send the line again"
OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.NEW: Outcome.DONE,
    Verdict.CHANGE: Outcome.DONE,
    Verdict.SAME: Outcome.SKIPPED,
    Verdict.REFUSED: Outcome.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a line would do, and to whom."""

    verdict: Verdict
    note: str = ""
    about: str | None = None


Plan = tuple[Judged, Callable[[], str]]
"""What a line would do now, and the doing of it, which gives the id of whom it was about."""


def refused(note: str) -> Judged:
    """A line that does nothing, and why."""
    return Judged(Verdict.REFUSED, note)


def keep(guard: Guard, kind: str, lines: Iterable[ImportLine], *, because: str = "") -> str:
    """Keep lines with what each would do; gives the id of the import."""
    organization = guard.organization
    made = Import(new_id("import"), kind, guard.subject.id, organization.clock(), because)
    with organization.locked() as connection:
        imports.keep(connection, organization.id, made, lines)
    return made.id


def get_import(connection: Connection, guard: Guard, kind: str, id: str) -> Import:
    """An import of one's own. Raises NotFoundError."""
    found = imports.find(connection, guard.organization.id, id, agent=guard.subject.id, kind=kind)
    if found is None:
        raise NotFoundError("import", id)
    return found


def next_lines(connection: Connection, guard: Guard, sent: Import, *, limit: int) -> tuple[ImportLine, ...]:
    """The next lines that wait; asking for them begins the import."""
    organization = guard.organization
    if sent.begun_at is None:
        imports.begin(connection, organization.id, sent.id, at=organization.clock())
    return imports.lines(connection, organization.id, sent.id, waiting=True, limit=limit)


def settle(
    connection: Connection, guard: Guard, sent: Import, line: ImportLine, plan: Callable[[], Plan]
) -> None:
    """Carry out a line that waits, if it would still do what was shown, and keep what became of it."""
    outcome, note, about = OUTCOMES[line.verdict], line.note, line.about
    if line.verdict in WORK:
        now, do = plan()
        if now == Judged(line.verdict, line.note, line.about):
            about = do()
        else:
            outcome, note = Outcome.REFUSED, now.note if now.verdict is Verdict.REFUSED else CHANGED
    imports.settle(connection, guard.organization.id, sent.id, line.number, outcome, note=note, about=about)


def end(connection: Connection, guard: Guard, sent: Import) -> None:
    """Nothing waits any more; the activity log keeps how much was brought in."""
    organization, now = guard.organization, guard.organization.clock()
    imports.end(connection, organization.id, sent.id, at=now)
    counts = imports.count(connection, organization.id, sent.id)
    done = counts.outcomes[Outcome.DONE]
    activity.record(
        connection,
        organization.id,
        at=now,
        by=guard.subject.id,
        event=f"{sent.kind}.imported",
        about=f"import:{sent.id}",
        detail={"name": f"{done:,} of {counts.total:,} lines", "done": done, "lines": counts.total},
    )

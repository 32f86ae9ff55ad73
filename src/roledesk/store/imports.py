"""Files sent to bring many things in: each line, what was shown of it, and what became of it.

An import belongs to the agent who sent it. Its lines are worked off in their order; a line
without an outcome still waits.
Not here: what a line means, and who may bring it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from roledesk.store import schema
from roledesk.store.rows import Fetched, insert_rows

_of = schema.imports.c
_line = schema.import_lines.c


class Verdict(StrEnum):
    """What would happen to a line."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What happened to a line."""

    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"
    """There was nothing to do."""


WORK = frozenset({Verdict.NEW, Verdict.CHANGE})
"""Verdicts after which there is something to do."""


@dataclass(frozen=True, slots=True)
class Import:
    """A file that `agent` sent; begun when he said yes to what was shown, ended with the last line."""

    id: str
    kind: str
    agent: str
    made_at: float
    because: str = ""
    begun_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line with its verdict; `note` says why or what, `about` is the id of what it makes or changes."""

    number: int
    cells: Mapping[str, str]
    verdict: Verdict
    note: str = ""
    about: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines there are of each verdict and outcome."""

    verdicts: Mapping[Verdict, int]
    outcomes: Mapping[Outcome, int]
    waiting: int
    total: int


def keep(connection: Connection, organization: str, sent: Import, lines: Iterable[ImportLine]) -> None:
    """Keep a file as it was shown; another of this agent's that was shown and not begun is forgotten."""
    theirs = (_of.organization == organization, _of.agent == sent.agent, _of.kind == sent.kind)
    _forget(connection, [*theirs, _of.begun_at.is_(None)])
    values = {"because": sent.because, "begun_at": sent.begun_at, "ended_at": sent.ended_at}
    place = {"organization": organization, "id": sent.id, "kind": sent.kind, "agent": sent.agent}
    connection.execute(insert(schema.imports), {**place, **values, "made_at": sent.made_at})
    insert_rows(connection, schema.import_lines, (_row(organization, sent.id, line) for line in lines))


def find(connection: Connection, organization: str, id: str, *, agent: str, kind: str) -> Import | None:
    """The import with this id, for the agent who sent it."""
    mine = (_of.organization == organization, _of.id == id, _of.agent == agent, _of.kind == kind)
    row = connection.execute(select(schema.imports).where(*mine)).one_or_none()
    if row is None:
        return None
    return Import(row.id, row.kind, row.agent, row.made_at, row.because, row.begun_at, row.ended_at)


def begin(connection: Connection, organization: str, id: str, *, at: float) -> None:
    """He said yes."""
    _set(connection, organization, id, "begun_at", at)


def end(connection: Connection, organization: str, id: str, *, at: float) -> None:
    """The last line is done."""
    _set(connection, organization, id, "ended_at", at)


def lines(
    connection: Connection,
    organization: str,
    id: str,
    *,
    after: int = 0,
    limit: int | None = None,
    verdict: Verdict | None = None,
    outcome: Outcome | None = None,
    waiting: bool = False,
) -> tuple[ImportLine, ...]:
    """Lines in their order; with `waiting` those without an outcome."""
    statement = select(schema.import_lines).where(
        _line.organization == organization, _line.import_id == id, _line.number > after
    )
    if verdict is not None:
        statement = statement.where(_line.verdict == verdict)
    if outcome is not None:
        statement = statement.where(_line.outcome == outcome)
    if waiting:
        statement = statement.where(_line.outcome.is_(None))
    return tuple(map(_read, connection.execute(statement.order_by(_line.number).limit(limit))))


def settle(
    connection: Connection,
    organization: str,
    id: str,
    number: int,
    outcome: Outcome,
    *,
    note: str,
    about: str | None = None,
) -> None:
    """Keep what became of a line."""
    here = (_line.organization == organization, _line.import_id == id, _line.number == number)
    values = {"outcome": outcome, "note": note, "about": about}
    connection.execute(update(schema.import_lines).where(*here).values(**values))


def count(connection: Connection, organization: str, id: str) -> Counts:
    """How many lines there are of each kind."""
    statement = (
        select(_line.verdict, _line.outcome, func.count())
        .where(_line.organization == organization, _line.import_id == id)
        .group_by(_line.verdict, _line.outcome)
    )
    verdicts: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
    outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    waiting = 0
    for verdict, outcome, number in connection.execute(statement):
        verdicts[Verdict(verdict)] += number
        if outcome is None:
            waiting += number
        else:
            outcomes[Outcome(outcome)] += number
    return Counts(verdicts, outcomes, waiting, sum(verdicts.values()))


def forget_about(connection: Connection, organization: str, about: str) -> None:
    """Drop what files say of something that is deleted; a line that waits has had its end."""
    here = (_line.organization == organization, _line.about == about)
    connection.execute(update(schema.import_lines).where(*here).values(cells={}))
    gone = {"outcome": Outcome.REFUSED, "note": "was deleted meanwhile"}
    connection.execute(update(schema.import_lines).where(*here, _line.outcome.is_(None)).values(**gone))


def clean(connection: Connection, *, before: float) -> None:
    """Forget the files sent before a moment."""
    _forget(connection, [_of.made_at < before])


def _forget(connection: Connection, which: Sequence[ColumnElement[bool]]) -> None:
    for organization, id in connection.execute(select(_of.organization, _of.id).where(*which)).all():
        connection.execute(
            delete(schema.import_lines).where(_line.organization == organization, _line.import_id == id)
        )
        connection.execute(delete(schema.imports).where(_of.organization == organization, _of.id == id))


def _set(connection: Connection, organization: str, id: str, column: str, at: float) -> None:
    here = (_of.organization == organization, _of.id == id)
    connection.execute(update(schema.imports).where(*here).values({column: at}))


def _row(organization: str, id: str, line: ImportLine) -> dict[str, object]:
    return {
        "organization": organization,
        "import_id": id,
        "number": line.number,
        "cells": dict(line.cells),
        "verdict": line.verdict,
        "note": line.note,
        "about": line.about,
        "outcome": line.outcome,
    }


def _read(row: Fetched) -> ImportLine:
    return ImportLine(
        row.number,
        row.cells,
        Verdict(row.verdict),
        row.note,
        row.about,
        None if row.outcome is None else Outcome(row.outcome),
    )

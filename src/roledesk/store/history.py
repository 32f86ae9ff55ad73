"""What was changed, by whom and why: one row per revision, chained by hash.

Each row's hash covers the row and the hash before it, so that whoever knows the last
hash can tell that nothing earlier was altered. Rows are only ever added.
Not here: replaying (engine/), writing what is now (projection.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from hashlib import sha256
from json import loads

from msgspec.json import decode
from sqlalchemy import ColumnElement, Connection, Text, cast, insert, literal, not_, or_, select

from roledesk.core.wire import canonical
from roledesk.errors import HistoryError, NotFoundError
from roledesk.store.people import Within
from roledesk.store.rows import Fetched, Query, insert_rows
from roledesk.store.schema import history, memberships, organizations, subjects

Json = Mapping[str, object]
LONG = 100_000
"""From how many characters on a change is kept once it was read."""
ROLE_EDITS = ("Found", "PutRole", "RemoveRole")
"""The edits that only those read who may read everything."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change as it was written down.

    `change` is what `wire.change_to_json` gave; `before` holds what the touched things
    were, `{"roles": {id: role}, "teams": {id: team}, "agents": {id: standing}}`, None
    for what was not there.
    """

    organization: str
    revision: int
    at: float
    by: str
    because: str
    change: Json
    before: Json
    previous: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """A history that fits together: how many rows, and its last revision and hash."""

    rows: int
    head_revision: int
    head_hash: str


def digest(row: HistoryRow) -> str:
    """The hash a row must carry."""
    fields = ("organization", "revision", "at", "by", "because", "change", "before", "previous")
    return sha256(canonical({name: getattr(row, name) for name in fields})).hexdigest()


def write(connection: Connection, row: HistoryRow, about: Iterable[str]) -> HistoryRow:
    """Add `row`, its hash computed, findable under each of `about`."""
    row = replace(row, hash=digest(row))
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    connection.execute(insert(history), values)
    place = {"organization": row.organization, "revision": row.revision}
    insert_rows(connection, subjects, ({**place, "subject": subject} for subject in about))
    return row


def find(connection: Connection, organization: str, revision: int) -> HistoryRow | None:
    """The row of one revision."""
    row = connection.execute(
        select(history).where(*_of(organization), history.c.revision == revision)
    ).first()
    return None if row is None else _read(row)


def get(connection: Connection, organization: str, revision: int) -> HistoryRow:
    """The row of one revision. Raises NotFoundError."""
    found = find(connection, organization, revision)
    if found is None:
        raise NotFoundError("revision", str(revision))
    return found


def after(connection: Connection, organization: str, revision: int) -> tuple[HistoryRow, ...]:
    """Every row after `revision`, oldest first."""
    statement = select(history).where(*_of(organization), history.c.revision > revision)
    return tuple(map(_read, connection.execute(statement.order_by(history.c.revision))))


def page(
    connection: Connection,
    organization: str,
    *,
    limit: int,
    before_revision: int | None = None,
    about: str | None = None,
    kind: str | None = None,
    by: str | None = None,
    since: float | None = None,
    until: float | None = None,
    within: Within | None = None,
) -> tuple[HistoryRow, ...]:
    """The newest rows first, `limit` at most.

    `about` is `agent:x`, `role:y` or `team:z`; `kind` is the name of an edit, like
    `PutRole`; `since <= at < until`; `within` keeps rows about those teams, their agents
    and oneself that touch no role.
    """
    wanted = [*_of(organization)]
    wanted += [] if before_revision is None else [history.c.revision < before_revision]
    wanted += [] if by is None else [history.c.by == by]
    wanted += [] if since is None else [history.c.at >= since]
    wanted += [] if until is None else [history.c.at < until]
    wanted += [] if about is None else [_concerns(organization, [about])]
    wanted += [] if kind is None else [_concerns(organization, [f"edit:{kind}"])]
    wanted += [] if within is None else _readable(organization, within)
    statement = select(*_plain()).where(*wanted).order_by(history.c.revision.desc()).limit(limit)
    return tuple(_read(row, _parse(row.change), _parse(row.before)) for row in connection.execute(statement))


def verify(connection: Connection, organization: str, *, head: tuple[int, str] | None = None) -> Verified:
    """Check every row against the chain, and the chain against `head`, the last one known.

    Raises HistoryError with the first row that is missing, moved or altered.
    """
    rows, last = 0, ""
    for row in connection.execute(_raw(organization)):
        rows += 1
        last = _check(row, rows, last)
        if head is not None and head[0] == rows and head[1] != last:
            raise HistoryError(rows, f"its hash is `{last}`, but `{head[1]}` was seen; compare with a backup")
    if head is not None and head[0] > rows:
        raise HistoryError(rows + 1, f"is missing, as is all up to {head[0]}; restore them from a backup")
    _check_head(connection, organization, rows, last)
    return Verified(rows, rows, last)


def _check(row: Fetched, expected: int, previous: str) -> str:
    """The hash of a row that is where it belongs and says what it said."""
    if row.revision != expected:
        raise HistoryError(expected, f"is missing, the next one is {row.revision}; restore it from a backup")
    if row.previous != previous:
        raise HistoryError(expected, "does not follow from the row before it; compare both with a backup")
    try:
        computed = digest(_read(row, loads(row.change), loads(row.before)))
    except (TypeError, ValueError):
        raise HistoryError(expected, "is not readable any more; compare it with a backup") from None
    if row.hash != computed:
        raise HistoryError(expected, "was altered after it was written; compare it with a backup")
    return computed


def _check_head(connection: Connection, organization: str, revision: int, hash: str) -> None:
    columns = organizations.c
    stored = connection.execute(
        select(columns.revision, columns.head_hash).where(columns.id == organization)
    ).one_or_none()
    if stored is None:
        raise NotFoundError("organization", organization)
    if stored.revision != revision:
        wrong = min(stored.revision, revision) + 1
        raise HistoryError(
            wrong, f"history ends at {revision}, the head is {stored.revision}; compare with a backup"
        )
    if stored.head_hash != hash:
        raise HistoryError(revision, "its hash is not the one kept at the head; compare with a backup")


def _of(organization: str) -> Sequence[ColumnElement[bool]]:
    return (history.c.organization == organization,)


def _concerns(organization: str, about: list[str]) -> ColumnElement[bool]:
    named = select(subjects.c.revision).where(
        subjects.c.organization == organization, subjects.c.subject.in_(about)
    )
    return history.c.revision.in_(named)


def _readable(organization: str, within: Within) -> Iterator[ColumnElement[bool]]:
    """What whoever sees `within` may read: roles belong to no team, so nothing that edits one."""
    columns = memberships.c
    theirs = select(literal("agent:") + columns.agent).where(
        columns.organization == organization, columns.team.in_(sorted(within.teams))
    )
    named = [f"team:{team}" for team in sorted(within.teams)]
    named += [] if within.own is None else [f"agent:{within.own}"]
    touching = select(subjects.c.revision).where(
        subjects.c.organization == organization,
        or_(subjects.c.subject.in_(theirs), subjects.c.subject.in_(named)),
    )
    yield history.c.revision.in_(touching)
    yield not_(_concerns(organization, [f"edit:{name}" for name in ROLE_EDITS]))


def _raw(organization: str) -> Query:
    """Every row in order, its JSON unread: even one that is no JSON any more is met."""
    statement = select(*_plain()).where(*_of(organization)).order_by(history.c.revision)
    return statement.execution_options(yield_per=1_000)


def _plain() -> list[ColumnElement[str]]:
    """The columns, JSON as text."""
    return [
        cast(column, Text).label(column.name) if column.name in ("change", "before") else column
        for column in history.c
    ]


def _parse(text: str) -> Json:
    # An import of ten thousand agents is megabytes, and stands in every list that reaches back to it.
    parsed: Json = _parse_once(text) if len(text) > LONG else decode(text)
    return parsed


_parse_once = lru_cache(maxsize=8)(decode)


def _read(row: Fetched, change: Json | None = None, before: Json | None = None) -> HistoryRow:
    return HistoryRow(
        row.organization,
        row.revision,
        row.at,
        row.by,
        row.because,
        row.change if change is None else change,
        row.before if before is None else before,
        row.previous,
        row.hash,
    )

"""What happened beside changes of the policy: sign-ins, exports, resets, tokens, settings.

Entries are only added. Each names the teams it concerns, for askers who see some teams only.
Not here: the history of the policy (history.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, select, tuple_

from roledesk.store import schema
from roledesk.store.rows import Fetched, insert_rows

Cursor = tuple[float, int]
_activity = schema.activity.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: `by` whom, `about` what (`agent:x`, `token:y` …), with whatever `detail`."""

    id: int
    at: float
    by: str
    event: str
    about: str
    detail: Mapping[str, object]

    @property
    def cursor(self) -> Cursor:
        """Where the page after this entry begins."""
        return self.at, self.id


def record(
    connection: Connection,
    organization: str,
    *,
    at: float,
    by: str,
    event: str,
    about: str,
    detail: Mapping[str, object] | None = None,
    teams: Iterable[str] = (),
) -> None:
    """Add an entry."""
    values = {"organization": organization, "at": at, "by": by, "event": event, "about": about}
    added = connection.execute(
        insert(schema.activity).returning(_activity.id), {**values, "detail": detail or {}}
    )
    place = {"organization": organization, "activity": added.scalar_one()}
    insert_rows(connection, schema.activity_teams, ({**place, "team": team} for team in sorted(set(teams))))


def page(
    connection: Connection,
    organization: str,
    *,
    limit: int,
    after: Cursor | None = None,
    by: str | None = None,
    event: str | None = None,
    about: str | None = None,
    since: float | None = None,
    until: float | None = None,
    teams: frozenset[str] | None = None,
) -> tuple[Entry, ...]:
    """The newest entries first, `limit` at most, from the one behind `after` on.

    `since <= at < until`; `teams` keeps entries that concern one of them.
    """
    named = {"by": by, "event": event, "about": about}
    wanted = [_activity.organization == organization]
    wanted += [_activity[name] == value for name, value in named.items() if value is not None]
    wanted += [] if since is None else [_activity.at >= since]
    wanted += [] if until is None else [_activity.at < until]
    wanted += [] if teams is None else [_concerns(organization, teams)]
    wanted += [] if after is None else [tuple_(_activity.at, _activity.id) < tuple_(*after)]
    statement = select(schema.activity).where(*wanted)
    newest = statement.order_by(_activity.at.desc(), _activity.id.desc()).limit(limit)
    return tuple(map(_read, connection.execute(newest)))


def holds(
    connection: Connection, organization: str, *, by: str, event: str, about: str, since: float
) -> bool:
    """Whether there is such an entry of this agent's since then."""
    found = page(connection, organization, limit=1, by=by, event=event, about=about, since=since)
    return bool(found)


def _concerns(organization: str, teams: frozenset[str]) -> ColumnElement[bool]:
    columns = schema.activity_teams.c
    named = (columns.organization == organization, columns.team.in_(sorted(teams)))
    return _activity.id.in_(select(columns.activity).where(*named))


def _read(row: Fetched) -> Entry:
    return Entry(row.id, row.at, row.by, row.event, row.about, row.detail)

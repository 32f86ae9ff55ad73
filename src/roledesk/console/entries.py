"""History as a list: who did what, when and why, for whoever may read it.

Whoever reads some teams only is shown the changes about them and their agents, and of
each no more than that.
Not here: the pages (history.py), the sentences (passages.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.console.names import Names, names_of
from roledesk.console.paging import suffix_of
from roledesk.console.passages import Passage, agents_of, read_passage, sentence
from roledesk.core.changes import PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.policy import Policy
from roledesk.engine.guard import Guard
from roledesk.store import history
from roledesk.store.history import HistoryRow
from roledesk.web.forms import Form
from roledesk.web.visible import edits_readable, within

PAGE = 50
ENOUGH = 10
"""How many edits of a change are looked at for a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as a line; `what` is a sentence that begins after the name."""

    revision: int
    at: float
    by: str
    what: str
    because: str
    subject_href: str | None


@dataclass(frozen=True, slots=True)
class Older:
    """The way to older entries, and back to the newest; None where there are none."""

    older: str | None
    newest: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are looked for."""

    about: str | None = None
    kind: str | None = None
    by: str | None = None
    since: float | None = None
    until: float | None = None


def entries_about(guard: Guard, about: str, path: str, query: Form) -> tuple[tuple[Entry, ...], Older]:
    """A page of the changes about `agent:x`, `role:y` or `team:z`, as far as `guard` may read."""
    with guard.organization.database.reading() as connection:
        return read_entries(connection, guard, Wanted(about=about), path, query, {})


def read_entries(
    connection: Connection, guard: Guard, wanted: Wanted, path: str, query: Form, kept: dict[str, str]
) -> tuple[tuple[Entry, ...], Older]:
    """A page of the changes wanted, newest first; the addresses of its neighbours hold `kept`."""
    rows = history.page(
        connection,
        guard.organization.id,
        limit=PAGE + 1,
        before_revision=before_of(query),
        about=wanted.about,
        kind=wanted.kind,
        by=wanted.by,
        since=wanted.since,
        until=wanted.until,
        within=within(guard, "history.read"),
    )
    entries = told(connection, guard, rows[:PAGE])
    older = path + suffix_of({**kept, "before": str(rows[PAGE - 1].revision)}) if len(rows) > PAGE else None
    return entries, Older(older, path + suffix_of(kept) if query["before"] else None)


def told(connection: Connection, guard: Guard, rows: tuple[HistoryRow, ...]) -> tuple[Entry, ...]:
    """The rows as lines; one of which nothing may be told is left out."""
    policy, shows = guard.organization.policy, edits_readable(guard)
    # Who reads only a part must not learn from a count how much there is beside it.
    most = ENOUGH if guard.allows("history.read") else None
    passages = [read_passage(row, policy, shows, most=most) for row in rows]
    names = names_of(connection, policy, {agent for each in passages for agent in agents_of(each)})
    return tuple(entry_of(passage, names) for passage in passages if passage.edits)


def entry_of(passage: Passage, names: Names) -> Entry:
    """The passage as a line."""
    row = passage.row
    href = _subject_href(passage, names.policy)
    return Entry(row.revision, row.at, names.agent(row.by), sentence(passage, names), row.because, href)


def before_of(query: Form) -> int | None:
    """The revision that the page asked for lies before."""
    text = query["before"]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _subject_href(passage: Passage, policy: Policy) -> str | None:
    """Where what the change is about can be looked at, if it is still there."""
    for edit in passage.edits:
        match edit:
            case PutRole(role) if role.id in policy.roles:
                return f"/roles/{role.id}"
            case PutTeam(team) if team.id in policy.teams:
                return f"/teams/{team.id}"
            case PutAgent(agent) | SetAssignments(agent) if agent in policy.agents:
                return f"/agents/{agent}"
    return None

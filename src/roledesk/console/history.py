"""The History page: every change of access with what was before and after, and the proof that none was altered.

Not here: the activity log (activity.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from roledesk.console.differences import SHOWN, Line, lines_between
from roledesk.console.entries import Wanted, entry_of, read_entries
from roledesk.console.names import find_agent, names_of
from roledesk.console.paging import picked, suffix_of
from roledesk.console.passages import agents_of, read_passage
from roledesk.console.wording import sentence
from roledesk.core.terms import OPERATOR
from roledesk.engine.guard import Guard
from roledesk.errors import HistoryError, InputError, NotFoundError
from roledesk.store import history, people
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes
from roledesk.web.visible import edits_readable, within

routes = Routes()

DAY_S = 86_400
UNKNOWN = "Nobody you can see has this name or address."
UNKNOWN_SUBJECT = "No agent, role or team you can see is called that."
FILTERS = ("who", "about", "kind", "since", "until")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change to look for, by the name of its edit."""

    id: str
    name: str


KINDS = (
    Kind("SetAssignments", "Roles given or taken"),
    Kind("PutAgent", "Agents added, moved, switched on or off"),
    Kind("PutRole", "Roles made or changed"),
    Kind("RemoveRole", "Roles deleted"),
    Kind("PutTeam", "Teams made or renamed"),
    Kind("RemoveTeam", "Teams deleted"),
)


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One change, line by line; the hashes seal it to the row before."""

    revision: int
    at: float
    by: str
    what: str
    because: str
    subject_href: str | None
    lines: tuple[Line, ...]
    is_cut: bool
    hash: str
    previous_hash: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What verifying found: `broken_at` is the first revision that is not as it was written."""

    is_whole: bool
    rows: int = 0
    revision: int = 0
    head: str = ""
    broken_at: int | None = None
    problem: str = ""


@routes.guarded("GET", "/history", "history.read")
def show_history(request: Request) -> HTMLResponse:
    """The changes, newest first."""
    return _page(request, {"entry": None, "verified": None})


@routes.guarded("GET", "/history/{revision}", "history.read")
def show_change(request: Request, revision: str) -> HTMLResponse:
    """One change before and after."""
    asker = get_asker(request)
    if not (revision.isascii() and revision.isdecimal() and len(revision) < 16):
        raise NotFoundError("revision", revision)
    with asker.organization.database.reading() as connection:
        entry = _detail(connection, asker, int(revision))
    return _page(request, {"entry": entry, "verified": None})


@routes.guarded("POST", "/history/verify", "history.read")
def verify_history(request: Request) -> HTMLResponse:
    """Whether the whole history is as it was written."""
    asker = get_asker(request)
    asker.require("history.read")
    return _page(request, {"entry": None, "verified": _verified(asker)})


def _page(request: Request, context: Mapping[str, object]) -> HTMLResponse:
    asker, query = get_asker(request), read_query(request)
    kept = picked(query, FILTERS)
    with asker.organization.database.reading() as connection:
        found = read_filter(connection, asker, query)
        wanted = None if found.errors else found.wanted
        entries, pager = (
            read_entries(connection, asker, wanted, "/history", query, kept) if wanted else ((), None)
        )
    pane = {
        "entries": entries,
        "pager": pager,
        "form": query,
        "errors": found.errors,
        "kinds": KINDS,
        "suffix": suffix_of({**kept, "before": query["before"]}),
        "may_verify": asker.allows("history.read"),
    }
    return page_of(request).render(request, "history.html", {**pane, **context})


@dataclass(frozen=True, slots=True)
class Sought:
    """What the filter asks for, and what in it could not be understood, by field."""

    wanted: Wanted
    errors: Mapping[str, str]


def read_filter(connection: Connection, guard: Guard, query: Form) -> Sought:
    """The filter's fields, with names turned into ids."""
    errors: dict[str, str] = {}
    by = find_who(connection, guard, query["who"])
    about = _find_subject(connection, guard, query["about"])
    if query["who"] and by is None:
        errors["who"] = UNKNOWN
    if query["about"] and about is None:
        errors["about"] = UNKNOWN_SUBJECT
    since, until = (_day(query, name, errors) for name in ("since", "until"))
    kind = next((kind.id for kind in KINDS if kind.id == query["kind"]), None)
    return Sought(Wanted(about, kind, by, since, None if until is None else until + DAY_S), errors)


def find_who(connection: Connection, guard: Guard, text: str) -> str | None:
    """Who is meant by a name, an address or an id; the operator is known to everybody."""
    if text.removeprefix("the ") == OPERATOR.id:
        return OPERATOR.id
    return find_agent(connection, guard, text) if text else None


def _find_subject(connection: Connection, guard: Guard, text: str) -> str | None:
    """The agent, role or team meant, as history is searched by it."""
    if not text:
        return None
    policy, wanted = guard.organization.policy, people.folded(text)
    roles = {f"role:{role.id}": role.name for role in policy.roles.values()}
    teams = {f"team:{team.id}": team.name for team in policy.teams.values()}
    for subject, name in {**roles, **teams}.items():
        if text == subject.partition(":")[2] or people.folded(name) == wanted:
            return subject
    agent = find_agent(connection, guard, text)
    return None if agent is None else f"agent:{agent}"


def _day(query: Form, name: str, errors: dict[str, str]) -> float | None:
    try:
        return query.day(name)
    except InputError as error:
        errors[name] = sentence(error.problem)
        return None


def _detail(connection: Connection, guard: Guard, revision: int) -> EntryDetail:
    """One change, if `guard` may read anything of it. Raises NotFoundError."""
    organization = guard.organization
    found = history.page(
        connection,
        organization.id,
        limit=1,
        before_revision=revision + 1,
        within=within(guard, "history.read"),
    )
    if not found or found[0].revision != revision:
        raise NotFoundError("revision", str(revision))
    row = found[0]
    most = SHOWN if guard.allows("history.read") else None
    passage = read_passage(row, organization.policy, edits_readable(guard), most=most)
    if not passage.edits:
        raise NotFoundError("revision", str(revision))
    named = islice(sorted({row.by, *agents_of(passage), *passage.before.agents}), SHOWN)
    names = names_of(connection, organization.policy, [row.by, *named])
    entry = entry_of(passage, names)
    lines = tuple(islice(lines_between(passage.before, passage.after, names), SHOWN + 1))
    return EntryDetail(
        row.revision,
        row.at,
        entry.by,
        entry.what,
        row.because,
        entry.subject_href,
        lines[:SHOWN],
        len(lines) > SHOWN or passage.more > 0,
        row.hash,
        row.previous,
    )


def _verified(guard: Guard) -> Checked:
    try:
        found = guard.organization.verify()
    except HistoryError as error:
        return Checked(False, broken_at=error.revision, problem=sentence(error.problem))
    return Checked(True, found.rows, found.head_revision, found.head_hash)

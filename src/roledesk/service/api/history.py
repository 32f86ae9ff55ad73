"""What was changed and what happened: the history, whether it is whole, and the activity log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Path, Query

from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.reach import NOWHERE
from roledesk.core.terms import Resource
from roledesk.core.wire import change_from_json, change_to_json
from roledesk.engine import Guard
from roledesk.errors import HistoryError, NotFoundError
from roledesk.service.api.kit import Asker, Limit, Name, api_routes
from roledesk.store import activity, history
from roledesk.store.history import HistoryRow
from roledesk.web.visible import edits_readable, may_read_about, within

routes = api_routes()

NEWEST = 2**62
RevisionNumber = Annotated[int, Query(ge=1, le=NEWEST)]


@dataclass(frozen=True, slots=True)
class EntryOut:
    """One change: who, when, why, what, and what was before."""

    revision: int
    at: float
    by: str
    because: str
    change: Mapping[str, Any]
    before: Mapping[str, Any]
    hash: str
    previous: str


@dataclass(frozen=True, slots=True)
class HistoryOut:
    """Changes, newest first; `before` asks for older ones."""

    entries: list[EntryOut]
    before: int | None


@dataclass(frozen=True, slots=True)
class VerifiedOut:
    """Whether the history fits together; if not, the first revision that is wrong, and how."""

    whole: bool
    rows: int
    head_revision: int | None
    head_hash: str | None
    broken_at: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class EventOut:
    """Something that happened beside the changes."""

    id: int
    at: float
    by: str
    event: str
    about: str
    detail: Mapping[str, Any]


@routes.guarded("GET", "/history", "history.read")
def list_history(
    asker: Asker,
    before: RevisionNumber | None = None,
    about: Name | None = None,
    by: Name | None = None,
    limit: Limit = 50,
) -> HistoryOut:
    """The changes that the asker may read, newest first; none about whom he may not."""
    organization = asker.organization
    if about is not None and not _is_readable(asker, about):
        return HistoryOut([], None)
    with organization.database.reading() as connection:
        rows = history.page(
            connection,
            organization.id,
            limit=limit,
            before_revision=before,
            within=within(asker, "history.read"),
            about=about,
            by=by,
        )
    return HistoryOut(
        [_readable(asker, row) for row in rows], rows[-1].revision if len(rows) == limit else None
    )


@routes.guarded("GET", "/history/verify", "history.read")
def verify_history(
    asker: Asker, head_revision: RevisionNumber | None = None, head_hash: Name | None = None
) -> VerifiedOut:
    """Whether the whole history is as it was written, given the last head known."""
    asker.require("history.read")
    known = None if head_revision is None or head_hash is None else (head_revision, head_hash)
    try:
        found = asker.organization.verify(known)
    except HistoryError as error:
        return VerifiedOut(False, 0, None, None, error.revision, error.problem)
    return VerifiedOut(True, found.rows, found.head_revision, found.head_hash, None, None)


@routes.guarded("GET", "/history/{revision}", "history.read")
def get_change(asker: Asker, revision: Annotated[int, Path(ge=1, le=NEWEST)]) -> EntryOut:
    """One change."""
    organization = asker.organization
    with organization.database.reading() as connection:
        rows = history.page(
            connection,
            organization.id,
            limit=1,
            before_revision=revision + 1,
            within=within(asker, "history.read"),
        )
    if not rows or rows[0].revision != revision:
        raise NotFoundError("revision", str(revision))
    return _readable(asker, rows[0])


@routes.guarded("GET", "/activity", "activity.read")
def list_activity(
    asker: Asker,
    event: Name | None = None,
    about: Name | None = None,
    by: Name | None = None,
    until: float | None = None,
    limit: Limit = 50,
) -> list[EventOut]:
    """What happened and the asker may read, newest first."""
    organization = asker.organization
    extent = asker.reach("activity.read").by_state.get(None, NOWHERE)
    with organization.database.reading() as connection:
        found = activity.page(
            connection,
            organization.id,
            limit=limit,
            event=event,
            about=about,
            by=by,
            until=until,
            teams=None if extent.everything else extent.teams,
        )
    return [EventOut(each.id, each.at, each.by, each.event, each.about, each.detail) for each in found]


def _is_readable(asker: Guard, about: str) -> bool:
    """Whether `asker` may know that a change is about `agent:…`, `role:…` or `team:…`."""
    kind, _, id = about.partition(":")
    match kind:
        case "agent":
            return may_read_about(asker, id)
        case "team":
            return asker.allows("history.read", Resource("history", team=id))
    return asker.allows("history.read")


def _readable(asker: Guard, row: HistoryRow) -> EntryOut:
    """A history row without the edits that the asker may not read."""
    entry = entry_out(row)
    if asker.allows("history.read"):
        return entry
    shows = edits_readable(asker)
    shown = Change(tuple(filter(shows, change_from_json(row.change).edits)))
    touched = {edit.agent for edit in shown.edits if isinstance(edit, PutAgent | SetAssignments)}
    agents = {id: each for id, each in dict(entry.before["agents"]).items() if id in touched}
    return replace(entry, change=change_to_json(shown), before={"roles": {}, "teams": {}, "agents": agents})


def entry_out(row: HistoryRow) -> EntryOut:
    """A history row as the API gives it."""
    return EntryOut(row.revision, row.at, row.by, row.because, row.change, row.before, row.hash, row.previous)

"""The activity log: sign-ins, links, tokens, resets, settings and deletions, with who and when.

Not here: changes of access (history.py), what is recorded (engine/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from roledesk.console.entries import Older
from roledesk.console.history import DAY_S, UNKNOWN, Kind, find_who
from roledesk.console.names import Names, names_of
from roledesk.console.paging import picked, suffix_of
from roledesk.console.wording import sentence
from roledesk.core.reach import NOWHERE
from roledesk.engine.guard import Guard
from roledesk.errors import InputError
from roledesk.store import activity
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()

PAGE = 50
FILTERS = ("who", "kind", "since", "until")
EVENTS: Mapping[str, str] = {
    "signed_in": "signed in",
    "sign_ins.ended": "ended sign-ins",
    "password.set": "set a new password",
    "password.link_made": "made a password link",
    "invitation.link_made": "made an invitation link",
    "agent.renamed": "changed name or address",
    "access.requested": "asked for access",
    "access.granted": "granted an access request",
    "access.turned_down": "turned down an access request",
    "preview.opened": "looked at the desk as",
    "customers.imported": "imported customers from a file",
    "customers.exported": "downloaded customers",
    "agents.imported": "imported agents from a file",
    "webhook.made": "made a webhook",
    "webhook.changed": "changed a webhook",
    "webhook.deleted": "deleted a webhook",
    "report.exported": "downloaded a report",
    "conversation.exported": "downloaded a transcript",
    "agent.limit_set": "set a number of open chats",
    "settings.changed": "changed settings",
    "customer.deleted": "deleted a customer",
    "token.made": "made a token",
    "token.revoked": "revoked a token",
}
"""What each event is called after the name of whoever did it."""


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One event; `by_id` when who did it has a page."""

    at: float
    by: str
    by_id: str | None
    what: str
    about: str


@routes.guarded("GET", "/activity", "activity.read")
def show_activity(request: Request) -> HTMLResponse:
    """The events, newest first, as far as the asker may read them."""
    asker, query = get_asker(request), read_query(request)
    errors: dict[str, str] = {}
    with asker.organization.database.reading() as connection:
        found = _found(connection, asker, query, errors)
        rows = _rows(connection, asker, found[:PAGE])
    kept = picked(query, FILTERS)
    last = found[PAGE - 1] if len(found) > PAGE else None
    older = None if last is None else "/activity" + suffix_of({**kept, "after": f"{last.at!r},{last.id}"})
    context = {
        "rows": rows,
        "form": query,
        "errors": errors,
        "kinds": [Kind(event, said[0].upper() + said[1:]) for event, said in EVENTS.items()],
        "pager": Older(older, "/activity" + suffix_of(kept) if query["after"] else None),
    }
    return page_of(request).render(request, "activity.html", context)


def _found(
    connection: Connection, guard: Guard, query: Form, errors: dict[str, str]
) -> tuple[activity.Entry, ...]:
    """The entries asked for, one more than a page shows; none when the filter is not understood."""
    by = find_who(connection, guard, query["who"])
    if query["who"] and by is None:
        errors["who"] = UNKNOWN
    days: list[float | None] = []
    for name in ("since", "until"):
        try:
            days.append(query.day(name))
        except InputError as error:
            errors[name] = sentence(error.problem)
    if errors:
        return ()
    since, until = days
    extent = guard.reach("activity.read").by_state.get(None, NOWHERE)
    return activity.page(
        connection,
        guard.organization.id,
        limit=PAGE + 1,
        after=_cursor(query["after"]),
        by=by,
        event=query["kind"] or None,
        since=since,
        until=None if until is None else until + DAY_S,
        teams=None if extent.everything else extent.teams,
    )


def _cursor(text: str) -> activity.Cursor | None:
    at, _, id = text.partition(",")
    try:
        return (float(at), int(id)) if id.isascii() and len(text) < 64 else None
    except ValueError:
        return None


def _rows(
    connection: Connection, guard: Guard, entries: tuple[activity.Entry, ...]
) -> tuple[ActivityRow, ...]:
    policy = guard.organization.policy
    mentioned = {id for entry in entries for id in (entry.by, entry.about.partition(":")[2])}
    names = names_of(connection, policy, mentioned)
    return tuple(_row(entry, names) for entry in entries)


def _row(entry: activity.Entry, names: Names) -> ActivityRow:
    kind, _, id = entry.about.partition(":")
    called = names.agent(id) if kind == "agent" else str(entry.detail.get("name", id))
    return ActivityRow(
        entry.at,
        names.agent(entry.by),
        entry.by if entry.by in names.policy.agents else None,
        EVENTS.get(entry.event, entry.event.replace(".", " ").replace("_", " ")),
        "" if entry.about == f"agent:{entry.by}" else called,
    )

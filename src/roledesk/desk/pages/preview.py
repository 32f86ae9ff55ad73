"""View as: the desk as an agent or the holder of a role would see it, to be looked at only.

Its pages are the desk's own, asked with a guard that says yes where both may; their links
stay below this address, their forms do nothing, and no script runs. There is no door here
that writes but the one that begins it, which the activity log keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from roledesk import (
    Guard,
    InputError,
    NotFoundError,
    Resource,
    as_agent,
    as_role,
    holds_activity,
    record_activity,
)
from roledesk.desk.pages import customers, inbox, queue
from roledesk.desk.pages.choices import TeamChoice
from roledesk.desk.pages.filters import agents_within
from roledesk.desk.pages.kit import Sent, names_of, team_name
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes("/view-as")
OPEN = "preview.open"
OPENED = "preview.opened"
LASTS_S = 12 * 3600
"""How long one looks before he begins again: each beginning stands in the activity log."""
LISTS: Mapping[str, Callable[[Request], HTMLResponse]] = {
    "inbox": inbox.show_inbox,
    "closed": inbox.show_closed,
    "supervise": inbox.show_supervise,
    "queue": queue.show_queue,
    "customers": customers.show_customers,
}
THINGS: Mapping[str, Callable[[Request, str], HTMLResponse]] = {
    "inbox": inbox.show_chat,
    "closed": inbox.show_closed_chat,
    "supervise": inbox.show_supervised,
    "customers": customers.show_customer,
}
_LINK = re.compile(r' (?:href|action|formaction)="(/[^"]*)"')
_SCRIPT = re.compile(r"<script\b.*?</script>|\s(?:hx|data)-[a-z-]+=(?:\"[^\"]*\"|'[^']*')", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands above a preview: as whom one looks, and the way out."""

    name: str
    leave: str


@routes.guarded("GET", "", OPEN)
def show_choice(request: Request) -> HTMLResponse:
    """As whom to look."""
    return _choice(request, Form(), {})


@routes.guarded("POST", "", OPEN)
def begin(request: Request, form: Sent) -> Response:
    """Begin to look as an agent, or as the holder of a role."""
    asker = get_asker(request)
    kind, seen = ("agent", form["agent"]) if form["agent"] else ("role", form["role"])
    try:
        _guard(asker, kind, seen, form["team"])
    except (InputError, NotFoundError):
        return _choice(request, form, {"agent": "Choose an agent, or a role and a team."})
    organization = asker.organization
    with organization.locked() as connection:
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=asker.subject.id,
            event=OPENED,
            about=_about(kind, seen, form["team"]),
            teams=organization.policy.agents[seen].teams if kind == "agent" else [form["team"]],
        )
    return page_of(request).redirect(f"/view-as/{_name(kind, seen, form['team'])}/inbox")


@routes.guarded("GET", "/{seen}/{part}", OPEN)
def show_list(request: Request, seen: str, part: str) -> Response:
    """A page of the desk as another would see it."""
    if part not in LISTS:
        raise NotFoundError("page", part)
    return _shown(request, seen, part, lambda: LISTS[part](request))


@routes.guarded("GET", "/{seen}/{part}/{id}", OPEN)
def show_thing(request: Request, seen: str, part: str, id: str) -> Response:
    """A conversation or customer as another would see it."""
    if part not in THINGS:
        raise NotFoundError("page", part)
    return _shown(request, seen, part, lambda: THINGS[part](request, id))


def _shown(request: Request, seen: str, part: str, show: Callable[[], HTMLResponse]) -> Response:
    kind, id, team = _parsed(seen)
    asker = get_asker(request)
    guard, name = _guard(asker, kind, id, team)
    if not _has_begun(asker, _about(kind, id, team)):
        return RedirectResponse("/view-as", 303)
    request.state.asker = guard
    request.state.preview = Bar(name, "/view-as")
    if not guard.may(DOORS.get(part, "conversation.view")):
        raise NotFoundError("page", part)
    page = show()
    text = harmless(bytes(page.body).decode(), f"/view-as/{seen}")
    return HTMLResponse(text, page.status_code)


def _has_begun(asker: Guard, about: str) -> bool:
    organization = asker.organization
    since = organization.clock() - LASTS_S
    with organization.database.reading() as connection:
        return holds_activity(
            connection, organization.id, by=asker.subject.id, event=OPENED, about=about, since=since
        )


def _about(kind: str, seen: str, team: str) -> str:
    return f"agent:{seen}" if kind == "agent" else f"role:{seen}:{team}"


DOORS = {"supervise": "supervision.open", "customers": "customer.read", "queue": "conversation.accept"}
"""What the page needs where it is not viewing conversations."""


def harmless(page: str, base: str) -> str:
    """A page whose links stay below `base`, whose forms do nothing, and on which no script runs."""

    def held(found: re.Match[str]) -> str:
        address = found[1]
        if address.startswith(("/static/", "/view-as")):
            return found[0]
        part = address.lstrip("/").partition("/")[0].partition("?")[0]
        return f' href="{base}{address}"' if part in LISTS and " href" in found[0] else ""

    return _LINK.sub(held, _SCRIPT.sub("", page)).replace("<form", "<form inert")


def _guard(asker: Guard, kind: str, seen: str, team: str) -> tuple[Guard, str]:
    """The guard of whom one looks as, and what he is called. Raises NotFoundError."""
    policy = asker.organization.policy
    if kind == "agent" and seen in policy.agents:
        standing = policy.agents[seen]
        if asker.allows(OPEN, Resource("preview", seen, owner=seen, teams=standing.teams)):
            return as_agent(asker, seen), names_of(asker.organization, [seen])[seen]
    known = kind == "role" and seen in policy.roles and team in policy.teams
    if known and asker.allows(OPEN, Resource("preview", seen, team=team)):
        name = f"{policy.roles[seen].name} of {team_name(asker.organization, team)}"
        return as_role(asker, seen, frozenset({team})), name
    raise NotFoundError("preview", seen)


def _name(kind: str, seen: str, team: str) -> str:
    return f"agent~{seen}" if kind == "agent" else f"role~{seen}~{team}"


def _parsed(name: str) -> tuple[str, str, str]:
    kind, _, rest = name.partition("~")
    seen, _, team = rest.rpartition("~") if kind == "role" else (rest, "", "")
    return kind, seen, team


def _choice(request: Request, form: Form, errors: Mapping[str, str]) -> HTMLResponse:
    asker = get_asker(request)
    policy = asker.organization.policy
    roles = sorted(policy.roles.values(), key=lambda role: role.name.casefold())
    context: Mapping[str, object] = {
        "agents": [each for each in agents_within(asker, OPEN) if each.id != asker.subject.id],
        "roles": [TeamChoice(role.id, role.name) for role in roles],
        "teams": _teams(asker),
        "form": form,
        "errors": errors,
    }
    return page_of(request).render(request, "view_as.html", context, refused=bool(errors))


def _teams(asker: Guard) -> Sequence[TeamChoice]:
    teams = sorted(asker.organization.policy.teams.values(), key=lambda team: team.name.casefold())
    return [TeamChoice(t.id, t.name) for t in teams if asker.allows(OPEN, Resource("preview", team=t.id))]

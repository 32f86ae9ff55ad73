"""Who is there: one's own switch, and the live list of agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, agent_resource
from roledesk.desk import presence
from roledesk.desk.pages.kit import Sent, done, names_of, sentence, team_name, visitor_of
from roledesk.desk.pages.moments import since
from roledesk.desk.presence import AgentPresence, LiveStatus
from roledesk.desk.store import settings
from roledesk.desk.store.presence import PresenceStatus
from roledesk.web.forms import Form, form_of, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
ORDER = (LiveStatus.ONLINE, LiveStatus.BUSY, LiveStatus.OFFLINE, LiveStatus.DISABLED)
MINE = "everybody says for himself whether he is there"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """An agent in the live list."""

    name: str
    teams: str
    status: str
    since: str
    since_at: float | None
    open: int
    limit_href: str = ""


@routes.shared("POST", "/presence", because=MINE)
def take_presence(request: Request, form: Sent) -> Response:
    """Say whether one takes chats."""
    if form["status"] not in set(PresenceStatus):
        raise InputError("status", "choose online, busy or offline")
    presence.set_presence(get_asker(request), PresenceStatus(form["status"]))
    return done(request, "/")


@routes.shared("POST", "/presence/here", because=MINE)
def take_here(request: Request) -> Response:
    """Still there."""
    presence.touch(get_asker(request))
    return Response(status_code=204)


@routes.guarded("GET", "/agent-status", "agent.read_status")
def show_statuses(request: Request) -> HTMLResponse:
    """Every agent within reach: who is online, busy, offline or disabled."""
    guard, query = visitor_of(request), read_query(request)
    everybody = _rows(guard)
    counts = {status: sum(row.status == status for row in everybody) for status in ORDER}
    wanted = query["status"] if query["status"] in set(LiveStatus) else ""
    rows = [row for row in everybody if not wanted or row.status == wanted]
    context = {"rows": rows, "counts": counts, "status": wanted, "total": len(everybody)}
    return page_of(request).render(request, "agent_statuses.html", context)


@routes.guarded("GET", "/agent-status/{agent}/limit", "agent.edit")
def show_limit(request: Request, agent: str) -> HTMLResponse:
    """How many chats an agent may have open at once."""
    return _limit_page(request, agent, {})


@routes.guarded("POST", "/agent-status/{agent}/limit", "agent.edit")
def take_limit(request: Request, agent: str, form: Sent) -> Response:
    """Keep how many chats an agent may have open at once."""
    wanted = form["max_open"]
    try:
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 4):
            raise InputError("max_open", "write a number")
        presence.set_max_open(get_asker(request), agent, int(wanted))
    except InputError as error:
        return _limit_page(request, agent, {error.where: sentence(error.problem)}, form)
    return done(request, "/agent-status", "Saved")


def _limit_page(
    request: Request, agent: str, errors: Mapping[str, str], form: Form | None = None
) -> HTMLResponse:
    guard = visitor_of(request)
    own = presence.max_open(guard, agent)
    with guard.organization.database.reading() as connection:
        general = settings.find(connection, guard.organization.id).max_open
    guard.require("agent.edit", agent_resource(guard.organization.policy, agent))
    context = {
        "name": names_of(guard.organization, [agent])[agent],
        "action": f"/agent-status/{agent}/limit",
        "form": form or form_of({"max_open": str(general if own is None else own)}),
        "general": general,
        "errors": errors,
    }
    return page_of(request).render(request, "agent_limit.html", context, refused=bool(errors))


def _rows(guard: Guard) -> list[StatusRow]:
    told, now = presence.agent_statuses(guard), guard.organization.clock()
    names = names_of(guard.organization, (each.agent for each in told))
    rows = [_row(guard, each, names[each.agent], now) for each in told]
    return sorted(rows, key=lambda row: (ORDER.index(LiveStatus(row.status)), row.name.casefold()))


def _row(guard: Guard, told: AgentPresence, name: str, now: float) -> StatusRow:
    teams = guard.organization.policy.agents[told.agent].teams
    known = ", ".join(sorted(team_name(guard.organization, team) for team in teams))
    said = "" if told.since is None else since(told.since, now)
    may = guard.allows("agent.edit", agent_resource(guard.organization.policy, told.agent))
    limit = f"/agent-status/{told.agent}/limit" if may else ""
    return StatusRow(name, known, told.status.value, said, told.since, told.open, limit)

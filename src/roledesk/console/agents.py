"""The Agents pages for reading: the list, and one agent with what he can do and why.

Not here: changing anything (agent_forms.py, agent_roles.py).
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk.console.agent_detail import read_detail, require_agent
from roledesk.console.agent_rows import agent_pane
from roledesk.console.entries import entries_about
from roledesk.engine.guard import Guard
from roledesk.errors import NotFoundError
from roledesk.web.forms import read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes
from roledesk.web.visible import may_read_about

routes = Routes()


@routes.guarded("GET", "/agents", "agent.read")
def show_agents(request: Request) -> HTMLResponse:
    """The list alone."""
    context = {"agent": None, **agent_pane(get_asker(request), read_query(request))}
    return page_of(request).render(request, "agents.html", context)


@routes.guarded("GET", "/agents/{agent}", "agent.read")
def show_agent(request: Request, agent: str) -> HTMLResponse:
    """One agent: roles, and every permission with its reasons."""
    asker = get_asker(request)
    require_agent(asker, agent)
    detail = read_detail(asker, agent)
    context = {"tab": "access", "areas": detail.areas, **_frame(request, asker, agent)}
    return page_of(request).render(request, "agents.html", {**context, "agent": detail})


@routes.guarded("GET", "/agents/{agent}/history", "agent.read")
def show_agent_history(request: Request, agent: str) -> HTMLResponse:
    """The changes that concerned one agent."""
    asker = get_asker(request)
    require_agent(asker, agent)
    if not may_read_about(asker, agent):
        raise NotFoundError("history", agent)
    entries, pager = entries_about(asker, f"agent:{agent}", f"/agents/{agent}/history", read_query(request))
    context = {"tab": "history", "entries": entries, "pager_history": pager, **_frame(request, asker, agent)}
    return page_of(request).render(request, "agents.html", {**context, "agent": read_detail(asker, agent)})


def _frame(request: Request, asker: Guard, agent: str) -> dict[str, object]:
    shown = {"may_read_history": may_read_about(asker, agent)}
    return {**agent_pane(asker, read_query(request)), **shown}

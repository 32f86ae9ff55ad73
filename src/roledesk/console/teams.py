"""The Teams pages for reading: the list, and one team with its agents and what belongs to it.

Not here: making, renaming and deleting one (team_forms.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk.console.agent_rows import PAGE, agents_in, row_of
from roledesk.console.paging import make_pager, page_number
from roledesk.console.team_rows import detail_of, get_team, may_enter, team_pane
from roledesk.engine.guard import Guard
from roledesk.web.forms import read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
WHO = "whoever may read, make, rename or delete any team; asked by the handler"


@routes.shared("GET", "/teams", because=WHO)
def show_teams(request: Request) -> HTMLResponse:
    """The list alone."""
    asker = get_asker(request)
    if not may_enter(asker):
        asker.require("team.read")
    return page_of(request).render(
        request, "teams.html", {"team": None, **team_pane(asker, read_query(request))}
    )


@routes.shared("GET", "/teams/{team}", because=WHO)
def show_team(request: Request, team: str) -> HTMLResponse:
    """One team and its agents, as far as the asker may see them."""
    asker, query = get_asker(request), read_query(request)
    detail = detail_of(asker, get_team(asker, team))
    context = {"team": detail, **team_pane(asker, query), **_members(asker, team, page_number(query))}
    return page_of(request).render(request, "teams.html", context)


def _members(asker: Guard, team: str, page: int) -> Mapping[str, object]:
    if not asker.may("agent.read"):
        return {"members": None, "pager": None}
    found = agents_in(asker, team, page)
    total = sum(found.counts.values())
    policy = asker.organization.policy
    return {
        "members": [row_of(policy, person) for person in found.people],
        "pager": make_pager(f"/teams/{team}", {}, page=page, size=PAGE, total=total),
    }

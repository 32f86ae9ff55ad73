"""Adding an agent, editing who he is, letting him go and back, and the links by which he signs in.

Each form comes back with all that was typed when it is refused.
Not here: his roles (agent_roles.py), what is done (engine/agents.py, engine/links.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.agent_detail import may_reset, may_switch, read_detail, read_person, require_agent
from roledesk.console.agent_rows import agent_pane
from roledesk.console.link_pages import show_link
from roledesk.console.notices import FORM_ERRORS, FormError, expected_next, field_errors, notice_of, reason_of
from roledesk.console.offers import offer_roles
from roledesk.console.overtaking import unless_overtaken
from roledesk.core.terms import Assignment, Resource, Revision, Status, Subject
from roledesk.engine.agents import deactivate, edit, invite, reactivate
from roledesk.engine.guard import Guard
from roledesk.engine.links import make_link
from roledesk.engine.organization import Organization
from roledesk.errors import NotFoundError
from roledesk.store.sign_ins import LinkKind
from roledesk.web.forms import Form, form_of, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

ENDED = "Every sign-in and token of theirs has ended."
GONE = (
    "Every sign-in of theirs ends at once, on every device.",
    "Every token of theirs stops working, for good.",
    "Links that were sent to them are worthless.",
    "Their roles stay written down, and come back if they are reactivated.",
)
BACK = (
    "They can sign in again with the password they had.",
    "They get the roles back that are still in force; what has ended stays ended.",
    "Tokens and links stay ended.",
)

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team to tick."""

    id: str
    name: str
    is_chosen: bool


@routes.guarded("GET", "/agents/new", "agent.create")
def show_new_agent(request: Request) -> HTMLResponse:
    """The form for a new agent."""
    return _new_agent_page(request, Form())


@routes.guarded("POST", "/agents", "agent.create")
def add_agent(request: Request, form: Sent) -> Response:
    """Add an invited agent and show the link for him."""
    asker = get_asker(request)
    try:
        agent, secret = invite(
            asker.organization,
            by=asker,
            name=form["name"],
            email=form["email"],
            teams=form.chosen("team"),
            assignments=tuple(Assignment(role) for role in sorted(form.chosen("role"))),
            because=form["because"],
        )
    except FORM_ERRORS as error:
        return _new_agent_page(request, form, error)
    return show_link(request, agent, secret, LinkKind.INVITATION)


@routes.guarded("GET", "/agents/{agent}/edit", "agent.edit")
def show_edit_agent(request: Request, agent: str) -> HTMLResponse:
    """The form for an agent's name, address and teams."""
    asker = get_asker(request)
    require_agent(asker, agent, "agent.edit")
    return _edit_page(request, agent, None)


@routes.guarded("POST", "/agents/{agent}/edit", "agent.edit")
def edit_agent(request: Request, agent: str, form: Sent) -> Response:
    """Keep an agent's name, address and teams."""
    asker = get_asker(request)
    require_agent(asker, agent, "agent.edit")
    organization = asker.organization
    standing = organization.policy.agents[agent]
    person = replace(read_person(asker, agent), name=form["name"], email=form["email"])
    movable = {team.id for team in _teams(asker, "agent.edit", frozenset())}
    teams = (standing.teams - movable) | form.chosen("team")

    def write(expected: Revision) -> None:
        edit(organization, person, teams, by=asker, because=reason_of(form), expecting=expected)

    try:
        unless_overtaken(asker, f"agent:{agent}", form.expecting(organization.revision), write)
    except FORM_ERRORS as error:
        return _edit_page(request, agent, form, error)
    return page_of(request).redirect(f"/agents/{agent}", Notice("done", "Saved"))


@routes.guarded("POST", "/agents/{agent}/link", "agent.read")
def link_agent(request: Request, agent: str) -> Response:
    """Make a new invitation or password link and show it."""
    asker = get_asker(request)
    require_agent(asker, agent)
    if not may_reset(asker, agent):
        raise NotFoundError("link for", agent)
    made = make_link(asker.organization, agent, by=asker)
    return show_link(request, agent, made.secret, made.kind)


@routes.guarded("GET", "/agents/{agent}/deactivate", "agent.deactivate")
def show_deactivate_agent(request: Request, agent: str) -> HTMLResponse:
    """What deactivating the agent will do."""
    return _status_page(request, agent, Form())


@routes.guarded("GET", "/agents/{agent}/reactivate", "agent.reactivate")
def show_reactivate_agent(request: Request, agent: str) -> HTMLResponse:
    """What reactivating the agent will do."""
    return _status_page(request, agent, Form())


@routes.guarded("POST", "/agents/{agent}/deactivate", "agent.deactivate")
def deactivate_agent(request: Request, agent: str, form: Sent) -> Response:
    """End the agent's access everywhere."""
    return _switch(request, agent, form, deactivate, Notice("done", "Deactivated", (ENDED,)))


@routes.guarded("POST", "/agents/{agent}/reactivate", "agent.reactivate")
def reactivate_agent(request: Request, agent: str, form: Sent) -> Response:
    """Give the agent the roles back that are still in force."""
    return _switch(request, agent, form, reactivate, Notice("done", "Active again"))


class Switch(Protocol):
    """Deactivating or reactivating, as the engine does it."""

    def __call__(
        self,
        organization: Organization,
        agent: str,
        /,
        *,
        by: Subject,
        because: str,
        expecting: Revision | None,
    ) -> Revision:
        """Do it. Raises ChangeRefusedError, ConflictError."""


def _switch(request: Request, agent: str, form: Form, switch: Switch, done: Notice) -> Response:
    asker = get_asker(request)
    _require_switch(asker, agent)
    organization = asker.organization

    def write(expected: Revision) -> Revision:
        return switch(organization, agent, by=asker.subject, because=reason_of(form), expecting=expected)

    try:
        unless_overtaken(asker, f"agent:{agent}", form.expecting(organization.revision), write)
    except FORM_ERRORS as error:
        return _status_page(request, agent, form, error)
    return page_of(request).redirect(f"/agents/{agent}", done)


def _require_switch(asker: Guard, agent: str) -> None:
    """Let pass who may deactivate or reactivate the agent as he stands. Raises DeniedError, NotFoundError."""
    require_agent(asker, agent)
    if not may_switch(asker, agent):
        raise NotFoundError("agent to switch", agent)


def _status_page(request: Request, agent: str, form: Form, error: FormError | None = None) -> HTMLResponse:
    asker = get_asker(request)
    _require_switch(asker, agent)
    detail = read_detail(asker, agent)
    effects = BACK if detail.status == Status.DEACTIVATED else GONE
    context = {**_filled(asker, form, error), "agent": detail, "effects": effects}
    return _render(request, "agent_status.html", context, error)


def _new_agent_page(request: Request, form: Form, error: FormError | None = None) -> HTMLResponse:
    asker = get_asker(request)
    teams = form.chosen("team")
    context = {
        **_filled(asker, form, error),
        "teams": _teams(asker, "agent.create", teams),
        "roles": offer_roles(asker, teams, chosen=form.chosen("role")),
    }
    return _render(request, "agent_new.html", context, error)


def _edit_page(
    request: Request, agent: str, form: Form | None, error: FormError | None = None
) -> HTMLResponse:
    asker = get_asker(request)
    detail = read_detail(asker, agent)
    shown = form or form_of({"name": detail.name, "email": detail.email})
    chosen = asker.organization.policy.agents[agent].teams if form is None else form.chosen("team")
    context = {**_filled(asker, shown, error), "agent": detail, "teams": _teams(asker, "agent.edit", chosen)}
    return _render(request, "agent_edit.html", context, error)


def _filled(asker: Guard, form: Form, error: FormError | None) -> Mapping[str, object]:
    """What every form of an agent shows again."""
    organization = asker.organization
    errors = {} if error is None else field_errors(organization, error)
    return {"form": form, "errors": errors, "expecting": expected_next(organization, form, error)}


def _render(
    request: Request, template: str, context: Mapping[str, object], error: FormError | None
) -> HTMLResponse:
    asker = get_asker(request)
    notice = None if error is None else notice_of(asker.organization, error)
    whole = {**agent_pane(asker, read_query(request)), **context}
    return page_of(request).render(request, template, whole, notice=notice, refused=error is not None)


def _teams(asker: Guard, action: str, chosen: frozenset[str]) -> tuple[TeamChoice, ...]:
    """The teams that the asker may put agents into, and take them out of."""
    teams = asker.organization.policy.teams.values()
    offered = (team for team in teams if asker.allows(action, Resource("agent", team=team.id)))
    by_name = sorted(offered, key=lambda team: team.name.casefold())
    return tuple(TeamChoice(team.id, team.name, team.id in chosen) for team in by_name)

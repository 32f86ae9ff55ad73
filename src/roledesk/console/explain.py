"""Explain: may this agent do that, here, and why; the same answer every page and program gets.

Nobody is told more about an agent or a resource than he may ask about: whom or what he may
not see is answered as if it were not there.
Not here: the decision in words (decisions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.requests import Request

from roledesk.console.decisions import tell
from roledesk.console.names import Suggestion, find_agent, suggest_agents
from roledesk.core.catalogue import Kind
from roledesk.core.decide import Decision
from roledesk.core.policy import Policy
from roledesk.core.refusals import agent_resource, role_resource
from roledesk.core.terms import Resource, Team
from roledesk.engine.guard import Guard
from roledesk.store import resources
from roledesk.store.people import folded
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.phrases import listed
from roledesk.web.routes import Routes
from roledesk.web.visible import about_agent

NO_AGENT = "There is no agent of that name, address or id, or none you may ask about."
NO_ACTION = "There is no such action. Choose one from the list."
NO_TEAM = "There is no such team."
FACTS = ("id", "owner", "team", "state")

routes = Routes()


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """An action to ask about: its name, and the title of what opens it."""

    id: str
    name: str


@dataclass(slots=True)
class Question:
    """What was asked, as far as it can be understood; `errors` says what cannot, by field."""

    agent: str = ""
    action: str = ""
    resource: Resource | None = None
    errors: dict[str, str] = field(default_factory=dict)


@routes.guarded("GET", "/explain", "explain.ask")
def explain(request: Request) -> Response:
    """The form; with a question in its address, the answer too."""
    guard, query = get_asker(request), read_query(request)
    context = {**choices(guard), "form": query, "errors": {}, "decision": None}
    if not query["agent"] and not query["action"]:
        return page_of(request).render(request, "explain.html", context)
    with guard.organization.database.reading() as connection:
        question = read_question(connection, guard, query)
    if question.errors:
        shown = {**context, "errors": question.errors}
        return page_of(request).render(request, "explain.html", shown, refused=True)
    answered = {**context, "decision": tell(guard, answer(guard, question))}
    return page_of(request).render(request, "explain.html", answered)


def answer(guard: Guard, question: Question) -> Decision:
    """The decision."""
    organization = guard.organization
    return organization.decide(organization.subject(question.agent), question.action, question.resource)


def choices(guard: Guard) -> Mapping[str, object]:
    """What the fields suggest."""
    policy = guard.organization.policy
    catalogue = policy.catalogue
    return {
        "agents": suggest_agents(guard),
        "actions": action_choices(policy),
        "teams": [Suggestion(team.id, team.name) for team in _by_name(policy)],
        "states": tuple(dict.fromkeys(state for kind in catalogue.kinds.values() for state in kind.states)),
    }


def action_choices(policy: Policy) -> tuple[ActionChoice, ...]:
    """Every action, with what people call it."""
    catalogue = policy.catalogue
    return tuple(
        ActionChoice(name, catalogue.title_of(name) if catalogue.openers(name) else "for owners alone")
        for name in catalogue.actions
    )


def read_question(connection: Connection, guard: Guard, query: Form) -> Question:
    """The question in the address."""
    question = Question()
    policy = guard.organization.policy
    agent = find_agent(connection, guard, query["agent"])
    if agent is None or not may_ask_about(guard, agent):
        question.errors["agent"] = NO_AGENT
    else:
        question.agent = agent
    action = find_action(policy, query["action"])
    if action is None:
        question.errors["action"] = NO_ACTION
        return question
    question.action = action
    if any(query[name] for name in FACTS):
        kind = policy.catalogue.kinds[policy.catalogue.actions[action].kind]
        question.resource = read_resource(connection, guard, query, kind, question.errors)
    return question


def may_ask_about(guard: Guard, agent: str) -> bool:
    """Whether `guard` may have this agent's decisions explained."""
    return guard.allows("explain.ask", about_agent(guard.organization.policy, "explain.ask", agent))


def find_action(policy: Policy, text: str) -> str | None:
    """The action of this name, or the first one opened by the permission of this title."""
    if text in policy.catalogue.actions:
        return text
    wanted = folded(text)
    titled = (each for each in policy.catalogue.permissions.values() if folded(each.title) == wanted)
    found = next(titled, None)
    return found.opens[0].action if found else None


def read_resource(
    connection: Connection, guard: Guard, query: Form, kind: Kind, errors: dict[str, str]
) -> Resource:
    """What is asked about: the facts in the question, or what is known of its id."""
    if query["id"] and not any(query[name] for name in FACTS[1:]):
        return find_known(connection, guard, kind, query["id"]) or Resource(kind.name, query["id"])
    owner = find_agent(connection, guard, query["owner"]) if query["owner"] else None
    if query["owner"] and owner is None:
        errors["owner"] = NO_AGENT
    if query["team"] and query["team"] not in guard.organization.policy.teams:
        errors["team"] = NO_TEAM
    if wrong := wrong_state(kind, query["state"]):
        errors["state"] = wrong
    return Resource(
        kind.name, query["id"], owner=owner, team=query["team"] or None, state=query["state"] or None
    )


def wrong_state(kind: Kind, state: str) -> str:
    """Why something of this kind cannot be in `state`; empty when it can."""
    if not state or state in kind.states:
        return ""
    if not kind.states:
        return f"A {kind.title.lower()} has no state; leave it empty."
    return f"A {kind.title.lower()} is one of {listed(kind.states)}."


def find_known(connection: Connection, guard: Guard, kind: Kind, id: str) -> Resource | None:
    """What is known of an id, where the asker may have it explained; the same None when it is not there."""
    policy = guard.organization.policy
    found = own_resource(policy, kind.name, id) or resources.find(
        connection, policy.organization, kind.name, id
    )
    if found is None:
        return None
    asked = Resource("explain", owner=found.owner, team=found.team, teams=found.teams)
    return found if guard.reach("explain.ask").covers(asked) else None


def own_resource(policy: Policy, kind: str, id: str) -> Resource | None:
    """An agent, team or role of the policy itself."""
    match kind:
        case "agent" if id in policy.agents:
            return agent_resource(policy, id)
        case "team" if id in policy.teams:
            return Resource(kind, id, team=id)
        case "role" if id in policy.roles:
            return role_resource(policy, id)
    return None


def _by_name(policy: Policy) -> list[Team]:
    return sorted(policy.teams.values(), key=lambda team: folded(team.name))

"""What is asked before something is done to a conversation: hand it on, close it, delete a message.

Each is a page of its own, which the script of the desk shows in a dialog.
Not here: doing it (answering.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk import Guard, Organization, Status
from roledesk.desk import reading
from roledesk.desk.assignment import may_answer
from roledesk.desk.facts import resource_of
from roledesk.desk.pages.answering import base_of
from roledesk.desk.pages.kit import Seq, names_of, team_name, visitor_of
from roledesk.desk.reading import Row
from roledesk.desk.store import labels
from roledesk.web.forms import read_query
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
MOST_AGENTS = 200


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers."""

    value: str
    name: str
    hint: str = ""
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with one answer, asked under `name`."""

    name: str
    legend: str
    options: Sequence[Option]


@routes.guarded("GET", "/inbox/close-all", "conversation.close_all")
def ask_close_all(request: Request) -> HTMLResponse:
    """Whether to close every chat of one's own, naming how many."""
    guard = visitor_of(request)
    count = reading.count_mine(guard)
    chats = "your open chat" if count == 1 else f"all {count} of your open chats"
    return _ask(
        request,
        heading=f"Close {chats}?",
        lead=["They are closed without a category.", KEPT],
        action="/inbox/close-all",
        button="Close them",
        back="/inbox",
        is_dangerous=True,
    )


@routes.guarded("GET", "/inbox/{id}/close", "conversation.close")
def ask_close(request: Request, id: str) -> HTMLResponse:
    """Under which category to close a chat."""
    guard = visitor_of(request)
    row = _require(guard, "conversation.close", id)
    categories = _categories(guard.organization, row.conversation.team)
    groups = (
        [Choice("category", "Category", [Option("", "None", is_checked=True), *categories])]
        if categories
        else []
    )
    return _ask(
        request,
        heading=f"Close the chat with {row.customer_name}?",
        lead=[KEPT],
        action=f"/inbox/{id}/close",
        button="Close",
        back=f"{base_of(read_query(request))}/{id}",
        groups=groups,
    )


@routes.guarded("GET", "/inbox/{id}/transfer", "conversation.transfer")
def ask_transfer(request: Request, id: str) -> HTMLResponse:
    """To whom to hand a chat."""
    guard = visitor_of(request)
    row = _require(guard, "conversation.transfer", id)
    groups = [Choice("to", "To a team's queue", tuple(_teams(guard, row)))]
    if agents := tuple(_agents(guard, row)):
        groups.append(Choice("to", "Or to an agent", agents))
    return _ask(
        request,
        heading=f"Transfer the chat with {row.customer_name}",
        lead=["It moves to the receiver's team, and the receiver is told."],
        action=f"/inbox/{id}/transfer",
        button="Transfer",
        back=f"{base_of(read_query(request))}/{id}",
        groups=groups,
    )


@routes.guarded("GET", "/inbox/{id}/messages/{seq}/delete", "message.delete")
def ask_delete_message(request: Request, id: str, seq: Seq) -> HTMLResponse:
    """Whether to delete a message."""
    _require(visitor_of(request), "message.delete", id)
    lead = ["Its text is gone from the chat, from search and from exports. A mark stays in its place."]
    return _ask(
        request,
        heading="Delete this message?",
        lead=lead,
        action=f"/inbox/{id}/messages/{seq}/delete",
        button="Delete message",
        back=f"/inbox/{id}#m{seq}",
        is_dangerous=True,
    )


KEPT = "If the customer writes again, a new chat begins."


def _ask(
    request: Request,
    *,
    heading: str,
    lead: Sequence[str],
    action: str,
    button: str,
    back: str,
    groups: Sequence[Choice] = (),
    is_dangerous: bool = False,
) -> HTMLResponse:
    context = {
        "heading": heading,
        "lead": lead,
        "action": action,
        "button": button,
        "back": back,
        "groups": groups,
        "is_dangerous": is_dangerous,
        "current": "inbox",
        "base": base_of(read_query(request)),
    }
    return page_of(request).render(request, "question.html", context)


def _require(guard: Guard, action: str, id: str) -> Row:
    row = reading.get_conversation(guard, id)
    guard.require(action, resource_of(row.conversation))
    return row


def _categories(organization: Organization, team: str) -> Sequence[Option]:
    with organization.database.reading() as connection:
        found = labels.list_categories(connection, organization.id, team=team)
    return [Option(each.id, each.name) for each in found]


def _teams(guard: Guard, row: Row) -> Iterator[Option]:
    teams = sorted(guard.organization.policy.teams.values(), key=lambda team: team.name.casefold())
    for team in teams:
        here = team.id == row.conversation.team
        yield Option(f"team:{team.id}", team.name, "where it is now" if here else "")


def _agents(guard: Guard, row: Row) -> Iterator[Option]:
    """Colleagues who may answer it in a team of theirs, those of its own team first."""
    policy, conversation = guard.organization.policy, row.conversation
    active = (id for id, standing in policy.agents.items() if standing.status is Status.ACTIVE)
    others = sorted((conversation.team not in policy.agents[id].teams, id) for id in active)
    able = list(
        islice(
            (id for _, id in others if id != conversation.assignee and _may_answer(guard, id)), MOST_AGENTS
        )
    )
    names = names_of(guard.organization, able)
    for id in able:
        teams = ", ".join(sorted(team_name(guard.organization, team) for team in policy.agents[id].teams))
        yield Option(f"agent:{id}", names[id], teams)


def _may_answer(guard: Guard, agent: str) -> bool:
    snapshot = guard.organization.snapshot
    return any(may_answer(snapshot, agent, team) for team in snapshot.policy.agents[agent].teams)

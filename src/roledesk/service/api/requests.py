"""Access requests: asking for a permission, and deciding what somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from roledesk.core.terms import Scope
from roledesk.engine import requests
from roledesk.engine.requests import LASTS_S
from roledesk.store.requests import AccessRequest
from roledesk.web.api import Acting, Asker, api_routes

routes = api_routes()
ANYBODY = "everybody may ask; asking gives nothing"
SCOPES = {"own": Scope.OWN, "team": Scope.TEAM, "all": Scope.ALL}
Id = Annotated[str, Path(max_length=80)]
Text = Annotated[str, Field(max_length=4000)]
Word = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class AskIn:
    """What is asked for, how long, and what for."""

    permission: Word
    scope: Literal["own", "team", "all"]
    because: Text
    lasts: Literal["hour", "day", "week", "month"]
    team: Annotated[str | None, Field(max_length=80)] = None


@dataclass(frozen=True, slots=True)
class AskedOut:
    """A request and where it stands."""

    id: str
    agent: str
    permission: str
    scope: str
    team: str | None
    because: str
    lasts_s: int
    made_at: float
    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class AskedListOut:
    """Requests, the newest first."""

    requests: list[AskedOut]


@dataclass(frozen=True, slots=True)
class DecisionIn:
    """The role by which it is given; without one it is turned down, and `because` says why."""

    role: Annotated[str | None, Field(max_length=80)] = None
    because: Text = ""


@routes.shared("POST", "/access-requests", because=ANYBODY)
def ask_for_access(act: Acting, asked: AskIn) -> AskedOut:
    """Ask for a permission."""

    def do() -> AskedOut:
        made = requests.ask(
            act.asker,
            asked.permission,
            scope=SCOPES[asked.scope],
            team=asked.team,
            because=asked.because,
            lasts_s=LASTS_S[asked.lasts],
        )
        return _out(made)

    return act.once(do, AskedOut)


@routes.shared("GET", "/access-requests/own", because=ANYBODY)
def list_own_access_requests(asker: Asker) -> AskedListOut:
    """What the asker asked for, and what became of it."""
    return AskedListOut([_out(each) for each in requests.own(asker)])


@routes.guarded("GET", "/access-requests", "access_request.decide")
def list_access_requests(asker: Asker) -> AskedListOut:
    """The requests that wait for the asker; never his own."""
    return AskedListOut([_out(each) for each in requests.listed(asker, waiting=True)])


@routes.guarded("POST", "/access-requests/{id}/decision", "access_request.decide")
def decide_access_request(act: Acting, id: Id, decided: DecisionIn) -> AskedOut:
    """Give what was asked, or turn it down."""

    def do() -> AskedOut:
        if decided.role is None:
            return _out(requests.turn_down(act.asker, id, because=decided.because))
        return _out(requests.grant(act.asker, id, decided.role, because=decided.because))

    return act.once(do, AskedOut)


def _out(each: AccessRequest) -> AskedOut:
    return AskedOut(
        each.id,
        each.agent,
        each.permission,
        each.scope.name.lower(),
        each.team,
        each.because,
        each.lasts_s,
        each.made_at,
        each.state.value,
        each.answer,
    )

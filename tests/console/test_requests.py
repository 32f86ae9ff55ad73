"""The pages of access requests: who decides is shown all that a choice would give, who asked comes back to where he was."""

import pytest
from markupsafe import escape
from tests.console.conftest import Console

from roledesk.console.effects import outcome_of
from roledesk.core.changes import PutRole
from roledesk.core.terms import Role, Scope
from roledesk.engine import requests

ASKED = {"permission": "AgentChatAllowTransfer", "scope": "own", "lasts": "day", "because": "Lunch"}


def test_all_that_a_role_would_give_is_shown(console: Console) -> None:
    permissions = console.organization.policy.catalogue.permissions
    never = {"DeveloperSettings", "DecisionService"}
    wide = {key: max(each.scopes, default=Scope.ALL) for key, each in permissions.items() if key not in never}
    console.put(PutRole(Role("wide", "Wide", wide)))
    console.sign_in("ben").post("/requests", data=ASKED)
    maya = console.organization.guard("maya")
    [request] = requests.listed(maya, waiting=True)
    [choice] = [each for each in requests.choices(maya, request) if each.role.id == "wide"]
    [gained] = outcome_of(maya, choice.preview).gains
    assert len(gained.phrases) > 40
    page = console.sign_in("maya").get(f"/requests/{request.id}").text
    assert [phrase for phrase in gained.phrases if f"<li>{escape(phrase)}</li>" not in page] == []


@pytest.mark.parametrize(
    ("back", "leads"),
    [("/inbox/c-1", "/inbox/c-1"), ("", "/profile#requests"), ("//evil.example", "/profile#requests")],
)
def test_whoever_asked_comes_back_to_where_he_was(console: Console, back: str, leads: str) -> None:
    answer = console.sign_in("ben").post("/requests", data={**ASKED, "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, leads)

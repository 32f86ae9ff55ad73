"""A request for access from its form to its end: asked, granted until it ends, turned down, and never by oneself."""

import re
import time

import pytest
from starlette.testclient import TestClient
from tests.console.conftest import Console

from roledesk import Resource
from roledesk.core.changes import PutRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope

ASKED = {
    "permission": "CustomerExport",
    "scope": "all",
    "lasts": "hour",
    "because": "The yearly letter",
}


@pytest.fixture
def desk(console: Console) -> Console:
    """Ada decides about everybody's requests, her own colleague Ben asks."""
    grants = {"AccessRequestDecide": Scope.ALL, "AgentManagementEditAgent": Scope.ALL}
    grants |= {"AdminRolesAndPermissions": Scope.ALL, "CustomerExport": Scope.ALL}
    grants |= {"ConversationView": Scope.ALL, "ChatsAll": Scope.ALL}
    console.put(PutRole(Role("decider", "Decider", grants)))
    console.put(SetAssignments("ada", (Assignment("admin"), Assignment("decider"))))
    return console


def waiting(client: TestClient) -> list[str]:
    return re.findall(r'href="(/requests/request-[^"]*)"', client.get("/requests").text)


def may_export(desk: Console, agent: str) -> bool:
    return desk.organization.guard(agent).allows("customer.export", Resource("customer"))


def test_what_is_asked_for_is_granted_until_it_ends(desk: Console) -> None:
    ben, ada = desk.sign_in("ben"), desk.sign_in("ada")
    assert ben.post("/requests", data=ASKED).status_code == 303
    assert ">waits<" in ben.get("/profile").text
    [path] = waiting(ada)
    page = ada.get(path).text
    assert "Ben Ruiz asks for" in page
    assert "The yearly letter" in page
    [role, *_] = re.findall(r'name="role" value="([^"]*)"', page)
    assert not may_export(desk, "ben")
    before = time.time()
    assert ada.post(f"{path}/grant", data={"role": role, "because": ""}).status_code == 303
    assert may_export(desk, "ben")
    given = desk.organization.policy.agents["ben"].assignments[-1]
    assert given.role == role
    assert given.until is not None
    assert before + 3600 <= given.until <= time.time() + 3600
    assert waiting(ada) == []
    assert ">granted<" in ben.get("/profile").text


def test_what_is_turned_down_says_why_and_gives_nothing(desk: Console) -> None:
    ben, ada = desk.sign_in("ben"), desk.sign_in("ada")
    ben.post("/requests", data=ASKED)
    [path] = waiting(ada)
    before = desk.organization.policy.agents["ben"].assignments
    assert ada.post(f"{path}/turn-down", data={"because": ""}).status_code == 422
    assert waiting(ada) == [path]
    assert ada.post(f"{path}/turn-down", data={"because": "Ask the owner"}).status_code == 303
    assert desk.organization.policy.agents["ben"].assignments == before
    assert "Ask the owner" in ben.get("/profile").text
    assert waiting(ada) == []


def test_nobody_sees_or_decides_his_own(desk: Console) -> None:
    ada, maya = desk.sign_in("ada"), desk.sign_in("maya")
    ada.post("/requests", data={**ASKED, "permission": "CustomerImport"})
    [path] = waiting(maya)
    before = desk.organization.policy.agents["ada"].assignments
    assert waiting(ada) == []
    assert ada.get(path).status_code == 404
    for decision in ("grant", "turn-down"):
        answer = ada.post(f"{path}/{decision}", data={"role": "admin", "because": "x"})
        assert answer.status_code == 404
    assert desk.organization.policy.agents["ada"].assignments == before


def test_without_the_permission_nobody_decides(desk: Console) -> None:
    ben, olga, ada = (desk.sign_in(agent) for agent in ("ben", "olga", "ada"))
    ben.post("/requests", data=ASKED)
    [path] = waiting(ada)
    for door in ("/requests", path):
        assert olga.get(door).status_code in (403, 404)
    assert olga.post(f"{path}/grant", data={"role": "night", "because": "x"}).status_code in (403, 404)
    assert not may_export(desk, "ben")

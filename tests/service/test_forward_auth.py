import pytest
from starlette.testclient import TestClient
from tests.service.conftest import SETTINGS, owner_token
from tests.web.conftest import Desk

from roledesk.engine.sign_ins import open_sign_in
from roledesk.web.cookies import Cookies

VIEW = "action=conversation.view&kind=conversation&id="


def signed_in(desk: Desk, agent: str) -> dict[str, str]:
    secret = open_sign_in(desk.organization, agent, lifetime_s=3600)
    return {"Cookie": f"__Host-roledesk-sign-in={Cookies(SETTINGS).sign('sign-in', [secret])}"}


@pytest.mark.parametrize(
    ("who", "query", "status", "reason"),
    [
        pytest.param("ben", VIEW + "c-1", 200, "granted", id="allowed on a resource"),
        pytest.param("ben", VIEW + "c-2", 403, "out_of_scope", id="refused on another"),
        pytest.param("ben", VIEW + "c-9", 403, "unknown_resource", id="an unknown resource"),
        pytest.param("ben", "action=role.read", 403, "no_grant", id="refused"),
        pytest.param("owner", "action=role.read", 200, "granted", id="allowed"),
        pytest.param("owner", "action=role.fly", 403, "unknown_action", id="an unknown action"),
        pytest.param(
            "owner", "action=role.read&kind=spaceship&id=1", 403, "unknown_resource", id="an unknown kind"
        ),
        pytest.param(
            "owner", "action=role.read&kind=agent&id=ben", 403, "unknown_action", id="of another kind"
        ),
        pytest.param(
            "owner", "action=role.read&kind=role", 403, "unknown_resource", id="a kind without an id"
        ),
        pytest.param("owner", "", 403, "unknown_action", id="no action at all"),
        pytest.param("nobody", "action=role.read", 401, "nobody_signed_in", id="nobody"),
    ],
)
def test_a_proxy_gets_200_401_or_403_and_the_reason(
    desk_client: TestClient, desk: Desk, who: str, query: str, status: int, reason: str
) -> None:
    agent = desk.owner if who == "owner" else who
    headers = {} if who == "nobody" else signed_in(desk, agent)
    response = desk_client.get(f"/forward-auth?{query}", headers=headers)
    assert (response.status_code, response.headers["roledesk-reason"]) == (status, reason)
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert response.content == b""


def test_what_a_visitor_sends_does_not_change_the_question(desk_client: TestClient, desk: Desk) -> None:
    sent = {"X-Original-URI": "/public", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Agent": desk.owner}
    response = desk_client.get("/forward-auth?action=role.read", headers=signed_in(desk, "ben") | sent)
    assert (response.status_code, response.headers["roledesk-agent"]) == (403, "ben")


def test_a_token_is_as_good_as_a_sign_in(desk_client: TestClient, desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {owner_token(desk.organization, desk.owner)}"}
    assert desk_client.get("/forward-auth?action=role.read", headers=headers).status_code == 200
    wrong = {"Authorization": "Bearer wrong"}
    assert desk_client.get("/forward-auth?action=role.read", headers=wrong).status_code == 401

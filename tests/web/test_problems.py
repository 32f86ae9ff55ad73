import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import Desk, sign_in

PAGE = {"Accept": "text/html"}


def test_programs_get_problem_json(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, desk.owner)
    response = client.get("/api/v1/roles/none")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is nothing at this address, or nothing that you may see",
    }


def test_absent_and_hidden_are_answered_alike(client: TestClient, desk: Desk) -> None:
    """Ben's grant to read agents reaches his team; Ann is outside it."""
    lead = {
        "name": "Billing lead",
        "grants": {"AgentManagementEditAgent": "team"},
        "because": "a lead for billing",
    }
    sign_in(client, desk, desk.owner)
    headers = {"If-Match": "*", "Origin": "http://testserver"}
    assert client.put("/api/v1/roles/lead", json=lead, headers=headers).status_code == 200
    given = {"assignments": [{"role": "lead"}], "because": "leads billing"}
    assert client.put("/api/v1/agents/ben/assignments", json=given, headers=headers).status_code == 200
    sign_in(client, desk, "ben")
    assert client.get("/api/v1/agents/ben").status_code == 200
    hidden, absent = client.get(f"/api/v1/agents/{desk.owner}"), client.get("/api/v1/agents/nobody")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.content == absent.content
    same = ("content-type", "content-length", "cache-control")
    assert [hidden.headers[name] for name in same] == [absent.headers[name] for name in same]


def test_a_refusal_tells_what_is_missing_and_which_role_gives_it(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, "ben")
    problem: Any = client.get("/api/v1/history").json()
    assert problem["status"] == 403
    assert problem["help"]["key"] == "HistoryView"
    assert {role["id"] for role in problem["help"]["roles"]} >= {"admin"}


def test_holders_names_go_only_to_those_who_may_read_agents(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, "ben")
    assert client.get("/api/v1/history").json()["help"]["holders"] == []


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        pytest.param("ben", "/nowhere", 404, id="absent"),
        pytest.param("ben", "/roles", 403, id="refused"),
        pytest.param("nobody", "/nowhere", 404, id="absent, and nobody signed in"),
    ],
)
def test_people_get_a_page(client: TestClient, desk: Desk, who: str, path: str, status: int) -> None:
    if who != "nobody":
        sign_in(client, desk, who)
    response = client.get(path, headers=PAGE)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert str(status) in response.text


def test_whoever_must_sign_in_first_comes_back_afterwards(client: TestClient) -> None:
    response = client.get("/roles?q=a b&x=1", headers=PAGE)
    assert (response.status_code, response.headers["location"]) == (
        303,
        "/sign-in?next=/roles%3Fq%3Da%2520b%26x%3D1",
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("PUT", "/api/v1/roles/x", b"{", 422, id="malformed"),
        pytest.param("PUT", "/api/v1/roles/x", b"[]", 422, id="no object"),
        pytest.param(
            "PUT", "/api/v1/roles/x", json.dumps({"name": 5, "grants": {}}).encode(), 422, id="wrong type"
        ),
        pytest.param("POST", "/api/v1/roles", b"{}", 405, id="wrong method"),
    ],
)
def test_a_broken_request_is_a_problem_too(
    client: TestClient, desk: Desk, method: str, path: str, body: bytes, status: int
) -> None:
    sign_in(client, desk, desk.owner)
    headers = {"Content-Type": "application/json", "If-Match": "*", "Origin": "http://testserver"}
    response = client.request(method, path, content=body, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_a_body_that_is_too_long_is_refused(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, desk.owner)
    headers = {"If-Match": "*", "Origin": "http://testserver"}
    assert client.put("/api/v1/roles/x", content=b" " * 2_000_000, headers=headers).status_code == 413


def test_what_is_our_fault_tells_nothing_about_it(client: TestClient, desk: Desk, monkeypatch: Any) -> None:
    sign_in(client, desk, desk.owner)
    quiet = TestClient(client.app, base_url="http://testserver", raise_server_exceptions=False)
    quiet.cookies.update(client.cookies)
    monkeypatch.setattr(type(desk.organization), "revision", property(lambda self: 1 / 0))
    response = quiet.get("/api/v1/roles")
    assert response.status_code == 500
    assert "ZeroDivision" not in response.text

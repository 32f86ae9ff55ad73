import json
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import SECRET, Desk, sign_in

from roledesk.app import create_app
from roledesk.engine import Engine
from roledesk.settings import ServerSettings, load_settings


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/nowhere", "/sign-in"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert "script-src 'self'" in policy
    assert not any("unsafe" in part for part in policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_https_is_demanded_for_ever_where_it_is_served(engine: Engine, client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/healthz").headers
    settings = load_settings(ServerSettings, given={"secret": SECRET, "public_url": "https://desk.example"})
    secure = TestClient(create_app(settings, engine), base_url="https://desk.example")
    assert "strict-transport-security" in secure.get("/healthz").headers


@pytest.mark.parametrize(
    ("given", "kept"), [("req-1.2:3", True), ("", False), ("a b", False), ("x" * 129, False), ("<b>", False)]
)
def test_a_plain_request_id_is_kept_and_any_other_replaced(
    client: TestClient, given: str, kept: bool
) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert (answered == given) is kept
    assert answered


def test_the_log_names_the_door_and_nobody(
    client: TestClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    secret = sign_in(client, desk, "ben")
    with caplog.at_level(logging.INFO, "roledesk.access"):
        client.get("/api/v1/agents/ben?q=ben@example.com", headers={"X-Request-ID": "r-7"})
        client.get("/set-up/one-time-secret")
    lines = [record.__dict__ for record in caplog.records if record.name == "roledesk.access"]
    assert (lines[0]["door"], lines[0]["status"]) == ("/api/v1/agents/{agent_id}", 403)
    assert lines[0]["request_id"] == "r-7"
    text = json.dumps(lines, default=str)
    assert not any(word in text for word in ("ben@example.com", "one-time-secret", secret, "/ben"))


def test_the_numbers_are_shown_to_whoever_has_the_token(client: TestClient, desk: Desk) -> None:
    client.get("/healthz")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    shown = client.get("/metrics", headers={"Authorization": "Bearer numbers-please"})
    assert shown.status_code == 200
    assert 'roledesk_requests_total{door="/healthz",method="GET",status="200"}' in shown.text
    assert 'roledesk_decisions_total{outcome="allowed"}' in shown.text
    assert desk.organization.id not in shown.text


def test_ready_means_that_the_database_answers(client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200


def test_files_are_kept_for_a_year_at_their_own_address_only(client: TestClient) -> None:
    pages: Any = client.app.app.state.server.pages  # type: ignore[attr-defined]
    address = pages.assets.address("css/tokens.css")
    current = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert current.headers["content-encoding"] == "gzip"
    assert client.get("/static/0000/css/tokens.css").headers["cache-control"] == "no-store"
    assert client.get(f"/static/{pages.assets.version}/../routes.py").status_code == 404
    assert client.get(pages.assets.address("../routes.py")).status_code == 404

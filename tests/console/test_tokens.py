"""The Tokens pages: shown once, cut to what was chosen, ended at once, and nobody else's business."""

import re

import pytest
from starlette.testclient import TestClient
from tests.console.conftest import Console

from roledesk.core.changes import PutRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope
from roledesk.engine.tokens import find_token

PERSONAL = {"kind": "personal", "name": "Nightly report", "until": "2040-01-01"}
SERVICE = {"kind": "service", "name": "Help desk", "action": ["decision.evaluate"]}


@pytest.fixture
def desk(console: Console) -> Console:
    """A console where Ben and Olga make tokens for themselves; only Maya makes those for services."""
    making = Role("maker", "Maker", {"ConvrsAPI": Scope.OWN, "AgentChat": Scope.OWN})
    console.put(
        PutRole(making),
        SetAssignments("ben", (Assignment("maker"),)),
        SetAssignments("olga", (Assignment("maker"),)),
    )
    return console


def make(client: TestClient, fields: dict[str, object]) -> tuple[int, str, str]:
    answer = client.post("/tokens", data=fields)
    secret = re.search(r'<code id="secret">([^<]+)</code>', answer.text)
    return answer.status_code, answer.text, secret[1] if secret else ""


def test_a_token_is_shown_once_and_works_until_it_is_revoked(desk: Console) -> None:
    ben = desk.sign_in("ben")
    status, _, secret = make(ben, PERSONAL)
    assert status == 200
    found = find_token(desk.engine, secret)
    assert found is not None
    assert found[1].id == "ben"
    page = ben.get("/tokens").text
    assert secret not in page
    address = re.search(r'href="(/tokens/token-\w+)"', page)
    assert address is not None
    assert secret not in ben.get(address[1]).text
    assert ben.post(f"{address[1]}/revoke").status_code == 303
    assert find_token(desk.engine, secret) is None
    assert "revoked" in ben.get(address[1]).text


def test_a_token_is_cut_to_what_was_ticked(desk: Console) -> None:
    _, _, secret = make(desk.sign_in("ben"), {**PERSONAL, "permission": ["AgentChat"], "team": ["care"]})
    found = find_token(desk.engine, secret)
    assert found is not None
    assert (found[1].permissions, found[1].teams) == ({"AgentChat"}, {"care"})


def test_a_service_token_holds_the_actions_chosen(desk: Console) -> None:
    status, _, secret = make(desk.sign_in("maya"), SERVICE)
    assert status == 200
    found = find_token(desk.engine, secret)
    assert found is not None
    assert found[1].actions == {"decision.evaluate"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({**PERSONAL, "name": ""}, "name", id="no name"),
        pytest.param({**PERSONAL, "until": ""}, "choose the day", id="no end"),
        pytest.param({**PERSONAL, "until": "2001-01-01"}, "in the future", id="an end in the past"),
        pytest.param({**PERSONAL, "team": ["nowhere"]}, "there is no", id="no such team"),
        pytest.param({**PERSONAL, "permission": ["Fly"]}, "there is no", id="no such permission"),
        pytest.param({**SERVICE, "action": []}, "choose at least one", id="a service that may nothing"),
        pytest.param({**SERVICE, "action": ["role.edit"]}, "there is no", id="an action for people"),
    ],
)
def test_a_token_that_cannot_be_made_leaves_the_form_filled(
    desk: Console, fields: dict[str, object], said: str
) -> None:
    status, page, secret = make(desk.sign_in("maya"), fields)
    assert (status, secret) == (422, "")
    assert said in page.casefold()
    assert str(fields["name"]) in page


@pytest.mark.parametrize(
    ("who", "kinds"),
    [("maya", {"For me", "For a service"}), ("ben", {"For me"}), ("lee", None)],
)
def test_each_kind_is_offered_to_those_who_may_make_it(
    desk: Console, who: str, kinds: set[str] | None
) -> None:
    client = desk.sign_in(who)
    answer = client.get("/tokens/new")
    assert (answer.status_code == 200) == (kinds is not None)
    assert ('href="/tokens"' in client.get("/profile").text) == (kinds is not None)
    if kinds is not None:
        assert set(re.findall(r'class="tab"[^>]*>([^<]+)<', answer.text)) == kinds
    refused = {"maya": 200, "ben": 403, "lee": 403}[who]
    assert make(client, SERVICE)[0] == refused


def test_somebody_elses_token_looks_like_none(desk: Console) -> None:
    make(desk.sign_in("ben"), PERSONAL)
    address = re.search(r'href="(/tokens/token-\w+)"', desk.sign_in("maya").get("/tokens").text)
    assert address is not None, "who revokes anybody's sees all"
    olga = desk.sign_in("olga")
    hidden, absent = olga.get(address[1]), olga.get("/tokens/token-0")
    # A page may say its own address, which the asker typed himself.
    assert hidden.text.replace(address[1], "") == absent.text.replace("/tokens/token-0", "")
    assert hidden.status_code == absent.status_code == 404
    assert olga.post(f"{address[1]}/revoke").status_code == 404
    assert desk.sign_in("maya").post(f"{address[1]}/revoke").status_code == 303


def test_a_service_token_finds_no_page(desk: Console) -> None:
    _, _, secret = make(desk.sign_in("maya"), SERVICE)
    program = desk.visit()
    program.headers["authorization"] = f"Bearer {secret}"
    statuses = {
        path: program.get(path).status_code for path in ("/agents", "/tokens", "/profile", "/nowhere")
    }
    assert statuses == {"/agents": 403, "/tokens": 403, "/profile": 404, "/nowhere": 404}


def test_technical_settings_hold_for_the_next_token(desk: Console) -> None:
    maya, path = desk.sign_in("maya"), "/technical-settings"
    assert f'href="{path}"' in maya.get("/tokens").text
    assert f'href="{path}"' not in desk.sign_in("ben").get("/tokens").text
    assert desk.sign_in("ben").get(path).status_code == 403
    for wrong in ("0", "-1", "many", "4000"):
        assert maya.post(path, data={"longest_token_days": wrong}).status_code == 422
    assert maya.post(path, data={"longest_token_days": "90"}).status_code == 303
    assert 'value="90"' in maya.get(path).text
    assert "tokens last 90 days at most" in maya.get("/activity").text
    status, page, _ = make(maya, SERVICE)
    assert status == 422
    assert "Tokens here end within 90 days" in page
    maya.post(path, data={"longest_token_days": ""})
    assert make(maya, SERVICE)[0] == 200

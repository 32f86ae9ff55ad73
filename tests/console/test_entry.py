"""Coming in and going out: sign-in, set-up, links that work once, and the profile."""

import re

import pytest
from starlette.testclient import TestClient
from tests.console.conftest import SETTINGS, Console

from roledesk.app import create_app
from roledesk.core.changes import PutRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope
from roledesk.engine import Engine
from roledesk.engine.founding import found_from_preset
from roledesk.engine.links import make_link, make_set_up_link
from roledesk.engine.sign_ins import set_password

PASSWORD = "correct horse battery"
CHOICE = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def desk(alone: Console) -> Console:
    """A console where Olga has a password."""
    set_password(alone.organization, "olga", PASSWORD, by="olga")
    return alone


@pytest.fixture
def fresh(engine: Engine) -> TestClient:
    """A client of a server without an organization."""
    client = TestClient(create_app(SETTINGS, engine), base_url="http://testserver", follow_redirects=False)
    client.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
    return client


def try_sign_in(client: TestClient, **fields: str) -> tuple[int, str]:
    sent = {"email": "olga@example.com", "password": PASSWORD, **fields}
    answer = client.post("/sign-in", data=sent)
    return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)


@pytest.mark.parametrize(
    ("path", "lands"),
    [
        pytest.param("", "/profile", id="home"),
        pytest.param("/permissions?q=chat", "/permissions?q=chat", id="where he wanted to go"),
        pytest.param("//evil.example", "/profile", id="not another site"),
        pytest.param("/\\evil.example", "/profile", id="not another site by a backslash"),
        pytest.param("https://evil.example", "/profile", id="not another site by its whole address"),
    ],
)
def test_whoever_signs_in_lands_on_a_page_of_this_server(desk: Console, path: str, lands: str) -> None:
    desk.put(SetAssignments("olga", ()))
    client = desk.visit()
    client.follow_redirects = True
    sent = {"email": "Olga@Example.com", "password": PASSWORD, "next": path}
    assert str(client.post("/sign-in", data=sent).url) == f"http://testserver{lands}"


def test_every_failure_to_sign_in_says_the_same(desk: Console) -> None:
    wrong = [
        try_sign_in(desk.visit(), password="wrong horse battery"),
        try_sign_in(desk.visit(), email="nobody@example.com"),
        try_sign_in(desk.visit(), email="ben@example.com"),
        try_sign_in(desk.visit(), email=""),
    ]
    sent = {"expecting": str(desk.organization.revision.number), "because": "Left"}
    desk.sign_in("maya").post("/agents/olga/deactivate", data=sent)
    wrong.append(try_sign_in(desk.visit()))
    assert {status for status, _ in wrong} == {422}
    assert len({page for _, page in wrong}) == 1


def test_the_organization_is_asked_for_only_where_there_are_several(desk: Console) -> None:
    assert 'name="organization"' not in desk.visit().get("/sign-in").text
    found_from_preset(
        desk.engine,
        id="other",
        name="Other",
        preset="convrs",
        owner_name="Zoe",
        owner_email="olga@example.com",
        password=PASSWORD,
    )
    assert 'name="organization"' in desk.visit().get("/sign-in").text
    client = desk.visit()
    assert try_sign_in(client, organization="northwind care")[0] == 303
    assert "Olga Petrova" in client.get("/profile").text
    assert try_sign_in(desk.visit(), organization="nowhere")[0] == 422
    assert "Other" not in desk.visit().get("/sign-in").text


def test_trying_again_and_again_is_stopped(desk: Console) -> None:
    client = desk.visit()
    statuses = [try_sign_in(client, password="wrong horse battery")[0] for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert try_sign_in(client)[0] == 429, "the right password is not even looked at"


def test_signing_out_ends_the_sign_in_itself(desk: Console) -> None:
    client = desk.sign_in("olga")
    cookie = client.cookies["roledesk-sign-in"]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    stolen = desk.visit()
    stolen.cookies.set("roledesk-sign-in", cookie)
    assert stolen.get("/profile").status_code == 303


def test_a_cookie_is_kept_from_scripts_and_other_sites(desk: Console) -> None:
    answer = desk.visit().post("/sign-in", data={"email": "olga@example.com", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].casefold()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_link_works_once(desk: Console) -> None:
    made = make_link(desk.organization, "ben", by=desk.organization.guard("maya"))
    address = f"/password/{made.secret}"
    assert "ben@example.com" in desk.visit().get(address).text
    assert desk.visit().post(address, data=CHOICE).status_code == 303
    assert desk.visit().get(address).status_code == 404
    assert desk.visit().post(address, data=CHOICE).status_code == 404
    assert desk.visit().get("/password/link_made-up").text == desk.visit().get(address).text


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        pytest.param({"password": "short", "again": "short"}, "too short", id="short"),
        pytest.param({"password": PASSWORD, "again": "other"}, "not the same", id="mistyped"),
        pytest.param(
            {"password": "ben@example.com", "again": "ben@example.com"}, "too easy", id="his address"
        ),
    ],
)
def test_a_poor_choice_leaves_the_link_good(desk: Console, choice: dict[str, str], said: str) -> None:
    made = make_link(desk.organization, "ben", by=desk.organization.guard("maya"))
    answer = desk.visit().post(f"/password/{made.secret}", data=choice)
    assert answer.status_code == 422
    assert said in answer.text.casefold()
    assert desk.visit().get(f"/password/{made.secret}").status_code == 200


def set_up(fresh: TestClient, engine: Engine, **fields: str) -> tuple[int, str]:
    sent = {
        "organization": "Northwind Care",
        "preset": "convrs",
        "name": "Maya Okafor",
        "email": "maya@example.com",
        "password": PASSWORD,
        **fields,
    }
    answer = fresh.post(f"/set-up/{make_set_up_link(engine)}", data=sent)
    return answer.status_code, answer.text


def test_the_first_run_makes_an_organization_and_signs_its_owner_in(
    fresh: TestClient, engine: Engine
) -> None:
    assert "not set up yet" in fresh.get("/sign-in").text
    secret = make_set_up_link(engine)
    assert "Roles to start from" in fresh.get(f"/set-up/{secret}").text
    assert set_up(fresh, engine)[0] == 303
    assert "Maya Okafor" in fresh.get("/profile").text
    assert fresh.get(f"/set-up/{secret}").status_code == 404
    assert fresh.get(f"/set-up/{make_set_up_link(engine)}").status_code == 404, "there is one already"


def test_an_organization_may_be_called_anything_in_any_script(fresh: TestClient, engine: Engine) -> None:
    assert set_up(fresh, engine, organization="日本デスク")[0] == 303
    assert list(engine.names().values()) == ["日本デスク"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("organization", "", "name is needed", id="no name"),
        pytest.param("preset", "", "choose the roles", id="no preset"),
        pytest.param("name", "", "name is needed", id="nobody"),
        pytest.param("email", "maya", "not an e-mail", id="no address"),
        pytest.param("password", "short", "too short", id="a weak password"),
    ],
)
def test_a_refused_set_up_keeps_the_rest_and_makes_nothing(
    fresh: TestClient, engine: Engine, field: str, value: str, said: str
) -> None:
    status, page = set_up(fresh, engine, **{field: value})
    assert status == 422
    assert said in page.casefold()
    assert engine.names() == {}
    assert field == "email" or "maya@example.com" in page


def test_somebody_without_permissions_finds_his_profile_and_the_reference(desk: Console) -> None:
    desk.put(PutRole(Role("nothing", "Nothing")), SetAssignments("ben", (Assignment("nothing"),)))
    client = desk.sign_in("ben")
    assert client.get("/").headers["location"] == "/profile"
    page = client.get("/profile").text
    assert set(re.findall(r'class="nav-item" href="([^"]+)"', page)) == {"/permissions", "/profile"}
    for closed in ("/roles", "/agents", "/teams", "/history", "/activity", "/tokens", "/explain"):
        assert client.get(closed).status_code == 403, closed


def change_password(client: TestClient, **fields: str) -> tuple[int, str]:
    answer = client.post("/profile/password", data={"old": PASSWORD, **CHOICE, **fields})
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"old": "not this one"}, "not your present password", id="the old one is wrong"),
        pytest.param({"again": "other"}, "not the same", id="mistyped"),
        pytest.param({"password": "olga", "again": "olga"}, "too short", id="weak"),
    ],
)
def test_a_password_is_not_changed_by_mistake(desk: Console, fields: dict[str, str], said: str) -> None:
    status, page = change_password(desk.sign_in("olga"), **fields)
    assert (status, said in page.casefold()) == (422, True)
    assert try_sign_in(desk.visit())[0] == 303


def test_a_new_password_ends_ones_other_sign_ins(desk: Console) -> None:
    here, elsewhere = desk.sign_in("olga"), desk.sign_in("olga")
    new = {"password": "another good choice", "again": "another good choice"}
    assert change_password(here, **new)[0] == 303
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 303
    assert try_sign_in(desk.visit())[0] == 422


def test_ones_other_sign_ins_can_be_ended(desk: Console) -> None:
    here, elsewhere = desk.sign_in("olga"), desk.sign_in("olga")
    assert "End all but this one" in here.get("/profile").text
    assert here.post("/profile/sign-ins/end").status_code == 303
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 303
    assert "End all but this one" not in here.get("/profile").text


@pytest.fixture
def renaming(desk: Console) -> Console:
    """A console where Ben may edit his profile, and Olga may not."""
    own = Role("own", "Own", {"AgentProfileEditing": Scope.OWN})
    desk.put(PutRole(own), SetAssignments("ben", (Assignment("own"),)))
    return desk


def test_a_name_is_ones_own_only_with_the_permission(renaming: Console) -> None:
    ben, olga = renaming.sign_in("ben"), renaming.sign_in("olga")
    assert '<button class="button">Save</button>' in ben.get("/profile").text
    assert '<button class="button">Save</button>' not in olga.get("/profile").text
    told = {"name": "Benjamin", "public_name": "Ben", "language": "nl", "mobile": "+31 6 5555 0101"}
    assert ben.post("/profile/name", data=told).status_code == 303
    assert all(each in ben.get("/profile").text for each in told.values())
    assert olga.post("/profile/name", data={"name": "Olya"}).status_code == 403
    assert ben.post("/profile/name", data={"name": "=1"}).status_code == 422

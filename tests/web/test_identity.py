import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from tests.web.conftest import SECRET, SETTINGS, Desk, sign_in

from roledesk.engine.sign_ins import end_sign_ins, sign_out
from roledesk.engine.tokens import make_personal_token, revoke_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies

ME = "/api/v1/me"


def test_a_sign_in_ends_when_it_is_ended(client: TestClient, desk: Desk) -> None:
    secret = sign_in(client, desk, "ben")
    assert client.get(ME).json()["id"] == "ben"
    sign_out(desk.organization, secret)
    assert client.get(ME).status_code == 401


def test_all_sign_ins_of_an_agent_can_be_ended_from_anywhere(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, "ben")
    end_sign_ins(desk.organization, "ben", by=desk.owner)
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda value: value + "x", id="altered"),
        pytest.param(lambda value: "", id="empty"),
        pytest.param(lambda value: Cookies(OTHER).sign("sign-in", ["in_x"]), id="signed with another secret"),
        pytest.param(
            lambda value: Cookies(SETTINGS).sign("notice", ["in_x"]), id="signed for something else"
        ),
        pytest.param(lambda value: Cookies(SETTINGS).sign("sign-in", []), id="of another shape"),
    ],
)
def test_a_forged_cookie_is_nobody(client: TestClient, desk: Desk, forge: object) -> None:
    sign_in(client, desk, "ben")
    client.cookies.set("roledesk-sign-in", forge(client.cookies["roledesk-sign-in"]))  # type: ignore[operator]
    assert client.get(ME).status_code == 401


OTHER = load_settings(ServerSettings, given={"secret": "another-secret-" * 3})


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [(None, "roledesk-sign-in", False), ("https://desk.example", "__Host-roledesk-sign-in", True)],
)
def test_a_cookie_is_closed_to_scripts_and_neighbours(
    public_url: str | None, name: str, secure: bool
) -> None:
    settings = load_settings(ServerSettings, given={"secret": SECRET, "public_url": public_url})
    response = Response()
    Cookies(settings).set(response, "sign-in", ["x"], max_age_s=60)
    header = response.headers["set-cookie"]
    assert header.startswith(f"{name}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(header.split("; "))
    assert ("Secure" in header.split("; ")) is secure
    assert "Domain" not in header


def test_a_token_counts_and_the_cookie_beside_it_does_not(client: TestClient, desk: Desk) -> None:
    organization = desk.organization
    made = make_personal_token(
        organization.guard(desk.owner), name="mine", expires_at=organization.clock() + 3600
    )
    sign_in(client, desk, "ben")
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert client.get(ME, headers=headers).json()["id"] == desk.owner
    revoke_token(organization.guard(desk.owner), made.token.id)
    assert client.get(ME, headers=headers).status_code == 401


@pytest.mark.parametrize("sent", ["Bearer", "Bearer rdp_made-up", "Basic YW5uOmFubg==", "nonsense"])
def test_a_token_that_is_not_in_force_is_never_nobody(client: TestClient, desk: Desk, sent: str) -> None:
    sign_in(client, desk, "ben")
    response = client.get(ME, headers={"Authorization": sent})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import Desk, sign_in


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="our own page"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="typed by hand"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="a neighbouring host"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="another site"),
        pytest.param({"Origin": "http://testserver"}, True, id="our own page, an older browser"),
        pytest.param({"Origin": "http://evil.example"}, False, id="another site, an older browser"),
        pytest.param({"Origin": "http://testserver:8080"}, False, id="another port"),
        pytest.param({"Origin": "null"}, False, id="a page that hides where it is from"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False, id="contradiction"
        ),
        pytest.param({}, False, id="a cookie, and no word about where from"),
    ],
)
def test_only_our_own_pages_may_send_with_a_cookie(
    client: TestClient, desk: Desk, headers: dict[str, str], passes: bool
) -> None:
    sign_in(client, desk, desk.owner)
    team = {"name": "New", "because": "needed"}
    response = client.put("/api/v1/teams/new", json=team, headers={"If-Match": "*", **headers})
    assert response.status_code == (200 if passes else 403)
    assert ("new" in desk.organization.policy.teams) is passes


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_not_asked_where_it_comes_from(client: TestClient, desk: Desk, method: str) -> None:
    sign_in(client, desk, "ben")
    assert client.request(method, "/healthz", headers={"Sec-Fetch-Site": "cross-site"}).status_code != 403


def test_a_program_needs_no_origin(client: TestClient) -> None:
    assert (
        client.post("/api/v1/resources/remove", json={}, headers={"Authorization": "Bearer x"}).status_code
        == 401
    )
    assert client.post("/api/v1/resources/remove", json={}).status_code == 401

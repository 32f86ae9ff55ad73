from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.conftest import SETTINGS, Desk, sign_in

from roledesk.app import create_app
from roledesk.engine import Engine
from roledesk.errors import InputError
from roledesk.web.routes import Routes, check_doors


def test_every_address_of_the_server_has_a_door(engine: Engine) -> None:
    create_app(SETTINGS, engine)  # refuses to start otherwise


def answer() -> str:
    return "open"


@pytest.mark.parametrize(
    "add",
    [
        pytest.param(lambda app: app.add_api_route("/back", answer), id="a route of the framework"),
        pytest.param(lambda app: app.mount("/back", FastAPI()), id="a mounted application"),
        pytest.param(lambda app: app.add_api_route("/front", answer, methods=["POST"]), id="another method"),
    ],
)
def test_an_address_without_a_door_is_refused(add: Callable[[FastAPI], None]) -> None:
    app, routes = FastAPI(openapi_url=None), Routes()
    routes.public("GET", "/front", because="a test")(answer)
    routes.add_to(app)
    check_doors(app, routes.doors)
    add(app)
    with pytest.raises(InputError, match="has no door"):
        check_doors(app, routes.doors)


@pytest.mark.parametrize("kind", ["public", "shared"])
def test_an_open_door_says_why(kind: str) -> None:
    with pytest.raises(InputError, match="or the reason why it is open"):
        getattr(Routes(), kind)("GET", "/", because="")(answer)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        pytest.param("nobody", "/api/v1/roles", 401, id="nobody at a guarded door"),
        pytest.param("nobody", "/api/v1/me", 401, id="nobody at a shared door"),
        pytest.param("nobody", "/healthz", 200, id="nobody at a public door"),
        pytest.param("ben", "/api/v1/roles", 403, id="an agent at a door he may not pass"),
        pytest.param("ben", "/api/v1/me", 200, id="an agent at a shared door"),
        pytest.param("owner", "/api/v1/roles", 200, id="the owner"),
        pytest.param("owner", "/api/v1/nothing", 404, id="an address that does not exist"),
        pytest.param("owner", "/api/v1/roles/", 404, id="a slash too many"),
    ],
)
def test_a_door_opens_for_whom_it_is_meant(
    client: TestClient, desk: Desk, who: str, path: str, status: int
) -> None:
    if who != "nobody":
        sign_in(client, desk, desk.owner if who == "owner" else who)
    assert client.get(path).status_code == status


def test_a_door_closes_with_the_next_revision(client: TestClient, desk: Desk) -> None:
    sign_in(client, desk, "ben")
    assert client.get("/api/v1/me").status_code == 200
    from roledesk.engine.agents import deactivate

    deactivate(desk.organization, "ben", by=desk.organization.subject(desk.owner), because="left")
    assert client.get("/api/v1/me").status_code == 401

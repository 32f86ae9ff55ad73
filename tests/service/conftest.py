"""A running server on a real database: the certification fixture, and a small support desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from tests.web.conftest import NUMBERS, Desk, found_desk

from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.core.terms import OPERATOR, Resource
from roledesk.engine import Engine, Organization
from roledesk.engine.applying import commit_plan, plan_for
from roledesk.engine.document import load_document
from roledesk.engine.tokens import make_personal_token, make_service_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import resources

EXAMPLE = Path(__file__).parents[2] / "examples" / "authzen-certification.toml"
BASE = "https://pdp.example.com"
SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3, "public_url": BASE})
CONVERSATIONS = (
    Resource("conversation", "c-1", owner="ben", team="billing", state="open"),
    Resource("conversation", "c-2", owner="zoe", team="general", state="open"),
    Resource("conversation", "c-3", owner="ben", team="billing", state="closed"),
)
YEAR_S = 365 * 86_400.0


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine in memory with both organizations."""
    with open_server_engine("sqlite://", create=True) as opened:
        commit_plan(opened, plan_for(opened, load_document(EXAMPLE)), by=OPERATOR, because="the fixture")
        yield opened


@dataclass(frozen=True)
class Caller:
    """Somebody who sends requests with one token."""

    client: TestClient
    token: str

    def post(self, path: str, message: object, **headers: str) -> object:
        """The decoded answer, after checking that it is a success."""
        response = self.client.post(
            path, json=message, headers={"Authorization": f"Bearer {self.token}", **headers}
        )
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        return response.json()


def service_token(organization: Organization, by: str, *actions: str) -> str:
    """The secret of a new service token."""
    return make_service_token(organization.guard(by), name="caller", actions=frozenset(actions)).secret


def owner_token(organization: Organization, owner: str) -> str:
    """The secret of a personal token of everything the owner holds."""
    expires_at = organization.clock() + YEAR_S
    return make_personal_token(organization.guard(owner), name="all", expires_at=expires_at).secret


@pytest.fixture(scope="session")
def client(engine: Engine) -> TestClient:
    """A client of the server, sending no credentials."""
    return TestClient(create_app(SETTINGS, engine), base_url=BASE)


@pytest.fixture(scope="session")
def certified(engine: Engine, client: TestClient) -> Caller:
    """The harness of the certification scenario."""
    organization = engine.organization("authzen-certification")
    return Caller(client, service_token(organization, "keeper", "decision.evaluate", "decision.search"))


@pytest.fixture(scope="session")
def desk_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests, in a file that another engine can open too."""
    file = tmp_path_factory.mktemp("desk") / "desk.sqlite3"
    with open_server_engine(f"sqlite:///{file}", create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def desk_app(desk_engine: Engine) -> ASGIApp:
    """The server of that engine."""
    return create_app(SETTINGS, desk_engine)


@pytest.fixture
def desk(desk_engine: Engine) -> Desk:
    """A support desk that no other test touches, with three conversations registered."""
    desk = found_desk(desk_engine, f"acme-{next(NUMBERS)}")
    with desk_engine.database.writing() as connection:
        resources.put(connection, desk.organization.id, CONVERSATIONS)
    return desk


@pytest.fixture
def desk_client(desk_app: ASGIApp, desk: Desk) -> TestClient:
    """A client of the support desks' server, signed in as nobody."""
    return TestClient(desk_app, base_url=BASE, follow_redirects=False)

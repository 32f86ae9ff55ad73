"""A running server on a real database: the certification fixture, and a small support desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from roledesk.app import create_app
from roledesk.core.terms import OPERATOR
from roledesk.engine import Engine, Organization, open_engine
from roledesk.engine.applying import commit_plan, plan_for
from roledesk.engine.document import load_document
from roledesk.engine.founding import found_from_preset
from roledesk.engine.tokens import make_personal_token, make_service_token
from roledesk.settings import ServerSettings, load_settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "authzen-certification.toml"
BASE = "https://pdp.example.com"
SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3, "public_url": BASE})
YEAR_S = 365 * 86_400.0


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine in memory with both organizations."""
    with open_engine("sqlite://", create=True) as opened:
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

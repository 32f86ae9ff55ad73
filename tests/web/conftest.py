"""A running server on a real database: a support desk with an owner, a lead and an agent of one team."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.core.changes import Change, PutAgent, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Status, Subject, Team
from roledesk.engine import Engine, Organization
from roledesk.engine.founding import found_from_preset
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.store.people import Person, put_person
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SECRET = "of-the-tests-" * 3
SETTINGS = load_settings(ServerSettings, given={"secret": SECRET, "metrics_token": "numbers-please"})
BASE = "http://testserver"
NUMBERS = count(1)


@dataclass(frozen=True)
class Desk:
    """An organization, and who is who in it."""

    organization: Organization
    owner: str
    agent: str = "ben"


def found_desk(engine: Engine, id: str = "acme") -> Desk:
    """Found an organization: an owner, and the agent Ben in team `billing`."""
    organization = found_from_preset(
        engine,
        id=id,
        name="Acme",
        preset="convrs",
        owner_name="Ann Owner",
        owner_email="ann@example.com",
        password=None,
    )
    owner = next(iter(organization.policy.agents))
    edits = (
        PutTeam(Team("billing", "Billing")),
        PutAgent("ben", Status.ACTIVE, frozenset({"billing"})),
        SetAssignments("ben", (Assignment("agent"),)),
    )
    organization.commit(
        Change(edits),
        by=Subject(owner),
        because="the first agent",
        also=(lambda connection: put_person(connection, id, Person("ben", "Ben Agent", "ben@example.com")),),
    )
    return Desk(organization, owner)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for all tests; each founds an organization of its own in it."""
    with open_server_engine("sqlite://", create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def app(engine: Engine) -> ASGIApp:
    """The server of that engine."""
    return create_app(SETTINGS, engine)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """An organization that no other test touches."""
    return found_desk(engine, f"acme-{next(NUMBERS)}")


@pytest.fixture
def client(app: ASGIApp) -> TestClient:
    """A client of the server, signed in as nobody."""
    return TestClient(app, base_url=BASE, follow_redirects=False)


def sign_in(client: TestClient, desk: Desk, agent: str) -> str:
    """Sign the client in as `agent`; gives the secret of the sign-in."""
    secret = open_sign_in(desk.organization, agent, lifetime_s=3600)
    value = str(Cookies(SETTINGS).sign(COOKIE, [secret]))
    client.cookies.set("roledesk-sign-in", value)
    return secret

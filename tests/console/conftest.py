"""A running console on a real database: an owner, an administrator, a lead of one team, and agents."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject, Team
from roledesk.engine import Engine, Organization
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.store.people import Person, put_person
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SETTINGS = load_settings(
    ServerSettings, given={"secret": "of-the-tests-" * 3, "metrics_token": "numbers-please"}
)

ROLES = (
    Role("owner", "Owner", owner=True),
    Role(
        "admin",
        "Admin",
        {
            "AdminRolesAndPermissions": Scope.ALL,
            "HistoryView": Scope.ALL,
            "SettingsView": Scope.ALL,
            "AgentManagementEditAgent": Scope.ALL,
            "ConversationView": Scope.ALL,
            "AgentChat": Scope.ALL,
            "AgentChatAllowTransfer": Scope.ALL,
            "CustomerExport": Scope.ALL,
        },
        description="Sets up how we work.",
    ),
    Role(
        "lead",
        "Team lead",
        {"SettingsView": Scope.TEAM, "RoleAssign": Scope.TEAM, "ConversationView": Scope.TEAM},
    ),
    Role(
        "support-agent",
        "Support agent",
        {"ConversationView": Scope.TEAM, "AgentChat": Scope.OWN},
        description="Answers customers in their own teams.",
    ),
    Role("night", "Night shift", {"CustomerExport": Scope.ALL}),
)
AGENTS = {
    "maya": ("Maya Okafor", "owner", "care"),
    "ada": ("Ada Stein", "admin", "care"),
    "lee": ("Lee Park", "lead", "billing"),
    "olga": ("Olga Petrova", "support-agent", "billing"),
    "ben": ("Ben Ruiz", "support-agent", "care"),
}
FOUNDED = Change(
    (
        Found("Northwind Care", reserved=frozenset({"DeveloperSettings"})),
        *map(PutRole, ROLES),
        PutTeam(Team("care", "Customer care", default=True)),
        PutTeam(Team("billing", "Billing")),
        *(PutAgent(id, Status.ACTIVE, frozenset({team})) for id, (_, _, team) in AGENTS.items()),
        *(SetAssignments(id, (Assignment(role),)) for id, (_, role, _) in AGENTS.items()),
    )
)


NUMBERS = itertools.count()


@dataclass(frozen=True)
class Console:
    """An organization like Northwind Care, and a browser's worth of the server for each agent."""

    engine: Engine
    organization: Organization
    app: ASGIApp

    def visit(self) -> TestClient:
        """A client signed in as nobody."""
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)
        client.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        return client

    def sign_in(self, agent: str) -> TestClient:
        """A client signed in as `agent`."""
        client = self.visit()
        secret = open_sign_in(self.organization, agent, lifetime_s=3600)
        client.cookies.set("roledesk-sign-in", str(Cookies(SETTINGS).sign(COOKIE, [secret])))
        return client

    def put(self, *edits: object, by: str = "maya", because: str = "As agreed") -> int:
        """Change the policy as `by`, as if from elsewhere; gives the revision."""
        change = Change(edits)  # type: ignore[arg-type]
        return self.organization.commit(change, by=Subject(by), because=because).number


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[Engine, ASGIApp]]:
    """One engine and its server for all tests that found an organization of their own in it."""
    with open_server_engine("sqlite://", create=True) as opened:
        yield opened, create_app(SETTINGS, opened)


@pytest.fixture
def console(shared: tuple[Engine, ASGIApp]) -> Console:
    """An organization that no other test touches, beside others."""
    engine, app = shared
    return Console(engine, found(engine, f"northwind-{next(NUMBERS)}"), app)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine without any organization."""
    with open_server_engine("sqlite://", create=True) as opened:
        yield opened


@pytest.fixture
def alone(engine: Engine) -> Console:
    """The only organization of its server."""
    return Console(engine, found(engine, "northwind"), create_app(SETTINGS, engine))


def found(engine: Engine, id: str) -> Organization:
    """Found Northwind Care under this id."""
    people = [Person(agent, name, f"{agent}@example.com") for agent, (name, _, _) in AGENTS.items()]
    also = [lambda connection, person=person: put_person(connection, id, person) for person in people]
    return engine.found(id, FOUNDED, because="Founded", also=also)

"""A whole server for a browser: real uvicorn, a database file, an organization of a support desk."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Team
from roledesk.engine import Engine
from roledesk.engine.sign_ins import set_password
from roledesk.engine.tokens import make_service_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import resources
from roledesk.store.people import Person, put_person

PASSWORD = "correct horse battery"
SUPPORT = Role(
    "support-agent",
    "Support agent",
    {"ConversationView": Scope.TEAM, "AgentChat": Scope.OWN, "CustomerExport": Scope.ALL},
    description="Answers customers in their own teams. No access to settings, campaigns or other teams.",
)
ADMIN = Role(
    "admin",
    "Admin",
    {
        "AdminRolesAndPermissions": Scope.ALL,
        "SettingsView": Scope.ALL,
        "HistoryView": Scope.ALL,
        "ConversationView": Scope.ALL,
        "AgentChat": Scope.ALL,
        "AgentChatAllowTransfer": Scope.ALL,
        "CustomerExport": Scope.ALL,
    },
    description="Sets up how we work.",
)
AGENTS = {
    "omar": ("Omar Haddad", "owner", "care"),
    "maya": ("Maya Okafor", "admin", "care"),
    "olga": ("Olga Petrova", "support-agent", "billing"),
    "ben": ("Ben Ruiz", "support-agent", "care"),
}
FOUNDED = Change(
    (
        Found("Northwind Care"),
        *map(PutRole, (Role("owner", "Owner", owner=True), ADMIN, SUPPORT)),
        PutTeam(Team("care", "Customer care", default=True)),
        PutTeam(Team("billing", "Billing")),
        *(PutAgent(id, Status.ACTIVE, frozenset({team})) for id, (_, _, team) in AGENTS.items()),
        *(SetAssignments(id, (Assignment(role),)) for id, (_, role, _) in AGENTS.items()),
    )
)
CHAT = Resource("conversation", "c-41", team="billing", owner="olga", state="open")


@dataclass(frozen=True)
class Live:
    """Where the server listens and keeps its data, and the secret of a token that may ask it."""

    address: str
    database: str
    token: str


@contextmanager
def serving(folder: Path) -> Iterator[Live]:
    """A server on a free port, with `northwind` founded in a new database file."""
    database = f"sqlite:///{folder / 'roledesk.sqlite3'}"
    with open_server_engine(database, create=True) as engine:
        token = _found(engine)
    with running(database) as address:
        yield Live(address, database, token)


@contextmanager
def running(database: str, port: int = 0) -> Iterator[str]:
    """The address of a server of this database; on a free port unless it is told which."""
    settings = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3, "database": database})
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            port=port,
            log_level="error",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        server.should_exit = True
        thread.join()


def _found(engine: Engine) -> str:
    people = [Person(id, name, f"{id}@example.com") for id, (name, _, _) in AGENTS.items()]
    organization = engine.found(
        "northwind",
        FOUNDED,
        because="The organization was set up",
        also=[
            lambda connection, person=person: put_person(connection, "northwind", person) for person in people
        ],
    )
    with engine.database.writing() as connection:
        resources.put(connection, "northwind", [CHAT])
    set_password(organization, "maya", PASSWORD, by="maya")
    owner = organization.guard("omar")
    return make_service_token(owner, name="Help desk", actions=frozenset({"decision.evaluate"})).secret


def _port(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])

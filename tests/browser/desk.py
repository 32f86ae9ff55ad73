"""A running desk for real browsers, and the same database in the hands of the test."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.live import running

from roledesk.composition import open_server_engine
from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject, Team
from roledesk.desk import visitors
from roledesk.desk.store import labels, settings, widgets
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.desk.store.widgets import Widget
from roledesk.engine import Engine, Organization
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.store.people import Person, put_person
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

LEAD = Role(
    "lead",
    "Team lead",
    {
        "AgentChat": Scope.TEAM,
        "AgentChatAllowTransfer": Scope.TEAM,
        "AgentChatAllowUserPanel": Scope.TEAM,
        "CustomerSensitiveFields": Scope.TEAM,
        "ChatsAll": Scope.TEAM,
        "Users": Scope.TEAM,
        "AdminOrganization": Scope.ALL,
        "TagManagement": Scope.ALL,
        "AdminChatCategorization": Scope.ALL,
        "AgentManagementReplies": Scope.ALL,
        "AgentManagementAgentStatus": Scope.ALL,
        "TeamStatus": Scope.TEAM,
    },
)
AGENT = Role(
    "agent",
    "Support agent",
    {
        "AgentChat": Scope.OWN,
        "AgentChatAllowTransfer": Scope.OWN,
        "AgentChatAllowUserPanel": Scope.OWN,
        "AgentChatAllowOwnReplies": Scope.OWN,
        "PrivateNoteAdd": Scope.OWN,
        "PrivateNoteView": Scope.OWN,
        "TagAddRemove": Scope.OWN,
    },
)
AGENTS = {
    "omar": ("Omar Haddad", "owner", "care"),
    "ana": ("Ana Ruiz", "lead", "billing"),
    "lena": ("Lena Brandt", "agent", "billing"),
}
FOUNDED = Change(
    (
        Found("Northwind Care"),
        *map(PutRole, (Role("owner", "Owner", owner=True), LEAD, AGENT)),
        PutTeam(Team("care", "Customer care", default=True)),
        PutTeam(Team("billing", "Billing")),
        *(PutAgent(id, Status.ACTIVE, frozenset({team})) for id, (_, _, team) in AGENTS.items()),
        *(SetAssignments(id, (Assignment(role),)) for id, (_, role, _) in AGENTS.items()),
    )
)
WIDGET = Widget("widget-1", "Site", "billing", (), "s")


@dataclass(frozen=True)
class Desk:
    """A running desk, and the same database in the hands of the test, as of another process."""

    address: str
    organization: Organization
    browser: Browser

    def open(self, agent: str, path: str = "/inbox", **kinds: object) -> Page:
        """A browser of his own in which `agent` is signed in."""
        secret = open_sign_in(self.organization, agent, lifetime_s=3600)
        given = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})
        context = self.browser.new_context(base_url=self.address, **kinds)  # type: ignore[arg-type]
        context.add_cookies(
            [
                {
                    "name": "roledesk-sign-in",
                    "value": Cookies(given).sign(COOKIE, [secret]),
                    "url": self.address,
                }
            ]
        )
        page = context.new_page()
        page.goto(path)
        return page

    def write(self, name: str, text: str) -> tuple[str, str]:
        """A customer begins a conversation; gives it and him."""
        customer = visitors.arrive(self.organization, name=name).customer
        begun = visitors.start(self.organization, WIDGET, customer.id, text, client_key="first")
        return begun.id, customer.id

    def put(self, *edits: object) -> None:
        """The administrator changes who may do what."""
        change = Change(edits)  # type: ignore[arg-type]
        self.organization.commit(change, by=Subject("omar"), because="As agreed")


@pytest.fixture
def desk_engine(tmp_path: Path) -> Iterator[Engine]:
    with open_server_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}", create=True) as opened:
        yield opened


@pytest.fixture
def desk(desk_engine: Engine, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    people = [Person(id, name, f"{id}@example.com") for id, (name, _, _) in AGENTS.items()]
    organization = desk_engine.found(
        "northwind",
        FOUNDED,
        because="Founded",
        also=[lambda connection, each=each: put_person(connection, "northwind", each) for each in people],
    )
    with desk_engine.database.writing() as connection:
        settings.keep(connection, "northwind", DeskSettings(handling=Handling.PULL))
        widgets.keep(connection, "northwind", WIDGET)
        labels.put_tag(connection, "northwind", labels.Tag("t-1", "invoice"))
        labels.add_category(connection, "northwind", labels.Category("k-1", "Refund"))
    with running(f"sqlite:///{tmp_path / 'desk.sqlite3'}") as address:
        yield Desk(address, organization, browser)
        for context in browser.contexts:
            context.close()

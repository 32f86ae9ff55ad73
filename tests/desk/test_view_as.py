"""View as: the desk as another would see it, to be looked at only, and never more than the viewer may see."""

import re
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient
from tests.desk.world import World

from roledesk import Assignment, Change, Engine, PutAgent, PutRole, Role, Scope, SetAssignments, Status
from roledesk.app import create_app
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})
VIEWER = Role(
    "viewer", "Viewer", {"ViewAs": Scope.TEAM, "ConversationView": Scope.TEAM, "AgentChat": Scope.TEAM}
)


@dataclass(frozen=True)
class Site:
    """The server, and a browser for each agent."""

    world: World
    app: object

    def as_(self, agent: str) -> TestClient:
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        client.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        secret = open_sign_in(self.world.organization, agent, lifetime_s=3600)
        client.cookies.set("roledesk-sign-in", Cookies(SETTINGS).sign(COOKIE, [secret]))
        return client


@pytest.fixture
def site(engine: Engine, world: World) -> Site:
    """The desk, and Vi of team A, who looks as agents of team A."""
    edits = (
        PutRole(VIEWER),
        PutAgent("vi", Status.ACTIVE, frozenset({"a"})),
        SetAssignments("vi", (Assignment("viewer"),)),
    )
    world.organization.commit(Change(edits), by=world.guard("olu").subject, because="Vi looks")
    return Site(world, create_app(SETTINGS, engine))


def begin(client: TestClient, agent: str) -> int:
    return client.post("/view-as", data={"agent": agent}).status_code


def test_one_looks_as_agents_within_reach_only_and_only_after_it_was_recorded(site: Site) -> None:
    vi, intern = site.as_("vi"), site.as_("ai")
    assert vi.get("/view-as/agent~a1/inbox").headers["location"] == "/view-as"
    assert begin(vi, "a1") == 303
    assert vi.get("/view-as/agent~a1/inbox").status_code == 200
    assert vi.get("/view-as/agent~a2/inbox").status_code == 303
    assert (
        vi.get("/view-as/agent~b1/inbox").status_code
        == vi.get("/view-as/agent~none/inbox").status_code
        == 404
    )
    assert begin(vi, "b1") == begin(vi, "none") == 422
    assert begin(intern, "a1") == intern.get("/view-as/agent~a1/inbox").status_code == 403


def test_nothing_in_a_preview_writes_or_runs(site: Site) -> None:
    vi = site.as_("vi")
    begin(vi, "a1")
    page = vi.get("/view-as/agent~a1/inbox").text
    assert "<script" not in page
    assert not re.findall(r"<form(?! inert)", page)
    assert not re.findall(r' (?:action|formaction)="(?!/view-as)', page)
    assert all(link.startswith(("/static/", "/view-as")) for link in re.findall(r' href="(/[^"]*)"', page))
    for path in ("inbox", "queue", "inbox/x", "customers/x"):
        assert vi.post(f"/view-as/agent~a1/{path}").status_code in (404, 405)

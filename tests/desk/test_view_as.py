"""View as: the desk as another would see it, to be looked at only, and never more than the viewer may see."""

import re

import pytest
from markupsafe import escape
from starlette.testclient import TestClient
from tests.desk.site import SETTINGS, Site
from tests.desk.world import World

from roledesk import Assignment, Change, Engine, PutAgent, PutRole, Role, Scope, SetAssignments, Status
from roledesk.app import create_app
from roledesk.desk import replies

VIEWER = Role(
    "viewer", "Viewer", {"ViewAs": Scope.TEAM, "ConversationView": Scope.TEAM, "AgentChat": Scope.TEAM}
)


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


def test_a_preview_offers_no_ready_reply_of_a_team_that_is_not_the_viewers(site: Site) -> None:
    for team in ("a", "b"):
        replies.put_standard_reply(site.world.guard("olu"), f"Title {team}", f"{team}-reply", team=team)
    site.world.put(PutAgent("a1", Status.ACTIVE, frozenset({"a", "b"})))
    site.world.give("vi", ViewAs=Scope.TEAM, ConversationView=Scope.ALL, AgentChat=Scope.ALL)
    mine, vi = site.world.opened("a1"), site.as_("vi")
    assert {each.team for each in replies.usable_replies(site.world.guard("a1"))} == {"a", "b"}
    begin(vi, "a1")
    page = vi.get(f"/view-as/agent~a1/inbox/{mine.id}").text
    assert ("Title a" in page, "Title b" in page) == (True, False)


def test_hostile_words_stay_words_in_a_preview(site: Site) -> None:
    hostile = """<script>alert(1)</script> <form action="/x"> " href="/inbox" onclick='x' data-x="y" <a href='/roles'>"""
    conversation = site.world.opened("a1", hostile)
    vi = site.as_("vi")
    begin(vi, "a1")
    page = vi.get(f"/view-as/agent~a1/inbox/{conversation.id}").text
    assert str(escape(hostile)) in page
    assert not re.search(r"<script|<form(?! inert)|\sonclick='", page)

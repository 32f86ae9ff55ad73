"""History and activity: told in sentences, filtered by reach, and proven whole."""

import re

import pytest
from sqlalchemy import text
from tests.console.conftest import Console

from roledesk.core.changes import (
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
)
from roledesk.core.terms import Assignment, Role, Scope, Status, Team
from roledesk.engine.sign_ins import set_password

SUPPORT = Assignment("support-agent")


@pytest.fixture
def reading(console: Console) -> Console:
    """A console where Lee reads the history of his team, Billing."""
    lead = Role("lead", "Team lead", {"HistoryView": Scope.TEAM, "SettingsView": Scope.TEAM})
    console.put(PutRole(lead), because="Leads look back")
    return console


def told(page: str) -> list[str]:
    found = re.findall(r'<span class="row-title"><strong>(.*?)</strong> (.*?)</span>', page, re.DOTALL)
    return [f"{by} {' '.join(what.split())}" for by, what in found]


def newest(console: Console, who: str = "maya") -> str:
    return told(console.sign_in(who).get("/history").text)[0]


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        pytest.param([PutTeam(Team("sales", "Sales"))], "made the team Sales", id="a team"),
        pytest.param(
            [PutTeam(Team("billing", "Money"))], "renamed the team Billing to Money", id="a team renamed"
        ),
        pytest.param(
            [RemoveTeam("billing", "care")],
            "deleted the team Billing, all it held going to Customer care",
            id="a team deleted",
        ),
        pytest.param([PutRole(Role("new", "New"))], "made the role New", id="a role"),
        pytest.param(
            [PutRole(Role("night", "Night shift"))], "changed the role Night shift", id="a role changed"
        ),
        pytest.param([RemoveRole("night")], "deleted the role Night shift", id="a role deleted"),
        pytest.param(
            [RemoveRole("support-agent", TakeAway())], "deleted the role Support agent", id="taken away"
        ),
        pytest.param(
            [RemoveRole("support-agent", ReplaceBy("night"))],
            "deleted the role Support agent, its holders getting Night shift instead",
            id="replaced",
        ),
        pytest.param(
            [RemoveRole("night", MergeInto("admin"))],
            "deleted the role Night shift, merging it into Admin",
            id="merged",
        ),
        pytest.param(
            [SetAssignments("olga", (SUPPORT, Assignment("night")))],
            "gave Olga Petrova the role Night shift",
            id="given",
        ),
        pytest.param(
            [SetAssignments("olga", ())], "took the role Support agent from Olga Petrova", id="taken"
        ),
        pytest.param(
            [SetAssignments("olga", (Assignment("support-agent", until=4e9),))],
            "changed for Olga Petrova the limits of the role Support agent",
            id="limited",
        ),
        pytest.param(
            [PutAgent("olga", Status.DEACTIVATED, frozenset({"billing"}))],
            "deactivated Olga Petrova",
            id="deactivated",
        ),
        pytest.param(
            [PutAgent("olga", Status.ACTIVE, frozenset({"care"}))],
            "put Olga Petrova into Customer care and took Olga Petrova out of Billing",
            id="moved",
        ),
        pytest.param(
            [PutAgent("tim", Status.INVITED, frozenset({"care"})), SetAssignments("tim", (SUPPORT,))],
            "added tim to Customer care and gave them the role Support agent",
            id="added",
        ),
        pytest.param(
            [PutTeam(Team(f"t-{n}", f"Team {n}")) for n in range(6)],
            "made the team Team 0, made the team Team 1, made the team Team 2 and 3 more changes",
            id="much at once",
        ),
    ],
)
def test_a_change_is_told_in_a_sentence(console: Console, edits: list[object], sentence: str) -> None:
    console.put(*edits)
    assert newest(console) == f"Maya Okafor {sentence}"


def test_a_change_shows_what_was_and_what_is(console: Console) -> None:
    widened = Role("support-agent", "Support agent", {"AgentChat": Scope.TEAM, "CustomerExport": Scope.ALL})
    revision = console.put(PutRole(widened), because="Everybody covers everybody")
    page = console.sign_in("maya").get(f"/history/{revision}").text
    assert "Everybody covers everybody" in page
    assert "<del>own</del> → <ins>team</ins>" in page
    assert "added: all" in page
    assert "removed: team" in page


def test_history_is_found_by_who_what_kind_and_day(console: Console) -> None:
    console.put(PutTeam(Team("sales", "Sales")))
    console.put(SetAssignments("olga", (SUPPORT, Assignment("night"))), by="maya")
    client = console.sign_in("maya")
    of = lambda query: len(told(client.get(f"/history?{query}").text))  # noqa: E731
    assert of("") == 3
    assert of("who=maya@example.com") == 2
    assert of("who=operator") == 1
    assert of("about=Olga+Petrova") == 2
    assert of("about=night+shift") == 2
    assert of("kind=PutTeam&about=sales") == 1
    assert of("since=2000-01-01&until=2000-01-02") == 0
    assert "Nobody you can see" in client.get("/history?who=stranger").text
    assert "Write the day" in client.get("/history?since=x").text


def test_history_is_read_page_by_page(console: Console) -> None:
    for n in range(55):
        console.put(PutTeam(Team("billing", f"Billing {n}")))
    client = console.sign_in("maya")
    first = client.get("/history").text
    assert len(told(first)) == 50
    older = re.search(r'href="(/history\?before=\d+)" rel="next"', first)
    assert older is not None
    assert len(told(client.get(older[1]).text)) == 6


def test_a_reader_of_one_team_learns_of_nothing_else(reading: Console) -> None:
    given = SetAssignments("olga", (SUPPORT, Assignment("night")))
    reading.put(given, SetAssignments("ben", ()), because="Both at once")
    reading.put(SetAssignments("ben", (SUPPORT,)))
    reading.put(PutRole(Role("night", "Night shift")), SetAssignments("olga", (SUPPORT,)))
    reading.put(PutTeam(Team("billing", "Money")), PutTeam(Team("sales", "Sales")))
    page = reading.sign_in("lee").get("/history").text
    assert told(page) == [
        "Maya Okafor renamed the team Billing to Money",
        "Maya Okafor gave Olga Petrova the role Night shift",
    ]
    head = reading.organization.revision.number
    client = reading.sign_in("lee")
    seen = [n for n in range(1, head + 2) if client.get(f"/history/{n}").status_code == 200]
    assert seen == [head - 3, head]
    detail = client.get(f"/history/{head - 3}").text
    assert "Olga Petrova" in detail
    assert "Ben Ruiz" not in detail
    assert client.get(f"/history/{head - 1}").text == client.get("/history/999").text, "hidden is absent"


def test_only_readers_of_everything_verify(reading: Console) -> None:
    maya, lee = reading.sign_in("maya"), reading.sign_in("lee")
    assert "The history is whole" in maya.post("/history/verify").text
    assert lee.post("/history/verify").status_code == 403
    assert "/history/verify" not in lee.get("/history").text


def test_an_altered_row_is_named(console: Console) -> None:
    revision = console.put(PutTeam(Team("sales", "Sales")))
    console.put(PutTeam(Team("returns", "Returns")))
    with console.engine.database.writing() as connection:
        altered = text("UPDATE history SET because = 'Nothing' WHERE revision = :revision")
        connection.execute(altered, {"revision": revision})
    page = console.sign_in("maya").post("/history/verify").text
    assert f"altered at revision {revision}" in page


def test_an_agents_history_is_on_his_page(reading: Console) -> None:
    reading.put(SetAssignments("olga", (SUPPORT, Assignment("night"))), because="Covers the nights")
    assert "Covers the nights" in reading.sign_in("maya").get("/agents/olga/history").text
    assert "Covers the nights" in reading.sign_in("lee").get("/agents/olga/history").text


def test_activity_says_who_did_what(reading: Console) -> None:
    set_password(reading.organization, "olga", "correct horse battery", by="olga")
    reading.sign_in("maya").post("/agents/ben/link")
    page = reading.sign_in("maya").get("/activity").text
    assert "set a new password" in page
    assert "made a password link" in page
    only = reading.sign_in("maya").get("/activity?kind=password.set").text
    assert "made a password link</td>" not in only
    assert "Olga Petrova" in only


def test_a_lead_sees_the_tokens_of_his_team(reading: Console) -> None:
    making = Role("maker", "Maker", {"ConvrsAPI": Scope.OWN})
    both = [SetAssignments(agent, (Assignment("maker"),)) for agent in ("olga", "ben")]
    reading.put(PutRole(making), *both)
    for agent in ("olga", "ben"):
        token = {"kind": "personal", "name": f"Report of {agent}", "until": "2040-01-01"}
        reading.sign_in(agent).post("/tokens", data=token)
    page = reading.sign_in("lee").get("/activity").text
    assert "Report of olga" in page
    assert "Report of ben" not in page


def test_activity_of_other_teams_stays_unseen(reading: Console) -> None:
    reading.sign_in("olga"), reading.sign_in("ben")
    page = reading.sign_in("lee").get("/activity").text
    assert "Olga Petrova" in page
    assert "Ben Ruiz" not in page
    assert reading.sign_in("olga").get("/activity").status_code == 403

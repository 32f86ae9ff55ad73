"""The Teams pages: who sees which team, and what deleting one tells and does."""

import re

import pytest
from tests.console.conftest import Console

from roledesk.core.changes import PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Resource, Role, Scope, Team
from roledesk.store import resources

REASON = {"because": "As agreed"}


@pytest.fixture
def desk(console: Console) -> Console:
    """A console where Ben manages the team Sales, and nothing else."""
    managing = Role("keeper", "Keeper", {"AdminBusinessUnit": Scope.TEAM})
    console.put(PutTeam(Team("sales", "Sales")), PutRole(managing))
    console.put(SetAssignments("ben", (Assignment("keeper", teams=frozenset({"sales"})),)))
    return console


def sent(console: Console, **fields: str) -> dict[str, str]:
    return {"expecting": str(console.organization.revision.number), **REASON, **fields}


def listed(page: str) -> set[str]:
    return set(re.findall(r'<span class="row-title" title="([^"]*)"', page))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        pytest.param("maya", {"Customer care", "Billing", "Sales"}, id="the owner"),
        pytest.param("lee", {"Billing"}, id="a lead sees his own"),
        pytest.param("ben", set(), id="a bound needs membership, at team"),
        pytest.param("olga", None, id="an agent sees no page"),
    ],
)
def test_the_list_holds_the_teams_the_asker_may_see(desk: Console, who: str, seen: set[str] | None) -> None:
    answer = desk.sign_in(who).get("/teams")
    assert (answer.status_code == 200) == (seen is not None)
    assert seen is None or listed(answer.text) == seen


def test_a_team_out_of_reach_looks_like_none(desk: Console) -> None:
    lee = desk.sign_in("lee")
    hidden, absent = lee.get("/teams/sales"), lee.get("/teams/nowhere")
    assert (hidden.status_code, hidden.text) == (404, absent.text)


def test_a_team_shows_its_agents_as_far_as_they_may_be_seen(desk: Console) -> None:
    assert "Olga Petrova" in desk.sign_in("lee").get("/teams/billing").text
    keeper = Role("keeper", "Keeper", {"AdminBusinessUnit": Scope.ALL})
    desk.put(PutRole(keeper), SetAssignments("ben", (Assignment("keeper"),)))
    page = desk.sign_in("ben").get("/teams/billing").text
    assert "Billing" in page
    assert "Olga Petrova" not in page


def test_a_team_is_made_renamed_and_deleted(desk: Console) -> None:
    maya = desk.sign_in("maya")
    made = maya.post("/teams", data=sent(desk, name="Returns")).headers["location"]
    assert maya.post(f"{made}/edit", data=sent(desk, name="Orders and returns")).status_code == 303
    assert "Orders and returns" in maya.get(made).text
    gone = maya.post(f"{made}/delete", data=sent(desk, receiver="care"))
    assert (gone.status_code, gone.headers["location"]) == (303, "/teams")
    assert maya.get(made).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        pytest.param("/teams", {"name": "billing "}, "already", id="a taken name"),
        pytest.param("/teams", {"name": "Bi11ing"}, "already", id="a look-alike"),
        pytest.param("/teams", {"name": ""}, "name", id="no name"),
        pytest.param("/teams", {"name": "New", "because": ""}, "say why", id="no reason"),
        pytest.param("/teams/sales/edit", {"name": "<b>"}, "cannot contain", id="markup"),
        pytest.param("/teams/sales/delete", {}, "choose the team", id="no receiver"),
        pytest.param("/teams/sales/delete", {"receiver": "sales"}, "choose the team", id="itself"),
        pytest.param("/teams/care/delete", {"receiver": "sales"}, "default team", id="the default team"),
    ],
)
def test_what_is_refused_changes_nothing_and_stays_in_the_form(
    desk: Console, path: str, fields: dict[str, str], said: str
) -> None:
    before = desk.organization.revision
    answer = desk.sign_in("maya").post(path, data=sent(desk, **{"because": "Kept words", **fields}))
    assert answer.status_code == 422
    assert said in answer.text.casefold()
    assert "Kept words" in answer.text or "because" in fields
    assert desk.organization.revision == before


def test_deleting_tells_who_gains_and_who_loses_before_it_is_done(desk: Console) -> None:
    with desk.engine.database.writing() as connection:
        things = [Resource("conversation", f"c-{n}", team="billing", state="open") for n in range(14)]
        resources.put(connection, desk.organization.id, things)
    maya, before = desk.sign_in("maya"), desk.organization.revision
    page = maya.post("/teams/billing/delete", data=sent(desk, receiver="care", move="preview")).text
    assert "14 conversations" in page
    assert "Olga Petrova" in page, "loses what reached her team"
    assert desk.organization.revision == before


def test_what_a_deleted_team_held_is_the_receivers(desk: Console) -> None:
    with desk.engine.database.writing() as connection:
        resources.put(
            connection, desk.organization.id, [Resource("conversation", "c-1", team="sales", state="open")]
        )
    desk.sign_in("maya").post("/teams/sales/delete", data=sent(desk, receiver="billing"))
    with desk.engine.database.reading() as connection:
        found = resources.find(connection, desk.organization.id, "conversation", "c-1")
    assert found is not None
    assert found.team == "billing"


def test_the_second_to_rename_a_team_is_told(desk: Console) -> None:
    stale = sent(desk, name="Sales and more")
    desk.put(PutTeam(Team("sales", "Field sales")))
    answer = desk.sign_in("maya").post("/teams/sales/edit", data=stale)
    assert answer.status_code == 422
    assert "Sales and more" in answer.text
    assert desk.organization.policy.teams["sales"].name == "Field sales"


@pytest.mark.parametrize("path", ["/teams/new", "/teams/billing/edit", "/teams/billing/delete"])
def test_reading_a_team_is_not_changing_it(desk: Console, path: str) -> None:
    lee = desk.sign_in("lee")
    assert lee.get(path).status_code == 403
    assert f'href="{path}"' not in lee.get("/teams/billing").text
    assert f'href="{path}"' in desk.sign_in("maya").get("/teams/billing").text

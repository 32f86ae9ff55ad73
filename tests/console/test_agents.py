"""The Agents pages: who is seen, what each may do there, and that nothing typed is lost."""

import re
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from tests.console.conftest import Console

from roledesk.core.changes import PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status, Team

NAMES = {"Maya Okafor", "Ada Stein", "Lee Park", "Olga Petrova", "Ben Ruiz"}
REASON = {"because": "As agreed"}


def listed(page: str) -> set[str]:
    return set(re.findall(r'<span class="row-title" title="([^"]*)"', page))


def counted(page: str) -> list[str]:
    return re.findall(r'<span class="number">([\d,]+)</span></a>', page)


def expecting(page: str) -> str:
    found = re.search(r'name="expecting" value="(\d+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("who", "search", "seen"),
    [
        pytest.param("maya", "", NAMES, id="the owner sees everybody"),
        pytest.param("maya", "RUIZ", {"Ben Ruiz"}, id="search by name, whatever the case"),
        pytest.param("maya", "olga@ex", {"Olga Petrova"}, id="search by address"),
        pytest.param("maya", "%", set(), id="a percent sign is a percent sign"),
        pytest.param("lee", "", {"Lee Park", "Olga Petrova"}, id="a lead sees his team"),
        pytest.param("lee", "ben", set(), id="nor finds others by search"),
    ],
)
def test_the_list_holds_whom_the_asker_may_see(
    console: Console, who: str, search: str, seen: set[str]
) -> None:
    page = console.sign_in(who).get("/agents", params={"q": search}).text
    assert listed(page) == seen


def test_counts_speak_of_nobody_else(console: Console) -> None:
    console.put(*(PutAgent(f"new-{n}", Status.INVITED, frozenset({"care"})) for n in range(3)))
    assert counted(console.sign_in("maya").get("/agents").text) == ["3"]
    assert counted(console.sign_in("lee").get("/agents").text) == []


def test_a_bound_outside_ones_own_teams_shows_nobody_there(console: Console) -> None:
    seeing = Role("seer", "Seer", {"SettingsView": Scope.TEAM})
    bounded = Assignment("seer", teams=frozenset({"billing"}))
    console.put(PutRole(seeing), SetAssignments("ben", (bounded,)))
    assert listed(console.sign_in("ben").get("/agents").text) == set()


def test_the_list_is_paged(console: Console) -> None:
    console.put(*(PutAgent(f"agent-{n:03}", Status.INVITED) for n in range(60)))
    client = console.sign_in("maya")
    first, second = client.get("/agents").text, client.get("/agents?page=2").text
    assert len(listed(first)) == 50
    assert len(listed(second)) == 15
    assert listed(first).isdisjoint(listed(second))
    assert "1–50 of 65 agents" in first
    assert listed(client.get("/agents?status=active").text) == NAMES


@pytest.mark.parametrize("path", ["", "/history", "/edit", "/roles", "/deactivate"])
def test_an_agent_out_of_reach_looks_like_none(console: Console, path: str) -> None:
    client = console.sign_in("lee")
    console.put(
        PutRole(
            Role(
                "lead",
                "Team lead",
                {
                    "SettingsView": Scope.TEAM,
                    "HistoryView": Scope.TEAM,
                    "AgentManagementEditAgent": Scope.TEAM,
                    "AgentDeactivate": Scope.TEAM,
                },
            )
        )
    )
    hidden, absent = client.get(f"/agents/ben{path}"), client.get(f"/agents/nobody{path}")
    assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text) == (404, absent.text)


DOORS = {
    "/agents": ("GET", {"maya", "ada", "lee"}),
    "/agents/olga": ("GET", {"maya", "ada", "lee"}),
    "/agents/new": ("GET", {"maya"}),
    "/agents/olga/edit": ("GET", {"maya", "ada"}),
    "/agents/olga/roles": ("GET", {"maya", "ada", "lee"}),
    "/agents/olga/deactivate": ("GET", {"maya"}),
    "/agents/olga/history": ("GET", {"maya", "ada"}),
}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("who", ["maya", "ada", "lee", "ben"])
def test_a_door_opens_for_those_whose_pages_lead_to_it(console: Console, path: str, who: str) -> None:
    client = console.sign_in(who)
    _, allowed = DOORS[path]
    assert (client.get(path).status_code == 200) == (who in allowed)
    home = client.get("/agents/olga") if path != "/agents/olga" else client.get("/agents")
    if home.status_code == 200:
        assert (f'href="{path}"' in home.text) == (who in allowed)


@pytest.mark.parametrize(
    "path", ["/agents", "/agents/olga/edit", "/agents/olga/link", "/agents/olga/deactivate"]
)
def test_a_write_behind_no_button_is_refused(console: Console, path: str) -> None:
    before = console.organization.revision
    answer = console.sign_in("lee").post(path, data={"name": "X", "email": "x@example.com", **REASON})
    assert answer.status_code in (403, 404)
    assert console.organization.revision == before


def test_an_agents_page_says_what_he_can_do_and_why(console: Console) -> None:
    ends = datetime(2040, 5, 1, tzinfo=UTC).timestamp()
    bounded = Assignment("night", teams=frozenset({"care"}), until=ends)
    console.put(SetAssignments("olga", (Assignment("support-agent"), bounded)), because="Covers the nights")
    page = console.sign_in("maya").get("/agents/olga").text
    assert "View chats" in page or "ConversationView" in page
    assert "only in Customer care" in page
    assert "1 May 2040" in page
    assert "given by Maya Okafor" in page
    assert "Covers the nights" in page


def test_a_switch_limited_to_teams_is_said_to_give_nothing(console: Console) -> None:
    console.put(PutRole(Role("boss", "Boss", {"AdminRolesAndPermissions": Scope.ALL})))
    console.put(SetAssignments("olga", (Assignment("boss", teams=frozenset({"care"})),)))
    assert "a role limited to teams gives nothing of it" in console.sign_in("maya").get("/agents/olga").text


def add(client: TestClient, **fields: object) -> tuple[int, str]:
    shown = client.get("/agents/new").text
    sent = {"name": "Tim New", "email": "tim@example.com", "expecting": expecting(shown), **REASON, **fields}
    answer = client.post("/agents", data=sent)
    return answer.status_code, answer.text


def test_an_added_agent_comes_in_by_the_link_shown(console: Console) -> None:
    status, page = add(console.sign_in("maya"), team=["billing"], role=["support-agent"])
    assert status == 200
    secret = re.search(r"/password/([\w-]+)", page)
    assert secret is not None
    newcomer = console.visit()
    choice = {"password": "correct horse battery", "again": "correct horse battery"}
    assert newcomer.post(f"/password/{secret[1]}", data=choice).status_code == 303
    assert "Tim New" in newcomer.get("/profile").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"name": ""}, "name is needed", id="no name"),
        pytest.param({"name": "=1+1"}, "cannot begin with", id="a formula"),
        pytest.param({"email": "not an address"}, "not an e-mail address", id="no address"),
        pytest.param({"email": "OLGA@example.com"}, "another agent", id="somebody's address"),
        pytest.param({"because": ""}, "say why", id="no reason"),
        pytest.param({"role": ["nothing"]}, "no role", id="no such role"),
        pytest.param({"team": ["nowhere"]}, "no team", id="no such team"),
    ],
)
def test_a_refused_newcomer_leaves_the_form_as_it_was(
    console: Console, fields: dict[str, object], said: str
) -> None:
    status, page = add(console.sign_in("maya"), **{"because": "For the new desk", **fields})
    assert status == 422
    assert said.casefold() in page.casefold()
    assert "Tim New" in page or "name" in fields
    assert "For the new desk" in page or "because" in fields


def test_only_roles_that_could_be_given_are_offered(console: Console) -> None:
    owner, lead = console.sign_in("maya"), console.sign_in("lee")
    assert "disabled" not in owner.get("/agents/new").text
    offers = lead.post("/agents/olga/roles", data={"move": "add", "expecting": "1"}).text
    assert re.search(r'<option value="owner" disabled>Owner \(only an owner may\)', offers)
    assert re.search(r'<option value="night" disabled>Night shift \(opens what you do not hold\)', offers)


def rows(*held: dict[str, object]) -> dict[str, object]:
    return {
        f"{name}.{number}": value
        for number, row in enumerate(held, 1)
        for name, value in {"keep": "yes", **row}.items()
    }


def save_roles(console: Console, who: str, *held: dict[str, object], **fields: object) -> tuple[int, str]:
    sent = {"expecting": str(console.organization.revision.number), **REASON, **rows(*held), **fields}
    answer = console.sign_in(who).post("/agents/olga/roles", data=sent)
    return answer.status_code, answer.text


def held(console: Console, agent: str = "olga") -> tuple[Assignment, ...]:
    return console.organization.policy.agents[agent].assignments


def test_roles_are_saved_with_their_limits(console: Console) -> None:
    night = {
        "role": "night",
        "bounded": "yes",
        "team": ["care"],
        "starts": "2040-01-01",
        "ends": "2040-05-01",
    }
    assert save_roles(console, "maya", {"role": "support-agent"}, night)[0] == 303
    days = [datetime(2040, month, 1, tzinfo=UTC).timestamp() for month in (1, 5)]
    limited = Assignment("night", teams=frozenset({"care"}), since=days[0], until=days[1])
    assert held(console) == (Assignment("support-agent"), limited)


def test_a_row_that_was_not_touched_keeps_its_exact_moment(console: Console) -> None:
    exact = Assignment("night", until=datetime(2040, 5, 1, 15, 30, tzinfo=UTC).timestamp())
    console.put(SetAssignments("olga", (exact,)))
    save_roles(console, "maya", {"role": "night", "ends": "2040-05-01"}, {"role": "support-agent"})
    assert held(console) == (exact, Assignment("support-agent"))


def test_gains_and_losses_are_shown_before_anything_is_saved(console: Console) -> None:
    before = console.organization.revision
    unticked = {"role": "support-agent", "keep": ""}
    status, page = save_roles(console, "maya", unticked, {"role": "night"}, move="preview")
    assert status == 200
    assert "+ gains" in page
    assert "− loses" in page
    assert console.organization.revision == before


@pytest.mark.parametrize(
    ("row", "fields", "said"),
    [
        pytest.param({"role": "night", "bounded": "yes"}, {}, "tick the teams", id="no team ticked"),
        pytest.param({"role": "night", "starts": "soon"}, {}, "write the day", id="no day"),
        pytest.param(
            {"role": "night", "starts": "2040-02-01", "ends": "2040-01-01"},
            {},
            "before it begins",
            id="reversed",
        ),
        pytest.param({"role": "night"}, {"because": ""}, "say why", id="no reason"),
        pytest.param({"role": "nothing"}, {}, "no role", id="no such role"),
        pytest.param({"role": "night"}, {"expecting": "x"}, "open it again", id="no revision"),
    ],
)
def test_roles_that_cannot_be_saved_stay_in_the_form(
    console: Console, row: dict[str, object], fields: dict[str, object], said: str
) -> None:
    before = console.organization.revision
    status, page = save_roles(console, "maya", {"role": "support-agent"}, row, **fields)
    assert status == 422
    assert said in page.casefold()
    assert "Support agent" in page
    assert console.organization.revision == before


def test_nobody_gives_what_he_does_not_hold(console: Console) -> None:
    status, page = save_roles(console, "lee", {"role": "support-agent"}, {"role": "night"})
    assert status == 422
    assert "cannot give what you do not hold" in page
    assert held(console) == (Assignment("support-agent"),)


def test_two_who_change_the_same_agent_lose_nothing(console: Console) -> None:
    shown = str(console.organization.revision.number)
    console.put(SetAssignments("olga", (Assignment("support-agent"), Assignment("lead"))), by="maya")
    status, page = save_roles(console, "ada", {"role": "support-agent"}, {"role": "night"}, expecting=shown)
    assert status == 422
    assert "Somebody changed access while you were here" in page
    assert set(re.findall(r'type="hidden" name="role\.\d+" value="([^"]+)"', page)) == {
        "support-agent",
        "night",
        "lead",
    }
    assert expecting(page) == str(console.organization.revision.number)


def test_what_happens_to_others_meanwhile_does_not_matter(console: Console) -> None:
    shown = str(console.organization.revision.number)
    console.put(PutTeam(Team("sales", "Sales")))
    assert save_roles(console, "maya", {"role": "night"}, expecting=shown)[0] == 303


def test_a_name_and_teams_are_saved_together(console: Console) -> None:
    sent = {"name": "Olga P.", "email": "op@example.com", "team": ["care"], **REASON}
    sent["expecting"] = str(console.organization.revision.number)
    assert console.sign_in("maya").post("/agents/olga/edit", data=sent).status_code == 303
    assert console.organization.policy.agents["olga"].teams == {"care"}
    assert "Olga P." in console.sign_in("maya").get("/agents/olga").text


def test_a_refused_edit_changes_neither_name_nor_team(console: Console) -> None:
    sent = {"name": "Olga P.", "email": "ben@example.com", "team": ["care"], **REASON}
    sent["expecting"] = str(console.organization.revision.number)
    answer = console.sign_in("maya").post("/agents/olga/edit", data=sent)
    assert answer.status_code == 422
    assert "Olga P." in answer.text
    assert console.organization.policy.agents["olga"].teams == {"billing"}
    assert "Olga Petrova" in console.sign_in("maya").get("/agents/olga").text


def test_a_deactivated_agent_is_out_at_once_and_comes_back(console: Console) -> None:
    olga, maya = console.sign_in("olga"), console.sign_in("maya")
    assert olga.get("/profile").status_code == 200
    sent = {"expecting": str(console.organization.revision.number), **REASON}
    assert maya.post("/agents/olga/deactivate", data=sent).status_code == 303
    assert olga.get("/profile").status_code == 303
    sent["expecting"] = str(console.organization.revision.number)
    assert maya.post("/agents/olga/reactivate", data=sent).status_code == 303
    assert olga.get("/profile").status_code == 303, "the sign-in stays ended"
    assert console.organization.policy.agents["olga"].status is Status.ACTIVE


@pytest.mark.parametrize("path", ["/agents/olga/deactivate", "/agents/olga/edit"])
def test_a_reason_is_always_asked_for(console: Console, path: str) -> None:
    sent = {"name": "Olga", "email": "olga@example.com", "team": "care", "because": " "}
    sent["expecting"] = str(console.organization.revision.number)
    answer = console.sign_in("maya").post(path, data=sent)
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert console.organization.policy.agents["olga"].status is Status.ACTIVE


def test_a_mistake_does_not_hide_that_somebody_was_first(console: Console) -> None:
    shown = str(console.organization.revision.number)
    console.put(SetAssignments("olga", (Assignment("lead"),)))
    client = console.sign_in("maya")
    first = client.post("/agents/olga/deactivate", data={"expecting": shown, "because": ""})
    assert expecting(first.text) == shown
    second = client.post("/agents/olga/deactivate", data={"expecting": shown, **REASON})
    assert "Somebody changed access while you were here" in second.text
    assert expecting(second.text) == str(console.organization.revision.number)


def test_nobody_touches_the_sign_in_of_one_who_holds_more(console: Console) -> None:
    console.put(
        PutRole(
            Role("helper", "Helper", {"AgentManagementEditAgent": Scope.ALL, "AgentDeactivate": Scope.ALL})
        ),
        SetAssignments("ben", (Assignment("helper"),)),
    )
    ben = console.sign_in("ben")
    page = ben.get("/agents/ada").text
    assert "/agents/ada/link" not in page
    assert "/agents/ada/deactivate" not in page
    assert ben.post("/agents/ada/link").status_code == 404
    assert ben.post("/agents/ada/deactivate", data=REASON).status_code == 404


def test_names_are_written_out_and_never_run(console: Console) -> None:
    page = console.sign_in("maya").get("/agents", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)</script>" not in page

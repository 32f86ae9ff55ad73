from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.service.conftest import CONVERSATIONS, owner_token, service_token
from tests.web.conftest import Desk

from roledesk.core.changes import Change, PutAgent, PutRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject

API = "/api/v1"


class Program:
    """Somebody who uses the API with one token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.token = token

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}", "If-Match": "*"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, API + path, json=body, headers=given)

    def get(self, path: str) -> Any:
        response = self.send("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def do(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        response = self.send(method, path, body, **headers)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def owner(desk_client: TestClient, desk: Desk) -> Program:
    return Program(desk_client, owner_token(desk.organization, desk.owner))


READER = {"name": "Reader", "grants": {"ConversationView": "team"}, "because": "to look in"}


def test_a_role_is_made_read_changed_and_deleted(owner: Program) -> None:
    owner.do("PUT", "/roles/reader", READER)
    assert owner.get("/roles/reader")["grants"] == {"ConversationView": "team"}
    owner.do("PUT", "/roles/reader", {**READER, "grants": {"ConversationView": "all"}})
    assert owner.get("/roles/reader")["grants"] == {"ConversationView": "all"}
    owner.do("DELETE", "/roles/reader", {"because": "not needed"})
    assert owner.send("GET", "/roles/reader").status_code == 404


def test_a_role_that_is_held_is_deleted_only_with_a_word_about_its_holders(
    owner: Program, desk: Desk
) -> None:
    refused = owner.send("DELETE", "/roles/agent", {"because": "not needed"})
    assert refused.status_code == 422
    assert refused.json()["refusals"]
    owner.do("DELETE", "/roles/agent", {"because": "not needed", "holders": "take_away"})
    assert desk.organization.policy.agents["ben"].assignments == ()


def test_a_preview_tells_who_gains_and_changes_nothing(owner: Program, desk: Desk) -> None:
    agent = owner.get("/roles/agent")
    wider = {**agent["grants"], "AgentChat": "team"}
    before = desk.organization.revision
    role = {"name": agent["name"], "grants": wider, "because": ""}
    preview = owner.do("POST", "/roles/agent/preview", role)
    assert [effect["agents"] for effect in preview["effects"]] == [["ben"]]
    gains = {(pair["action"], tuple(pair["teams"])) for pair in preview["effects"][0]["gains"]}
    assert ("conversation.reply", ("billing",)) in gains
    assert desk.organization.revision == before


def test_every_refusal_is_told_at_once(owner: Program) -> None:
    refused = owner.send(
        "PUT", "/roles/agent2", {"name": "Agent", "grants": {"Nothing": "all"}, "because": ""}
    ).json()
    assert len(refused["refusals"]) >= 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({**READER, "grants": {"ConversationView": "everywhere"}}, 422, id="unknown scope"),
        pytest.param({**READER, "grants": {"Nothing": "all"}}, 422, id="unknown permission"),
        pytest.param({**READER, "name": "<b>"}, 422, id="markup"),
        pytest.param({**READER, "name": "=1+1"}, 422, id="a formula"),
        pytest.param({**READER, "name": "x" * 10_000}, 422, id="an absurd length"),
        pytest.param({**READER, "because": ""}, 422, id="no reason"),
        pytest.param({"name": "Reader"}, 422, id="no grants"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    owner: Program, desk: Desk, body: object, status: int
) -> None:
    before = desk.organization.revision
    assert owner.send("PUT", "/roles/reader", body).status_code == status
    assert desk.organization.revision == before


def test_whoever_looked_at_an_older_revision_is_told(owner: Program, desk: Desk) -> None:
    seen = str(desk.organization.revision)
    owner.do("PUT", "/teams/sales", {"name": "Sales", "because": "new"}, If_Match=f'"{seen}"')
    late = owner.send("PUT", "/teams/sales", {"name": "Sellers", "because": "new"}, If_Match=f'"{seen}"')
    assert late.status_code == 409
    assert desk.organization.policy.teams["sales"].name == "Sales"


@pytest.mark.parametrize("expecting", ["", "newest", "1", "x.y", "a.99999999999999999999999"])
def test_an_expectation_that_is_no_revision_is_refused(owner: Program, expecting: str) -> None:
    response = owner.send("PUT", "/teams/sales", {"name": "Sales"}, If_Match=expecting)
    assert response.status_code == 400


def test_the_same_key_acts_once(owner: Program, desk: Desk) -> None:
    first = owner.do("PUT", "/teams/sales", {"name": "Sales"}, Idempotency_Key="k-1")
    owner.do("PUT", "/teams/sales", {"name": "Sellers"})
    again = owner.do("PUT", "/teams/sales", {"name": "Sales"}, Idempotency_Key="k-1")
    assert again == first
    assert desk.organization.policy.teams["sales"].name == "Sellers"


def test_a_key_belongs_to_one_request(owner: Program, desk: Desk) -> None:
    owner.do("PUT", "/teams/sales", {"name": "Sales"}, Idempotency_Key="k-1")
    other = owner.send("PUT", "/teams/sales", {"name": "Sellers"}, Idempotency_Key="k-1")
    assert other.status_code == 400
    assert desk.organization.policy.teams["sales"].name == "Sales"


def test_an_invitation_repeated_by_its_key_invites_one(owner: Program, desk: Desk) -> None:
    wanted = {"name": "Cleo", "email": "cleo@example.com", "teams": ["billing"], "because": "joins"}
    wanted["assignments"] = [{"role": "agent", "teams": ["billing"]}]  # type: ignore[assignment]
    first = owner.do("POST", "/agents", wanted, Idempotency_Key="k-2")
    again = owner.do("POST", "/agents", wanted, Idempotency_Key="k-2")
    assert first["secret"].startswith("link_")
    assert again["secret"] is None
    assert again["revision"] == first["revision"]
    assert len(desk.organization.policy.agents) == 3


def test_an_agent_is_invited_edited_assigned_and_deactivated(owner: Program) -> None:
    wanted = {"name": "Cleo", "email": "cleo@example.com", "teams": ["billing"], "because": "joins"}
    id = owner.do("POST", "/agents", wanted)["id"]
    owner.do("PATCH", f"/agents/{id}", {"name": "Cleo Q."})
    owner.do("PUT", f"/agents/{id}/teams", {"teams": ["general"], "because": "moved"})
    given = {"assignments": [{"role": "agent", "until": 4_000_000_000.0}], "because": "answers"}
    owner.do("PUT", f"/agents/{id}/assignments", given)
    assert owner.get(f"/agents/{id}") == {
        "id": id,
        "name": "Cleo Q.",
        "email": "cleo@example.com",
        "type": "agent",
        "status": "invited",
        "teams": ["general"],
        "assignments": [{"role": "agent", "teams": None, "since": None, "until": 4_000_000_000.0}],
    }
    owner.do("POST", f"/agents/{id}/deactivate", {"because": "left"})
    assert owner.get(f"/agents/{id}")["status"] == "deactivated"
    owner.do("POST", f"/agents/{id}/reactivate", {"because": "is back"})
    assert owner.get(f"/agents/{id}")["status"] == "active"


def test_agents_are_searched_and_paged(owner: Program, desk: Desk) -> None:
    found = owner.get("/agents?q=ben")
    assert [agent["id"] for agent in found["agents"]] == ["ben"]
    first, second = owner.get("/agents?limit=1"), owner.get("/agents?limit=1&offset=1")
    assert [page["agents"][0]["id"] for page in (first, second)] == [desk.owner, "ben"]
    assert sum(first["counts"].values()) == 2


def test_why_an_agent_may_or_may_not_is_explained(owner: Program) -> None:
    asked = {
        "agent": "ben",
        "action": "conversation.reply",
        "resource": {"kind": "conversation", "id": "c-1"},
    }
    assert owner.do("POST", "/explain", asked)["grants"][0]["role"] == "agent"
    refused = owner.do("POST", "/explain", {"agent": "ben", "action": "role.edit"})
    assert (refused["allowed"], refused["reason"]) == (False, "no_grant")
    assert "admin" in refused["missing"]["roles"]
    typo = owner.send("POST", "/explain", {"agent": "ben", "action": "role.edti"})
    assert typo.status_code == 400


def test_who_can_is_listed_and_paged(owner: Program, desk: Desk) -> None:
    path = "/who-can?action=conversation.reply&kind=conversation&id=c-1"
    everybody = owner.get(path)["agents"]
    assert set(everybody) == {"ben", desk.owner}
    first = owner.get(f"{path}&limit=1")
    rest = owner.get(f"{path}&limit=1&after={first['after']}")
    assert first["agents"] + rest["agents"] == everybody
    assert rest["after"] is None


def test_the_history_is_read_paged_and_verified(owner: Program, desk: Desk) -> None:
    newest = owner.get("/history?limit=1")
    assert newest["entries"][0]["because"] == "the first agent"
    assert owner.get(f"/history?before={newest['before']}")["entries"][0]["revision"] == 1
    assert owner.get("/history/1")["because"]
    verified = owner.get("/history/verify")
    assert verified["whole"] is True
    assert verified["head_revision"] == desk.organization.revision.number
    cut = owner.get(f"/history/verify?head_revision=9&head_hash={verified['head_hash']}")
    assert cut["whole"] is False


def test_tokens_are_made_listed_and_revoked(owner: Program, desk_client: TestClient, desk: Desk) -> None:
    wanted = {
        "name": "mine",
        "expires_at": desk.organization.clock() + 1000,
        "permissions": ["ConversationView"],
    }
    made = owner.do("POST", "/tokens/personal", wanted)
    mine = Program(desk_client, made["secret"])
    assert mine.get("/me")["actions"] == ["conversation.view"]
    asking = {"name": "desk", "actions": ["decision.evaluate"], "expires_at": wanted["expires_at"]}
    service = owner.do("POST", "/tokens/service", asking)
    listed = owner.get("/tokens")
    assert {token["id"] for token in listed} >= {made["token"]["id"], service["token"]["id"]}
    assert not any("secret" in token for token in listed)
    owner.do("DELETE", f"/tokens/{made['token']['id']}")
    assert mine.send("GET", "/me").status_code == 401


@pytest.fixture
def lead(desk_client: TestClient, desk: Desk) -> Program:
    """Lea, who reads settings and history of team `billing` alone."""
    grants = {"SettingsView": Scope.TEAM, "HistoryView": Scope.TEAM, "ConvrsAPI": Scope.OWN}
    people = (
        PutAgent("lea", Status.ACTIVE, frozenset({"billing"})),
        PutAgent("zoe", Status.ACTIVE, frozenset({"general"})),
        SetAssignments("lea", (Assignment("lead"),)),
    )
    for edits in ((PutRole(Role("lead", "Lead", grants)),), people):
        desk.organization.commit(Change(edits), by=Subject(desk.owner), because="Lea leads")
    return Program(desk_client, owner_token(desk.organization, "lea"))


def test_what_belongs_to_another_team_is_answered_like_what_is_not_there(lead: Program) -> None:
    def explained(id: str) -> tuple[int, str]:
        resource = {"kind": "conversation", "id": id}
        asked = {"agent": "ben", "action": "conversation.view", "resource": resource}
        answer = lead.send("POST", "/explain", asked)
        return answer.status_code, answer.text

    def found(id: str) -> tuple[int, str]:
        answer = lead.send("GET", f"/who-can?action=conversation.view&kind=conversation&id={id}")
        return answer.status_code, answer.text

    assert explained("c-1")[0] == found("c-1")[0] == 200
    assert explained("c-2") == explained("c-none")
    assert found("c-2") == found("c-none")


def test_the_history_is_not_asked_about_somebody_who_is_not_seen(lead: Program) -> None:
    assert lead.get("/history?about=agent:lea")["entries"]
    for hidden in ("agent:zoe", "agent:nobody", "team:general", "role:lead"):
        assert lead.get(f"/history?about={hidden}") == {"entries": [], "before": None}


@pytest.mark.parametrize("odd", ['"\\ud800"', "NaN", "1e400", '["\\udfff"]'])
def test_what_cannot_be_written_down_is_refused(owner: Program, odd: str) -> None:
    for method, path, body in (
        ("POST", "/tokens/personal", f'{{"name": "t", "expires_at": {odd}}}'),
        ("POST", "/tokens/service", f'{{"name": "t", "actions": [{odd}]}}'),
        ("POST", "/explain", f'{{"agent": "ben", "action": {odd}}}'),
        ("PUT", "/agents/ben/assignments", f'{{"because": "x", "assignments": [{{"role": {odd}}}]}}'),
    ):
        headers = {
            "Authorization": f"Bearer {owner.token}",
            "If-Match": "*",
            "Content-Type": "application/json",
        }
        answer = owner.client.request(method, API + path, content=body, headers=headers)
        assert answer.status_code in (400, 422), (path, answer.text)


@pytest.fixture
def service(desk_client: TestClient, desk: Desk) -> Program:
    """A service that may register resources, and nothing else."""
    return Program(desk_client, service_token(desk.organization, desk.owner, "resource.register"))


def test_a_service_token_opens_nothing_but_what_it_was_made_for(service: Program) -> None:
    assert service.send("GET", "/roles").status_code == 403
    assert service.send("GET", "/agents/ben").status_code == 403
    registered = {"resources": [{"kind": "conversation", "id": "c-7", "team": "billing", "state": "open"}]}
    service.do("PUT", "/resources", registered)
    listed = service.get("/resources?kind=conversation")["resources"]
    assert [each["id"] for each in listed] == ["c-1", "c-2", "c-3", "c-7"]
    service.do("POST", "/resources/remove", {"kind": "conversation", "ids": ["c-7", "unknown"]})
    assert len(service.get("/resources?kind=conversation")["resources"]) == 3


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param({"kind": "spaceship", "id": "1"}, id="unknown kind"),
        pytest.param({"kind": "conversation", "id": "1", "team": "none"}, id="unknown team"),
        pytest.param({"kind": "conversation", "id": "1", "state": "lost"}, id="unknown state"),
        pytest.param({"kind": "conversation", "id": ""}, id="no id"),
        pytest.param({"kind": "conversation", "id": "x" * 201}, id="an absurd length"),
        pytest.param({"kind": "conversation", "id": "a\nb"}, id="a line break"),
    ],
)
def test_a_resource_that_cannot_exist_is_refused_with_all_others(service: Program, resource: object) -> None:
    good = {"kind": "conversation", "id": "c-8"}
    assert service.send("PUT", "/resources", {"resources": [good, resource]}).status_code == 400
    assert len(service.get("/resources?kind=conversation")["resources"]) == 3


def test_the_description_is_openapi_3_1_and_names_every_operation(desk_client: TestClient) -> None:
    description = desk_client.get(f"{API}/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    operations = [each["operationId"] for path in description["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations)) > 25


def test_what_is_used_is_told(owner: Program, desk: Desk, desk_engine: Any) -> None:
    desk.organization.guard("ben").require("conversation.reply", CONVERSATIONS[0])
    desk_engine.usage.flush()
    uses = owner.get("/usage?agent=ben")["uses"]
    assert [(use["permission"], use["count"]) for use in uses] == [("AgentChat", 1)]

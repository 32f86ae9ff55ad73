from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.service.conftest import BASE, SETTINGS, Caller, owner_token, service_token
from tests.web.conftest import Desk

from roledesk.app import create_app
from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.terms import Assignment, Resource, Status, Subject
from roledesk.engine import Engine, open_engine
from roledesk.engine.tokens import make_service_token, revoke_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import organizations, resources, tokens, usage

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
REPLY = "conversation.reply"


def question(
    agent: str, action: str, kind: str, id: str, facts: dict[str, object] | None = None, **more: object
) -> dict[str, object]:
    resource: dict[str, object] = {"type": kind, "id": id}
    if facts is not None:
        resource["properties"] = facts
    return {
        "subject": {"type": "agent", "id": agent},
        "action": {"name": action},
        "resource": resource,
        **more,
    }


@pytest.fixture
def caller(desk_client: TestClient, desk: Desk) -> Caller:
    """A service that may ask, and is not believed."""
    return Caller(desk_client, service_token(desk.organization, desk.owner, "decision.evaluate"))


@pytest.fixture
def trusted(desk_client: TestClient, desk: Desk) -> Caller:
    """A service that may ask, and whose facts count."""
    return Caller(
        desk_client, service_token(desk.organization, desk.owner, "decision.evaluate", "facts.assert")
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        pytest.param(("ben", REPLY, "conversation", "c-1"), "granted", id="his own"),
        pytest.param(("ben", REPLY, "conversation", "c-2"), "out_of_scope", id="another team's"),
        pytest.param(("ben", REPLY, "conversation", "c-3"), "wrong_state", id="a closed one"),
        pytest.param(("ben", REPLY, "conversation", "c-9"), "unknown_resource", id="one nobody registered"),
        pytest.param(
            ("ben", "conversation.fly", "conversation", "c-1"), "unknown_action", id="no such action"
        ),
        pytest.param(("ben", REPLY, "spaceship", "c-1"), "unknown_kind", id="no such kind"),
        pytest.param(("ben", REPLY, "customer", "c-1"), "unknown_action", id="an action of another kind"),
        pytest.param(("zoe", REPLY, "conversation", "c-1"), "unknown_subject", id="nobody"),
        pytest.param(("ben", "AgentChat", "conversation", "c-1"), "granted", id="by the permission's key"),
        pytest.param(("ben", "role.edit", "organization", "itself"), "no_grant", id="about the organization"),
        pytest.param(
            ("ben", REPLY, "organization", "other"), "unknown_resource", id="about another organization"
        ),
    ],
)
def test_an_answer_gives_its_reason(
    caller: Caller, desk: Desk, asked: tuple[str, str, str, str], reason: str
) -> None:
    agent, action, kind, id = asked
    id = desk.organization.id if id == "itself" else id
    answer: Any = caller.post(EVALUATION, question(agent, action, kind, id))
    assert (answer["decision"], answer["context"]["reason"]) == (reason == "granted", reason)


def test_an_allowing_answer_names_grants_and_revision(caller: Caller, desk: Desk) -> None:
    answer: Any = caller.post(EVALUATION, question("ben", REPLY, "conversation", "c-1"))
    revision = str(desk.organization.revision)
    assert answer["context"] == {
        "reason": "granted",
        "revision": revision,
        "grants": ["role agent: AgentChat at own"],
    }


@pytest.mark.parametrize(
    ("facts", "untrusted", "believed"),
    [
        pytest.param({"owner": "ben", "state": "open"}, False, True, id="made his own"),
        pytest.param({"owner": "zoe"}, False, False, id="still another's"),
        pytest.param({"status": "mine"}, False, False, id="a fact that means nothing"),
        pytest.param({}, False, False, id="none"),
    ],
)
def test_facts_sent_along_count_only_from_a_trusted_caller(
    caller: Caller, trusted: Caller, facts: dict[str, object], untrusted: bool, believed: bool
) -> None:
    asked = question("ben", REPLY, "conversation", "c-2", facts)
    answers: list[Any] = [each.post(EVALUATION, asked) for each in (caller, trusted)]
    assert [answer["decision"] for answer in answers] == [untrusted, believed]


def test_a_trusted_caller_may_ask_about_what_nobody_registered(trusted: Caller) -> None:
    asked = question(
        "ben", REPLY, "conversation", "new", {"owner": "ben", "team": "billing", "state": "open"}
    )
    answer: Any = trusted.post(EVALUATION, asked)
    assert answer["decision"] is True


def test_a_believed_fact_of_the_wrong_type_is_a_bad_request(caller: Caller, trusted: Caller) -> None:
    asked = question("ben", REPLY, "conversation", "c-1", {"team": 5})
    headers = {"Authorization": f"Bearer {trusted.token}"}
    assert trusted.client.post(EVALUATION, json=asked, headers=headers).status_code == 400
    batch: Any = trusted.post(EVALUATIONS, {"evaluations": [asked]})
    assert batch["evaluations"][0]["context"]["reason"] == "bad_question"
    assert caller.post(EVALUATION, asked)["decision"] is True  # type: ignore[index]


def test_the_next_question_is_answered_by_the_new_policy(caller: Caller, desk: Desk) -> None:
    asked = question("ben", REPLY, "conversation", "c-1")
    assert caller.post(EVALUATION, asked)["decision"] is True  # type: ignore[index]
    taken = Change((SetAssignments("ben", ()),))
    desk.organization.commit(taken, by=Subject(desk.owner), because="no longer answers")
    assert caller.post(EVALUATION, asked)["context"]["reason"] == "no_grant"  # type: ignore[index]


def test_an_answer_is_not_kept_past_its_time(
    caller: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = desk.organization.clock
    until = clock() + 100
    dated = Change((SetAssignments("ben", (Assignment("agent", until=until),)),))
    desk.organization.commit(dated, by=Subject(desk.owner), because="for a short while")
    asked = question("ben", REPLY, "conversation", "c-1")
    first: Any = caller.post(EVALUATION, asked)
    assert first["decision"] is True
    assert first["context"]["valid_until"]
    clock.follow(until)
    assert caller.post(EVALUATION, asked)["decision"] is False  # type: ignore[index]


@pytest.mark.parametrize("way", ["context", "header"])
@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        pytest.param("now", 200, id="the present revision"),
        pytest.param("earlier", 200, id="an earlier one"),
        pytest.param("later", 409, id="one that was not committed"),
        pytest.param("elsewhere", 409, id="another epoch"),
        pytest.param("nonsense", 409, id="no revision at all"),
    ],
)
def test_an_answer_is_as_fresh_as_demanded_or_refused(
    caller: Caller, desk: Desk, way: str, wanted: str, status: int
) -> None:
    now = desk.organization.revision
    revision = {
        "now": str(now),
        "earlier": f"{now.epoch}.1",
        "later": f"{now.epoch}.{now.number + 1}",
        "elsewhere": f"0000.{now.number}",
        "nonsense": "newest",
    }[wanted]
    context = {"context": {"revision": revision}} if way == "context" else {}
    headers = {"Authorization": f"Bearer {caller.token}"}
    headers |= {"Roledesk-Revision": revision} if way == "header" else {}
    asked = question("ben", REPLY, "conversation", "c-1", **context)
    for path in (EVALUATION, EVALUATIONS):
        assert caller.client.post(path, json=asked, headers=headers).status_code == status


def test_a_demanded_revision_is_fetched_from_the_database(
    caller: Caller, desk: Desk, desk_engine: Engine
) -> None:
    """Another process commits; this one has not heard of it when it is asked."""
    with open_engine(str(desk_engine.database.url)) as other:
        taken = Change((SetAssignments("ben", ()),))
        revision = other.organization(desk.organization.id).commit(
            taken, by=Subject(desk.owner), because="elsewhere"
        )
    asked = question("ben", REPLY, "conversation", "c-1", context={"revision": str(revision)})
    assert caller.post(EVALUATION, asked)["decision"] is False  # type: ignore[index]


def test_facts_are_read_again_when_they_changed(caller: Caller, desk: Desk) -> None:
    asked = question("ben", REPLY, "conversation", "c-1")
    assert caller.post(EVALUATION, asked)["decision"] is True  # type: ignore[index]
    with desk.organization.database.writing() as connection:
        resources.put(
            connection,
            desk.organization.id,
            [Resource("conversation", "c-1", owner="zoe", team="general", state="open")],
        )
        organizations.bump_pulse(connection, desk.organization.id)
    desk.organization.pulse_moved()
    assert caller.post(EVALUATION, asked)["decision"] is False  # type: ignore[index]


def test_what_roledesk_knows_itself_needs_no_registration(caller: Caller, desk: Desk) -> None:
    for kind, id, action in (("agent", "ben", "agent.edit"), ("team", "billing", "team.edit")):
        assert caller.post(EVALUATION, question(desk.owner, action, kind, id))["decision"] is True  # type: ignore[index]
        assert caller.post(EVALUATION, question("ben", action, kind, id))["decision"] is False  # type: ignore[index]


def test_a_deactivated_agent_is_denied(caller: Caller, desk: Desk) -> None:
    gone = Change((PutAgent("ben", Status.DEACTIVATED, frozenset({"billing"})),))
    desk.organization.commit(gone, by=Subject(desk.owner), because="left")
    answer: Any = caller.post(EVALUATION, question("ben", REPLY, "conversation", "c-1"))
    assert answer["context"]["reason"] == "inactive"


@pytest.mark.parametrize(
    ("actions", "path", "status"),
    [
        pytest.param(("decision.evaluate",), EVALUATION, 200, id="may ask"),
        pytest.param(("decision.evaluate",), "/access/v1/search/action", 403, id="may not search"),
        pytest.param(("decision.search",), "/access/v1/search/action", 200, id="may search"),
        pytest.param(("decision.search",), EVALUATIONS, 403, id="may not ask"),
    ],
)
def test_a_token_does_what_it_was_made_for(
    desk_client: TestClient, desk: Desk, actions: tuple[str, ...], path: str, status: int
) -> None:
    token = service_token(desk.organization, desk.owner, *actions)
    asked = question("ben", REPLY, "conversation", "c-1")
    headers = {"Authorization": f"Bearer {token}"}
    assert desk_client.post(path, json=asked, headers=headers).status_code == status


def test_an_agents_own_token_asks_for_no_decisions(desk_client: TestClient, desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {owner_token(desk.organization, desk.owner)}"}
    asked = question("ben", REPLY, "conversation", "c-1")
    assert desk_client.post(EVALUATION, json=asked, headers=headers).status_code == 403


def test_a_revoked_token_stops_at_once(desk_client: TestClient, desk: Desk) -> None:
    guard = desk.organization.guard(desk.owner)
    made = make_service_token(guard, name="short-lived", actions=frozenset({"decision.evaluate"}))
    headers = {"Authorization": f"Bearer {made.secret}"}
    asked = question("ben", REPLY, "conversation", "c-1")
    assert desk_client.post(EVALUATION, json=asked, headers=headers).status_code == 200
    revoke_token(guard, made.token.id)
    assert desk_client.post(EVALUATION, json=asked, headers=headers).status_code == 401


def test_the_day_of_a_tokens_last_use_is_noted(desk_client: TestClient, desk: Desk) -> None:
    guard, clock = desk.organization.guard(desk.owner), desk.organization.clock
    made = make_service_token(guard, name="daily", actions=frozenset({"decision.evaluate"}))
    asked = question("ben", REPLY, "conversation", "c-1")
    for _day in range(2):
        desk_client.post(EVALUATION, json=asked, headers={"Authorization": f"Bearer {made.secret}"})
        with desk.organization.database.reading() as connection:
            token = tokens.find(connection, desk.organization.id, made.token.id)
        assert token is not None
        assert token.last_used_on == datetime.fromtimestamp(clock(), UTC).date()
        clock.follow(clock() + 86_400)


def test_a_served_allow_counts_as_use_and_a_denial_does_not(
    caller: Caller, desk: Desk, desk_engine: Engine
) -> None:
    for id in ("c-1", "c-1", "c-2"):
        caller.post(EVALUATION, question("ben", REPLY, "conversation", id))
    items = [{"resource": {"type": "conversation", "id": id}} for id in ("c-1", "c-2")]
    caller.post(EVALUATIONS, {**question("ben", REPLY, "conversation", "c-1"), "evaluations": items})
    desk_engine.usage.flush()
    with desk_engine.database.reading() as connection:
        counted = usage.read(connection, desk.organization.id, agent="ben")
    assert {key: use.count for key, use in counted.items()} == {("ben", "AgentChat"): 3}


@pytest.mark.parametrize(("merges", "decision"), [(False, False), (True, True)])
def test_partial_entities_are_merged_only_where_it_is_switched_on(
    desk_engine: Engine, desk: Desk, merges: bool, decision: bool
) -> None:
    given = {"secret": "s" * 40, "authzen_partial_entities": merges}
    client = TestClient(create_app(load_settings(ServerSettings, given=given), desk_engine), base_url=BASE)
    caller = Caller(client, service_token(desk.organization, desk.owner, "decision.evaluate"))
    asked = question("ben", REPLY, "conversation", "c-9")
    asked["resource"] = {"type": "conversation"}
    answer: Any = caller.post(EVALUATIONS, {**asked, "evaluations": [{"resource": {"id": "c-1"}}]})
    assert answer["evaluations"][0]["decision"] is decision


def test_without_a_public_address_there_is_no_discovery(desk_engine: Engine, desk: Desk) -> None:
    client = TestClient(create_app(load_settings(ServerSettings, given={"secret": "s" * 40}), desk_engine))
    assert client.get("/.well-known/authzen-configuration").status_code == 404
    assert SETTINGS.public_url == BASE


def test_a_server_below_a_path_is_discovered_at_its_hosts_root(desk_engine: Engine, desk: Desk) -> None:
    given = {"secret": "s" * 40, "public_url": "https://pdp.example.com/t1"}
    client = TestClient(create_app(load_settings(ServerSettings, given=given), desk_engine), base_url=BASE)
    document = client.get("/.well-known/authzen-configuration/t1").json()
    assert document["policy_decision_point"] == "https://pdp.example.com/t1"
    assert document["access_evaluation_endpoint"] == f"https://pdp.example.com/t1{EVALUATION}"
    assert client.get("/.well-known/authzen-configuration").status_code == 404

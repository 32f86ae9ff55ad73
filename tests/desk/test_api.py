"""The desk's JSON operations: behind the same guards as the pages, holding no more than a page would, acting once."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.desk.world import ALL, OWN, TEAM, World
from tests.test_doors import doors

from roledesk import Engine, Scope
from roledesk.app import create_app
from roledesk.desk import api as desk_api
from roledesk.desk import conversations, customers, visitors
from roledesk.desk.customers import Correction
from roledesk.engine.sign_ins import open_sign_in
from roledesk.engine.tokens import make_personal_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})


@dataclass(frozen=True)
class Api:
    """The server, and a program for each agent."""

    world: World
    app: object

    def as_(self, agent: str) -> TestClient:
        client = TestClient(self.app, base_url="http://testserver/api/v1")  # type: ignore[arg-type]
        client.headers.update({"Sec-Fetch-Site": "same-origin"})
        secret = open_sign_in(self.world.organization, agent, lifetime_s=3600)
        client.cookies.set("roledesk-sign-in", Cookies(SETTINGS).sign(COOKIE, [secret]))
        return client


@pytest.fixture
def api(engine: Engine, world: World) -> Api:
    return Api(world, create_app(SETTINGS, engine))


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()["conversations"]}


def test_a_list_reaches_as_far_as_the_page(api: Api) -> None:
    mine, mate, other = api.world.opened("a1"), api.world.opened("a2"), api.world.opened("b1")
    for scope, seen in ((OWN, {mine.id}), (TEAM, {mine.id, mate.id}), (ALL, {mine.id, mate.id, other.id})):
        api.world.give("a1", AgentChat=scope)
        assert ids(api.as_("a1").get("conversations")) == seen
        for each in (mine, mate, other):
            answer = api.as_("a1").get(f"conversations/{each.id}")
            assert (answer.status_code == 200) == (each.id in seen)


def test_what_may_not_be_viewed_is_answered_like_what_is_absent(api: Api) -> None:
    other = api.world.opened("b1").id
    program = api.as_("a1")
    for way in ("", "/messages", "/customer"):
        forbidden, absent = (program.get(f"conversations/{id}{way}") for id in (other, "conversation-none"))
        assert forbidden.status_code == absent.status_code == 404
        assert forbidden.content == absent.content
    sent = [
        program.post(f"conversations/{id}/reply", json={"text": "x"}) for id in (other, "conversation-none")
    ]
    assert {(each.status_code, each.content) for each in sent} == {(404, sent[0].content)}


def test_pages_of_a_list_follow_each_other_without_a_gap(api: Api) -> None:
    made = {api.world.opened("a1").id for _ in range(5)}
    program, seen, after = api.as_("a1"), set(), ""
    while True:
        page = program.get("conversations", params={"limit": 2, "after": after}).json()
        seen |= {each["id"] for each in page["conversations"]}
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == made
    assert program.get("conversations", params={"after": "nonsense"}).status_code == 400


def test_a_repeated_key_acts_once_and_gives_the_same_answer(api: Api) -> None:
    taken = api.world.opened("a1").id
    program = api.as_("a1")
    sent = [
        program.post(f"conversations/{taken}/reply", json={"text": "hi"}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    messages = program.get(f"conversations/{taken}/messages").json()["messages"]
    assert [each["text"] for each in messages if each["author_kind"] == "agent"] == ["hi"]
    other = program.post(
        f"conversations/{taken}/reply", json={"text": "ho"}, headers={"Idempotency-Key": "k"}
    )
    assert other.status_code == 400
    closed = [
        program.post(f"conversations/{taken}/close", json={}, headers={"Idempotency-Key": "c"})
        for _ in range(2)
    ]
    assert [each.status_code for each in closed] == [200, 200]
    assert closed[0].json() == closed[1].json()


def test_what_was_refused_can_be_tried_again_under_its_key(api: Api) -> None:
    taken = api.world.opened("a1").id
    api.world.give("a1", ConversationView=TEAM)
    program, headers = api.as_("a1"), {"Idempotency-Key": "k"}
    assert (
        program.post(f"conversations/{taken}/notes", json={"text": "n"}, headers=headers).status_code == 403
    )
    api.world.give("a1", ConversationView=TEAM, PrivateNoteAdd=TEAM)
    assert (
        program.post(f"conversations/{taken}/notes", json={"text": "n"}, headers=headers).status_code == 200
    )


def test_a_refusal_says_what_is_missing(api: Api) -> None:
    taken = api.world.opened("a1").id
    api.world.give("a1", ConversationView=TEAM)
    help_ = api.as_("a1").post(f"conversations/{taken}/reply", json={"text": "x"}).json()["help"]
    assert help_["key"] == "AgentChat"
    assert help_["href"].startswith("/requests/new?permission=AgentChat")


def test_without_the_panel_a_payload_holds_a_display_name_and_nothing_else_of_the_customer(api: Api) -> None:
    talk = api.world.opened("a1")
    owner = api.world.guard("olu")
    customers.edit(owner, talk.customer, Correction(email="mail-marker@example.com", phone="+31 5550"))
    api.world.give("a1", ConversationView=TEAM)
    program = api.as_("a1")
    for path in ("conversations", f"conversations/{talk.id}", f"conversations/{talk.id}/messages", "queue"):
        text = program.get(path).text
        assert "mail-marker" not in text
        assert "5550" not in text
    assert program.get(f"conversations/{talk.id}/customer").status_code == 403
    api.world.give("a1", ConversationView=TEAM, AgentChatAllowUserPanel=TEAM)
    panel = api.as_("a1").get(f"conversations/{talk.id}/customer").json()
    assert (panel["email"], panel["masked"]) == (None, True)
    api.world.give("a1", ConversationView=TEAM, AgentChatAllowUserPanel=TEAM, CustomerSensitiveFields=TEAM)
    panel = api.as_("a1").get(f"conversations/{talk.id}/customer").json()
    assert (panel["email"], panel["masked"]) == ("mail-marker@example.com", False)


def test_the_queue_tells_facts_only(api: Api) -> None:
    api.world.start("a", "queue-marker")
    api.world.start("b")
    answer = api.as_("an").get("queue")
    [waiting] = answer.json()["waiting"]
    assert set(waiting) == {"id", "team", "channel", "customer_name", "waiting_since", "kept_for"}
    assert "queue-marker" not in answer.text


def test_a_token_reaches_no_further_than_was_chosen_when_it_was_made(api: Api) -> None:
    mine, other = api.world.opened("a1"), api.world.opened("b1")
    api.world.give("a1", ConversationView=ALL, AgentChat=ALL, ConvrsAPI=OWN)
    made = make_personal_token(
        api.world.guard("a1"),
        name="reader",
        permissions=frozenset({"ConversationView"}),
        teams=frozenset({"a"}),
        expires_at=api.world.wall.now + 3600,
    )
    program = TestClient(api.app, base_url="http://testserver/api/v1")  # type: ignore[arg-type]
    program.headers["Authorization"] = f"Bearer {made.secret}"
    assert ids(program.get("conversations")) == {mine.id}
    assert program.get(f"conversations/{other.id}").status_code == 404
    assert program.post(f"conversations/{mine.id}/reply", json={"text": "x"}).status_code == 403
    api.world.give("a1", ConversationView=OWN, AgentChat=OWN, ConvrsAPI=OWN)
    api.world.opened("a2")
    assert ids(program.get("conversations")) == {mine.id}


DESK_KINDS = {
    "conversation", "note", "message", "customer", "tag", "category", "own_reply", "standard_reply", "supervision",
    "report", "dashboard", "widget", "webhook",
}  # fmt: skip


def test_every_action_that_the_desk_opens_has_an_operation(api: Api) -> None:
    of_pages = {door.action for door in doors() if door.action and not door.path.startswith("/api/")}
    of_api = {door.action for door in doors() if door.action and door.path.startswith("/api/")}
    desk = {action for action in of_pages if action.split(".")[0] in DESK_KINDS}
    assert desk - of_api == set()
    operations = [door for part in desk_api.PARTS for door in part.doors]
    assert len({door.handler.__name__ for door in operations}) == len(operations)


def test_both_visitor_and_agent_write_in_order(api: Api) -> None:
    taken = api.world.opened("a1")
    program = api.as_("a1")
    for number in range(3):
        visitors.say_as_customer(
            api.world.organization, taken.customer, taken.id, f"c{number}", client_key=f"c{number}"
        )
        program.post(f"conversations/{taken.id}/reply", json={"text": f"a{number}"})
    said = program.get(f"conversations/{taken.id}/messages").json()["messages"]
    assert [each["text"] for each in said if each["kind"] == "text"] == [
        "hello",
        "c0",
        "a0",
        "c1",
        "a1",
        "c2",
        "a2",
    ]
    assert [each["seq"] for each in said] == sorted(each["seq"] for each in said)


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("customers", "Users"),
        ("supervised-conversations", "AgentSupervise"),
        ("report?since=0&until=86400", "Reports"),
        ("report/export?since=0&until=86400", "Reports"),
        ("dashboard?since=0", "OrganizationDashboard"),
        ("customers-export", "CustomerExport"),
        ("presence/colleagues", "TeamStatus"),
        ("presence/agents", "AgentManagementAgentStatus"),
        ("webhooks", "WebhookManage"),
        ("widgets", "SettingsView"),
        ("tags", "SettingsView"),
        ("categories", "SettingsView"),
        ("desk-settings", "SettingsView"),
        ("access-requests", "AccessRequestDecide"),
    ],
)
def test_a_list_opens_with_its_permission_and_not_without(api: Api, path: str, permission: str) -> None:
    api.world.give("a1", ConversationView=TEAM)
    assert api.as_("a1").get(path).status_code == 403
    api.world.give("a1", ConversationView=TEAM, **{permission: Scope.ALL})
    assert api.as_("a1").get(path).status_code == 200


def said_once(program: TestClient, talk: str, way: str) -> Any:
    sent, key = {"text": "said-marker"}, {"Idempotency-Key": f"said-{way}"}
    return program.post(f"conversations/{talk}/{way}", json=sent, headers=key)


@pytest.mark.parametrize("way", ["reply", "notes"])
def test_a_key_that_comes_again_tells_what_may_be_read_by_now(api: Api, way: str) -> None:
    talk = api.world.opened("a1").id
    program = api.as_("a1")
    first = said_once(program, talk, way)
    assert first.json()["text"] == "said-marker"
    assert said_once(program, talk, way).json() == first.json()
    assert program.delete(f"conversations/{talk}/messages/{first.json()['seq']}").status_code == 200
    again = said_once(program, talk, way)
    assert (again.json()["deleted"], "said-marker" in again.text) == (True, False)
    conversations.transfer(api.world.guard("olu"), talk, team="b")
    lost = said_once(program, talk, way)
    assert (lost.status_code, "said-marker" in lost.text) == (404, False)


def test_of_a_deleted_customer_no_kept_answer_says_a_word(api: Api) -> None:
    talk = api.world.start("a", "customer-marker")
    program = api.as_("a1")
    program.post(f"conversations/{talk.id}/accept", headers={"Idempotency-Key": "taken"})
    said_once(program, talk.id, "reply")
    program.post(f"conversations/{talk.id}/close", json={}, headers={"Idempotency-Key": "closed"})
    customers.delete(api.world.guard("olu"), talk.customer)
    with api.world.organization.database.reading() as connection:
        kept = "\n".join(connection.execute(text("SELECT body FROM idempotency_keys")).scalars())
    assert kept
    assert "marker" not in kept


@pytest.mark.parametrize("path", ["POST own-replies", "DELETE own-replies/none", "PUT desk-settings"])
def test_a_body_that_is_nested_too_deep_is_refused(api: Api, path: str) -> None:
    method, _, way = path.partition(" ")
    headers = {"Content-Type": "application/json"}
    assert api.as_("olu").request(method, way, content=b"[" * 5000, headers=headers).status_code == 400


def test_a_token_brings_its_agent_online_only_if_it_may_answer(api: Api) -> None:
    ends = api.world.organization.clock() + 3600
    for held, status in (({"Users"}, 403), ({"AgentChat"}, 200)):
        made = make_personal_token(
            api.world.guard("olu"), name="Mine", expires_at=ends, permissions=frozenset(held)
        )
        program = TestClient(api.app, base_url="http://testserver/api/v1")  # type: ignore[arg-type]
        program.headers["Authorization"] = f"Bearer {made.secret}"
        assert program.put("presence", json={"status": "online"}).status_code == status
        told = api.as_("olu").get("presence/agents").json()["agents"]
        online = {each["agent"] for each in told if each["status"] == "online"}
        assert online == ({"olu"} if status == 200 else set())
    assert api.as_("ai").put("presence", json={"status": "online"}).status_code == 200

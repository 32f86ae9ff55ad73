"""Whoever reaches little: told no more by what he tries than by what he may see, and refused nothing that he may do."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape

import pytest
from starlette.testclient import TestClient
from tests.desk.site import Site
from tests.desk.world import ALL, OWN, TEAM, World

from roledesk import (
    Assignment,
    InputError,
    NotFoundError,
    PutAgent,
    PutRole,
    Role,
    Scope,
    SetAssignments,
    Status,
)
from roledesk.desk import conversations, customer_import, customers, replies
from roledesk.desk.customer_import import COLUMNS
from roledesk.desk.facts import Conversation
from roledesk.desk.store import conversations as talks
from roledesk.desk.store import customers as known
from roledesk.engine.tokens import make_personal_token
from roledesk.web.csv_files import Line


@dataclass
class Narrow:
    """The server, and somebody with a token."""

    site: Site

    @property
    def world(self) -> World:
        return self.site.world

    def program(self, agent: str, **cut: frozenset[str]) -> TestClient:
        """A program with a token of this agent's, cut to permissions or teams."""
        made = make_personal_token(
            self.world.guard(agent), name="program", expires_at=self.world.wall.now + 3600, **cut
        )
        client = TestClient(self.site.app, base_url="http://testserver/api/v1")  # type: ignore[arg-type]
        client.headers["Authorization"] = f"Bearer {made.secret}"
        return client


@pytest.fixture
def narrow(site: Site) -> Narrow:
    return Narrow(site)


def kept_for(world: World, team: str, agent: str) -> Conversation:
    """A conversation that waits for one agent of a team."""
    begun = world.start(team)
    kept = replace(begun, assignee=agent)
    with world.organization.locked() as connection:
        talks.put(connection, "acme", kept)
    return kept


def answer_to(ask: Callable[[], object]) -> str:
    with pytest.raises((InputError, NotFoundError)) as found:
        ask()
    return type(found.value).__name__


def test_that_a_chat_is_kept_for_somebody_is_told_where_one_may_accept_alone(narrow: Narrow) -> None:
    world = narrow.world
    ours, theirs = kept_for(world, "a", "a2"), kept_for(world, "b", "b1")
    assert answer_to(lambda: conversations.accept(world.guard("a1"), ours.id)) == "InputError"
    assert answer_to(lambda: conversations.accept(world.guard("a1"), theirs.id)) == "NotFoundError"


def test_a_token_is_told_nothing_of_a_chat_that_its_agent_has_beyond_its_cut(narrow: Narrow) -> None:
    narrow.world.give("a1", AgentChat=TEAM, ConvrsAPI=OWN)
    mine = narrow.world.opened("a1")
    within = narrow.program("a1", teams=frozenset({"a"}))
    beyond = narrow.program("a1", teams=frozenset({"b"}))
    assert within.post(f"conversations/{mine.id}/accept").status_code == 200
    absent = beyond.post("conversations/conversation-0/accept")
    assert (absent.status_code, absent.text) == (404, beyond.post(f"conversations/{mine.id}/accept").text)


def test_who_holds_close_all_within_a_team_may_close_all_there(narrow: Narrow) -> None:
    world = narrow.world
    world.put(
        PutRole(Role("bounded", "Bounded", {"AgentChat": TEAM, "AgentChatAllowCloseAll": OWN})),
        SetAssignments("a1", (Assignment("bounded", teams=frozenset({"a"})),)),
        SetAssignments("a2", (Assignment("intern"),)),
    )
    mine = world.opened("a1")
    browser = narrow.site.as_("a1")
    assert browser.get("/inbox/close-all").status_code == 200
    assert conversations.close_all(world.guard("a1")) == (mine.id,)
    assert conversations.close_all(world.guard("a1")) == ()
    assert narrow.site.as_("a2").get("/inbox/close-all").status_code == 403


def test_the_chats_of_an_agent_are_listed_for_a_program_as_far_as_on_the_page(narrow: Narrow) -> None:
    world = narrow.world
    mate, other = world.opened("a2"), world.opened("b1")
    world.give("a1", AgentManagementChatHistory=TEAM, ConversationView=ALL, ConvrsAPI=OWN)
    program = narrow.program("a1")
    for agent, seen in (("a2", {mate.id}), ("b1", set()), ("nobody", set())):
        answer = program.get(f"agents/{agent}/conversations")
        assert {each["id"] for each in answer.json()["conversations"]} == seen
    world.give("a1", AgentManagementChatHistory=ALL, ConvrsAPI=OWN)
    assert other.id in program.get("agents/b1/conversations").text


@pytest.mark.parametrize("reach", [TEAM, ALL])
def test_no_file_finds_out_by_an_id_who_a_customer_is_elsewhere(narrow: Narrow, reach: Scope) -> None:
    world = narrow.world
    holds = {"Users": reach, "ConversationView": reach, "ChatsAll": reach}
    world.give("a1", CustomerImport=ALL, **holds)
    xenia = world.customer()
    world.start("a", customer=xenia)
    with world.organization.locked() as connection:
        before = known.find(connection, "acme", xenia)
        assert before is not None
        known.put(connection, "acme", replace(before, identity="customer-17"))

    def said(identity: str) -> tuple[str, str]:
        cells = {**dict.fromkeys(COLUMNS, ""), "id": xenia, "identity": identity}
        made = customer_import.try_out(world.guard("a1"), [Line(2, cells)])
        [line] = customer_import.lines_of(world.guard("a1"), made)
        return line.verdict.value, line.note

    assert (said("customer-17") == said("customer-18")) == (reach is TEAM)


@pytest.mark.parametrize(
    "path", ["/customers", "/customers/export.csv", "/chat-history/customers", "/agents"]
)
def test_no_number_of_words_breaks_a_search(narrow: Narrow, path: str) -> None:
    narrow.world.customer("Xenia")
    answer = narrow.site.as_("olu").get(path, params={"q": " ".join(f"w{n}" for n in range(1500))})
    assert (answer.status_code, "Xenia" in answer.text) == (200, False)


@pytest.mark.parametrize("digits", [3, 20, 5000])
def test_no_number_breaks_a_door(narrow: Narrow, digits: int) -> None:
    mine = narrow.world.opened("a1")
    browser, seq = narrow.site.as_("a1"), "9" * digits
    assert browser.post(f"/inbox/{mine.id}/read", data={"seq": seq}).status_code == 204
    assert browser.get(f"/inbox/{mine.id}", params={"before": seq}).status_code == 200
    for path in (f"/inbox/{mine.id}/messages/{seq}/delete", f"/inbox/{mine.id}/messages/-{seq}/delete"):
        assert browser.post(path).status_code in (404, 422)


def test_a_search_goes_on_by_what_one_sees_and_counts_nothing_of_others(narrow: Narrow) -> None:
    world = narrow.world
    world.give("a1", AgentChat=TEAM, ConvrsAPI=OWN)
    for _ in range(40):
        world.start("b", "refund")
    mine = [world.start("a", "refund").id for _ in range(52)]
    program, browser, before, found = narrow.program("a1"), narrow.site.as_("a1"), "", []
    while before is not None:
        answer = program.get("messages", params={"q": "refund", "before": before, "limit": 20}).json()
        found += [hit["conversation"] for hit in answer["hits"]]
        before = answer["before"]
        assert before in (None, f"1.0~{found[-1]}")
    assert found == mine[::-1]
    first = browser.get("/inbox", params={"view": "all", "q": "refund"}).text
    [older] = {unescape(href) for href in re.findall(r'href="([^"]*after=[^"]*)"', first)}
    assert mine[0] not in first
    assert mine[2] not in browser.get(older).text
    assert all(id in browser.get(older).text for id in mine[:2])
    for nonsense in ("nan~x", "1e999~x", "9", "1.0~conversation-0"):
        assert program.get("messages", params={"q": "refund", "before": nonsense}).status_code == 400
        assert browser.get("/inbox", params={"q": "refund", "after": nonsense}).status_code == 200


def test_a_search_goes_on_behind_nothing_that_one_may_not_read(narrow: Narrow) -> None:
    world = narrow.world
    world.give("a1", AgentChat=TEAM, ConvrsAPI=OWN)
    mine, theirs = world.opened("a1", "refund"), world.opened("b1", "refund")
    noted = conversations.note(world.guard("a2"), mine.id, "refund", client_key="n")

    def found(seq: int, id: str) -> int:
        asked = {"q": "refund", "before": f"{seq}.0~{id}"}
        return narrow.program("a1").get("messages", params=asked).status_code

    assert (found(1, mine.id), found(1, theirs.id), found(noted.seq, mine.id)) == (200, 400, 400)
    world.give("a1", AgentChat=ALL, PrivateNoteView=ALL, ConvrsAPI=OWN)
    assert (found(1, mine.id), found(1, theirs.id), found(noted.seq, mine.id)) == (200, 200, 200)


def test_a_token_offers_no_ready_reply_beyond_its_teams(narrow: Narrow) -> None:
    world = narrow.world
    world.put(PutAgent("a1", Status.ACTIVE, frozenset({"a", "b"})))
    world.give("a1", AgentChat=TEAM, ConvrsAPI=OWN)
    for team in ("a", "b"):
        replies.put_standard_reply(world.guard("olu"), f"Title {team}", "Hello", team=team)

    def offered(**cut: frozenset[str]) -> list[str]:
        return [each["team"] for each in narrow.program("a1", **cut).get("replies").json()["replies"]]

    assert (offered(), offered(teams=frozenset({"b"}))) == (["a", "b"], ["b"])


@pytest.mark.parametrize("closed", [True, False])
def test_who_views_open_chats_alone_is_not_told_of_a_closed_one_by_whom_its_customer_is_used_to(
    narrow: Narrow, closed: bool
) -> None:
    world = narrow.world
    xenia = world.customer()
    before = world.opened("b1", customer=xenia)
    conversations.close(world.guard("b1"), before.id)
    world.start("a", customer=xenia)
    with world.organization.locked() as connection:
        known.stick(connection, "acme", xenia, "b1")
    more = {"Users": ALL, "ChatsAll": ALL} if closed else {"Users": ALL}
    world.give("al", AgentSuperviseSeeAllChats=ALL, ConversationView=ALL, **more)
    told = customers.get_customer(world.guard("al"), xenia).customer.sticky_agent
    assert told == ("b1" if closed else None)

"""The desk's pages: each opens for those who may, shows only what they may see, and offers what they may do."""

import re

import pytest
from tests.desk.site import Site

from roledesk import PutRole, Role, Scope
from roledesk.desk import conversations, customers, replies
from roledesk.desk.files import MOST_BODY, MOST_BYTES
from roledesk.desk.reading import get_conversation

TEAM, ALL, OWN = Scope.TEAM, Scope.ALL, Scope.OWN


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """Pages ask the database nothing themselves: one kind is enough."""
    return sqlite_desk


def buttons(page: str) -> set[str]:
    """What the head of a conversation and its composer offer."""
    found = {"Accept", "Transfer", "Close", "Note", "Whisper", "Delete…"}
    return {each for each in found if f">{each}</" in page} | ({"Send"} if ">Send <" in page else set())


def navigation(page: str) -> set[str]:
    return set(re.findall(r'<a class="nav-item" href="([^"]*)"', page))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/inbox", {"olu", "a1", "an", "ai", "al"}),
        ("/queue", {"olu", "a1", "an", "al"}),
        ("/customers", {"olu", "a1", "al"}),
        ("/customers/unstick", {"olu", "al"}),
        ("/replies", {"olu"}),
        ("/standard-replies", {"olu"}),
        ("/categories", {"olu"}),
        ("/tags", {"olu"}),
        ("/organization", {"olu"}),
        ("/agent-status", {"olu"}),
    ],
)
def test_a_page_opens_for_those_who_may_and_stands_in_their_side_bar(
    site: Site, path: str, allowed: set[str]
) -> None:
    for agent in ("olu", "a1", "an", "ai", "al"):
        answer = site.as_(agent).get(path)
        assert (answer.status_code == 200) == (agent in allowed), agent
        assert answer.status_code in (200, 403)
        if path != "/customers/unstick":
            assert (path in navigation(answer.text)) == (agent in allowed), agent


@pytest.mark.parametrize(
    ("agent", "offered"),
    [
        pytest.param("olu", {"Transfer", "Close", "Send", "Note", "Whisper", "Delete…"}, id="the owner"),
        pytest.param("a1", {"Transfer", "Close", "Send", "Note", "Delete…"}, id="whose it is"),
        pytest.param("a2", {"Close", "Send", "Note"}, id="a colleague without transfer of others'"),
        pytest.param("al", {"Transfer", "Close", "Send", "Whisper", "Delete…"}, id="the lead, without notes"),
        pytest.param("ai", set(), id="an intern reads"),
        pytest.param("an", None, id="not viewable"),
        pytest.param("b1", None, id="another team's"),
    ],
)
def test_a_conversation_offers_what_the_reader_may_do_on_it(
    site: Site, agent: str, offered: set[str] | None
) -> None:
    conversation = site.world.opened("a1", "marker words")
    answer = site.as_(agent).get(f"/inbox/{conversation.id}")
    if offered is None:
        absent = site.as_(agent).get("/inbox/conversation-none")
        assert (answer.status_code, answer.text) == (404, absent.text)
    else:
        assert "marker words" in answer.text
        assert buttons(answer.text) == offered


DOORS = (
    ("reply", {"text": "x", "client_key": "k"}, {"olu", "a1", "a2", "al"}),
    ("note", {"text": "x", "client_key": "k"}, {"olu", "a1", "a2"}),
    ("whisper", {"text": "x", "client_key": "k"}, {"olu", "al"}),
    ("transfer", {"to": "team:b"}, {"olu", "a1", "al"}),
    ("close", {}, {"olu", "a1", "a2", "al"}),
    ("messages/1/delete", {}, {"olu", "a1", "al"}),
)


@pytest.mark.parametrize(("door", "sent", "allowed"), DOORS, ids=[each[0] for each in DOORS])
def test_a_door_behind_a_button_asks_again(
    site: Site, door: str, sent: dict[str, str], allowed: set[str]
) -> None:
    for agent in ("olu", "a1", "a2", "an", "ai", "al", "b1"):
        conversation = site.world.opened("a1")
        answer = site.as_(agent).post(f"/inbox/{conversation.id}/{door}", data=sent)
        assert (answer.status_code == 303) == (agent in allowed), (agent, answer.status_code)
        if agent not in allowed:
            assert answer.status_code in (403, 404)


def test_the_queue_shows_facts_only_to_who_may_only_accept(site: Site) -> None:
    begun = site.world.start("a", "marker words")
    for agent in ("an", "al"):
        page = site.as_(agent).get("/queue").text
        assert "Xenia" in page
        assert "marker words" not in page
        assert (f'href="/inbox/{begun.id}"' in page) == (agent == "al")
        assert f"/inbox/{begun.id}/accept" in page
    assert "Xenia" not in site.as_("b1").get("/queue").text


def test_two_who_accept_and_the_second_is_told_that_it_is_gone(site: Site) -> None:
    begun = site.world.start("a")
    first, second = (site.as_(agent).post(f"/inbox/{begun.id}/accept") for agent in ("a1", "an"))
    assert first.headers["location"] == f"/inbox/{begun.id}"
    assert second.headers["location"] == "/queue"
    assert get_conversation(site.world.guard("olu"), begun.id).conversation.assignee == "a1"


def test_what_cannot_be_sent_stays_in_the_composer(site: Site) -> None:
    conversation = site.world.opened("a1")
    sent = {"text": "x" * 10_001, "client_key": "k"}
    answer = site.as_("a1").post(f"/inbox/{conversation.id}/reply", data=sent)
    assert answer.status_code == 422
    assert "x" * 10_001 in answer.text
    assert "at most" in answer.text


def test_a_file_is_sent_kept_and_its_link_dies_with_the_reach(site: Site) -> None:
    conversation = site.world.opened("a1")
    client = site.as_("a1")
    client.post(
        f"/inbox/{conversation.id}/reply",
        data={"text": "", "client_key": "k"},
        files={"file": ("page.html", b"<script>alert(1)</script>", "text/html")},
    )
    page = client.get(f"/inbox/{conversation.id}").text
    [link] = re.findall(r'href="(/files/[^"]*)"', page)
    answer = client.get(link)
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert site.as_("b1").get(link).status_code == 404
    conversations.transfer(site.world.guard("a1"), conversation.id, team="b")
    assert client.get(link).status_code == 404


def test_a_file_may_be_as_long_as_a_file_may_be(site: Site) -> None:
    path, client = f"/inbox/{site.world.opened('a1').id}/reply", site.as_("a1")
    for size, status in ((MOST_BYTES, 303), (MOST_BYTES + 1, 422), (MOST_BODY + 1, 413)):
        sent = {"text": "", "client_key": f"key-{size}"}
        answer = client.post(path, data=sent, files={"file": ("scan.pdf", b"x" * size, "application/pdf")})
        assert answer.status_code == status


def test_without_the_panel_no_more_of_a_customer_than_his_name_is_sent(site: Site) -> None:
    conversation = site.world.opened("a1")
    customers.edit(
        site.world.guard("olu"), conversation.customer, customers.Correction(email="x@marker.example")
    )
    seen = {agent: site.as_(agent).get(f"/inbox/{conversation.id}").text for agent in ("olu", "a1", "ai")}
    assert "x@marker.example" in seen["olu"]
    assert "marker.example" not in seen["a1"]
    assert "•••" in seen["a1"]
    assert "E-mail" not in seen["ai"]
    assert "marker.example" not in seen["ai"]


def test_what_one_may_not_do_is_named_with_a_role_that_gives_it(site: Site) -> None:
    conversation = site.world.opened("a1")
    page = site.as_("ai").get(f"/inbox/{conversation.id}").text
    assert "You may not" in page
    assert "Handle chats" in page
    assert "Held by: Agent and Lead" in page


def test_a_customer_is_deleted_once_his_name_was_typed(site: Site) -> None:
    conversation = site.world.opened("a1")
    path, lead = f"/customers/{conversation.customer}/delete", site.as_("al")
    assert lead.post(path, data={"typed": "somebody"}).status_code == 422
    assert lead.get(f"/customers/{conversation.customer}").status_code == 200
    assert lead.post(path, data={"typed": "Xenia"}).status_code == 303
    assert lead.get(f"/customers/{conversation.customer}").status_code == 404


def test_a_customers_page_lists_the_conversations_one_may_view(site: Site) -> None:
    customer = site.world.customer()
    site.world.opened("a1", "marker of a", customer=customer)
    site.world.opened("b1", "marker of b", customer=customer)
    page = site.as_("a1").get(f"/customers/{customer}").text
    assert "marker of a" in page
    assert "marker of b" not in page
    assert "Block<" not in site.as_("al").get(f"/customers/{customer}").text, "not all of his chats are his"


def test_closed_chats_are_searched_within_reach(site: Site) -> None:
    for agent in ("a1", "b1"):
        conversation = site.world.opened(agent, "marker words")
        conversations.close(site.world.guard(agent), conversation.id)
    found = {
        agent: site.as_(agent).get("/closed?q=marker&whose=all").text.count('class="row row-chat')
        for agent in ("olu", "al", "a1", "a2")
    }
    assert found == {"olu": 2, "al": 1, "a1": 1, "a2": 0}


def test_own_replies_are_used_by_nobody_else(site: Site) -> None:
    site.world.put(PutRole(Role("agent", "Agent", {"AgentChat": TEAM, "AgentChatAllowOwnReplies": OWN})))
    replies.put_own_reply(site.world.guard("a1"), "Mine", "marker words")
    replies.put_standard_reply(site.world.guard("olu"), "Ours", "standard words")
    conversation = site.world.opened("a1")
    mine, other = (site.as_(agent).get(f"/inbox/{conversation.id}").text for agent in ("a1", "a2"))
    assert "marker words" in mine
    assert "marker words" not in other
    assert "standard words" in other


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/categories", {"name": ""}, "name"),
        ("/tags", {"name": "<b>"}, "cannot contain"),
        ("/replies", {"title": "T", "text": " "}, "nothing to send"),
        (
            "/organization",
            {"time_zone": "Mars", "handling": "push", "max_open": "5", "password_length": "10"},
            "time zone",
        ),
        (
            "/organization",
            {"time_zone": "UTC", "handling": "push", "max_open": "x", "password_length": "10"},
            "whole number",
        ),
        (
            "/organization",
            {
                "time_zone": "UTC",
                "handling": "push",
                "max_open": "5",
                "password_length": "10",
                "day-0": "18:00-9:00",
            },
            "Monday",
        ),
    ],
)
def test_a_form_that_cannot_be_taken_says_why(site: Site, path: str, sent: dict[str, str], said: str) -> None:
    answer = site.as_("olu").post(path, data=sent)
    assert answer.status_code == 422
    assert said in answer.text


def test_settings_are_kept_and_shown_again(site: Site) -> None:
    owner = site.as_("olu")
    sent = {"time_zone": "Europe/Amsterdam", "handling": "pull", "max_open": "7", "password_length": "12"}
    assert owner.post("/organization", data={**sent, "day-0": "9:00-12:30, 13:30-18:00"}).status_code == 303
    page = owner.get("/organization").text
    assert "9:00-12:30, 13:30-18:00" in page
    assert "Europe/Amsterdam" in page


def test_presence_is_ones_own_word(site: Site) -> None:
    agent = site.as_("a1")
    assert agent.post("/presence", data={"status": "busy"}).status_code == 303
    assert 'value="busy" aria-pressed="true"' in agent.get("/queue").text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize(
    "path", ["/inbox", "/closed", "/supervise", "/reports", "/reports/chats", "/reports.csv"]
)
def test_the_last_and_the_first_of_all_days_are_days_like_others(site: Site, path: str, day: str) -> None:
    owner = site.as_("olu")
    for query in ({"from": day}, {"to": day}, {"by": "day", "key": day}):
        assert owner.get(path, params=query).status_code in (200, 400, 422)


def test_no_text_makes_itself_an_entry_of_a_transcript(site: Site) -> None:
    fake = "2030-03-17 17:46:40  Support  (agent)"
    talk = site.world.start("a", f"hello\n\n{fake}\nWe refund all\u2028{fake}")
    lines = site.as_("olu").get(f"/inbox/{talk.id}/transcript.txt").text.splitlines()
    entries = [line for line in lines if line and not line.startswith("    ")]
    assert [line.rpartition("  ")[2] for line in entries] == ["(customer)"]
    assert f"    {fake}" in lines

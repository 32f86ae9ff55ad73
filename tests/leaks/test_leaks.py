"""Leaks of support desks, tried here: what is B's is there for who may see it, and nowhere for who may not."""

from itertools import product

import pytest
from tests.desk.world import ALL, OWN, TEAM
from tests.leaks.marked import Marked

from roledesk import NotFoundError, Subject
from roledesk.core.changes import Change, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Role, Team
from roledesk.desk import conversations, customers, reading, replies, transcripts
from roledesk.desk.customers import Choice
from roledesk.desk.feed import TOPICS, DeskFeed
from roledesk.desk.reading import View
from roledesk.desk.store.conversations import Filter
from roledesk.web.listeners import AgentListener

MARKERS = ("b-marker", "b-other", "Bmarker")
HOLDS = {
    "AgentChat": TEAM,
    "ChatsAll": TEAM,
    "Users": TEAM,
    "AgentChatAllowUserPanel": TEAM,
    "ConversationExport": TEAM,
}


def test_no_combination_of_filters_shows_another_teams_conversation(marked: Marked) -> None:
    owner, a1 = marked.world.guard("olu"), marked.world.guard("a1")
    shown = set()
    for view, team, assignee in product(View, (None, "a", "b"), (None, "a1", "b1")):
        wanted = Filter(team=team, assignee=assignee)
        shown |= {row.conversation.id for row in reading.inbox(owner, view, wanted=wanted).rows}
        found = reading.inbox(a1, view, wanted=wanted)
        assert {row.conversation.team for row in found.rows} <= {"a"}
        assert found.counts[View.ALL] <= 2
    assert marked.theirs in shown, "it is there for who may see it"


@pytest.mark.parametrize(
    "path",
    [
        "/inbox?view=all",
        "/customers",
        "/queue",
        "/api/v1/conversations",
        "/api/v1/customers",
        "/api/v1/queue",
        "/inbox?q=refund",
    ],
)
def test_no_list_previews_what_was_said_elsewhere(marked: Marked, path: str) -> None:
    marked.world.give("a1", **HOLDS)
    theirs = "".join(marked.as_("olu").get(each).text for each in ("/inbox?view=all", "/customers"))
    assert all(marker in theirs for marker in MARKERS)
    found = marked.as_("a1").get(path)
    assert found.status_code == 200
    assert not any(marker in found.text for marker in MARKERS)


def test_every_number_beside_a_menu_counts_what_may_be_seen(marked: Marked) -> None:
    marked.world.give("a1", **HOLDS, AgentSupervise=ALL)
    a1, owner = marked.world.guard("a1"), marked.world.guard("olu")
    assert (reading.count_supervised(owner), reading.count_supervised(a1)) == (3, 1)
    assert reading.inbox(a1).counts[View.ALL] == 2
    assert (reading.count_queue(owner), reading.count_queue(a1)) == (1, 1)
    assert (customers.count_customers(owner), customers.count_customers(a1)) == (3, 2)


def test_a_customers_earlier_conversations_are_those_one_may_view(marked: Marked) -> None:
    assert {
        row.conversation.id for row in reading.earlier_conversations(marked.world.guard("olu"), marked.mine)
    } == {marked.theirs}
    assert reading.earlier_conversations(marked.world.guard("a1"), marked.mine) == ()
    marked.world.give("a1", **HOLDS)
    page = marked.as_("a1").get(f"/inbox/{marked.mine}").text
    assert "a-marker" in page
    assert "b-marker" not in page
    assert marked.theirs not in page


def test_no_search_names_a_customer_of_another_team(marked: Marked) -> None:
    marked.world.give("a1", **HOLDS)
    names = [
        {
            row.customer.name
            for row in customers.list_customers(marked.world.guard(agent), Choice("Bmarker")).rows
        }
        for agent in ("olu", "a1")
    ]
    assert names == [{"Bmarker"}, set()]


def test_a_whisper_is_read_and_heard_by_two(marked: Marked) -> None:
    world, feed = marked.world, DeskFeed()
    since = feed.head(world.organization)
    conversations.whisper(world.guard("al"), marked.mine, "hush-marker", client_key="w")
    [heard] = feed.since(world.organization, since, 9)
    told = {
        agent: AgentListener(world.guard(agent), lambda: True).told(heard, TOPICS) is not None
        for agent in ("a1", "al", "a2", "olu", "b1")
    }
    assert told == {"a1": True, "al": True, "a2": False, "olu": False, "b1": False}
    read = {
        agent: "hush-marker"
        in {message.text for message in reading.thread(world.guard(agent), marked.mine).messages}
        for agent in ("a1", "al", "a2", "olu")
    }
    assert read == {"a1": True, "al": True, "a2": False, "olu": False}
    assert reading.find_messages(world.guard("olu"), "hush").hits == ()
    assert "hush-marker" not in "".join(
        each.text for each in transcripts.export(world.guard("olu"), marked.mine)
    )


def test_a_transcript_holds_what_the_thread_shows_and_its_link_dies(marked: Marked) -> None:
    world = marked.world
    conversations.note(world.guard("a1"), marked.mine, "note-marker", client_key="n")
    gone = world.reply("a1", marked.mine, "gone-marker")
    conversations.delete_message(world.guard("a1"), marked.mine, gone.seq)
    for holds, sees in ((HOLDS, False), ({**HOLDS, "PrivateNoteView": TEAM}, True)):
        world.give("a1", **holds)
        for form in ("txt", "csv"):
            text = marked.as_("a1").get(f"/inbox/{marked.mine}/transcript.{form}").text
            assert "a-marker" in text
            assert ("note-marker" in text) is sees
            assert "gone-marker" not in text
    browser = marked.as_("a1")
    assert browser.get(f"/inbox/{marked.theirs}/transcript.txt").status_code == 404
    world.give("a1", AgentChat=TEAM)
    assert browser.get(f"/inbox/{marked.mine}/transcript.txt").status_code == 403


def test_handing_a_conversation_on_does_not_show_it_afterwards(marked: Marked) -> None:
    handed = conversations.transfer(marked.world.guard("a1"), marked.mine, team="b")
    assert not handed.visible
    with pytest.raises(NotFoundError):
        reading.get_conversation(marked.world.guard("a1"), marked.mine)
    assert marked.mine in {each.id for each in reading.queue(marked.world.guard("b1"))}


def test_having_had_a_conversation_once_gives_nothing(marked: Marked) -> None:
    conversations.transfer(marked.world.guard("a1"), marked.mine, team="b")
    a1 = marked.world.guard("a1")
    assert marked.mine not in {row.conversation.id for row in reading.conversations_with(a1, "a1").rows}
    assert reading.find_messages(a1, "a-marker").hits == ()


def test_who_sets_a_teams_hours_changes_nothing_else(marked: Marked) -> None:
    marked.world.give("a1", AdminOrganization=TEAM)
    program = marked.as_("a1", "application/json")
    hours = {"hours": {"0": [[540, 1020]]}, "password_length": 1, "name": "Other"}
    assert program.put("/api/v1/teams/a/hours", json=hours).status_code == 200
    assert program.put("/api/v1/teams/b/hours", json=hours).status_code == 404
    everything = {"time_zone": "UTC", "hours": {}, "handling": "pull", "max_open": 1, "password_length": 10}
    assert program.put("/api/v1/desk-settings", json=everything).status_code == 403


@pytest.mark.parametrize(
    "path", ["/inbox", "/customers", "/api/v1/conversations", "/home", "/widget/acme-a/window"]
)
def test_no_answer_may_be_kept_by_a_cache(marked: Marked, path: str) -> None:
    answer = marked.as_("olu").get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_looking_as_somebody_else_shows_nothing_of_his_own_and_marks_nothing(marked: Marked) -> None:
    world = marked.world
    world.give("a1", **HOLDS, AgentChatAllowOwnReplies=OWN)
    replies.put_own_reply(world.guard("a1"), "Mine", "own-reply-marker")
    conversations.whisper(world.guard("al"), marked.mine, "hush-marker", client_key="w")
    viewer = Role("viewer", "Viewer", {"ViewAs": TEAM, "ConversationView": TEAM, "AgentChat": TEAM})
    world.put(PutRole(viewer), SetAssignments("al", (Assignment("viewer"),)))
    feed = DeskFeed()
    since = feed.head(world.organization)
    browser = marked.as_("al")
    assert browser.post("/view-as", data={"agent": "a1"}).status_code == 303
    page = browser.get(f"/view-as/agent~a1/inbox/{marked.mine}")
    assert page.status_code == 200
    assert "a-marker" in page.text
    for hidden in ("own-reply-marker", "hush-marker", "b-marker", "<script", 'method="post" action="/inbox'):
        assert hidden not in page.text
    assert feed.since(world.organization, since, 9) == (), "nothing is marked, nobody is told"
    assert browser.get(f"/view-as/agent~b1/inbox/{marked.theirs}").status_code == 404
    assert browser.post(f"/view-as/agent~a1/inbox/{marked.mine}", data={"text": "x"}).status_code == 405


def test_looking_as_somebody_shows_no_more_than_one_may_see_oneself(marked: Marked) -> None:
    marked.world.give("al", ViewAs=ALL, ConversationView=TEAM)
    browser, owner = marked.as_("al"), marked.as_("olu")
    for each in (browser, owner):
        assert each.post("/view-as", data={"agent": "b1"}).status_code == 303
    assert "b-marker" in owner.get("/view-as/agent~b1/inbox?view=all").text
    assert "b-marker" not in browser.get("/view-as/agent~b1/inbox?view=all").text
    assert browser.get(f"/view-as/agent~b1/inbox/{marked.theirs}").status_code == 404


def test_a_deleted_message_is_nowhere(marked: Marked) -> None:
    world = marked.world
    sent = world.reply("a1", marked.mine, "gone-marker")
    pages = (
        f"/inbox/{marked.mine}",
        "/inbox?view=all",
        "/inbox?q=gone",
        f"/api/v1/conversations/{marked.mine}/messages",
    )
    before = marked.as_("olu").get(f"/inbox/{marked.mine}").text
    assert "gone-marker" in before
    conversations.delete_message(world.guard("a1"), marked.mine, sent.seq)
    for page in pages:
        assert "gone-marker" not in marked.as_("olu").get(page).text
    assert reading.find_messages(world.guard("olu"), "gone").hits == ()


def test_a_new_team_shows_to_nobody_by_itself(marked: Marked) -> None:
    before = {agent: reading.inbox(marked.world.guard(agent)).counts[View.ALL] for agent in ("a1", "b1")}
    change = Change((PutTeam(Team("c", "Team C")),))
    marked.world.organization.commit(change, by=Subject("olu"), because="grows")
    assert {
        agent: reading.inbox(marked.world.guard(agent)).counts[View.ALL] for agent in ("a1", "b1")
    } == before

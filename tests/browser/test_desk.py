"""The desk in real browsers: what happens shows without a reload, and what is taken away is gone at once."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.desk import AGENT, Desk

from roledesk.core.changes import PutAgent, PutRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status
from roledesk.desk import conversations, visitors


@pytest.fixture
def held(desk: Desk) -> str:
    """Olga's conversation, which Lena has."""
    conversation, _ = desk.write("Olga Petrova", "The invoice shows the old address.")
    conversations.accept(desk.organization.guard("lena"), conversation)
    return conversation


def stay(page: Page) -> Callable[[], None]:
    """Call what it gives to be sure that the page was not loaded again."""
    page.evaluate("window.stayed = true")

    def check() -> None:
        assert page.evaluate("window.stayed === true")

    return check


def test_a_conversation_goes_from_the_queue_to_its_end_between_two_agents(desk: Desk) -> None:
    lena, ana = desk.open("lena"), desk.open("ana", "/inbox?view=all")
    stayed = stay(ana)
    conversation, customer = desk.write("Olga Petrova", "The invoice shows the old address.")
    expect(lena.get_by_role("link", name="Queue")).to_contain_text("1")
    lena.get_by_role("link", name="Queue").click()
    expect(lena.get_by_role("row", name="Olga Petrova")).to_contain_text("Billing")
    assert "old address" not in lena.content(), "of the queue only facts"
    lena.get_by_role("button", name="Accept Olga Petrova").click()
    expect(lena.get_by_role("heading", level=1)).to_have_text("Olga Petrova")
    expect(lena.get_by_role("log")).to_contain_text("The invoice shows the old address.")
    ana.get_by_role("link", name="Olga Petrova").click()
    stayed = stay(ana)
    expect(ana.locator(".chat-who")).to_contain_text("assigned to Lena Brandt")
    lena.get_by_label("Reply to Olga").fill("I am correcting it now.")
    lena.keyboard.press("Enter")
    expect(lena.get_by_role("log")).to_contain_text("I am correcting it now.")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("")
    expect(ana.get_by_role("log")).to_contain_text("I am correcting it now.")
    visitors.say_as_customer(desk.organization, customer, conversation, "Thank you!", client_key="2")
    expect(lena.get_by_role("log")).to_contain_text("Thank you!")
    stayed()
    lena.get_by_role("link", name="Close", exact=True).click()
    lena.get_by_role("dialog").get_by_label("Refund").check()
    lena.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()
    expect(ana.locator(".chat-who")).to_contain_text("closed")
    stayed()


SLOWLY = """
const answered = window.fetch;
window.fetch = async (way, given) => {
  const answer = await answered(way, given);
  if (!given?.method && location.href === way) await new Promise((soon) => setTimeout(soon, 700));
  return answer;
};
"""


def test_a_page_asked_for_before_one_left_it_does_not_come_back(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.evaluate(SLOWLY)
    lena.get_by_role("link", name="Close", exact=True).click()
    with lena.expect_request(f"**/inbox/{held}"):
        conversations.note(desk.organization.guard("lena"), held, "Seen.", client_key="n")
    lena.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()
    lena.wait_for_timeout(1000)
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()


MOST_STEPS = 500


def at_once(page: Page, is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so while hardly any time passes for a page whose clock is paused, however long it takes."""
    for _ in range(MOST_STEPS):
        if is_so():
            return True
        page.clock.run_for(1)
        page.wait_for_timeout(50)
    return False


def test_what_is_looked_at_and_what_is_taken_away_are_asked_for_at_once(desk: Desk, held: str) -> None:
    lena = desk.open("lena", "/profile")
    lena.clock.install()
    lena.goto(f"/inbox/{held}")
    transfer = lena.get_by_role("link", name="Transfer")
    expect(transfer).to_be_visible()
    lena.clock.pause_at(lena.evaluate("Date.now() / 1000 + 1"))
    without = {key: scope for key, scope in AGENT.grants.items() if key != "AgentChatAllowTransfer"}
    desk.put(PutRole(replace(AGENT, grants=without)))
    assert at_once(lena, lambda: transfer.count() == 0)
    conversations.note(desk.organization.guard("omar"), held, "Asked finance.", client_key="n")
    assert at_once(lena, lambda: "Asked finance." in lena.get_by_role("log").inner_text())


@contextmanager
def written_without_end(desk: Desk, *conversations: tuple[str, str]) -> Iterator[None]:
    """In these conversations somebody writes again and again, with hardly a pause."""
    over = Event()

    def write() -> None:
        for number in count():
            for id, customer in conversations:
                if over.wait(0.02):
                    return
                key = f"more-{number}"
                visitors.say_as_customer(desk.organization, customer, id, f"More {number}", client_key=key)

    thread = Thread(target=write)
    thread.start()
    yield
    assert thread.is_alive()
    over.set()
    thread.join()


def test_a_busy_team_puts_nothing_off(desk: Desk) -> None:
    mine = desk.write("Olga Petrova", "The invoice shows the old address.")
    others = desk.write("Omid Karimi", "Hello")
    for id, _ in (mine, others):
        conversations.accept(desk.organization.guard("lena"), id)
    lena = desk.open("lena", f"/inbox/{mine[0]}")
    expect(lena.get_by_role("link", name="Transfer")).to_be_visible()
    with written_without_end(desk, mine, others):
        expect(lena.get_by_role("log")).to_contain_text("More 3")
        without = {key: scope for key, scope in AGENT.grants.items() if key != "AgentChatAllowTransfer"}
        desk.put(PutRole(replace(AGENT, grants=without)))
        expect(lena.get_by_role("link", name="Transfer")).to_have_count(0)


def test_a_permission_taken_away_is_named_its_button_gone_and_its_door_shut(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    stayed = stay(lena)
    lena.get_by_label("Reply to Olga").fill("Half a sen")
    expect(lena.get_by_role("link", name="Transfer")).to_be_visible()
    without = {key: scope for key, scope in AGENT.grants.items() if key != "AgentChatAllowTransfer"}
    desk.put(PutRole(replace(AGENT, grants=without)))
    expect(lena.get_by_role("link", name="Transfer")).to_have_count(0)
    expect(lena.locator("#toast")).to_have_text("You may no longer: Transfer chats.")
    expect(lena.locator(".may-not")).to_contain_text("Transfer chats")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("Half a sen")
    stayed()
    for answer in (
        lena.request.get(f"/inbox/{held}/transfer"),
        lena.request.post(
            f"/inbox/{held}/transfer", form={"to": "team:care"}, headers={"Origin": desk.address}
        ),
    ):
        assert answer.status == 403


def test_everything_taken_away_closes_the_open_conversation(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    desk.put(SetAssignments("lena", ()))
    expect(lena.get_by_text("The invoice shows the old address.")).to_have_count(0)
    expect(lena.get_by_role("link", name="Inbox")).to_have_count(0)
    assert "old address" not in lena.content()


def test_a_page_of_the_console_goes_with_the_permission_to_read_it(desk: Desk) -> None:
    reading = Role("reading", "Reading", {"SettingsView": Scope.ALL})
    desk.put(PutRole(reading), SetAssignments("ana", (Assignment("lead"), Assignment("reading"))))
    ana = desk.open("ana", "/agents")
    expect(ana.get_by_role("link", name="Lena Brandt")).to_be_visible()
    desk.put(SetAssignments("ana", (Assignment("lead"),)))
    expect(ana.get_by_role("heading", name="You may not do this")).to_be_visible()
    assert "Lena Brandt" not in ana.content()


def test_a_conversation_that_leaves_ones_reach_leaves_the_page(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    conversations.transfer(desk.organization.guard("omar"), held, team="care")
    expect(lena.get_by_text("The invoice shows the old address.")).to_have_count(0)
    assert "Olga" not in lena.content()


def test_a_sign_in_that_is_ended_ends_the_page(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    desk.put(PutAgent("lena", Status.DEACTIVATED, frozenset({"billing"})))
    expect(lena).to_have_url(re.compile("/sign-in"))


def test_a_sign_in_that_ends_before_its_page_hears_anything_ends_the_page(desk: Desk, held: str) -> None:
    def end(route: Route) -> None:
        lena.context.clear_cookies()
        route.continue_()

    lena = desk.open("lena", "/profile")
    lena.route("**/live**", end, times=1)
    lena.goto(f"/inbox/{held}", wait_until="commit")
    expect(lena).to_have_url(re.compile("/sign-in"))


def test_a_draft_is_kept_until_it_is_sent(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.get_by_label("Reply to Olga").fill("Not yet")
    lena.context.set_offline(True)
    lena.keyboard.press("Enter")
    expect(lena.locator("#toast")).to_contain_text("still here")
    lena.context.set_offline(False)
    lena.goto("/inbox")
    lena.goto(f"/inbox/{held}")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("Not yet")


def test_a_transfer_is_asked_and_the_note_is_not_the_customers(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.get_by_role("link", name="Note", exact=True).click()
    lena.get_by_label("Note for colleagues").fill("Told finance.")
    lena.get_by_role("button", name="Add note").click()
    expect(lena.locator(".message-note")).to_contain_text("Told finance.")
    lena.get_by_role("link", name="Transfer").click()
    lena.get_by_role("dialog").get_by_label("Customer care").first.check()
    lena.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    expect(lena.get_by_text("Handed on")).to_be_visible()
    expect(lena).to_have_url(f"{desk.address}/inbox")


def test_everything_works_without_script(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}", java_script_enabled=False)
    lena.get_by_label("Reply to Olga").fill("Without script.")
    lena.get_by_role("button", name="Send").click()
    expect(lena.get_by_role("log")).to_contain_text("Without script.")
    lena.get_by_role("link", name="Close", exact=True).click()
    lena.get_by_role("button", name="Close").click()
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()


def test_on_a_phone_list_and_conversation_are_two_screens(desk: Desk, held: str) -> None:
    lena = desk.open("lena", viewport={"width": 390, "height": 844})
    lena.get_by_role("link", name="Olga Petrova").click()
    expect(lena.get_by_role("log")).to_be_visible()
    expect(lena.get_by_role("heading", name="Inbox")).to_be_hidden()
    assert lena.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lena.get_by_role("link", name="Details").click()
    expect(lena.get_by_text("Sticky")).to_be_visible()
    lena.get_by_role("link", name="‹ Inbox").click()
    expect(lena.get_by_role("heading", name="Inbox")).to_be_visible()


PAGES = (
    "/inbox/{held}",
    "/inbox",
    "/queue",
    "/closed",
    "/customers",
    "/categories",
    "/tags",
    "/tags/t-1",
    "/standard-replies",
    "/organization",
    "/agent-status",
    "/inbox/{held}/transfer",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_finds_nothing_wrong(desk: Desk, held: str, axe_source: str, scheme: str) -> None:
    desk.write("Tom Hughes", "Card was declined twice.")
    ana = desk.open("ana", color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for path in PAGES:
        ana.goto(path.format(held=held))
        ana.evaluate(axe_source)
        wrong = ana.evaluate(
            "axe.run().then(result => result.violations.map(each => [each.id, each.nodes[0].html]))"
        )
        found |= {path: wrong} if wrong else {}
    assert found == {}

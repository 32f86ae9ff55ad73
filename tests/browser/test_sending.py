"""What agents send from the desk's page while something else is under way: nothing lost, nothing doubled."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.desk import Desk
from tests.browser.gates import Gate

from roledesk.desk import conversations


@pytest.fixture
def held(desk: Desk) -> str:
    """Olga's conversation, which Lena has."""
    conversation, _ = desk.write("Olga Petrova", "The invoice shows the old address.")
    conversations.accept(desk.organization.guard("lena"), conversation)
    return conversation


UNANSWERED = """() => {
  const asked = window.fetch;
  window.fetch = async (...given) => { await asked(...given); await new Promise(() => {}); };
}"""


def answer(page: Page, text: str) -> None:
    page.get_by_label("Reply to Olga").fill(text)
    page.keyboard.press("Enter")


def test_one_page_sends_one_answer_after_the_other(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    for text in ("One.", "Two.", "Three."):
        answer(lena, text)
        expect(lena.get_by_role("log")).to_contain_text(text)


def test_what_is_sent_is_done_in_its_order(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/reply")
    answer(lena, "I corrected it.")
    gate.wait()
    lena.get_by_role("link", name="Close", exact=True).click()
    lena.get_by_role("dialog").get_by_role("button", name="Close").click()
    lena.wait_for_timeout(300)
    gate.open()
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()
    expect(desk.open("omar", f"/inbox/{held}").get_by_role("log")).to_contain_text("I corrected it.")


def test_a_question_stays_open_while_an_answer_travels(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/reply")
    answer(lena, "I am correcting it.")
    gate.wait()
    lena.get_by_role("link", name="Transfer").click()
    expect(lena.get_by_role("dialog")).to_be_visible()
    gate.open()
    expect(lena.locator(".thread")).to_contain_text("I am correcting it.")
    expect(lena.get_by_role("dialog")).to_be_visible()


def test_what_is_written_while_an_answer_travels_stays_written(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/reply")
    answer(lena, "One.")
    gate.wait()
    lena.keyboard.type(" And two.")
    gate.open()
    expect(lena.get_by_role("log")).to_contain_text("One.")
    expect(lena.get_by_label("Reply to Olga")).to_have_value(" And two.")
    lena.reload()
    expect(lena.get_by_label("Reply to Olga")).to_have_value(" And two.")


def test_an_answer_outlasts_a_sign_in_that_ran_out(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate, kept = Gate(lena, "**/reply"), lena.context.cookies()
    answer(lena, "Written in vain?")
    gate.wait()
    lena.context.clear_cookies()
    gate.open()
    expect(lena.get_by_role("button", name="Sign in")).to_be_visible()
    lena.context.add_cookies(kept)  # type: ignore[arg-type]
    lena.goto(f"/inbox/{held}")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("Written in vain?")


def test_what_one_wrote_is_not_there_for_whoever_signs_in_next(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.get_by_label("Reply to Olga").fill("Written in vain?")
    conversations.transfer(desk.organization.guard("omar"), held, agent="ana")
    lena.context.add_cookies(desk.open("ana").context.cookies())  # type: ignore[arg-type]
    lena.goto(f"/inbox/{held}")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("")


def test_an_answer_that_came_too_late_is_still_there(desk: Desk) -> None:
    id, _ = desk.write("Olga Petrova", "The invoice shows the old address.")
    conversations.accept(desk.organization.guard("ana"), id)
    ana = desk.open("ana", f"/inbox/{id}")
    gate = Gate(ana, "**/reply")
    answer(ana, "Written in vain?")
    gate.wait()
    conversations.close(desk.organization.guard("omar"), id)
    gate.open()
    expect(ana.locator("#toast")).to_contain_text("was closed")
    assert ana.evaluate("id => sessionStorage.getItem(`draft:ana:${id}:reply`)", id) == "Written in vain?"


def test_an_answer_whose_page_was_left_is_sent_once(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.evaluate(UNANSWERED)
    with lena.expect_response("**/reply"):
        answer(lena, "I corrected it.")
    lena.goto(f"/inbox/{held}")
    expect(lena.get_by_role("log")).to_contain_text("I corrected it.")
    expect(lena.get_by_label("Reply to Olga")).to_have_value("I corrected it.")
    lena.get_by_role("button", name="Send").click()
    expect(lena.get_by_label("Reply to Olga")).to_have_value("")
    expect(lena.locator(".message-agent")).to_have_count(1)


def test_an_answer_that_is_changed_after_its_acknowledgement_was_lost_is_another(
    desk: Desk, held: str
) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.route("**/reply", lambda route: (route.fetch(), route.abort()), times=1)
    answer(lena, "I corrected it.")
    expect(lena.locator("#toast")).to_contain_text("still here")
    answer(lena, "I corrected it, really.")
    expect(lena.get_by_role("log")).to_contain_text("really")


def test_what_happened_while_something_could_not_be_sent_shows(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, f"**/inbox/{held}")
    conversations.note(desk.organization.guard("omar"), held, "Asked finance.", client_key="n")
    gate.wait()
    lena.route("**/reply", lambda route: route.abort())
    answer(lena, "Not yet")
    expect(lena.locator("#toast")).to_contain_text("still here")
    gate.open()
    expect(lena.get_by_role("log")).to_contain_text("Asked finance.")


def test_two_presses_ask_one_question(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/transfer?**")
    for _ in range(2):
        lena.get_by_role("link", name="Transfer").click()
    gate.open()
    expect(lena.get_by_role("dialog")).to_be_visible()
    lena.keyboard.press("Escape")
    expect(lena.get_by_role("dialog")).to_have_count(0)


def test_a_question_asked_before_its_page_was_left_does_not_open(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/transfer?**")
    lena.get_by_role("link", name="Transfer").click()
    gate.wait()
    lena.get_by_role("link", name="Close", exact=True).click()
    lena.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(lena.get_by_text("Closed", exact=True)).to_be_visible()
    with lena.expect_response("**/transfer?**"):
        gate.open()
    lena.wait_for_timeout(300)
    expect(lena.get_by_role("dialog")).to_have_count(0)


def test_a_question_that_does_not_arrive_says_so(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.context.set_offline(True)
    lena.get_by_role("link", name="Transfer").click()
    expect(lena.locator("#toast")).to_contain_text("No connection")


def test_a_question_asked_when_a_sign_in_ran_out_asks_for_it(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate = Gate(lena, "**/transfer?**")
    lena.get_by_role("link", name="Transfer").click()
    gate.wait()
    lena.context.clear_cookies()
    gate.open()
    expect(lena.get_by_role("button", name="Sign in")).to_be_visible()


def test_an_open_question_goes_with_what_it_asks_about(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.get_by_role("link", name="Close", exact=True).click()
    expect(lena.get_by_role("dialog")).to_be_visible()
    conversations.transfer(desk.organization.guard("omar"), held, team="care")
    expect(lena.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_stumbles_takes_no_page_away(desk: Desk, held: str, status: int) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    page = f"**/inbox/{held}"
    lena.route(page, lambda route: route.fulfill(status=status, body="<main id=main>Broken</main>"), times=1)
    with lena.expect_response(page):
        conversations.note(desk.organization.guard("omar"), held, "Asked finance.", client_key="n")
    expect(lena.get_by_role("log")).to_contain_text("Asked finance.")
    expect(lena.get_by_text("Broken")).to_have_count(0)


def test_a_page_that_comes_back_by_the_back_button_is_asked_for_anew(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    lena.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    conversations.note(desk.organization.guard("omar"), held, "Asked finance.", client_key="n")
    lena.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(lena.get_by_role("log")).to_contain_text("Asked finance.")
    conversations.note(desk.organization.guard("omar"), held, "They agreed.", client_key="m")
    expect(lena.get_by_role("log")).to_contain_text("They agreed.")


def test_a_page_on_its_way_out_is_left_once(desk: Desk, held: str) -> None:
    lena = desk.open("lena", f"/inbox/{held}")
    gate, sent = Gate(lena, "**/sign-in**"), Gate(lena, "**/reply")
    answer(lena, "Written in vain?")
    sent.wait()
    lena.context.clear_cookies()
    sent.open()
    gate.wait()
    conversations.note(desk.organization.guard("omar"), held, "They agreed.", client_key="m")
    lena.wait_for_timeout(1000)
    gate.open()
    expect(lena.get_by_role("button", name="Sign in")).to_be_visible()
    assert gate.came == 1


def test_a_page_that_only_a_form_leads_to_stays_as_it_is(desk: Desk) -> None:
    omar = desk.open("omar", "/roles/agent")
    omar.locator("[data-pane=available] .permission-pick").first.dblclick()
    omar.get_by_role("button", name="Review…").click()
    expect(omar).to_have_title(re.compile("^Review"))
    with omar.expect_response("**/review"):
        desk.write("Olga Petrova", "The invoice shows the old address.")
    omar.wait_for_timeout(500)
    assert omar.title().startswith("Review")


def test_what_one_page_did_is_told_by_no_other(desk: Desk, held: str) -> None:
    conversation, _ = desk.write("Peter Olsen", "Where is my parcel?")
    conversations.accept(desk.organization.guard("lena"), conversation)
    lena = desk.open("lena", f"/inbox/{held}")
    closing = desk.address + f"/inbox/{conversation}/close"
    lena.request.post(closing, max_redirects=0, headers={"Origin": desk.address})
    conversations.note(desk.organization.guard("omar"), held, "See the contract.", client_key="n")
    expect(lena.locator(".thread")).to_contain_text("See the contract.")
    expect(lena.locator("#toast")).to_be_hidden()
    other = lena.context.new_page()
    other.goto(desk.address + "/inbox")
    expect(other.locator(".notice-done")).to_have_text("Closed")

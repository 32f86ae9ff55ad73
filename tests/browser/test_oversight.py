"""What stands above answering, in real browsers: whispers, access asked for and granted, looking as somebody else."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from tests.browser.desk import AGENT, LEAD, Desk

from roledesk.core.changes import PutRole
from roledesk.core.terms import Scope
from roledesk.desk import conversations


@pytest.fixture
def held(desk: Desk) -> str:
    """Olga's conversation, which Lena has."""
    conversation, _ = desk.write("Olga Petrova", "The invoice shows the old address.")
    conversations.accept(desk.organization.guard("lena"), conversation)
    return conversation


def let_ana(desk: Desk, **grants: Scope) -> None:
    desk.put(PutRole(replace(LEAD, grants={**LEAD.grants, **grants})))


def test_a_supervisor_whispers_to_the_agent_and_the_customer_never_hears(desk: Desk, held: str) -> None:
    let_ana(desk, AgentSupervise=Scope.ALL)
    lena, ana = desk.open("lena", f"/inbox/{held}"), desk.open("ana", "/supervise")
    ana.get_by_role("link", name="Olga Petrova").click()
    expect(ana.get_by_role("log")).to_contain_text("The invoice shows the old address.")
    ana.get_by_role("link", name="Whisper", exact=True).click()
    ana.get_by_label("Whisper to Lena").fill("Offer her a credit note.")
    ana.get_by_role("button", name="Whisper").click()
    expect(lena.get_by_role("log")).to_contain_text("Offer her a credit note.")
    omar = desk.open("omar", f"/inbox/{held}")
    expect(omar.get_by_role("log")).to_contain_text("old address")
    assert "credit note" not in omar.content(), "of others, not even the owner hears it"


def test_what_is_asked_for_and_granted_appears_on_the_page_by_itself(desk: Desk, held: str) -> None:
    without = {key: scope for key, scope in AGENT.grants.items() if key != "AgentChatAllowTransfer"}
    desk.put(PutRole(replace(AGENT, grants=without)))
    lena, omar = desk.open("lena", f"/inbox/{held}"), desk.open("omar", "/requests")
    expect(lena.get_by_role("link", name="Transfer", exact=True)).to_have_count(0)
    lena.locator(".may-not li", has_text="Transfer chats").get_by_role("link", name="Ask for it").click()
    asking = lena.get_by_role("dialog")
    asking.get_by_label("What do you need it for?").fill("Ana is away today.")
    asking.get_by_role("button", name="Ask").click()
    expect(lena.locator("#toast")).to_contain_text("Asked")
    expect(lena).to_have_url(f"{desk.address}/inbox/{held}")
    omar.reload()
    omar.get_by_role("link", name="Transfer chats").click()
    expect(omar.get_by_text("Ana is away today.")).to_be_visible()
    omar.get_by_role("button", name="Grant for").click()
    expect(lena.get_by_role("link", name="Transfer", exact=True)).to_be_visible()
    lena.goto("/profile")
    expect(lena.locator("#requests")).to_contain_text("granted")


def test_looking_as_an_agent_shows_his_desk_and_does_nothing(desk: Desk, held: str) -> None:
    omar = desk.open("omar", "/view-as")
    omar.get_by_label("An agent").select_option(label="Lena Brandt")
    omar.get_by_role("button", name="Look as this agent").click()
    omar.get_by_role("link", name="Olga Petrova").click()
    expect(omar.get_by_role("log")).to_contain_text("The invoice shows the old address.")
    expect(omar.get_by_text("Lena Brandt").first).to_be_visible()
    for form in omar.locator("form").all():
        assert form.evaluate("form => form.inert && !form.getAttribute('action')")
    for_lena = desk.open("lena", "/inbox").get_by_role("link", name="Olga Petrova")
    expect(for_lena).to_contain_text("unread")

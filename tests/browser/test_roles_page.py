"""The Roles, Explain and reference pages in a real browser: by keyboard alone, without script, for every reader."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.live import PASSWORD, Live, serving

PAGES = (
    "/roles",
    "/roles?q=nothing-is-called-this",
    "/roles/support-agent",
    "/roles/owner",
    "/roles/support-agent/holders",
    "/roles/support-agent/history",
    "/roles/support-agent/edit",
    "/roles/support-agent/delete",
    "/roles/new",
    "/roles/new?way=template",
    "/roles/new?way=clone&source=support-agent",
    "/explain",
    "/explain?agent=olga&action=conversation.reply&id=c-41",
    "/explain?agent=olga&action=conversation.transfer&id=c-41",
    "/explain?agent=zed&action=fly",
    "/permissions",
    "/permissions/AgentChat",
    "/roles/not-there",
)
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture(scope="module")
def state(browser: Browser, live: Live) -> dict[str, object]:
    """What a browser keeps once Maya, the administrator, has signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live.address}/sign-in")
    page.get_by_label("E-mail").fill("maya@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    organization = page.get_by_label("Organization")
    if organization.count():
        organization.fill("northwind")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    kept = context.storage_state()
    context.close()
    return dict(kept)


@pytest.fixture
def signed_in(browser: Browser, live: Live, state: dict[str, object]) -> Iterator[Page]:
    context = browser.new_context(storage_state=state, base_url=live.address)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_an_accessibility_check(signed_in: Page, axe_source: str, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for address in PAGES:
        signed_in.goto(address)
        signed_in.evaluate(axe_source)
        violations = signed_in.evaluate("async () => (await axe.run()).violations")
        found[address] = [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations]
    assert {address: problems for address, problems in found.items() if problems} == {}


def test_no_page_is_wider_than_a_phone(signed_in: Page) -> None:
    signed_in.set_viewport_size(PHONE)
    widths = {}
    for address in PAGES:
        signed_in.goto(address)
        widths[address] = signed_in.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in widths.items() if width > PHONE["width"]} == {}


def changes(page: Page) -> str:
    return page.locator("[data-changes]").inner_text()


def test_the_keyboard_alone_finds_moves_widens_and_saves(signed_in: Page) -> None:
    signed_in.goto("/roles/support-agent")
    search = signed_in.get_by_label("Search permissions")
    search.focus()
    signed_in.keyboard.type("transfer chats")
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("Enter")
    assert changes(signed_in) == "1 change"
    search.focus()
    signed_in.keyboard.press("Tab")
    while not signed_in.evaluate("document.activeElement.closest('[data-pane=selected]') !== null"):
        signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("ArrowRight")
    expect(signed_in.locator("[data-key=AgentChatAllowTransfer] input:checked[type=radio]")).to_have_value(
        "team"
    )
    while not signed_in.evaluate("document.activeElement.name === 'because'"):
        signed_in.keyboard.press("Tab")
    signed_in.keyboard.type("By keyboard alone")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_text("Support agent was updated")).to_be_visible()
    saved = signed_in.locator("[data-pane=selected] [data-key=AgentChatAllowTransfer]")
    expect(saved).to_have_attribute("data-saved", "team")


def test_the_list_is_searched_while_typing_and_the_open_role_stays(signed_in: Page) -> None:
    signed_in.goto("/roles/support-agent")
    signed_in.get_by_label("Find a role").fill("adm")
    rows = signed_in.locator("#roles .row")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Admin")
    expect(signed_in.get_by_role("heading", name="Support agent", exact=True)).to_be_visible()
    signed_in.get_by_label("Find a role").fill("support")
    expect(signed_in.locator("#roles .row[aria-current=page]")).to_have_count(1)


def test_without_script_a_role_is_staged_reviewed_and_saved(
    browser: Browser, live: Live, state: dict[str, object]
) -> None:
    context = browser.new_context(storage_state=state, base_url=live.address, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/roles/support-agent")
    page.locator("[data-pane=available] [value=HistoryView]").check(force=True)
    page.get_by_role("button", name="Add the marked permissions").click()
    expect(page.locator("[data-pane=selected] [data-key=HistoryView]")).to_be_visible()
    expect(page.locator("[data-changes]")).to_have_text("1 change")
    page.get_by_role("button", name="Review…").click()
    expect(page.get_by_role("heading", name="Review Support agent")).to_be_visible()
    page.get_by_role("button", name="Update role").click()
    assert page.url.endswith("/review"), "a reason is asked for before anything is sent"
    page.get_by_label("Why?").fill("They look up who changed what")
    page.get_by_role("button", name="Update role").click()
    expect(page.get_by_text("Support agent was updated")).to_be_visible()
    context.close()


def test_leaving_with_staged_changes_is_asked_about(signed_in: Page) -> None:
    signed_in.goto("/roles/support-agent")
    asked: list[str] = []
    signed_in.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    signed_in.locator("[data-pane=available] .permission-pick").nth(1).dblclick()
    assert changes(signed_in) == "1 change"
    signed_in.get_by_role("link", name="Explain", exact=True).first.click()
    expect(signed_in).to_have_url(re.compile("/explain"))
    assert asked == ["beforeunload"]

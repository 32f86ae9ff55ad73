"""The first day in a real browser: set up, invite, come in by the link, sign out and in again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.live import running

from roledesk.composition import open_server_engine
from roledesk.engine.links import make_set_up_link

PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[str]:
    """The address of the set-up link that a new server printed."""
    database = f"sqlite:///{tmp_path / 'roledesk.sqlite3'}"
    with open_server_engine(database, create=True) as engine:
        secret = make_set_up_link(engine)
    with running(database) as address:
        yield f"{address}/set-up/{secret}"


def found_organization(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Organization").fill("Northwind Care")
    page.get_by_role("radio").first.check()
    page.get_by_label("Your name").fill("Maya Okafor")
    page.get_by_label("Your e-mail").fill("maya@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create organization").click()


def invite_olga(page: Page) -> str:
    """Add Olga as an agent; gives the address of her link."""
    page.get_by_role("link", name="Agents", exact=True).first.click()
    page.get_by_role("link", name="Add agent").click()
    page.get_by_label("Name", exact=True).fill("Olga Petrova")
    page.get_by_label("E-mail", exact=True).fill("olga@example.com")
    page.get_by_role("checkbox", name="General").check()
    page.get_by_role("checkbox", name="Agent", exact=False).last.check()
    page.get_by_label("Why?").fill("Answers customers from today")
    page.get_by_role("button", name="Add and make the link").click()
    return page.locator("#secret").inner_text().strip()


@pytest.fixture
def visit(browser: Browser, set_up: str) -> Iterator[Callable[..., Page]]:
    """Opens a browser of somebody's own; all are closed before the server stops."""
    opened: list[BrowserContext] = []

    def open_page(**options: object) -> Page:
        opened.append(browser.new_context(**options))  # type: ignore[arg-type]
        return opened[-1].new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_first_day(visit: Callable[..., Page], set_up: str, script: bool) -> None:
    owner = visit(java_script_enabled=script)
    found_organization(owner, set_up)
    expect(owner.get_by_text("Maya Okafor").first).to_be_visible()
    link = invite_olga(owner)

    agent = visit(java_script_enabled=script)
    agent.goto(link)
    expect(agent.get_by_role("heading", name="Welcome, Olga Petrova")).to_be_visible()
    agent.get_by_label("Password", exact=True).fill(PASSWORD)
    agent.get_by_label("Password again").fill(PASSWORD)
    agent.get_by_role("button", name="Save and sign in").click()
    expect(agent.get_by_text("Olga Petrova").first).to_be_visible()

    agent.get_by_role("button", name="Sign out").first.click()
    expect(agent.get_by_text("You are signed out")).to_be_visible()
    agent.get_by_label("E-mail").fill("olga@example.com")
    agent.get_by_label("Password").fill("not this one")
    agent.get_by_role("button", name="Sign in").click()
    expect(agent.get_by_role("alert")).to_contain_text("That did not work")
    expect(agent.get_by_label("E-mail")).to_have_value("olga@example.com")
    agent.get_by_label("Password").fill(PASSWORD)
    agent.get_by_role("button", name="Sign in").click()
    expect(agent.get_by_text("Olga Petrova").first).to_be_visible()

    agent.goto(link)
    expect(agent.get_by_role("heading", name="This link is not good any more")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_doors_pass_an_accessibility_check(
    visit: Callable[..., Page], set_up: str, axe_source: str, scheme: str
) -> None:
    page = visit(color_scheme=scheme)
    base = set_up.partition("/set-up")[0]
    found: dict[str, list[str]] = {}
    for address in (set_up, f"{base}/sign-in", f"{base}/password/link_gone"):
        page.goto(address)
        page.evaluate(axe_source)
        violations = page.evaluate("async () => (await axe.run()).violations.map(each => each.id)")
        if violations:
            found[address] = violations
    assert found == {}


def test_the_doors_fit_a_phone(visit: Callable[..., Page], set_up: str) -> None:
    page = visit(viewport=PHONE)
    for address in (set_up, set_up.partition("/set-up")[0] + "/sign-in"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address

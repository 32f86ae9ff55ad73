"""The Agents, Teams, History, Activity, Tokens and profile pages in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.live import PASSWORD, Live, serving

from roledesk.composition import open_server_engine
from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.terms import Assignment, Status, Subject
from roledesk.engine.sign_ins import set_password
from roledesk.store.people import Person, put_person

PAGES = (
    "/agents",
    "/agents?q=nobody-is-called-this",
    "/agents?page=2",
    "/agents/olga",
    "/agents/olga/history",
    "/agents/olga/roles",
    "/agents/olga/edit",
    "/agents/olga/deactivate",
    "/agents/gone/reactivate",
    "/agents/long",
    "/agents/new",
    "/agents/not-there",
    "/teams",
    "/teams/billing",
    "/teams/billing/edit",
    "/teams/billing/delete",
    "/teams/new",
    "/history",
    "/history/1",
    "/history/2",
    "/history?who=stranger",
    "/activity",
    "/tokens",
    "/tokens/new",
    "/tokens/new?kind=service",
    "/profile",
)
LONG = "Maximiliana-Alexandrina Konstantinopoulou-Wolfeschlegelsteinhausen von und zu A"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("live")) as server:
        with open_server_engine(server.database) as engine:
            organization = engine.organization("northwind")
            set_password(organization, "omar", PASSWORD, by="omar")
            many = [f"agent-{number:03}" for number in range(60)]
            edits = [PutAgent(id, Status.ACTIVE, frozenset({"care"})) for id in many]
            edits += [PutAgent("gone", Status.ACTIVE), PutAgent("long", Status.INVITED)]
            held = [SetAssignments("long", (Assignment("support-agent", until=4e9),))]
            organization.commit(Change((*edits, *held)), by=Subject("omar"), because="A large desk")
            gone = Change((PutAgent("gone", Status.DEACTIVATED),))
            organization.commit(gone, by=Subject("omar"), because="Left the company")
            with engine.database.writing() as connection:
                put_person(connection, "northwind", Person("long", LONG, f"{'long-' * 12}@example.com"))
        yield server


@pytest.fixture(scope="module")
def state(browser: Browser, live: Live) -> dict[str, object]:
    """What a browser keeps once Omar, the owner, has signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live.address}/sign-in")
    page.get_by_label("E-mail").fill("omar@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Omar Haddad").first).to_be_visible()
    kept = context.storage_state()
    context.close()
    return dict(kept)


@pytest.fixture
def signed_in(browser: Browser, live: Live, state: dict[str, object]) -> Iterator[Page]:
    context = browser.new_context(storage_state=state, base_url=live.address)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def test_typing_finds_an_agent_and_the_open_one_stays_open(signed_in: Page) -> None:
    signed_in.goto("/agents/olga")
    signed_in.get_by_role("searchbox", name="Find by name or e-mail").press_sequentially("ben r")
    found = signed_in.locator("#agents a.row")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Ben Ruiz")
    expect(signed_in.get_by_role("heading", name="Olga Petrova", exact=True)).to_be_visible()
    found.click()
    expect(signed_in.get_by_role("heading", name="Ben Ruiz", exact=True)).to_be_visible()
    expect(signed_in.locator("#agents a.row")).to_have_count(1)


def test_ticking_a_role_shows_at_once_what_it_would_change(signed_in: Page) -> None:
    signed_in.goto("/agents/ben/roles")
    signed_in.get_by_role("button", name="Add a role").click()
    signed_in.get_by_label("Role to give").select_option("admin")
    expect(signed_in.locator("#outcome")).to_contain_text("gains")
    expect(signed_in.locator("#outcome")).to_contain_text("Transfer chats")
    signed_in.get_by_label("Why?").fill("Covers for Maya")
    signed_in.get_by_role("button", name="Save roles").click()
    expect(signed_in.get_by_role("status").filter(has_text="Roles saved")).to_be_visible()
    expect(signed_in.get_by_text("Covers for Maya").first).to_be_visible()


def test_roles_are_changed_without_script(browser: Browser, live: Live, state: dict[str, object]) -> None:
    context = browser.new_context(storage_state=state, base_url=live.address, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/agents/olga/roles")
    page.get_by_role("button", name="Add a role").click()
    page.get_by_label("Role to give").select_option("admin")
    page.get_by_role("button", name="What changes?").click()
    expect(page.locator("#outcome")).to_contain_text("Transfer chats")
    expect(page.locator("#outcome")).to_contain_text("− loses")
    context.close()


def test_a_token_is_made_and_revoked(signed_in: Page) -> None:
    signed_in.goto("/tokens/new")
    signed_in.get_by_label("Name").fill("Nightly report")
    signed_in.get_by_label("Ends").fill("2040-01-01")
    signed_in.get_by_role("button", name="Make token").click()
    expect(signed_in.locator("#secret")).to_have_text(re.compile(r"^rdp_"))
    signed_in.get_by_role("link", name="Done").click()
    expect(signed_in.locator("#secret")).to_have_count(0)
    signed_in.get_by_role("button", name="Revoke Nightly report").click()
    expect(signed_in.get_by_text("Nightly report is revoked")).to_be_visible()


def test_the_history_is_verified(signed_in: Page) -> None:
    signed_in.goto("/history")
    signed_in.get_by_role("button", name="Verify").click()
    expect(signed_in.get_by_text("The history is whole")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_an_accessibility_check(signed_in: Page, axe_source: str, scheme: str) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for address in PAGES:
        signed_in.goto(address)
        signed_in.evaluate(axe_source)
        violations = signed_in.evaluate(
            "async () => (await axe.run()).violations.map(each => `${each.id}: ${each.nodes[0].html}`)"
        )
        if violations:
            found[address] = violations
    assert found == {}


def test_every_page_fits_a_phone(signed_in: Page) -> None:
    signed_in.set_viewport_size(PHONE)  # type: ignore[arg-type]
    wide = []
    for address in PAGES:
        signed_in.goto(address)
        if signed_in.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wide.append(address)
    assert wide == []


def test_no_page_breaks_its_own_content_policy(signed_in: Page) -> None:
    complaints: list[str] = []
    signed_in.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" else None
    )
    for address in PAGES:
        if "not-there" not in address:
            signed_in.goto(address)
    assert complaints == []

"""The main journey: a permission is ticked in a browser and obeyed by the very next question, asked any way."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.live import CHAT, PASSWORD, Live, serving

import roledesk

WHY = "Night shift hands over in the morning"
ACTION = "conversation.transfer"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with serving(tmp_path) as server:
        yield server


def by_library(live: Live) -> tuple[bool, list[str]]:
    """The answer inside a host program, which opens the database itself."""
    with roledesk.open_engine(live.database) as engine:
        decision = engine.organization("northwind").decide("olga", ACTION, CHAT)
    return decision.allowed, [grant.permission for grant in decision.grants]


def by_command(live: Live) -> tuple[bool, str]:
    """The answer on the command line."""
    command = Path(sys.executable).with_name("roledesk")
    question = ["check", "olga", ACTION, "conversation:c-41", "--database", live.database]
    done = subprocess.run([command, *question], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout


def by_service(live: Live) -> dict[str, Any]:
    """The answer over HTTP, as AuthZEN asks it."""
    question = {
        "subject": {"type": "agent", "id": "olga"},
        "action": {"name": ACTION},
        "resource": {"type": "conversation", "id": "c-41"},
    }
    answer = httpx2.post(
        f"{live.address}/access/v1/evaluation",
        json=question,
        headers={"Authorization": f"Bearer {live.token}"},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def explained(page: Page, live: Live) -> str:
    """The answer on the Explain page."""
    page.goto(f"{live.address}/explain")
    page.get_by_label("Agent", exact=True).fill("Olga Petrova")
    page.get_by_label("Action", exact=True).fill(ACTION)
    page.get_by_label("Id").fill("c-41")
    page.get_by_role("button", name="Explain").click()
    return " ".join(page.locator("#decision").inner_text().split())


def sign_in(page: Page, live: Live) -> None:
    page.goto(f"{live.address}/roles")
    page.get_by_label("E-mail").fill("maya@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    organization = page.get_by_label("Organization")
    if organization.count():
        organization.fill("northwind")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()


def permission(page: Page, title: str) -> Locator:
    return page.locator(".permission", has=page.get_by_text(title, exact=True))


def test_what_an_administrator_ticks_is_obeyed_by_the_next_question_asked_any_way(
    page: Page, live: Live
) -> None:
    assert by_library(live) == (False, [])
    assert by_command(live)[0] is False
    assert by_service(live)["decision"] is False

    sign_in(page, live)
    assert "✕ Denied" in explained(page, live)

    page.get_by_role("link", name="Roles", exact=True).first.click()
    page.get_by_role("link", name="Support agent").click()
    permission(page, "Transfer chats").locator(".permission-pick").click()
    page.get_by_role("button", name="Add the marked permissions").click()
    permission(page, "Export customers").locator(".permission-pick").dblclick()
    expect(page.locator("[data-changes]")).to_have_text("2 changes")
    expect(page.locator(".staged-effect")).to_have_text("2 agents gain, 2 lose")

    page.get_by_role("button", name="Review…").click()
    expect(page.get_by_role("heading", name="Review Support agent")).to_be_visible()
    gains, losses = page.locator(".effects-gain"), page.locator(".effects-lose")
    expect(gains).to_contain_text("Transfer chats: own")
    expect(gains).to_contain_text("Olga Petrova")
    expect(losses).to_contain_text("Export customers: no longer")
    assert by_library(live) == (False, []), "nothing is saved by looking"

    page.get_by_label("Why?").fill(WHY)
    page.get_by_role("button", name="Update role").click()
    expect(page.get_by_role("status").filter(has_text="Support agent was updated")).to_be_visible()

    answer = by_service(live)
    assert answer["decision"] is True
    assert answer["context"]["grants"][0] == "role support-agent: AgentChatAllowTransfer at own"
    assert by_library(live) == (True, ["AgentChatAllowTransfer", "AgentChat", "ConversationView"])
    allowed, said = by_command(live)
    assert allowed
    assert "role support-agent: AgentChatAllowTransfer at own" in said
    page_says = explained(page, live)
    assert "✓ Allowed" in page_says
    assert "The role Support agent has Transfer chats for own" in page_says
    assert f"by Maya Okafor: “{WHY}”" in page_says

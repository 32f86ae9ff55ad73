"""The web chat in real browsers: a visitor on a page of another site, two agents side by side, nothing lost or doubled."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from tests.browser.desk import AGENT, WIDGET, Desk
from tests.browser.live import running

from roledesk.core.changes import PutRole
from roledesk.core.terms import Role, Scope
from roledesk.desk import conversations, customers, reading, visitors
from roledesk.desk.facts import Message, MessageKind
from roledesk.desk.store import settings, widgets
from roledesk.store import profiles
from roledesk.store.profiles import Profile

PAGE = (
    '<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><script src="{}" async></script></html>'
)


@contextmanager
def shop(script: str) -> Iterator[str]:
    """Another site, whose page names the widget's script, or what is asked for in its place; gives its origin."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            named = unquote(self.path.partition("?")[2]) or script
            self.wfile.write(PAGE.format(named).encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def site(desk: Desk) -> Iterator[str]:
    """The shop's origin, on which the widget may stand."""
    with shop(f"{desk.address}/widget/{WIDGET.id}.js") as origin:
        change(desk, origins=(origin,), title="Ask the shop", colour="#ffcc00")
        yield origin


def change(desk: Desk, **changes: object) -> None:
    with desk.organization.database.writing() as connection:
        widgets.keep(connection, desk.organization.id, replace(WIDGET, **changes))  # type: ignore[arg-type]


def arrive(desk: Desk, site: str, **kinds: object) -> tuple[Page, FrameLocator]:
    """A visitor's browser at the shop, with the window open."""
    page = desk.browser.new_context(**kinds).new_page()  # type: ignore[arg-type]
    page.goto(site)
    window = page.frame_locator("iframe")
    window.get_by_role("button", name="Ask the shop").click()
    return page, window


def say(window: FrameLocator, text: str) -> None:
    window.get_by_label("Your message").fill(text)
    window.get_by_label("Your message").press("Enter")


def test_a_visitor_and_two_agents_live_through_a_conversation(desk: Desk, site: str) -> None:
    with desk.organization.database.writing() as connection:
        profiles.put(connection, "northwind", Profile("lena", "Lena from billing"))
    lena, ana = desk.open("lena", "/queue"), desk.open("ana", "/inbox?view=all")
    page, window = arrive(desk, site)
    expect(window.get_by_role("dialog", name="Ask the shop")).to_be_visible()
    say(window, "The invoice shows the old address.")
    expect(lena.get_by_role("row", name="Visitor")).to_be_visible()
    lena.get_by_role("button", name="Accept Visitor").click()
    expect(lena.get_by_role("log")).to_contain_text("The invoice shows the old address.")
    lena.get_by_label("Reply to Visitor").press_sequentially("I")
    expect(window.get_by_text("Lena from billing is writing…")).to_be_visible()
    lena.get_by_label("Reply to Visitor").fill("I am correcting it.")
    lena.keyboard.press("Enter")
    expect(window.get_by_role("log")).to_contain_text("I am correcting it.")
    lena.clock.set_fixed_time(time.time())  # what ends by itself after a while does not end
    window.get_by_label("Your message").press_sequentially("T")
    expect(lena.get_by_text("Visitor is writing…")).to_be_visible()
    [[first, *_]] = threads(desk)
    conversations.note(desk.organization.guard("omar"), first.conversation, "a regular", client_key="n")
    expect(lena.get_by_role("log")).to_contain_text("a regular")
    assert lena.get_by_text("Visitor is writing…").is_visible()
    ana.get_by_role("link", name="Visitor").click()
    expect(ana.get_by_role("log")).to_contain_text("I am correcting it.")
    say(window, "Thank you!")
    for agent in (lena, ana):
        expect(agent.get_by_role("log")).to_contain_text("Thank you!")
    page.reload()
    expect(window.get_by_role("listitem")).to_have_count(3)
    lena.get_by_role("link", name="Close", exact=True).click()
    lena.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(window.get_by_text("This chat has ended")).to_be_visible()
    say(window, "One more thing")
    expect(window.get_by_role("listitem")).to_have_count(1)


def test_a_permission_taken_away_shuts_the_button_and_the_door_while_the_agent_looks(
    desk: Desk, site: str
) -> None:
    _, window = arrive(desk, site)
    say(window, "Hello?")
    lena = desk.open("lena", "/queue")
    lena.get_by_role("button", name="Accept Visitor").click()
    expect(lena.get_by_label("Reply to Visitor")).to_be_visible()
    without = {key: scope for key, scope in AGENT.grants.items() if key != "AgentChat"}
    desk.put(PutRole(Role("agent", "Support agent", {**without, "ConversationView": Scope.TEAM})))
    expect(lena.get_by_text("You may no longer: Handle chats")).to_be_visible()
    expect(lena.get_by_label("Reply to Visitor")).to_have_count(0)
    # What she had is back in the queue, and her door is shut.
    id = re.sub(r".*/inbox/([^?/]+).*", r"\1", lena.url)
    answer = lena.request.post(
        f"{desk.address}/inbox/{id}/reply",
        form={"text": "still here", "client_key": "x"},
        headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"},
    )
    assert answer.status == 403
    expect(window.get_by_role("log")).not_to_contain_text("still here")


def test_what_is_written_while_the_connection_is_gone_arrives_once_and_in_order(
    desk: Desk, site: str
) -> None:
    page, window = arrive(desk, site)
    say(window, "one")
    expect(window.get_by_role("listitem")).to_have_count(1)
    expect(window.get_by_text("Sending…")).to_have_count(0)
    page.context.set_offline(True)
    say(window, "two")
    say(window, "three")
    expect(window.get_by_text("No connection")).to_be_visible()
    page.context.set_offline(False)
    expect(window.get_by_text("Sending…")).to_have_count(0)
    assert window.locator(".bubble").all_inner_texts() == ["one", "two", "three"]
    [thread] = threads(desk)
    assert [each.text for each in thread if each.kind is MessageKind.TEXT] == ["one", "two", "three"]


def test_what_is_written_while_the_server_is_down_arrives_once_when_another_is_there(
    desk: Desk, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    with shop("") as origin:
        with running(database) as address:
            change(desk, origins=(origin,), title="Ask the shop")
            page = desk.browser.new_context().new_page()
            page.goto(f"{origin}/?{quote(f'{address}/widget/{WIDGET.id}.js')}")
            window = page.frame_locator("iframe")
            window.get_by_role("button", name="Ask the shop").click()
            say(window, "one")
            expect(window.locator(".message-mine:not(.message-waiting)")).to_have_count(1)
        say(window, "two")
        say(window, "three")
        expect(window.get_by_text("No connection")).to_be_visible()
        [[first, *_]] = threads(desk)
        conversations.accept(desk.organization.guard("lena"), first.conversation)
        conversations.reply(desk.organization.guard("lena"), first.conversation, "meanwhile", client_key="m")
        with running(database, int(address.rpartition(":")[2])):
            expect(window.locator(".message-waiting")).to_have_count(0)
            expect(window.locator(".bubble")).to_have_text(["one", "meanwhile", "two", "three"])
            page.context.close()


def test_who_is_blocked_is_told_so_and_his_words_stay_in_the_field(desk: Desk, site: str) -> None:
    _, window = arrive(desk, site)
    say(window, "hello")
    expect(window.locator(".message-mine:not(.message-waiting)")).to_have_count(1)
    [customer] = customers.list_customers(desk.organization.guard("omar")).rows
    customers.block(desk.organization.guard("omar"), customer.customer.id)
    say(window, "more")
    expect(window.get_by_role("alert")).to_be_visible()
    expect(window.get_by_label("Your message")).to_have_value("more")
    expect(window.get_by_role("listitem")).to_have_count(1)


def test_a_file_that_is_too_long_is_refused_at_once_and_holds_nothing_up(desk: Desk, site: str) -> None:
    _, window = arrive(desk, site)
    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": b"x" * 6_000_000}
    window.locator("#file").set_input_files(files=[photo])  # type: ignore[list-item]
    expect(window.get_by_role("alert")).to_contain_text("choose a smaller one")
    say(window, "then without it")
    expect(window.locator(".message-mine:not(.message-waiting)")).to_have_text(re.compile("then without it"))


def test_who_signs_out_of_the_site_leaves_no_chat_behind(desk: Desk, site: str) -> None:
    signed = visitors.sign(WIDGET, "customer-17")
    script = f'{desk.address}/widget/{WIDGET.id}.js" data-identity="customer-17" data-signature="{signed}'
    page = desk.browser.new_context().new_page()
    window = page.frame_locator("iframe")
    for source, left in ((script, ["my invoice"]), (f"{desk.address}/widget/{WIDGET.id}.js", [])):
        with page.expect_response(re.compile("/(identity|forget)$")):
            page.goto(f"{site}/?{quote(source)}")
        if left:
            window.get_by_role("button", name="Ask the shop").click()
            say(window, "my invoice")
            expect(window.locator(".message-mine:not(.message-waiting)")).to_have_count(1)
        expect(window.locator(".bubble")).to_have_text(left)


def threads(desk: Desk) -> list[tuple[Message, ...]]:
    """What was said in each conversation that is not closed."""
    owner = desk.organization.guard("omar")
    return [reading.thread(owner, row.conversation.id).messages for row in reading.inbox(owner).rows]


def test_the_window_stays_away_from_a_site_that_is_not_its_own(desk: Desk, site: str) -> None:
    with shop(f"{desk.address}/widget/{WIDGET.id}.js") as elsewhere:
        page = desk.browser.new_context().new_page()
        page.goto(elsewhere)
        page.wait_for_timeout(800)
        assert page.frame_locator("iframe").locator("#launcher").count() == 0


def test_the_words_of_the_widget_change_before_a_visitors_eyes(desk: Desk, site: str) -> None:
    _, window = arrive(desk, site)
    lead = desk.open("omar", f"/widgets/{WIDGET.id}")
    lead.get_by_label("Greeting").fill("Good morning!")
    lead.get_by_role("button", name="Save").click()
    expect(window.get_by_text("Good morning!")).to_be_visible()


def test_nobody_there_is_said_with_the_away_text(desk: Desk, site: str) -> None:
    with desk.organization.locked() as connection:
        now = settings.find(connection, "northwind")
        settings.keep(connection, "northwind", replace(now, hours={}))
    _, window = arrive(desk, site)
    expect(window.get_by_text("We are away.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_window_is_open_to_everybody(desk: Desk, site: str, scheme: str, axe_source: str) -> None:
    page, window = arrive(desk, site, color_scheme=scheme)
    say(window, "hello")
    expect(window.get_by_text("Sending…")).to_have_count(0)
    [[first, *_]] = threads(desk)
    conversation = first.conversation
    conversations.accept(desk.organization.guard("lena"), conversation)
    conversations.reply(desk.organization.guard("lena"), conversation, "good day", client_key="r")
    expect(window.get_by_role("listitem")).to_have_count(2)
    frame = page.frames[1]
    frame.evaluate(axe_source)
    found = frame.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})")
    assert [each["id"] for each in found["violations"]] == []
    page.keyboard.press("Escape")
    expect(window.get_by_role("button", name="Ask the shop")).to_be_focused()

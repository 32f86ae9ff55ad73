"""The visitor's doors: his own words and no others', on the widget's own sites, within limits."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.desk.world import World

from roledesk import Engine
from roledesk.app import create_app
from roledesk.desk import conversations, customers, visitors
from roledesk.desk.facts import State
from roledesk.desk.feed import DeskFeed
from roledesk.desk.files import Upload
from roledesk.desk.store import customers as known
from roledesk.desk.store import events, widgets
from roledesk.desk.widget.listener import VisitorListener
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import profiles
from roledesk.store.profiles import Profile

SHOP = "https://shop.example"
STATIC = Path(__file__).parents[2] / "src/roledesk/web/static"


@dataclass
class Site:
    """A server with the widget of team A, and browsers that come to it."""

    world: World
    app: object

    door: str = "/widget/acme-a"

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url="http://testserver", headers={"Sec-Fetch-Site": "same-origin"})  # type: ignore[arg-type]

    def change(self, **changes: object) -> None:
        with self.world.organization.locked() as connection:
            changed = replace(self.world.widget("a"), **changes)  # type: ignore[arg-type]
            widgets.keep(connection, "acme", changed)

    def say(self, browser: TestClient, text: str, key: str, **more: object):  # type: ignore[no-untyped-def]
        return browser.post(f"{self.door}/messages", data={"text": text, "client_key": key}, **more)  # type: ignore[arg-type]

    def window(self, browser: TestClient, after: int = 0):  # type: ignore[no-untyped-def]
        return browser.get(f"{self.door}/window", params={"after": after}).json()

    def count_customers(self) -> int:
        return customers.count_customers(self.world.guard("olu"))


@pytest.fixture
def start_site(engine: Engine, world: World) -> Callable[..., Site]:
    def start(**given: object) -> Site:
        settings = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3, **given})
        made = Site(world, create_app(settings, engine))
        made.change(origins=(SHOP,))
        return made

    return start


@pytest.fixture
def site(start_site: Callable[..., Site]) -> Site:
    return start_site()


def test_a_visitor_is_nobody_until_his_first_word_and_the_same_person_afterwards(site: Site) -> None:
    browser = site.browser()
    assert site.window(browser)["messages"] == []
    assert site.count_customers() == 0
    first = site.say(browser, "hello", "k1").json()
    site.say(browser, "again", "k2")
    assert site.count_customers() == 1
    shown = site.window(browser)
    assert [each["text"] for each in shown["messages"]] == ["hello", "again"]
    assert shown["conversation"] == first["conversation"]
    assert [each["text"] for each in site.window(browser, after=shown["messages"][0]["seq"])["messages"]] == [
        "again"
    ]


def test_a_message_sent_twice_with_one_key_is_one_message_even_when_the_chat_was_closed_between(
    site: Site,
) -> None:
    browser = site.browser()
    sent = [site.say(browser, "hello", "k1").json() for _ in range(2)]
    assert sent[0] == sent[1]
    taken = conversations.accept(site.world.guard("a1"), sent[0]["conversation"])
    conversations.close(site.world.guard("a1"), taken.id)
    assert site.say(browser, "hello", "k1").json() == sent[0]
    begun = site.say(browser, "one more thing", "k2").json()["conversation"]
    assert begun != taken.id
    assert [each["text"] for each in site.window(browser)["messages"]] == ["one more thing"]


def test_a_visitor_reads_what_was_said_to_him_and_nothing_else(site: Site) -> None:
    browser, other = site.browser(), site.browser()
    mine = site.say(browser, "hello", "k1").json()["conversation"]
    site.say(other, "other-marker", "k1")
    guard = site.world.guard("a1")
    conversations.accept(guard, mine)
    conversations.note(guard, mine, "note-marker", client_key="n")
    conversations.whisper(site.world.guard("al"), mine, "whisper-marker", client_key="w")
    sent = conversations.reply(guard, mine, "deleted-marker", client_key="d")
    conversations.reply(guard, mine, "an answer", client_key="r")
    conversations.delete_message(guard, mine, sent.seq)
    answer = browser.get(f"{site.door}/window").text
    assert [each["text"] for each in site.window(browser)["messages"]] == ["hello", "", "an answer"]
    for marker in ("note-marker", "whisper-marker", "other-marker", "deleted-marker", '"a1"', '"al"'):
        assert marker not in answer


def test_no_visitor_can_tell_how_much_happens_elsewhere(site: Site) -> None:
    browser = site.browser()
    before = [site.window(browser)["position"] for _ in range(2)]
    site.world.opened("a1")
    after = site.window(browser)["position"]
    head = DeskFeed().head(site.world.organization)
    assert len({*before, after}) == 3, "each is another, whether anything happened or not"
    assert not any(place.endswith(f".{seq}") for place in (*before, after) for seq in range(head + 1))


def test_an_agent_is_called_by_the_public_name_he_chose_else_by_his_team(site: Site) -> None:
    browser = site.browser()
    mine = site.say(browser, "hello", "k1").json()["conversation"]
    conversations.accept(site.world.guard("a1"), mine)
    conversations.reply(site.world.guard("a1"), mine, "an answer", client_key="r")
    assert site.window(browser)["messages"][-1]["by"] == "Team A"
    with site.world.organization.database.writing() as connection:
        profiles.put(connection, "acme", Profile("a1", "Amy"))
    shown = site.window(browser)
    assert (shown["messages"][-1]["by"], shown["partner"]) == ("Amy", "Amy")


def test_files_go_both_ways_and_only_within_the_conversation(site: Site) -> None:
    browser, other = site.browser(), site.browser()
    sent = site.say(browser, "", "k1", files={"file": ("a.html", b"<script>", "text/html")}).json()
    site.say(other, "hello", "k1")
    file = sent["messages"][0]["file"]
    assert file["name"] == "a.html"
    kept = browser.get(f"{site.door}/files/{file['id']}")
    assert kept.content == b"<script>"
    assert kept.headers["content-type"] == "application/octet-stream"
    assert kept.headers["content-disposition"].startswith("attachment")
    assert other.get(f"{site.door}/files/{file['id']}").status_code == 404
    conversations.accept(site.world.guard("a1"), sent["conversation"])
    upload = Upload("b.txt", "text/plain", b"bytes")
    conversations.reply(site.world.guard("a1"), sent["conversation"], "", client_key="f", attachment=upload)
    theirs = site.window(browser)["messages"][-1]["file"]
    assert browser.get(f"{site.door}/files/{theirs['id']}").content == b"bytes"


def test_a_frame_stands_on_the_sites_of_its_widget_and_nowhere_else(site: Site) -> None:
    browser = site.browser()
    policy = browser.get(f"{site.door}/frame").headers["content-security-policy"]
    assert f"frame-ancestors {SHOP};" in policy
    assert "script-src 'self'" in policy
    on_trial = browser.get(f"{site.door}/frame?where=try").headers["content-security-policy"]
    assert "frame-ancestors 'self';" in on_trial
    site.change(origins=())
    assert "frame-ancestors 'none'" in browser.get(f"{site.door}/frame").headers["content-security-policy"]
    site.change(enabled=False)
    for door in ("frame", "window", "live"):
        assert browser.get(f"{site.door}/{door}").status_code == 404
    assert site.say(browser, "hello", "k").status_code == 404


def test_another_site_cannot_write_as_the_visitor(site: Site) -> None:
    browser = site.browser()
    site.say(browser, "hello", "k1")
    forged = site.say(browser, "forged", "k2", headers={"Sec-Fetch-Site": "cross-site", "Origin": SHOP})
    assert forged.status_code == 403
    assert [each["text"] for each in site.window(browser)["messages"]] == ["hello"]


def test_a_signed_identity_is_the_same_customer_in_every_browser(site: Site) -> None:
    signature = visitors.sign(site.world.widget("a"), "customer-17")
    one, two = site.browser(), site.browser()
    for browser in (one, two):
        asked = {"identity": "customer-17", "signature": signature, "name": "Xenia"}
        assert browser.post(f"{site.door}/identity", data=asked).status_code == 200
    assert site.count_customers() == 0, "who never writes is no customer"
    site.say(one, "from my desk", "k1")
    site.say(two, "from my phone", "k2")
    assert [each["text"] for each in site.window(one)["messages"]] == ["from my desk", "from my phone"]
    assert [each["identity"] for each in map(site.window, (one, two))] == ["customer-17"] * 2
    assert site.count_customers() == 1
    assert two.post(f"{site.door}/forget").status_code == 204
    assert (site.window(two)["identity"], site.window(two)["messages"]) == ("", [])
    forged = {"identity": "customer-17", "signature": "0" * 64}
    assert site.browser().post(f"{site.door}/identity", data=forged).status_code == 401
    site.change(identity_secret="another")
    assert site.window(one)["messages"] == [], "what the old secret signed counts no more"


def test_who_is_blocked_is_refused_and_counted(site: Site) -> None:
    browser = site.browser()
    mine = site.say(browser, "hello", "k1").json()["conversation"]
    with site.world.organization.locked() as connection:
        customer = conversations.conversations.find(connection, "acme", mine).customer  # type: ignore[union-attr]
        known.put(connection, "acme", replace(known.find(connection, "acme", customer), blocked_at=1.0))  # type: ignore[type-var, arg-type]
    refused = site.say(browser, "more", "k2")
    assert refused.status_code == 403
    with site.world.organization.database.reading() as connection:
        assert known.find(connection, "acme", customer).refused_messages == 1  # type: ignore[union-attr]


def test_who_writes_too_much_waits(start_site: Callable[..., Site]) -> None:
    site = start_site(messages_per_visitor="2 per minute", visitors_per_address="2 per hour")
    browser = site.browser()
    answers = [site.say(browser, "hello", f"k{number}").status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert site.say(site.browser(), "hello", "k").status_code == 200
    refused = site.say(site.browser(), "hello", "k")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_who_sends_too_many_files_waits_and_may_still_write(start_site: Callable[..., Site]) -> None:
    site = start_site(files_per_visitor="1 per hour")
    browser = site.browser()
    site.say(browser, "hello", "k0")
    file = {"file": ("a.txt", b"bytes", "text/plain")}
    answers = [site.say(browser, "", f"f{number}", files=file).status_code for number in range(2)]
    assert answers == [200, 429]
    assert site.say(browser, "but words", "k1").status_code == 200


def test_a_first_word_whose_answer_was_lost_is_said_once_by_one_visitor(site: Site) -> None:
    drawn = "0123456789abcdef" * 4
    sent = {"text": "hello", "client_key": "k1", "drawn": drawn}
    first = site.browser().post(f"{site.door}/messages", data=sent).json()
    again = site.browser()
    assert again.post(f"{site.door}/messages", data=sent).json() == first
    assert [each["text"] for each in site.window(again)["messages"]] == ["hello"]
    assert site.count_customers() == 1
    for weak in ("", "1", "0" * 63):
        site.browser().post(f"{site.door}/messages", data={**sent, "drawn": weak})
    assert site.count_customers() == 4, "a number that could be guessed makes nobody the same"


def test_the_window_names_the_longest_file_that_arrives(site: Site) -> None:
    browser = site.browser()
    most = int(re.search(r'data-most-bytes="(\d+)"', browser.get(f"{site.door}/frame").text)[1])  # type: ignore[index]
    answers = [
        site.say(browser, "", f"k{size}", files={"file": ("a.bin", b"x" * size, "")}).status_code
        for size in (most, most + 1, most + 100_000)
    ]
    assert answers == [200, 400, 413]


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001, "a\0b"])
def test_what_cannot_be_sent_begins_nothing(site: Site, text: str) -> None:
    refused = site.say(site.browser(), text, "k")
    assert refused.status_code == 400
    assert "text" in refused.json()["detail"] or "message" in refused.json()["detail"]
    assert site.count_customers() == 0


def test_outside_office_hours_the_away_text_shows_and_when_somebody_is_back(site: Site) -> None:
    browser = site.browser()
    assert site.window(browser)["is_away"] is False
    site.world.settings(hours={})
    shown = site.window(browser)
    assert shown["is_away"] is True
    assert shown["away"].startswith("We are away")


def test_a_visitor_hears_of_his_own_conversation_and_of_the_widget_only(site: Site) -> None:
    world, feed = site.world, DeskFeed()
    mine = world.opened("a1")
    other = world.opened("a2")
    since = feed.head(world.organization)
    listener = VisitorListener(world.organization, mine.customer, lambda: True)
    nobody = VisitorListener(world.organization, None, lambda: True)
    conversations.note(world.guard("a1"), mine.id, "noted", client_key="note")
    conversations.whisper(world.guard("al"), mine.id, "hushed", client_key="whisper")
    world.reply("a2", other.id, "for somebody else")
    visitors.typing(world.organization, mine.customer)
    heard = feed.since(world.organization, since, 100)
    assert [listener.told(each, ()) for each in heard] == [None] * len(heard)
    since = feed.head(world.organization)
    conversations.typing(world.guard("a1"), mine.id)
    world.reply("a1", mine.id, "for him")
    heard = feed.since(world.organization, since, 100)
    assert [listener.told(each, ()) for each in heard] == [
        ("typing", {"kind": "typing"}),
        ("changed", {"kind": "message"}),
    ]
    assert [nobody.told(each, ()) for each in heard] == [None, None]


def test_the_window_weighs_little() -> None:
    parts = ("js/widget-loader.js", "js/widget.js", "css/widget.css", "css/tokens.css")
    assert sum(len(gzip.compress((STATIC / part).read_bytes())) for part in parts) <= 20_000


def test_a_conversation_of_a_visitor_waits_in_the_queue_of_the_widgets_team(site: Site) -> None:
    mine = site.say(site.browser(), "hello", "k1").json()["conversation"]
    with site.world.organization.database.reading() as connection:
        found = conversations.conversations.find(connection, "acme", mine)
    assert found is not None
    assert (found.team, found.state, found.channel) == ("a", State.WAITING, "web")


def test_a_visitor_who_guesses_the_key_of_a_note_gets_his_own_words_back(site: Site) -> None:
    browser = site.browser()
    talk = site.say(browser, "hello", "k1").json()["conversation"]
    conversations.accept(site.world.guard("a1"), talk)
    conversations.note(site.world.guard("a1"), talk, "note-marker", client_key="1")
    answer = site.say(browser, "mine", "1")
    assert answer.status_code == 200
    assert [each["text"] for each in answer.json()["messages"]] == ["mine"]


def test_of_a_blocked_visitor_nobody_hears_that_he_writes(site: Site) -> None:
    browser = site.browser()
    site.say(browser, "hello", "k1")
    [his] = customers.list_customers(site.world.guard("olu")).rows
    customers.block(site.world.guard("olu"), his.customer.id)
    before = heard(site)
    assert browser.post(f"{site.door}/typing").status_code == 204
    assert heard(site) == before
    customers.unblock(site.world.guard("olu"), his.customer.id)
    visitors.typing(site.world.organization, his.customer.id)
    assert heard(site).count("typing") == 1


def heard(site: Site) -> list[str]:
    with site.world.organization.database.reading() as connection:
        return [each.kind for each in events.since(connection, "acme", 0, limit=999)]

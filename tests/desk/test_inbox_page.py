"""The list of the inbox: whose the last words of a row are, and what it says before the first chat."""

import re

import pytest
from sqlalchemy import delete
from tests.desk.site import Site

from roledesk import Scope
from roledesk.desk import conversations, visitors
from roledesk.desk.store import schema

TEAM = Scope.TEAM
WIDGETS = {"WebWidget": TEAM, "AgentChat": TEAM}


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """Pages ask the database nothing themselves: one kind is enough."""
    return sqlite_desk


def preview_of(site: Site, agent: str, path: str = "/inbox?view=all") -> str:
    """What the only row of a list shows of its chat."""
    [note] = re.findall(
        r'<span class="row-note"[^>]*>(.*?)</span>\s*<span class="row-tags', site.as_(agent).get(path).text
    )
    return re.sub("<[^>]*>", "", note)


def empty(site: Site, agent: str) -> tuple[str, str]:
    """What an empty inbox says, and where its step leads."""
    [said] = re.findall(r'<div class="empty">(.*?)</div>', site.as_(agent).get("/inbox").text)
    return re.findall("<p>(.*?)</p>", said)[0], "".join(re.findall('href="(.*?)"', said))


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        pytest.param("a1", "You: on its way", id="whose words they are"),
        pytest.param("a2", "on its way", id="a colleague"),
        pytest.param("al", "on its way", id="the lead"),
    ],
)
def test_a_row_says_you_only_to_whoever_said_its_last_words(site: Site, agent: str, shown: str) -> None:
    chat = site.world.opened("a1")
    assert preview_of(site, agent) == "hello"
    site.world.reply("a1", chat.id, "on its way")
    assert preview_of(site, agent) == shown
    conversations.close(site.world.guard("a1"), chat.id)
    if agent != "a2":
        assert preview_of(site, agent, "/closed?whose=all") == shown


def test_notes_and_whispers_are_nobodys_last_words(site: Site) -> None:
    chat = site.world.opened("a1")
    site.world.reply("a1", chat.id, "on its way")
    visitors.write(site.world.organization, site.world.widget("a"), chat.customer, "thanks", client_key="k")
    conversations.note(site.world.guard("a1"), chat.id, "secret note", client_key=site.world.key())
    conversations.whisper(site.world.guard("al"), chat.id, "secret whisper", client_key=site.world.key())
    for agent in ("a1", "al"):
        assert preview_of(site, agent) == "thanks"


def test_what_was_taken_back_leaves_the_words_before_it(site: Site) -> None:
    chat = site.world.opened("a1")
    said = site.world.reply("a1", chat.id, "wrong chat")
    assert preview_of(site, "a1") == "You: wrong chat"
    conversations.delete_message(site.world.guard("a1"), chat.id, said.seq)
    assert preview_of(site, "a1") == "hello"


@pytest.mark.parametrize(
    ("agent", "step", "then"),
    [
        pytest.param("olu", "/widgets/new", "/widget/acme-a/try", id="the owner"),
        pytest.param("a1", "/widgets/new", "/widget/acme-a/try", id="who looks after those of his team"),
        pytest.param("a2", "", "", id="who only answers"),
    ],
)
def test_an_inbox_to_which_no_chat_came_offers_the_next_step_to_who_may_take_it(
    site: Site, agent: str, step: str, then: str
) -> None:
    site.world.give("a1", **WIDGETS)
    usual = "You have no open chat. New ones come by themselves, or from the queue."
    said, link = empty(site, agent)
    assert (link, said == usual) == (then, not then)
    assert not link or site.as_(agent).get(link).status_code == 200
    with site.world.organization.locked() as connection:
        connection.execute(delete(schema.widgets))
    said, link = empty(site, agent)
    assert (link, "Ask whoever looks after" in said) == (step, not step)
    assert not link or site.as_(agent).get(link).status_code == 200


@pytest.mark.parametrize("path", ["/inbox?q=hello", "/inbox?from=2026-11-21"])
def test_an_inbox_in_which_something_is_sought_speaks_of_that_alone(site: Site, path: str) -> None:
    assert "Write as a visitor" in site.as_("olu").get("/inbox").text
    assert "Write as a visitor" not in site.as_("olu").get(path).text


def test_an_inbox_that_is_empty_again_is_no_beginning(site: Site) -> None:
    chat = site.world.opened("a1")
    conversations.close(site.world.guard("a1"), chat.id)
    assert empty(site, "olu") == (
        "You have no open chat. New ones come by themselves, or from the queue.",
        "",
    )


def test_a_page_that_looks_again_takes_no_word_meant_for_another(site: Site) -> None:
    chat = site.world.opened("a1")
    browser = site.as_("a1")
    browser.post(f"/inbox/{chat.id}/close", follow_redirects=False)
    shown = [browser.get("/inbox", headers=each).text for each in ({"Roledesk-Notice": "leave"}, {}, {})]
    assert ["notice-done" in each for each in shown] == [False, True, False]

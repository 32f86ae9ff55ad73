"""Who hears of what at the desk: each event reaches those who may see what it is about, and nobody else."""

import asyncio
from collections.abc import Callable

import pytest
from tests.desk.world import World
from tests.web.streams import COVER, opened

from roledesk import Scope
from roledesk.desk import conversations, customers, presence, reading
from roledesk.desk.facts import Message
from roledesk.desk.feed import DeskFeed
from roledesk.desk.store import events
from roledesk.desk.store.presence import PresenceStatus
from roledesk.desk.widget.listener import VisitorListener
from roledesk.web.listeners import AgentListener
from roledesk.web.live import Hub, LiveResponse

LISTENERS = ("a1", "a2", "an", "ai", "al", "b1")


Happens = Callable[[World, str], object]


def heard(world: World, hub: Hub, loop: asyncio.AbstractEventLoop, position: str) -> dict[str, str]:
    """What each listener was told first since `position`, once the owner has heard all of it."""
    until = int(COVER.read(hub.position(world.organization)).rpartition(".")[2])
    pages = {
        agent: opened(LiveResponse(hub, AgentListener(world.guard(agent), lambda: True), position), loop)
        for agent in (*LISTENERS, "olu")
    }
    world.start("a")
    while max((seq for _, seq in pages["olu"].told), default=0) <= until:
        pages["olu"].heard(len(pages["olu"].events) + 1)
    told = {agent: [event for event, seq in page.told if seq <= until] for agent, page in pages.items()}
    return {agent: events[0] for agent, events in told.items() if events and agent != "olu"}


def customer_of(world: World, conversation: str) -> str:
    return reading.get_conversation(world.guard("olu"), conversation).conversation.customer


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        pytest.param(
            lambda world, id: world.reply("a1", id, "hello"),
            {"a1": "changed", "a2": "changed", "ai": "changed", "al": "changed"},
            id="an answer is told to those who view the conversation",
        ),
        pytest.param(
            lambda world, id: conversations.note(world.guard("a1"), id, "secret", client_key="n"),
            {"a1": "changed", "a2": "changed", "al": "changed"},
            id="a note only to those who read notes",
        ),
        pytest.param(
            lambda world, id: conversations.whisper(world.guard("al"), id, "secret", client_key="w"),
            {"a1": "changed", "al": "changed"},
            id="a whisper to its two",
        ),
        pytest.param(
            lambda world, id: conversations.delete_message(
                world.guard("a1"), id, conversations.note(world.guard("a1"), id, "x", client_key="n").seq
            ),
            {"a1": "changed", "a2": "changed", "al": "changed"},
            id="that a note is gone only to those who read notes",
        ),
        pytest.param(
            lambda world, id: conversations.delete_message(
                world.guard("al"), id, conversations.whisper(world.guard("al"), id, "x", client_key="w").seq
            ),
            {"a1": "changed", "al": "changed"},
            id="that a whisper is gone to its two",
        ),
        pytest.param(
            lambda world, id: conversations.mark_read(world.guard("a2"), id, 1),
            {"a2": "changed"},
            id="who read what, to himself",
        ),
        pytest.param(
            lambda world, id: conversations.transfer(world.guard("a1"), id, team="b"),
            {"a1": "removed", "a2": "removed", "ai": "removed", "al": "removed", "b1": "changed"},
            id="what leaves a team is removed there and comes up in the other",
        ),
        pytest.param(
            lambda world, id: conversations.close(world.guard("a1"), id),
            {"a1": "changed", "a2": "removed", "ai": "removed", "al": "changed"},
            id="a closed one stays with those who read closed ones",
        ),
        pytest.param(
            lambda world, id: customers.delete(world.guard("olu"), customer_of(world, id)),
            {"a1": "removed", "a2": "removed", "ai": "removed", "al": "removed"},
            id="a deleted one is removed",
        ),
    ],
)
def test_an_event_is_told_to_whom_it_may(
    world: World,
    hub: Hub,
    loop: asyncio.AbstractEventLoop,
    happens: Happens,
    expected: dict[str, str],
) -> None:
    conversation = world.opened("a1")
    position = hub.position(world.organization)
    happens(world, conversation.id)
    assert heard(world, hub, loop, position) == expected


@pytest.mark.parametrize(("write", "hears"), [(conversations.reply, True), (conversations.note, False)])
def test_a_visitor_hears_that_something_is_gone_which_was_said_to_him(
    world: World, write: Callable[..., Message], hears: bool
) -> None:
    mine = world.opened("a1")
    written = write(world.guard("a1"), mine.id, "x", client_key="k")
    seq = DeskFeed().head(world.organization)
    conversations.delete_message(world.guard("a1"), mine.id, written.seq)
    visitor = VisitorListener(world.organization, mine.customer, lambda: True)
    told = [visitor.told(each, ()) for each in DeskFeed().since(world.organization, seq, 9)]
    assert told == [("changed", {"kind": "deleted"}) if hears else None]


def test_of_the_queue_one_who_may_only_accept_hears_no_more_than_that(
    world: World, hub: Hub, loop: asyncio.AbstractEventLoop
) -> None:
    position = hub.position(world.organization)
    page = opened(LiveResponse(hub, AgentListener(world.guard("an"), lambda: True), position), loop)
    world.start("a", "secret")
    assert page.heard(1)[0] == ("queue", {})


def test_presence_is_told_to_those_who_may_know_it(
    world: World, hub: Hub, loop: asyncio.AbstractEventLoop
) -> None:
    world.give("a2", TeamStatus=Scope.TEAM)
    position = hub.position(world.organization)
    presence.set_presence(world.guard("a1"), PresenceStatus.ONLINE)
    assert heard(world, hub, loop, position) == {"a2": "presence"}


def test_who_was_writing_is_forgotten_and_nothing_else(world: World) -> None:
    mine, feed = world.opened("a1"), DeskFeed()
    conversations.typing(world.guard("a1"), mine.id)
    told = feed.since(world.organization, 0, 100)
    with world.organization.database.writing() as connection:
        events.clean_typing(connection, before=world.organization.clock() + 1)
    left = feed.since(world.organization, 0, 100)
    assert left == tuple(each for each in told if each.kind != "typing")
    assert len(left) == len(told) - 1
    head = feed.head(world.organization)
    world.reply("a1", mine.id, "an answer")
    assert [each.seq for each in feed.since(world.organization, head, 100)] == [head + 1]

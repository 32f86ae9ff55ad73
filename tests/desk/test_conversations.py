"""What agents do with conversations: once, whole, and only as far as they reach."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.desk.world import OWN, TEAM, World

from roledesk import (
    DeniedError,
    Engine,
    InputError,
    MovedError,
    NotFoundError,
    PutAgent,
    RoledeskError,
    Status,
)
from roledesk.desk import conversations, reading, visitors
from roledesk.desk.facts import EventKind, MessageKind, State
from roledesk.desk.store import customers, events
from roledesk.desk.store.settings import Handling


def texts(world: World, agent: str, id: str) -> list[str]:
    return [each.text for each in reading.thread(world.guard(agent), id).messages]


def seqs(world: World) -> list[int]:
    with world.organization.database.reading() as connection:
        return [each.seq for each in events.since(connection, "acme", 0, limit=10_000)]


def test_a_conversation_goes_from_the_queue_to_its_end(world: World) -> None:
    begun = world.start("a", "my parcel is lost")
    assert [each.id for each in reading.queue(world.guard("a1"))] == [begun.id]
    taken = conversations.accept(world.guard("a1"), begun.id)
    assert (taken.state, taken.assignee) == (State.OPEN, "a1")
    world.reply("a1", begun.id, "let me look")
    done = conversations.close(world.guard("a1"), begun.id)
    assert (done.state, done.assignee) == (State.CLOSED, "a1")
    assert texts(world, "a1", begun.id) == ["my parcel is lost", "accepted", "let me look", "closed"]


def test_of_two_agents_who_accept_at_once_exactly_one_gets_it(
    world: World, open_again: Callable[[], Engine]
) -> None:
    other = open_again().organization("acme")
    for _ in range(5):
        begun = world.start("a")
        barrier = Barrier(2)

        def take(guard, id=begun.id, barrier=barrier):  # type: ignore[no-untyped-def]
            barrier.wait()
            try:
                return conversations.accept(guard, id).assignee
            except MovedError as error:
                return str(error)

        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(take, [world.guard("a1"), other.guard("a2")]))
        assert answers[0] in ("a1", "a2")
        assert "was accepted by somebody else" in answers[1]
        assert reading.get_conversation(world.guard(answers[0]), begun.id).conversation.assignee == answers[0]


def test_accepting_again_what_one_has_changes_nothing(world: World) -> None:
    taken = world.opened("a1")
    before = seqs(world)
    assert conversations.accept(world.guard("a1"), taken.id) == taken
    assert seqs(world) == before


def test_a_message_sent_twice_with_one_key_is_one_message(world: World) -> None:
    taken = world.opened("a1")
    guard = world.guard("a1")

    def send(_: int) -> int:
        return conversations.reply(guard, taken.id, "once", client_key="k").seq

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    assert texts(world, "a1", taken.id).count("once") == 1


def test_a_key_of_another_conversation_or_writer_is_another_message(world: World) -> None:
    one, two = world.opened("a1"), world.opened("a1")
    for each in (one, two):
        conversations.reply(world.guard("a1"), each.id, "same key", client_key="k")
    assert texts(world, "a1", two.id)[-1] == "same key"
    said = visitors.say_as_customer(
        world.organization, one.customer, one.id, "mine", client_key="customer-key"
    )
    again = visitors.say_as_customer(
        world.organization, one.customer, one.id, "mine", client_key="customer-key"
    )
    assert said == again


def test_events_are_numbered_without_gaps_whoever_writes(
    world: World, open_again: Callable[[], Engine]
) -> None:
    one, other = world.organization, open_again().organization("acme")
    customers_ = [world.customer() for _ in range(8)]

    def work(index: int) -> None:
        place = (one, other)[index % 2]
        widget = world.widget("a")
        begun = visitors.start(place, widget, customers_[index], "hello", client_key=f"k{index}")
        conversations.accept(place.guard("a1"), begun.id)
        with pytest.raises(InputError):
            conversations.reply(place.guard("a1"), begun.id, "  ", client_key="x")
        conversations.close(place.guard("a1"), begun.id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert seqs(world) == list(range(1, len(seqs(world)) + 1))


COMMANDS: dict[str, Callable[[World, str, str], object]] = {
    "accept": lambda world, agent, id: conversations.accept(world.guard(agent), id),
    "accept_sticky": lambda world, agent, id: conversations.accept_sticky(world.guard(agent), id),
    "reply": lambda world, agent, id: world.reply(agent, id, "hi"),
    "note": lambda world, agent, id: conversations.note(world.guard(agent), id, "n", client_key=world.key()),
    "whisper": lambda world, agent, id: conversations.whisper(world.guard(agent), id, "w", client_key="w"),
    "close": lambda world, agent, id: conversations.close(world.guard(agent), id),
    "transfer": lambda world, agent, id: conversations.transfer(world.guard(agent), id, team="b"),
    "tag": lambda world, agent, id: conversations.tag(world.guard(agent), id, "t"),
    "delete_message": lambda world, agent, id: conversations.delete_message(world.guard(agent), id, 1),
    "mark_read": lambda world, agent, id: conversations.mark_read(world.guard(agent), id, 1),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_one_may_not_see_is_answered_like_what_is_not_there(world: World, command: str) -> None:
    hidden = world.start("b") if "accept" in command else world.opened("b1")
    answers = []
    for id in (hidden.id, "conversation-none"):
        with pytest.raises(NotFoundError) as raised:
            COMMANDS[command](world, "a1", id)
        answers.append(str(raised.value).replace(id, "…"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("command", ["reply", "close", "transfer", "note", "delete_message", "whisper"])
def test_who_may_see_and_not_do_is_told_so(world: World, command: str) -> None:
    seen = world.opened("a1")
    with pytest.raises(DeniedError) as raised:
        COMMANDS[command](world, "ai", seen.id)
    assert not raised.value.hidden


def test_an_own_grant_accepts_from_the_queue_of_its_team_and_sees_no_more_of_it(world: World) -> None:
    begun = world.start("a", "marker")
    (queued,) = reading.queue(world.guard("an"))
    assert (queued.id, queued.team, queued.customer_name, queued.visible) == (begun.id, "a", "Xenia", False)
    with pytest.raises(NotFoundError):
        reading.get_conversation(world.guard("an"), begun.id)
    assert conversations.accept(world.guard("an"), begun.id).assignee == "an"
    assert reading.get_conversation(world.guard("an"), begun.id).conversation.preview == "marker"


def test_whoever_comes_too_late_is_told_what_happened(world: World) -> None:
    begun = world.start("a")
    conversations.accept(world.guard("a1"), begun.id)
    with pytest.raises(MovedError, match="accepted by somebody else"):
        conversations.accept(world.guard("an"), begun.id)
    conversations.transfer(world.guard("a1"), begun.id, team="b")
    with pytest.raises(MovedError, match="moved to another team"):
        world.reply("a1", begun.id, "too late")
    with pytest.raises(NotFoundError):
        world.reply("an", begun.id, "never could")


def test_a_reply_to_a_closed_conversation_is_kept_by_its_writer(world: World) -> None:
    taken = world.opened("a1")
    conversations.close(world.guard("a1"), taken.id)
    with pytest.raises(MovedError, match="was closed"):
        world.reply("a1", taken.id, "too late")
    with pytest.raises(MovedError, match="was closed"):
        visitors.say_as_customer(world.organization, taken.customer, taken.id, "hello?", client_key="k")


def test_transferred_to_a_team_it_waits_there(world: World) -> None:
    taken = world.opened("a1")
    moved = conversations.transfer(world.guard("a1"), taken.id, team="b")
    assert (moved.conversation.team, moved.conversation.assignee, moved.visible) == ("b", None, False)
    assert [each.id for each in reading.queue(world.guard("b1"))] == [taken.id]
    assert reading.queue(world.guard("a1")) == ()


def test_transferred_to_an_agent_it_takes_a_team_of_his(world: World) -> None:
    taken = world.opened("a1")
    moved = conversations.transfer(world.guard("a1"), taken.id, agent="b1").conversation
    assert (moved.team, moved.assignee, moved.state) == ("b", "b1", State.OPEN)
    within = world.opened("a1")
    assert conversations.transfer(world.guard("a1"), within.id, agent="a2").conversation.team == "a"


@pytest.mark.parametrize("agent", ["ai", "nobody"])
def test_only_who_may_answer_there_receives_a_conversation(world: World, agent: str) -> None:
    taken = world.opened("a1")
    with pytest.raises(InputError):
        conversations.transfer(world.guard("a1"), taken.id, agent=agent)
    assert reading.get_conversation(world.guard("a1"), taken.id).conversation == taken


def test_notes_are_read_with_the_permission_and_whispers_by_two(world: World) -> None:
    taken = world.opened("a1")
    conversations.note(world.guard("a1"), taken.id, "a note", client_key="n")
    conversations.whisper(world.guard("al"), taken.id, "a whisper", client_key="w")
    assert "a note" in texts(world, "a2", taken.id)
    assert "a note" not in texts(world, "ai", taken.id)
    readers = {agent for agent in ("a1", "a2", "ai", "al") if "a whisper" in texts(world, agent, taken.id)}
    assert readers == {"a1", "al"}
    said = visitors.thread_of(world.organization, taken.customer, taken.id, limit=50)
    assert {each.kind for each in said} == {MessageKind.TEXT}
    assert reading.get_conversation(world.guard("ai"), taken.id).conversation.preview == "hello"


def test_a_deleted_message_leaves_only_its_place(world: World) -> None:
    taken = world.opened("a1")
    secret = world.reply("a1", taken.id, "marker secret")
    conversations.delete_message(world.guard("a1"), taken.id, secret.seq)
    row = reading.get_conversation(world.guard("a1"), taken.id)
    assert row.conversation.preview == "hello"
    left = reading.thread(world.guard("a1"), taken.id).messages[-1]
    assert (left.seq, left.text, left.deleted_by) == (secret.seq, "", "a1")
    assert reading.find_messages(world.guard("a1"), "marker").hits == ()


def test_close_all_closes_ones_own_and_nobody_elses(world: World) -> None:
    mine, other = [world.opened("a1") for _ in range(3)], world.opened("a2")
    assert set(conversations.close_all(world.guard("a1"))) == {each.id for each in mine}
    assert reading.get_conversation(world.guard("a2"), other.id).conversation.state is State.OPEN
    with pytest.raises(DeniedError):
        conversations.close_all(world.guard("ai"))


def test_a_customer_comes_back_to_his_agent(world: World) -> None:
    customer = world.customer()
    first = world.opened("a1", customer=customer)
    conversations.close(world.guard("a1"), first.id)
    kept = world.start("a", customer=customer)
    assert (kept.state, kept.assignee) == (State.WAITING, "a1")
    with pytest.raises(InputError, match="kept for another"):
        conversations.accept(world.guard("a2"), kept.id)
    with pytest.raises(DeniedError):
        conversations.accept_sticky(world.guard("a2"), kept.id)
    assert conversations.accept_sticky(world.guard("al"), kept.id).assignee == "al"


def test_a_kept_conversation_cannot_be_taken_while_its_agent_is_there(world: World) -> None:
    customer = world.customer()
    conversations.close(world.guard("a1"), world.opened("a1", customer=customer).id)
    kept = world.start("a", customer=customer)
    assert [each.kept_for for each in reading.queue(world.guard("al"))] == ["a1"]
    world.online("a1")
    assert reading.queue(world.guard("al")) == ()
    with pytest.raises(MovedError, match="came online"):
        conversations.accept_sticky(world.guard("al"), kept.id)
    assert conversations.accept(world.guard("a1"), kept.id).assignee == "a1"


def test_pushed_it_goes_to_who_has_fewest_up_to_the_maximum(world: World) -> None:
    world.settings(handling=Handling.PUSH, max_open=2)
    world.online("a1", "a2", "ai", "b1")
    taken = [world.start("a").assignee for _ in range(5)]
    assert sorted(map(str, taken)) == ["None", "a1", "a1", "a2", "a2"]
    mine = reading.inbox(world.guard("a1"), reading.View.MINE).rows[0].conversation
    conversations.close(world.guard("a1"), mine.id)
    assert reading.inbox(world.guard("a1")).counts[reading.View.WAITING] == 0


LOSSES: dict[str, Callable[[World], None]] = {
    "deactivated": lambda world: world.put(PutAgent("a1", Status.DEACTIVATED, frozenset({"a"}))),
    "out of the team": lambda world: world.put(PutAgent("a1", Status.ACTIVE, frozenset({"b"}))),
    "not allowed to answer": lambda world: world.give("a1", ConversationView=TEAM),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scope", [OWN, TEAM])
def test_a_lost_agents_conversations_go_back_to_their_queue(world: World, loss: str, scope: int) -> None:
    world.give("a1", AgentChat=scope)
    customer = world.customer()
    taken = world.opened("a1", customer=customer)
    kept, other = world.start("a", customer=customer), world.opened("a2")
    LOSSES[loss](world)
    assert {each.id for each in reading.queue(world.guard("al"))} == {taken.id, kept.id}
    back = reading.get_conversation(world.guard("al"), taken.id).conversation
    assert (back.team, back.assignee, back.state) == ("a", None, State.WAITING)
    assert reading.get_conversation(world.guard("a2"), other.id).conversation.assignee == "a2"
    with world.organization.database.reading() as connection:
        told = events.last_move(connection, "acme", taken.id)
        known = customers.find(connection, "acme", customer)
    assert told is not None
    assert told.kind is EventKind.RETURNED
    assert known is not None
    assert (known.sticky_agent is None) == (loss == "deactivated")


def test_a_refused_change_returns_nothing(world: World) -> None:
    taken = world.opened("a1")
    with pytest.raises(RoledeskError):
        world.put(
            PutAgent("a1", Status.DEACTIVATED, frozenset({"a"})),
            PutAgent("olu", Status.DEACTIVATED, frozenset({"a"})),
        )
    assert reading.get_conversation(world.guard("a1"), taken.id).conversation == taken


def test_two_who_choose_one_key_say_two_things(world: World) -> None:
    talk = world.opened("a1")
    conversations.note(world.guard("a2"), talk.id, "note of a2", client_key="1")
    conversations.reply(world.guard("a1"), talk.id, "reply of a1", client_key="1")
    said = [
        visitors.say_as_customer(world.organization, talk.customer, talk.id, "his", client_key="1"),
        visitors.write(world.organization, world.widget("a"), talk.customer, "his", client_key="1").message,
    ]
    assert said[0] == said[1]
    assert texts(world, "a1", talk.id)[-3:] == ["note of a2", "reply of a1", "his"]


def test_closing_twice_tells_nothing_to_who_may_not_close_any_more(world: World) -> None:
    talk = world.opened("a1")
    closed = conversations.close(world.guard("a1"), talk.id)
    assert conversations.close(world.guard("a1"), talk.id) == closed
    world.give("a1", TagAddRemove=TEAM)
    with pytest.raises(NotFoundError):
        conversations.close(world.guard("a1"), talk.id)


def test_a_transfer_does_not_tell_who_is_an_agent_here(world: World) -> None:
    talk = world.opened("a1")
    said = set()
    for agent in ("ai", "nobody-at-all"):
        with pytest.raises(InputError) as raised:
            conversations.transfer(world.guard("a1"), talk.id, agent=agent)
        said.add(raised.value.problem.replace(agent, "X"))
    assert len(said) == 1

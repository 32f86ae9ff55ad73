"""Who hears of what happens: exactly those who may view what it is about, and no more than kinds and ids.

What happened is random, and so is what two agents hold. What each is told on his stream is
compared with what `decide` says of the conversation as it stands after, and stood before.
"""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.world import World
from tests.desk.worlds import BOUNDS, MATE, ME, MEMBERSHIPS, ROLES, TEAMS, any_world, stand
from tests.web.streams import Page, opened

from roledesk import Guard, Resource, Scope
from roledesk.desk.facts import Event, EventKind, Facts, State, resource_at
from roledesk.desk.store import events
from roledesk.web.listeners import AgentListener, Told
from roledesk.web.live import Hub, LiveResponse

SOMEBODY = st.sampled_from([None, ME, MATE, "a1"])
FACTS = st.builds(Facts, st.sampled_from(TEAMS), SOMEBODY, st.sampled_from(list(State)))
# Who takes from the queue what he may not view yet is rare among the others.
TAKING = st.tuples(st.just({"AgentChat": Scope.OWN}), BOUNDS).map(lambda role: [role])
NOTES = {EventKind.NOTE, EventKind.NOTE_DELETED}
WHISPERS = {EventKind.WHISPER, EventKind.WHISPER_DELETED}
# These are about a conversation that is there.
LASTING = NOTES | WHISPERS | {EventKind.READ, EventKind.TYPING}
HAPPENINGS = st.tuples(
    st.sampled_from(list(EventKind)), SOMEBODY, SOMEBODY, st.none() | FACTS, FACTS, st.booleans()
)


def event_of(drawn: tuple[EventKind, str | None, str | None, Facts | None, Facts, bool]) -> Event:
    kind, by, agent, before, after, is_gone = drawn
    left = None if is_gone and kind not in LASTING else after
    return Event(kind, 1.0, by, conversation="t0", customer="x0", agent=agent, before=before, after=left)


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """What is asked of the database is no list: one kind is enough."""
    return sqlite_desk


def told(guard: Guard, event: Event) -> Told | None:
    """What this agent may hear of it, asked of what it is about alone."""
    me, after = guard.subject.id, event.after and resource_at("t0", event.after)
    if event.kind is EventKind.PRESENCE:
        return ("presence", {}) if may_know(guard, event.agent) else None
    if event.kind in WHISPERS and me not in (event.by, event.agent):
        return None
    if event.kind is EventKind.READ and me != event.by:
        return None
    if event.kind is EventKind.TYPING and (event.by is not None or not sees(guard, after)):
        return None
    if event.kind in NOTES and not guard.allows("note.read", after):
        return None
    named = {"about": "conversation", "id": "t0", "kind": event.kind.value}
    if sees(guard, after):
        return "changed", named
    if accepts(guard, after):
        return "queue", {}
    before = event.before and resource_at("t0", event.before)
    return ("removed", named) if sees(guard, before) or accepts(guard, before) else None


def sees(guard: Guard, about: Resource | None) -> bool:
    return about is not None and guard.allows("conversation.view", about)


def accepts(guard: Guard, about: Resource | None) -> bool:
    taking = ("conversation.accept", "conversation.accept_sticky")
    return about is not None and any(guard.allows(action, about) for action in taking)


def may_know(guard: Guard, agent: str | None) -> bool:
    standing = guard.organization.policy.agents.get(agent or "")
    if standing is None:
        return False
    return guard.allows("presence.read", Resource("presence", agent, owner=agent, teams=standing.teams))


def heard(pages: list[Page], all_hearing: Page, until: int) -> list[list[Told]]:
    """What each page was told before the number `until`, which the last page is waited for to hear."""
    while max((seq for _, seq in all_hearing.told), default=0) < until:
        all_hearing.heard(len(all_hearing.events) + 1)
    # They are sent together: once this is run, the others have theirs.
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), all_hearing.loop).result()
    return [
        [event for event, (_, seq) in zip(page.events, page.told, strict=True) if seq < until]
        for page in pages
    ]


@any_world
@given(data=st.data())
def test_an_event_reaches_exactly_those_who_may_view_what_it_is_about(
    many: Callable[[], World], hub: Hub, loop: asyncio.AbstractEventLoop, data: st.DataObject
) -> None:
    world = many()
    guards = [stand(world, data.draw(TAKING | ROLES), data.draw(MEMBERSHIPS), agent) for agent in (ME, MATE)]
    happened = list(map(event_of, data.draw(st.lists(HAPPENINGS, min_size=4, max_size=16))))
    position = hub.position(world.organization)
    with world.organization.locked() as connection:
        last = Event(EventKind.MESSAGE, 1.0, conversation="t9", after=Facts("a", None, State.OPEN))
        numbers = [events.add(connection, world.organization.id, each) for each in (*happened, last)]
    pages = [
        opened(LiveResponse(hub, AgentListener(guard, lambda: True), position), loop)
        for guard in (*guards, world.guard("olu"))
    ]
    for guard, told_to in zip(guards, heard(pages[:-1], pages[-1], numbers[-1]), strict=True):
        assert told_to == [of for each in happened if (of := told(guard, each)) is not None]
    for page in pages:
        page.leave()

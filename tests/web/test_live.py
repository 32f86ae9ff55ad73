"""What an open page is told: each stream hears what its agent may see, and nothing of anything else."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from tests.engine.desk import Wall, give, put
from tests.web.conftest import Desk, found_desk
from tests.web.streams import COVER, Page, opened, running_loop

from roledesk.core.changes import PutAgent, PutRole
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status
from roledesk.engine import Engine, Organization, open_engine
from roledesk.engine.sign_ins import find_sign_in, open_sign_in, sign_out
from roledesk.web import live
from roledesk.web.listeners import AgentListener, Happening, Topic
from roledesk.web.live import Hub, LiveResponse

SEEING = Role("seeing", "Seeing", {"ConversationView": Scope.TEAM, "AgentChatAllowTransfer": Scope.TEAM})
ACCEPTING = Role("accepting", "Accepting", {"AgentChat": Scope.OWN})


def chat(id: str = "c-1", team: str = "billing", owner: str | None = None, state: str = "open") -> Resource:
    return Resource("conversation", id, owner=owner, team=team, state=state)


@dataclass
class Ledger:
    """Happenings as they come, numbered without a gap."""

    topics: Sequence[Topic] = (
        Topic("changed", "conversation.view"),
        Topic("queue", "conversation.accept", bare=True),
    )
    rows: list[Happening] = field(default_factory=list)

    def head(self, organization: Organization) -> int:
        return len(self.rows)

    def since(self, organization: Organization, seq: int, limit: int) -> Sequence[Happening]:
        return self.rows[seq : seq + limit]

    def add(self, before: Resource | None, after: Resource | None, kind: str = "message") -> None:
        self.rows.append(Happening(len(self.rows) + 1, kind, before, after))


class World:
    """An organization, what happens in it, and the pages that are open."""

    def __init__(self, engine: Engine, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self.engine = engine
        self.organization = desk.organization
        self.owner = desk.owner
        self.ledger = Ledger()
        self.hub = Hub(engine, self.ledger, COVER)
        self._loop = loop

    def open(self, agent: str = "ben", last: str | None = None, secret: str | None = None) -> Page:
        def signed_in() -> bool:
            return secret is None or find_sign_in(self.engine, secret, idle_s=3600) is not None

        position = self.hub.position(self.organization) if last is None else last
        answer = LiveResponse(self.hub, AgentListener(self.organization.guard(agent), signed_in), position)
        page = opened(answer, self._loop)
        while any(stream.seq < 0 for stream in self.hub._streams):
            time.sleep(0.01)
        return page

    def happens(self, before: Resource | None, after: Resource | None, kind: str = "message") -> None:
        self.ledger.add(before, after, kind)
        for listener in self.engine.listeners:
            listener()

    def give(self, agent: str, *roles: Role, until: float | None = None) -> None:
        put(self.organization, *map(PutRole, roles), by=self.owner)
        give(self.organization, agent, *(Assignment(role.id, until=until) for role in roles), by=self.owner)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with running_loop() as loop:
        yield loop


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def world(wall: Wall, loop: asyncio.AbstractEventLoop) -> Iterator[World]:
    with open_engine("sqlite://", create=True, clock=wall) as engine:  # type: ignore[arg-type]
        world = World(engine, found_desk(engine), loop)
        yield world
        world.hub.end()


@pytest.mark.parametrize(
    ("role", "before", "after", "told"),
    [
        pytest.param(SEEING, chat(), chat(), "changed", id="in view"),
        pytest.param(SEEING, None, chat(), "changed", id="new and in view"),
        pytest.param(SEEING, chat(team="main"), chat(), "changed", id="comes into view"),
        pytest.param(SEEING, chat(), chat(team="main"), "removed", id="leaves view"),
        pytest.param(SEEING, chat(), chat(state="closed"), "removed", id="closed out of view"),
        pytest.param(SEEING, chat(), None, "removed", id="deleted"),
        pytest.param(SEEING, chat(team="main"), chat(team="main"), None, id="elsewhere"),
        pytest.param(SEEING, chat(team="main"), None, None, id="deleted elsewhere"),
        pytest.param(ACCEPTING, None, chat(state="waiting"), "queue", id="only to accept"),
        pytest.param(
            ACCEPTING, chat(state="waiting"), chat(owner="ben"), "changed", id="accepted by himself"
        ),
        pytest.param(
            ACCEPTING, chat(state="waiting"), chat(owner="ann"), "removed", id="accepted by another"
        ),
        pytest.param(ACCEPTING, None, chat(team="main", state="waiting"), None, id="another team's queue"),
    ],
)
def test_a_stream_is_told_what_its_agent_may_see_and_nothing_else(
    world: World, role: Role, before: Resource | None, after: Resource | None, told: str | None
) -> None:
    world.give("ben", role)
    page = world.open()
    world.happens(before, after)
    world.happens(None, chat("c-end", owner="ben"), kind="end")
    events = page.heard(1 if told is None else 2)
    assert [event for event, _ in events] == [*([told] if told else []), "changed"]
    assert events[-1][1] == {"about": "conversation", "id": "c-end", "kind": "end"}


def test_an_event_holds_ids_and_kinds_only_and_of_the_queue_nothing(world: World) -> None:
    world.give("ben", ACCEPTING)
    page = world.open()
    world.happens(None, chat(state="waiting"))
    world.happens(chat(state="waiting"), chat(owner="ben"), "accepted")
    named = {"about": "conversation", "id": "c-1", "kind": "accepted"}
    assert page.heard(2) == [("queue", {}), ("changed", named)]


def test_what_is_taken_away_is_named_and_what_follows_is_not_told(world: World) -> None:
    world.give("ben", SEEING)
    page, owners = world.open(), world.open(world.owner)
    without = replace(SEEING, grants={"ConversationView": Scope.TEAM})
    put(world.organization, PutRole(without), by=world.owner)
    assert page.heard(1) == [("access", {"lost": ["Transfer chats"], "gained": []})]
    put(world.organization, PutRole(replace(SEEING, grants={})), by=world.owner)
    assert page.heard(2)[1:] == [("access", {"lost": ["Read chats"], "gained": []})]
    world.happens(chat(), chat())
    assert owners.heard(1)
    # What comes next is begun when nobody is left to be told of the last: then Ben has been judged, too.
    world.happens(None, chat("c-2", team="main"))
    assert owners.heard(2)
    put(world.organization, PutRole(SEEING), by=world.owner)
    assert page.heard(3)[2:] == [("access", {"lost": [], "gained": ["Read chats", "Transfer chats"]})]


def test_what_another_role_still_gives_is_not_lost(world: World) -> None:
    other = Role("other", "Other", SEEING.grants)
    world.give("ben", SEEING, other)
    page = world.open()
    give(world.organization, "ben", Assignment("other"), by=world.owner)
    world.happens(None, chat())
    assert [event for event, _ in page.heard(1)] == ["changed"]


def test_a_role_that_runs_out_is_told_at_its_moment(world: World, wall: Wall) -> None:
    world.give("ben", SEEING, until=wall.now + 60)
    page = world.open()
    world.happens(None, chat())
    page.heard(1)
    wall.now += 61
    assert page.heard(2)[1] == ("access", {"lost": ["Read chats", "Transfer chats"], "gained": []})


def test_what_still_waits_when_access_changes_is_not_sent(world: World) -> None:
    world.give("ben", SEEING)
    world.ledger.add(None, chat())
    put(world.organization, PutRole(replace(SEEING, grants={})), by=world.owner)
    page = world.open(last=COVER.hide(f"{world.organization.revision}.0"))
    world.happens(None, chat())
    time.sleep(2 * live.LOOK_S)
    assert page.events == []


def test_a_stream_that_comes_back_misses_nothing_and_hears_nothing_twice(world: World) -> None:
    world.give("ben", SEEING)
    page = world.open()
    world.happens(None, chat("c-1"))
    page.heard(1)
    page.leave()
    world.happens(None, chat("c-2"))
    world.happens(chat("c-1"), chat("c-1", team="main"))
    back = world.open(last=page.last)
    world.happens(None, chat("c-3"))
    told = [(event, data["id"]) for event, data in back.heard(3)]
    assert told == [("changed", "c-2"), ("removed", "c-1"), ("changed", "c-3")]


def test_a_page_made_before_a_change_of_access_hears_of_it(world: World) -> None:
    position = world.hub.position(world.organization)
    world.give("ben", SEEING)
    page = world.open(last=position)
    assert page.heard(1) == [("access", {"lost": [], "gained": []})]


@pytest.mark.parametrize("last", ["", "nonsense", "other.1.0", "{head}.99", "{head}.-1", "{head}.1e3"])
def test_a_position_that_is_not_known_starts_over(world: World, last: str) -> None:
    page = world.open(last=COVER.hide(last.format(head=world.organization.revision)))
    assert page.heard(1) == [("reset", {})]


def test_a_position_without_its_cover_starts_over(world: World) -> None:
    assert world.open(last=f"{world.organization.revision}.0").heard(1) == [("reset", {})]


def test_who_was_away_too_long_starts_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_BEHIND", 3)
    position = world.hub.position(world.organization)
    for _ in range(4):
        world.ledger.add(None, chat())
    assert world.open(last=position).heard(1) == [("reset", {})]


def test_a_browser_that_does_not_keep_up_starts_over(world: World) -> None:
    world.give("ben", SEEING)
    page = world.open()
    for _ in range(live.MOST_WAITING + 1):
        world.ledger.add(None, chat())
    world.happens(None, chat("c-last"))
    events = page.heard(2)
    assert (events[0], events[-1][1]["id"]) == (("reset", {}), "c-last")


def test_a_stream_ends_with_its_sign_in(world: World) -> None:
    mine, other = (open_sign_in(world.organization, "ben", lifetime_s=3600) for _ in range(2))
    page, stays = world.open(secret=mine), world.open(secret=other)
    sign_out(world.organization, mine)
    assert page.heard(1) == [("end", {})]
    assert page.sent[-1]["more_body"] is False
    assert stays.events == []


def test_a_stream_ends_when_its_agent_is_deactivated(world: World) -> None:
    page = world.open(secret=open_sign_in(world.organization, "ben", lifetime_s=3600))
    put(world.organization, PutAgent("ben", Status.DEACTIVATED, frozenset()), by=world.owner)
    assert "end" in [event for event, _ in page.heard(2)]


def test_nobody_is_left_behind_when_a_browser_leaves(world: World) -> None:
    page = world.open()
    page.leave()
    world.happens(None, chat())
    assert page.task.exception() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_feed_that_fails_ends_the_streams_and_the_next_one_is_served(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = world.open()
    with monkeypatch.context() as broken:
        broken.setattr(world.ledger, "since", None)
        assert page.heard(1) == [("end", {})]
    world.give("ben", SEEING)
    back = world.open()
    world.happens(None, chat())
    assert [event for event, _ in back.heard(1)] == ["changed"]

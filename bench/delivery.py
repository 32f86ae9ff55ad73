"""Nothing that was acknowledged is lost or comes twice: messages sent and heard while servers are killed.

Four server processes on one PostgreSQL; agents and visitors write by turns in fifty
conversations, each message sent again under its key until it is answered with 2xx. Half of the
streams are desks, told of every conversation and holding two of them; half are web chats. A
message counts from when it was first sent until a page holds it. By `--long` only: it takes ten
minutes. `python -m bench.delivery SECONDS KILL_EACH_SECONDS` is a shorter one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from time import perf_counter

import httpx2

from bench.open_pages import ANSWER_S, Browser, Chat, open_all
from bench.processes import on_postgres
from bench.servers import COVER, SECRET, roledesk_server
from bench.table import Row, show
from bench.timing import percentile
from roledesk import (
    Assignment,
    Change,
    Found,
    Organization,
    PutAgent,
    PutRole,
    PutTeam,
    Role,
    Scope,
    SetAssignments,
    Status,
    Team,
)
from roledesk.composition import open_server_engine
from roledesk.desk import conversations, visitors
from roledesk.desk.facts import EventKind
from roledesk.desk.feed import DeskFeed
from roledesk.desk.store import events, messages, settings, widgets
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.desk.store.widgets import Widget
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

LASTS_S, KILL_EACH_S = 600.0, 60.0
WORKERS, CONVERSATIONS, MESSAGES_EACH_S = 4, 50, 20
DESKS = CONVERSATIONS // 2
AGAIN_S = 0.5
SETTLES_WITHIN_S = 60.0
BEGUN = "hello"
WIDGET = Widget("widget", "Site", "care", (), "secret")
AGENTS = [f"agent-{number}" for number in range(DESKS)]
FOUNDED = Change(
    (
        Found("Bench"),
        PutRole(Role("owner", "Owner", owner=True)),
        PutRole(Role("agent", "Agent", {"AgentChat": Scope.TEAM})),
        PutTeam(Team("care", "Care", default=True)),
        PutAgent("omar", Status.ACTIVE, frozenset({"care"})),
        SetAssignments("omar", (Assignment("owner"),)),
        *(PutAgent(agent, Status.ACTIVE, frozenset({"care"})) for agent in AGENTS),
        *(SetAssignments(agent, (Assignment("agent"),)) for agent in AGENTS),
    )
)
UNLIMITED = dict.fromkeys(
    ("ROLEDESK_MESSAGES_PER_VISITOR", "ROLEDESK_MESSAGES_PER_ADDRESS"), "1000000 per minute"
)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, and what its agent and its visitor send along to be known."""

    id: str
    seq: int
    agent: Mapping[str, str]
    visitor: Mapping[str, str]


@dataclass
class Fleet:
    """The server processes; each that is killed is started again."""

    database: str
    addresses: list[str] = field(default_factory=list)
    kills: int = 0
    _lives: list[AbstractContextManager[tuple[str, int]]] = field(default_factory=list)
    _ids: list[int] = field(default_factory=list)

    def start(self, stack: ExitStack) -> None:
        """Start all of them; they end with the stack."""
        for _ in range(WORKERS):
            life, address, process = self._begun()
            self._lives.append(life)
            self.addresses.append(address)
            self._ids.append(process)
        stack.callback(lambda: [life.__exit__(None, None, None) for life in self._lives])

    async def kill_in_turn(self, each_s: float, start: float, lasts_s: float) -> None:
        """Kill the next one at each moment, not at the very end."""
        for turn in range(1, ceil(lasts_s / each_s)):
            await asyncio.sleep(max(0.0, start + turn * each_s - perf_counter()))
            number = self.kills % WORKERS
            os.kill(self._ids[number], signal.SIGKILL)
            self.kills += 1
            await asyncio.to_thread(self._again, number)

    def _again(self, number: int) -> None:
        self._lives[number].__exit__(None, None, None)
        self._lives[number], self.addresses[number], self._ids[number] = self._begun()

    def _begun(self) -> tuple[AbstractContextManager[tuple[str, int]], str, int]:
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        life = roledesk_server(self.database, cores=cores, settings=UNLIMITED)
        return life, *life.__enter__()


@dataclass
class Sent:
    """What was sent: the moment of the first try by the words, and the numbers that were acknowledged."""

    at: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    again: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many messages were acknowledged."""
        return sum(map(len, self.acknowledged.values()))


@dataclass
class Wrong:
    """How much differs between what was acknowledged and what came."""

    missing: int = 0
    doubled: int = 0
    unordered: int = 0
    foreign: int = 0
    came: int = 0

    def compare(self, wanted: Sequence[object], came: Sequence[object]) -> None:
        """Count one stream's share; `wanted` is in order."""
        place = {each: number for number, each in enumerate(wanted)}
        places = [place[each] for each in came if each in place]
        self.came += len(came)
        self.missing += len(place.keys() - set(came))
        self.doubled += len(came) - len(set(came))
        self.foreign += len(set(came) - place.keys())
        self.unordered += sum(after < before for before, after in pairwise(places))

    @property
    def words(self) -> str:
        """All of it in a row's note."""
        return f"{self.came:,} came; {self.foreign} of them never acknowledged"


def rows(lasts_s: float = LASTS_S, kill_each_s: float = KILL_EACH_S) -> Iterator[Row]:
    """What was lost, doubled and out of order: told by streams, and held by pages."""
    if "--long" in sys.argv:
        yield from measured(lasts_s, kill_each_s)


def measured(lasts_s: float, kill_each_s: float) -> Iterator[Row]:
    """The rows of a run of this length."""
    with on_postgres() as url, open_server_engine(url, create=True) as engine, ExitStack() as stack:
        organization = engine.found("bench", FOUNDED, because="to be measured")
        talks = _begin(organization)
        fleet = Fleet(url)
        fleet.start(stack)
        sent, browsers = asyncio.run(_run(organization, talks, fleet, lasts_s, kill_each_s))
        yield from _told(organization, talks, browsers, sent)
        yield from _read(organization, talks, browsers, sent)
        yield from _taken(browsers, sent, fleet)


def _begin(organization: Organization) -> list[Talk]:
    cookies = Cookies(load_settings(ServerSettings, given={"secret": SECRET}))
    with organization.locked() as connection:
        widgets.keep(connection, organization.id, WIDGET)
        settings.keep(connection, organization.id, DeskSettings(handling=Handling.PULL))
    secrets = {agent: open_sign_in(organization, agent, lifetime_s=7200) for agent in AGENTS}
    talks = []
    for number in range(CONVERSATIONS):
        agent = AGENTS[number % DESKS]
        arrived = visitors.arrive(organization)
        begun = visitors.start(organization, WIDGET, arrived.customer.id, BEGUN, client_key="first")
        taken = conversations.accept(organization.guard(agent), begun.id)
        name = f"visitor-{organization.id}"
        signed = {
            "agent": f"roledesk-sign-in={cookies.sign(COOKIE, [secrets[agent]])}",
            "visitor": f"roledesk-{name}={cookies.sign(name, [str(arrived.secret)])}",
        }
        known = {who: {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"} for who, cookie in signed.items()}
        talks.append(Talk(begun.id, taken.last_seq, **known))
    return talks


async def _run(
    organization: Organization, talks: Sequence[Talk], fleet: Fleet, lasts_s: float, kill_each_s: float
) -> tuple[Sent, list[Browser]]:
    sent = Sent(acknowledged={talk.id: [] for talk in talks})
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None)) as client:
        browsers = _browsers(organization, talks, fleet, client)
        async with asyncio.TaskGroup() as pages:
            open_pages: list[asyncio.Task[None]] = []
            await open_all(browsers, lambda page: open_pages.append(pages.create_task(page)))
            start = perf_counter()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fleet.kill_in_turn(kill_each_s, start, lasts_s))
                for number, talk in enumerate(talks):
                    tasks.create_task(_write(client, fleet, talk, number, start, lasts_s, sent))
            await _settled(browsers, sent)
            for page in open_pages:
                page.cancel()
    return sent, browsers


def _browsers(
    organization: Organization, talks: Sequence[Talk], fleet: Fleet, client: httpx2.AsyncClient
) -> list[Browser]:
    place = COVER.hide(f"{organization.revision}.{DeskFeed().head(organization)}")
    desks = [
        {
            talk.id: Chat(f"/api/v1/conversations/{talk.id}/messages", talk.seq)
            for talk in (talks[number], talks[number + DESKS])
        }
        for number in range(DESKS)
    ]
    window = f"/widget/{WIDGET.id}"
    return [
        Browser(client, fleet.addresses, number, "/live", place, talks[number].agent, chats)
        for number, chats in enumerate(desks)
    ] + [
        Browser(
            client,
            fleet.addresses,
            number,
            f"{window}/live",
            place,
            talk.visitor,
            {talk.id: Chat(f"{window}/window", talk.seq)},
        )
        for number, talk in enumerate(talks[::2])
    ]


async def _write(
    client: httpx2.AsyncClient,
    fleet: Fleet,
    talk: Talk,
    number: int,
    start: float,
    lasts_s: float,
    sent: Sent,
) -> None:
    """Send a conversation's messages at their moments, the next once the last is acknowledged."""
    each_s = CONVERSATIONS / MESSAGES_EACH_S
    for turn in range(int(lasts_s / each_s)):
        due = start + each_s * (turn + number / CONVERSATIONS)
        await asyncio.sleep(max(0.0, due - perf_counter()))
        text = f"{number}/{turn}"
        sent.at[text] = perf_counter()
        worker = number + turn
        while (seq := await _send(client, fleet.addresses[worker % WORKERS], talk, text, turn)) is None:
            sent.again["messages"] += 1
            worker += 1
            await asyncio.sleep(AGAIN_S)
        sent.acknowledged[talk.id].append((seq, text))


async def _send(client: httpx2.AsyncClient, address: str, talk: Talk, text: str, turn: int) -> int | None:
    """The message's number once it is acknowledged; the agent and the visitor take turns."""
    try:
        if turn % 2:
            answer = await client.post(
                f"{address}/api/v1/conversations/{talk.id}/reply",
                json={"text": text},
                headers={**talk.agent, "Idempotency-Key": text},
                timeout=ANSWER_S,
            )
            return int(answer.json()["seq"]) if answer.is_success else None
        answer = await client.post(
            f"{address}/widget/{WIDGET.id}/messages",
            data={"text": text, "client_key": text, "drawn": ""},
            headers=talk.visitor,
            timeout=ANSWER_S,
        )
        return int(answer.json()["messages"][0]["seq"]) if answer.is_success else None
    except httpx2.TransportError:
        return None


async def _settled(browsers: Sequence[Browser], sent: Sent) -> None:
    """Wait until every page holds what was acknowledged, or as long as that may take."""
    end = perf_counter() + SETTLES_WITHIN_S
    while perf_counter() < end and not all(
        chat.last >= sent.acknowledged[id][-1][0]
        for browser in browsers
        for id, chat in browser.chats.items()
    ):
        await asyncio.sleep(0.1)
    # What comes twice would come now.
    await asyncio.sleep(2)


def _told(
    organization: Organization, talks: Sequence[Talk], browsers: Sequence[Browser], sent: Sent
) -> Iterator[Row]:
    """Each stream against the events of what was acknowledged: desks hear of all, a visitor of his own."""
    with organization.database.reading() as connection:
        happened = events.since(connection, organization.id, 0, limit=10_000_000)
    numbers = {
        (str(each.conversation), each.message_seq): each.seq
        for each in happened
        if each.kind is EventKind.MESSAGE
    }
    wanted = {
        id: [numbers[id, seq] for seq, _ in acknowledged] for id, acknowledged in sent.acknowledged.items()
    }
    every = sorted(number for mine in wanted.values() for number in mine)
    wrong = Wrong()
    for browser in browsers:
        own = wanted[next(iter(browser.chats))]
        wrong.compare(every if browser.live == "/live" else own, browser.told)
    yield from _rows("told by streams", wrong)


def _read(
    organization: Organization, talks: Sequence[Talk], browsers: Sequence[Browser], sent: Sent
) -> Iterator[Row]:
    """Each page's conversations, and the tables themselves, against what was acknowledged."""
    wrong, kept = Wrong(), Wrong()
    for browser in browsers:
        for id, chat in browser.chats.items():
            wrong.compare(sent.acknowledged[id], [(each.seq, each.text) for each in chat.held])
    yield from _rows("held by pages", wrong)
    for talk in talks:
        with organization.database.reading() as connection:
            found = messages.thread(
                connection,
                organization.id,
                talk.id,
                kinds=messages.SAID,
                whispers_of=None,
                limit=1_000_000,
                after=talk.seq,
            )
        kept.compare(sent.acknowledged[talk.id], [(each.seq, each.text) for each in found])
    yield Row(
        "messages kept that are not the acknowledged ones",
        kept.missing + kept.doubled + kept.unordered + kept.foreign,
        "",
        0,
        note=f"{sent.count:,} acknowledged",
    )


def _rows(where: str, wrong: Wrong) -> Iterator[Row]:
    yield Row(f"acknowledged messages missing, {where}", wrong.missing, "", 0, note=wrong.words)
    yield Row(f"doubled, {where}", wrong.doubled, "", 0)
    yield Row(f"out of order, {where}", wrong.unordered, "", 0)


def _taken(browsers: Sequence[Browser], sent: Sent, fleet: Fleet) -> Iterator[Row]:
    late = [
        1000 * (each.at - sent.at[each.text])
        for browser in browsers
        for chat in browser.chats.values()
        for each in chat.held
    ]
    yield Row("message first sent → held by a page", percentile(late, 0.5), "ms p50")
    yield Row("the same", percentile(late, 0.99), "ms p99", note=f"longest {max(late):,.0f} ms")
    reconnects, resets = (sum(getattr(each, name) for each in browsers) for name in ("reconnects", "resets"))
    yield Row("workers killed", fleet.kills, "", note=f"{sent.again['messages']} messages sent again")
    yield Row("streams that came back", reconnects, "", note=f"{resets} told to start over")


if __name__ == "__main__":
    show("Delivery", measured(*map(float, sys.argv[1:3])))

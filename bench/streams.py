"""Open pages: 500 streams on one worker, two of them real browsers, fed through the database by another process.

A message counts from before it is written until its frame is read at the far end of each
stream, or stands on the page; what is missing or comes twice is a failure, not a slow one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from bench.servers import COVER, SECRET, roledesk_server
from bench.table import Row
from bench.timing import percentile
from bench.watching import BROWSERS, Watched, watched, watching
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
    Subject,
    Team,
)
from roledesk.composition import open_server_engine
from roledesk.desk import conversations, visitors
from roledesk.desk.feed import DeskFeed
from roledesk.desk.store.widgets import Widget
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

STREAMS, MESSAGES, EACH_S = 500, 200, 0.05
LEAD = Role("lead", "Lead", {"AgentChat": Scope.TEAM, "AgentChatAllowTransfer": Scope.TEAM})
FOUNDED = Change(
    (
        Found("Bench"),
        PutRole(Role("owner", "Owner", owner=True)),
        PutRole(LEAD),
        PutTeam(Team("care", "Care", default=True)),
        PutAgent("omar", Status.ACTIVE, frozenset({"care"})),
        PutAgent("ana", Status.ACTIVE, frozenset({"care"})),
        SetAssignments("omar", (Assignment("owner"),)),
        SetAssignments("ana", (Assignment("lead"),)),
    )
)
WIDGET = Widget("widget", "Site", "care", (), "secret")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message: what it says, when it was sent, and that in milliseconds since 1970."""

    text: str
    at: float
    at_ms: float


@dataclass
class Heard:
    """What came out of the streams: the moment of each frame by its id, and of each change of access."""

    open: int = 0
    frames: dict[str, list[float]] = field(default_factory=dict)
    access: list[float] = field(default_factory=list)


def rows() -> Iterator[Row]:
    """Latency, completeness, access and memory."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        with open_server_engine(database, create=True) as engine:
            organization = engine.found("bench", FOUNDED, because="The bench")
            with roledesk_server(database) as (address, process):
                yield from asyncio.run(_measure(organization, address, process))


async def _measure(organization: Organization, address: str, process: int) -> list[Row]:
    customer = visitors.arrive(organization).customer.id
    conversation = visitors.start(organization, WIDGET, customer, "hello", client_key="first").id
    conversations.accept(organization.guard("ana"), conversation)
    heard, before, cookies = Heard(), _memory(process), _cookies(organization)
    tasks = await _open(organization, address, cookies, heard)
    memory_kb = (_memory(process) - before) / (STREAMS - BROWSERS) / 1000
    async with watching(address, cookies, conversation) as pages:
        sent = await _write(organization, customer, conversation)
        taken_at, taken_ms = perf_counter(), 1000 * time.time()
        await asyncio.to_thread(_take_away, organization)
        await asyncio.sleep(2)
        looked = [await watched(page, conversation) for page in pages]
    for task in tasks:
        task.cancel()
    return [
        *_rows_of_messages(heard, looked, sent),
        *_rows_of_access([1000 * (at - taken_at) for at in heard.access], looked, taken_ms),
        Row("memory of a stream", memory_kb, "kB", 100),
    ]


def _rows_of_messages(heard: Heard, looked: list[Watched], sent: dict[str, Sent]) -> Iterator[Row]:
    listening = STREAMS - BROWSERS
    delays = [1000 * (at - each.at) for id, each in sent.items() for at in heard.frames.get(id, ())]
    wrong = sum(len(heard.frames.get(id, ())) != listening for id in sent)
    shown = [page.seen.get(each.text, float("inf")) - each.at_ms for page in looked for each in sent.values()]
    note = f"{STREAMS} streams"
    yield Row("message sent → heard, 20 a second", percentile(delays, 0.99), "ms p99", 300, note=note)
    yield Row("message sent → on the page of two browsers", percentile(shown, 0.99), "ms p99", 300, note=note)
    yield Row("messages not heard exactly once by every stream", wrong, "", 0)


def _rows_of_access(told: list[float], looked: list[Watched], taken_ms: float) -> Iterator[Row]:
    named = [*told, *(page.told - taken_ms for page in looked)]
    missing = abs(STREAMS - BROWSERS - len(told))
    yield Row("permission taken away → named", percentile(named, 0.99), "ms p99", 1000)
    yield Row("streams that were not told of it once", missing, "", 0)
    yield Row("→ the button gone in both browsers", max(page.gone for page in looked) - taken_ms, "ms", 1000)
    yield Row("→ doors behind it that still open", sum(page.opened for page in looked), "", 0)


def _take_away(organization: Organization) -> None:
    without = {key: scope for key, scope in LEAD.grants.items() if key != "AgentChatAllowTransfer"}
    change = Change((PutRole(replace(LEAD, grants=without)),))
    organization.commit(change, by=Subject("omar"), because="The bench")


def _cookies(organization: Organization) -> dict[str, str]:
    settings = load_settings(ServerSettings, given={"secret": SECRET})
    secret = open_sign_in(organization, "ana", lifetime_s=3600)
    return {"roledesk-sign-in": str(Cookies(settings).sign(COOKIE, [secret]))}


async def _open(
    organization: Organization, address: str, cookies: dict[str, str], heard: Heard
) -> list[asyncio.Task[None]]:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    request = (
        f"GET /live?after={_place(organization)} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    tasks = [asyncio.create_task(_listen(address, request, heard)) for _ in range(STREAMS - BROWSERS)]
    while heard.open < STREAMS - BROWSERS:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    return tasks


async def _listen(address: str, request: bytes, heard: Heard) -> None:
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    heard.open += 1
    event = b""
    while line := await reader.readline():
        if line.startswith(b"event: "):
            event = line[7:].strip()
        elif line.startswith(b"id: ") and event == b"access":
            heard.access.append(perf_counter())
        elif line.startswith(b"id: "):
            heard.frames.setdefault(line[4:].strip().decode(), []).append(perf_counter())


async def _write(organization: Organization, customer: str, conversation: str) -> dict[str, Sent]:
    """Each message under the id that its frames have."""
    sent: dict[str, Sent] = {}
    for number in range(MESSAGES):
        # As long as the others, and no other begins with it.
        one = Sent(f"hello {1000 + number}", perf_counter(), 1000 * time.time())
        await asyncio.to_thread(
            visitors.say_as_customer, organization, customer, conversation, one.text, client_key=one.text
        )
        sent[_place(organization)] = one
        await asyncio.sleep(max(0.0, EACH_S - (perf_counter() - one.at)))
    await asyncio.sleep(2)
    return sent


def _place(organization: Organization) -> str:
    """Where the feed stands, as streams name it."""
    return COVER.hide(f"{organization.revision}.{DeskFeed().head(organization)}")


def _memory(process: int) -> int:
    """How many bytes a process has in memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * 4096

"""Open pages: 500 streams on one worker, fed through the database by another process.

A message counts from before it is written until its frame is read at the far end of each
stream; a frame that is missing or comes twice is a failure, not a slow one.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from bench.servers import roledesk_server
from bench.table import Row
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
    Subject,
    Team,
)
from roledesk.composition import open_server_engine
from roledesk.desk import visitors
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


@dataclass
class Heard:
    """What came out of the streams: the moment of each frame by its number, and of each change of access."""

    open: int = 0
    frames: dict[int, list[float]] = field(default_factory=dict)
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
    heard, before = Heard(), _memory(process)
    tasks = await _open(organization, address, heard)
    memory_kb = (_memory(process) - before) / STREAMS / 1000
    sent = await _write(organization, customer, conversation)
    taken_at = perf_counter()
    without = {key: scope for key, scope in LEAD.grants.items() if key != "AgentChatAllowTransfer"}
    change = Change((PutRole(replace(LEAD, grants=without)),))
    await asyncio.to_thread(organization.commit, change, by=Subject("omar"), because="The bench")
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    delays = [1000 * (at - sent[seq]) for seq in sent for at in heard.frames.get(seq, ())]
    wrong = sum(len(heard.frames.get(seq, ())) != STREAMS for seq in sent)
    told = [1000 * (at - taken_at) for at in heard.access] or [float("inf")]
    missing = STREAMS - len(heard.access)
    return [
        Row(
            "message sent → heard, 20 a second",
            percentile(delays, 0.99),
            "ms p99",
            300,
            note=f"{STREAMS} streams",
        ),
        Row("messages not heard exactly once by every stream", wrong, "", 0),
        Row("permission taken away → named", percentile(told, 0.99), "ms p99", 1000),
        Row("streams that were not told of it once", abs(missing), "", 0),
        Row("memory of a stream", memory_kb, "kB", 100),
    ]


async def _open(organization: Organization, address: str, heard: Heard) -> list[asyncio.Task[None]]:
    settings = load_settings(ServerSettings, given={"secret": "bench-" * 8})
    secret = open_sign_in(organization, "ana", lifetime_s=3600)
    cookie = f"roledesk-sign-in={Cookies(settings).sign(COOKIE, [secret])}"
    after = f"{organization.revision}.{DeskFeed().head(organization)}"
    request = f"GET /live?after={after} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
    tasks = [asyncio.create_task(_listen(address, request, heard)) for _ in range(STREAMS)]
    while heard.open < STREAMS:
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
            heard.frames.setdefault(int(line.strip().rpartition(b".")[2]), []).append(perf_counter())


async def _write(organization: Organization, customer: str, conversation: str) -> dict[int, float]:
    """Each message's number, and when it was sent."""
    sent: dict[int, float] = {}
    for number in range(MESSAGES):
        start = perf_counter()
        await asyncio.to_thread(
            visitors.say_as_customer,
            organization,
            customer,
            conversation,
            "hello",
            client_key=f"key-{number}",
        )
        sent[DeskFeed().head(organization)] = start
        await asyncio.sleep(max(0.0, EACH_S - (perf_counter() - start)))
    await asyncio.sleep(2)
    return sent


def _memory(process: int) -> int:
    """How many bytes a process has in memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * 4096

"""Open pages as a browser keeps them: a stream that comes back, and what it says is worth fetching.

As the scripts of the desk and of the web chat do: a stream begins at the position the page
was made at and comes back with the id it last got; what was said is fetched behind the last
number one holds, whenever the stream says so or comes back. One fetch is under way at a time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import httpx2

from bench.servers import COVER

RETRY_S = 3.0
"""What a browser waits before it opens a stream again that broke off."""
CLOSED_RETRY_S = 5.0
"""What the scripts wait when a server refused the stream."""
ANSWER_S = 10.0
SILENT_S = 60.0
MOST = 200
"""How many messages are fetched at once."""

Addresses = Sequence[str]
"""Where each server process answers; one that died may come back somewhere else."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message as it was fetched, and when."""

    seq: int
    text: str
    at: float


@dataclass
class Chat:
    """A conversation on an open page: where it is fetched, and what was, in the order it came."""

    path: str
    last: int
    held: list[Held] = field(default_factory=list)


@dataclass
class Browser:
    """One open page; `worker` is the server process it talks to, the next one once that is gone."""

    client: httpx2.AsyncClient
    addresses: Addresses
    worker: int
    live: str
    place: str
    headers: Mapping[str, str]
    chats: Mapping[str, Chat]
    told: list[int] = field(default_factory=list)
    is_open: bool = False
    reconnects: int = 0
    resets: int = 0
    refused: int = 0
    _last_id: str = ""
    _wanted: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def stay(self) -> None:
        """Listen and fetch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._fetch_wanted())

    @property
    def _address(self) -> str:
        return self.addresses[self.worker % len(self.addresses)]

    async def _listen(self) -> None:
        while True:
            try:
                is_refused = not await self._hear()
            except httpx2.TransportError:
                is_refused = False
            self.is_open = False
            self.reconnects += 1
            self.worker += 1
            await asyncio.sleep(CLOSED_RETRY_S if is_refused else RETRY_S)

    async def _hear(self) -> bool:
        """Listen to one stream to its end; whether there was one."""
        resumed = {"Last-Event-ID": self._last_id} if self._last_id else {}
        waiting = httpx2.Timeout(ANSWER_S, read=SILENT_S)
        async with self.client.stream(
            "GET",
            self._address + self.live,
            params={"after": self.place},
            headers={**self.headers, **resumed},
            timeout=waiting,
        ) as answer:
            if answer.status_code != httpx2.codes.OK:
                self.refused += 1
                return False
            self.is_open = True
            self._want(self.chats)
            frame: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    frame[name] = value
                elif frame:
                    self._take(frame)
                    frame = {}
        return True

    def _take(self, frame: Mapping[str, str]) -> None:
        """A whole event; one that breaks off is none."""
        self._last_id = frame.get("id", self._last_id)
        said = json.loads(frame.get("data", "{}"))
        if frame.get("event") == "changed" and said.get("kind") == "message":
            self.told.append(int(COVER.read(self._last_id).rpartition(".")[2]))
            # A visitor is not told which conversation: he has one.
            self._want({said["id"]} & self.chats.keys() if "id" in said else self.chats)
        elif frame.get("event") in ("reset", "end"):
            self.resets += frame["event"] == "reset"
            self._want(self.chats)

    def _want(self, chats: Any) -> None:
        self._wanted |= set(chats)
        self._woken.set()

    async def _fetch_wanted(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            wanted, self._wanted = self._wanted, set()
            for id in wanted:
                if not await self._fetch(self.chats[id]):
                    self._want({id})
                    await asyncio.sleep(RETRY_S)

    async def _fetch(self, chat: Chat) -> bool:
        """Get what follows; whether it was answered."""
        try:
            answer = await self.client.get(
                self._address + chat.path,
                params={"after": chat.last, "limit": MOST},
                headers=self.headers,
                timeout=ANSWER_S,
            )
        except httpx2.TransportError:
            return False
        if answer.status_code != httpx2.codes.OK:
            self.refused += 1
            return False
        at = perf_counter()
        for said in answer.json()["messages"]:
            chat.held.append(Held(said["seq"], said["text"], at))
            chat.last = max(chat.last, said["seq"])
        return True


async def open_all(browsers: Sequence[Browser], tasks: Callable[[Any], Any]) -> None:
    """Open every page and wait until each listens."""
    for browser in browsers:
        tasks(browser.stay())
    while not all(browser.is_open for browser in browsers):
        await asyncio.sleep(0.1)

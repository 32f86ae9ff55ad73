"""A browser's end of a stream, for whoever tests what open pages are told."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Message

from roledesk.web.covers import Cover
from roledesk.web.live import LiveResponse

COVER = Cover("of-the-tests-" * 3)
PATIENCE_S = 30.0


@dataclass
class Page:
    """A browser's end of one stream."""

    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[None]
    sent: list[Message]
    left: asyncio.Event

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    @property
    def events(self) -> list[tuple[str, dict[str, object]]]:
        blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in self._blocks()]
        return [(block["event"], json.loads(block["data"])) for block in blocks]

    @property
    def told(self) -> list[tuple[str, int]]:
        """Each event's name, and the number it stands at."""
        blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in self._blocks()]
        return [(block["event"], int(COVER.read(block["id"]).rpartition(".")[2])) for block in blocks]

    @property
    def last(self) -> str:
        return [line for line in self.text.splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")

    def heard(self, count: int) -> list[tuple[str, dict[str, object]]]:
        """The events, once there are `count`."""
        until = time.monotonic() + PATIENCE_S
        while len(self.events) < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.events

    def leave(self) -> None:
        self.loop.call_soon_threadsafe(self.left.set)
        while not self.task.done():
            time.sleep(0.01)

    def _blocks(self) -> list[str]:
        return [block for block in self.text.split("\n\n")[:-1] if block != ":"]


def opened(answer: LiveResponse, loop: asyncio.AbstractEventLoop) -> Page:
    """The stream as a browser has it that just opened it."""
    return asyncio.run_coroutine_threadsafe(_start(answer), loop).result()


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    asyncio.run_coroutine_threadsafe(_leave_all(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _leave_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _start(answer: LiveResponse) -> Page:
    sent: list[Message] = []
    left = asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    task = asyncio.create_task(answer({"type": "http"}, receive, send))  # type: ignore[arg-type]
    while not sent:
        await asyncio.sleep(0)
    return Page(asyncio.get_running_loop(), task, sent, left)

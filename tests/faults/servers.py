"""Server processes that are killed and started again, and the open pages that listen to them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from json import loads
from socket import create_server
from threading import Thread
from time import monotonic, sleep

import httpx2
import uvicorn
from tests.faults.worker import PATIENCE_S, PROCESSES

from roledesk.app import create_app
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.covers import Cover

SECRET = "of-the-tests-" * 3


def serve(url: str, port: int) -> None:
    """What a server process does."""
    settings = load_settings(ServerSettings, given={"secret": SECRET, "database": url})
    uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_level="critical")


class Server:
    """One server process, always at the same address."""

    def __init__(self, url: str) -> None:
        with closing(create_server(("127.0.0.1", 0))) as found:
            self._port = found.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._url = url
        self.start()

    def start(self) -> None:
        """Start it; `ready` waits until it answers."""
        self.process = PROCESSES.Process(target=serve, args=(self._url, self._port))
        self.process.start()

    def ready(self) -> "Server":
        """The server once it answers."""
        until(lambda: is_answering(self.address))
        return self

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.process.join()


@dataclass
class Page:
    """An open page: the numbers of the messages its stream told it of, coming back wherever a server is.

    As a browser does it comes back with the id it last got, and an event that breaks off is none.
    """

    servers: Sequence[Server]
    headers: Mapping[str, str]
    place: str
    told: list[int] = field(default_factory=list)
    openings: int = 0
    resets: int = 0
    is_closed: bool = False
    _last_id: str = ""

    def open(self) -> "Page":
        """The page once its stream is open."""
        self._thread = Thread(target=self._stay, daemon=True)
        self._thread.start()
        until(lambda: self.openings > 0)
        return self

    def close(self) -> None:
        """Listen no more; its server must be gone."""
        self.is_closed = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _stay(self) -> None:
        asked = 0
        while not self.is_closed:
            try:
                self._hear(self.servers[asked % len(self.servers)].address)
            except httpx2.TransportError:
                sleep(0.02)
            asked += 1

    def _hear(self, address: str) -> None:
        resumed = {"Last-Event-ID": self._last_id} if self._last_id else {}
        where = httpx2.URL(f"{address}/live", params={"after": self.place})
        with httpx2.stream("GET", where, headers={**self.headers, **resumed}, timeout=PATIENCE_S) as answer:
            if not answer.is_success:
                return sleep(0.02)
            self.openings += 1
            frame: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    frame[name] = value
                elif frame:
                    self._take(frame)
                    frame = {}

    def _take(self, frame: Mapping[str, str]) -> None:
        self._last_id = frame.get("id", self._last_id)
        self.resets += frame["event"] == "reset"
        if frame["event"] == "changed" and loads(frame["data"])["kind"] == "message":
            self.told.append(int(Cover(SECRET).read(self._last_id).rpartition(".")[2]))


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = monotonic() + PATIENCE_S
    while not is_so():
        assert monotonic() < end, "it does not become so"
        sleep(0.01)


def is_answering(address: str) -> bool:
    """Whether a server is there."""
    try:
        return httpx2.get(f"{address}/healthz").is_success
    except httpx2.TransportError:
        return False

"""Telling open pages what happened, as a stream of server-sent events.

An event holds kinds and ids, never content: the page fetches what it shows through the
guarded doors. Each event is decided for each stream at the newest policy: what its agent
may see now is told by its topic, what he could see before it is `removed`, and `access`
names what he may do less or more since, by policy or by time. A stream that comes back
with the id it last got misses nothing and hears nothing twice; one that was away too long
is told to `reset`. It ends with its sign-in.
Not here: who is told what (listeners.py), what happens (a Feed), access compared (access.py).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import Event, Lock, Thread, current_thread
from time import monotonic
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from roledesk.engine import Engine, Organization
from roledesk.web.access import Difference
from roledesk.web.covers import Cover
from roledesk.web.identity import get_asker, is_still_signed_in
from roledesk.web.listeners import AgentListener, Happening, Listener, Topic
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

LOOK_S = 0.5
"""How often it is looked whether time alone changed what somebody may."""
HEARTBEAT_S = 20.0
SIGN_IN_S = 60.0
"""How often it is looked whether a sign-in has run out; that it was ended is heard at once."""
MOST_BEHIND = 1000
"""How many happenings a stream may have missed and still catch up."""
MOST_WAITING = 200
"""How many events may wait for a slow browser before it is told to start over."""
READ_AT_ONCE = 500
HEARTBEAT = b":\n\n"
HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}

log = logging.getLogger(__name__)
routes = Routes()


class Feed(Protocol):
    """What happens in an organization, as the part of the program that keeps it tells it."""

    @property
    def topics(self) -> Sequence[Topic]:
        """Who is told of what; the first that fits an agent is what he is told."""
        ...

    def head(self, organization: Organization) -> int:
        """The number of the last happening; 0 when there is none."""
        ...

    def since(self, organization: Organization, seq: int, limit: int) -> Sequence[Happening]:
        """The happenings after `seq`, in order, at most `limit`."""
        ...


@dataclass(eq=False, slots=True)
class Stream:
    """One open page: who looks, how far he has been told, and what waits to be sent.

    `last` is the id of the last event its page knows, or the position it was made at.
    """

    listener: Listener
    last: str
    loop: asyncio.AbstractEventLoop
    cover: Cover
    seq: int = -1
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: deque[bytes] = field(default_factory=deque)
    ended: bool = False

    def put(self, event: str, data: Mapping[str, object]) -> None:
        """Have it sent; a browser that does not keep up starts over instead."""
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            event, data = "reset", {}
        position = self.cover.hide(_position(self.listener.organization, self.seq))
        self.waiting.append(f"event: {event}\nid: {position}\ndata: {json.dumps(data)}\n\n".encode())


def position_of(request: Request) -> str:
    """Where a page stands that is made now: its stream begins there.

    Kept with the request: a page that asks before it reads what it shows misses nothing.
    """
    if not hasattr(request.state, "position"):
        request.state.position = server_of(request).hub.position(get_asker(request).organization)
    return str(request.state.position)


def _position(organization: Organization, seq: int) -> str:
    return f"{organization.revision}.{seq}"


class Hub:
    """The streams of one process; one thread of its own reads and decides for all of them."""

    def __init__(self, engine: Engine, feed: Feed, cover: Cover) -> None:
        self.feed = feed
        self.cover = cover
        self._streams: set[Stream] = set()
        self._lock = Lock()
        self._called = Event()
        self._pulses: dict[str, object] = {}
        self._beaten_at = self._checked_at = monotonic()
        self._thread: Thread | None = None
        engine.listeners.append(self._called.set)

    def join(self, stream: Stream) -> None:
        """Tell it from now on."""
        with self._lock:
            self._streams.add(stream)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="roledesk-live", daemon=True)
                self._thread.start()
        self._called.set()

    def leave(self, stream: Stream) -> None:
        """Tell it nothing more."""
        with self._lock:
            self._streams.discard(stream)

    def end(self) -> None:
        """End every stream; their pages come back by themselves."""
        thread = self._end_all()
        self._called.set()
        if thread is not None:
            thread.join()

    def position(self, organization: Organization, *, alike: bool = True) -> str:
        """Where a page stands that is made now; asked before what it shows is read.

        Two made at one moment stand `alike`, by which anybody could watch whether anything happens.
        """
        return self.cover.hide(_position(organization, self.feed.head(organization)), alike=alike)

    def _run(self) -> None:
        try:
            while self._has_streams():
                self._called.wait(LOOK_S)
                self._called.clear()
                self._try_to_tell()
        finally:
            if self._thread is current_thread():
                # It failed: its pages come back, and the first of them starts another.
                self._end_all()

    def _try_to_tell(self) -> None:
        try:
            self._tell_all()
        except SQLAlchemyError:
            # The database may be away for a while: what was missed is told when it is back.
            log.warning("cannot reach the database; streams wait", exc_info=True)
            self._called.wait(LOOK_S)

    def _has_streams(self) -> bool:
        with self._lock:
            if self._thread is current_thread() and not self._streams:
                self._thread = None
            return self._thread is current_thread()

    def _end_all(self) -> Thread | None:
        with self._lock:
            streams, thread = tuple(self._streams), self._thread
            self._streams.clear()
            self._thread = None
        for stream in streams:
            stream.ended = True
        _wake(streams)
        return thread

    def _tell_all(self) -> None:
        with self._lock:
            streams = tuple(self._streams)
        for organization, group in _by_organization(streams).items():
            self._end_signed_out(organization, group)
            self._tell(organization, group)
        if monotonic() - self._beaten_at >= HEARTBEAT_S:
            self._beaten_at = monotonic()
            for stream in streams:
                stream.waiting.append(HEARTBEAT)
        _wake(stream for stream in streams if stream.waiting or stream.ended)

    def _tell(self, organization: Organization, streams: Sequence[Stream]) -> None:
        if any(stream.seq < 0 for stream in streams):
            head = self.feed.head(organization)
            for stream in streams:
                if stream.seq < 0:
                    _begin(stream, head)
        happenings = self.feed.since(organization, min(each.seq for each in streams), READ_AT_ONCE)
        # Whatever was taken away before the last of these happened is known from here on.
        organization.refresh()
        for stream in streams:
            _tell_access(stream)
            for happening in happenings:
                if happening.seq > stream.seq:
                    stream.seq = happening.seq
                    _tell_happening(stream, happening, self.feed.topics)
        if len(happenings) == READ_AT_ONCE:
            self._called.set()

    def _end_signed_out(self, organization: Organization, streams: Sequence[Stream]) -> None:
        is_time = monotonic() - self._checked_at >= SIGN_IN_S
        if is_time or self._pulses.get(organization.id) != organization.pulse:
            self._pulses[organization.id] = organization.pulse
            self._checked_at = monotonic() if is_time else self._checked_at
            for stream in streams:
                stream.ended = stream.ended or not stream.listener.may_listen()


class LiveResponse(Response):
    """A stream as an answer; it lasts until the browser leaves or the sign-in ends."""

    def __init__(self, hub: Hub, listener: Listener, last: str) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._hub = hub
        self._listener = listener
        self._last = last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cover = self._hub.cover
        stream = Stream(self._listener, cover.read(self._last), asyncio.get_running_loop(), cover)
        leaving = asyncio.create_task(_end_when_left(stream, receive))
        self._hub.join(stream)
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            await _send_all(stream, send)
        finally:
            self._hub.leave(stream)
            leaving.cancel()


@routes.shared("GET", "/live", because="each event is decided for whoever listens")
def open_stream(request: Request) -> LiveResponse:
    """What happens from the position that the page was made at, or last heard of."""
    listener = AgentListener(get_asker(request), lambda: is_still_signed_in(request))
    return LiveResponse(server_of(request).hub, listener, last_heard(request))


def last_heard(request: Request) -> str:
    """Where the page that asks for a stream stands."""
    return request.headers.get("last-event-id") or request.query_params.get("after", "")


async def _send_all(stream: Stream, send: Send) -> None:
    while not stream.ended or stream.waiting:
        await stream.woken.wait()
        stream.woken.clear()
        body = b"".join(_taken(stream.waiting))
        if body:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        if stream.ended:
            await send(
                {"type": "http.response.body", "body": b"event: end\ndata: {}\n\n", "more_body": False}
            )
            return


async def _end_when_left(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.ended = True
    stream.woken.set()


def _taken(waiting: deque[bytes]) -> Iterable[bytes]:
    while waiting:
        yield waiting.popleft()


def _wake(streams: Iterable[Stream]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[Stream]] = defaultdict(list)
    for stream in streams:
        loops[stream.loop].append(stream)
    for loop, group in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set_all, group)


def _set_all(streams: Iterable[Stream]) -> None:
    for stream in streams:
        stream.woken.set()


def _by_organization(streams: Iterable[Stream]) -> Mapping[Organization, Sequence[Stream]]:
    groups: dict[Organization, list[Stream]] = defaultdict(list)
    for stream in streams:
        groups[stream.listener.organization].append(stream)
    return groups


def _begin(stream: Stream, head: int) -> None:
    """Find where its page stands, and have that page start over when it is too old or from elsewhere."""
    organization = stream.listener.organization
    revision, _, seq = stream.last.rpartition(".")
    stream.seq = int(seq) if seq.isascii() and seq.isdecimal() and len(seq) < 16 else -1
    epoch, _, _ = revision.rpartition(".")
    if epoch != organization.revision.epoch or not max(0, head - MOST_BEHIND) <= stream.seq <= head:
        stream.seq = head
        stream.put("reset", {})
    elif revision != str(organization.revision):
        stream.put("access", asdict(Difference((), ())))


def _tell_access(stream: Stream) -> None:
    changed = stream.listener.changed()
    stream.ended = stream.ended or stream.listener.is_gone()
    if changed is not None:
        # What still waits was decided before; the page fetches everything anew on this one.
        stream.waiting.clear()
        stream.put("access", asdict(changed))


def _tell_happening(stream: Stream, happening: Happening, topics: Sequence[Topic]) -> None:
    told = stream.listener.told(happening, topics)
    if told is not None:
        stream.put(*told)

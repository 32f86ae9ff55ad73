"""Ending open streams when the process is told to stop, which would else wait for them.

Not here: the streams themselves (live.py).
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType

from roledesk.web.live import Hub


def end_at_exit(hub: Hub) -> None:
    """Have the hub's streams end on SIGINT and SIGTERM, before whatever else those do.

    Called by the server's own thread once its handlers of signals are in place; elsewhere it does nothing.
    """
    if current_thread() is not main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        told = signal.getsignal(number)
        if callable(told):
            signal.signal(number, _ending(hub, told))


def _ending(
    hub: Hub, told: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def end(number: int, frame: FrameType | None) -> None:
        hub.end()
        told(number, frame)

    return end

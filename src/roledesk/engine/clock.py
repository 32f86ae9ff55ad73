"""The one clock of a process.

Its now never goes back, so that what has expired stays expired when the machine's
clock is set; and it can be set by the database's, which all processes share.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970 UTC; call it for the present moment.

    A `source` of the caller's own is believed; the machine's is corrected by `follow`.
    """

    def __init__(self, source: Callable[[], float] | None = None) -> None:
        self._source = source or time.time
        self._is_machines = source is None
        self._offset_s = 0.0
        self._latest = 0.0

    def __call__(self) -> float:
        """The present moment: at least as late as any it gave before."""
        now = self._source() + self._offset_s
        if now < self._latest:
            return self._latest
        self._latest = now
        return now

    def follow(self, shared_now: float) -> None:
        """Agree with the clock that all processes share, which now shows `shared_now`."""
        if self._is_machines:
            self._offset_s = shared_now - self._source()

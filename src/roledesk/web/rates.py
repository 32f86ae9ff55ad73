"""How often somebody may try to sign in: per address, and per account.

Counted in this process; several processes allow that many times as much.
"""

from __future__ import annotations

import time
from math import ceil

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from roledesk.errors import TooManyAttemptsError
from roledesk.settings import Settings


class Rates:
    """Counts attempts, and refuses those beyond the settings' rates."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = parse(settings.sign_ins_per_address)
        self._per_account = parse(settings.sign_ins_per_account)

    def count_sign_in(self, address: str, account: str) -> None:
        """Count an attempt. Raises TooManyAttemptsError before anything is looked at.

        The same for an account that does not exist, so that nothing is learned from it.
        """
        self._count(self._per_address, f"address {address}")
        self._count(self._per_account, f"account {account.casefold()}")

    def count_link(self, address: str) -> None:
        """Count the use of a one-time link, as an attempt from this address."""
        self._count(self._per_address, f"address {address}")

    def _count(self, rate: RateLimitItem, who: str) -> None:
        if not self._limiter.hit(rate, who):
            reset_at = self._limiter.get_window_stats(rate, who).reset_time
            raise TooManyAttemptsError(max(1, ceil(reset_at - time.time())))

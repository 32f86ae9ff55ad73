"""How often somebody may try to sign in, and how often a visitor may write.

Counted in this process; several processes allow that many times as much.
"""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network
from math import ceil

from limits import RateLimitItem, RateLimitItemPerSecond, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from roledesk.errors import TooManyAttemptsError
from roledesk.settings import Settings

NETWORK_BITS = 64
"""Of an IPv6 address: the part that whoever has it cannot choose."""


class Rates:
    """Counts attempts, and refuses those beyond the settings' rates."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = parse(settings.sign_ins_per_address)
        self._per_account = parse(settings.sign_ins_per_account)
        self._per_visitor = parse(settings.messages_per_visitor)
        self._per_visitors_address = parse(settings.messages_per_address)
        self._files_per_visitor = parse(settings.files_per_visitor)
        self._files_per_address = parse(settings.files_per_address)
        self._new_per_address = parse(settings.visitors_per_address)
        self._arrivals_per_address = parse(settings.arrivals_per_address)

    def count_sign_in(self, address: str, account: str) -> None:
        """Count an attempt. Raises TooManyAttemptsError before anything is looked at.

        The same for an account that does not exist, so that nothing is learned from it.
        """
        self._count(self._per_address, f"address {address}")
        self._count(self._per_account, f"account {account.casefold()}")

    def count_link(self, address: str) -> None:
        """Count the use of a one-time link, as an attempt from this address."""
        self._count(self._per_address, f"address {address}")

    def count_arrival(self, address: str) -> None:
        """Count that a visitor says who he is. Raises TooManyAttemptsError."""
        self._count(self._arrivals_per_address, f"arrivals from {address}")

    def count_message(self, address: str, visitor: str | None, *, with_file: bool = False) -> None:
        """Count what a visitor sends; None for one who writes for the first time. Raises TooManyAttemptsError."""
        self._count(self._per_visitors_address, f"messages from {address}")
        if with_file:
            self._count(self._files_per_address, f"files from {address}")
            self._count(self._files_per_visitor, f"files of {visitor or address}")
        if visitor is None:
            self._count(self._new_per_address, f"visitors from {address}")
        else:
            self._count(self._per_visitor, f"visitor {visitor}")

    def is_first_within(self, seconds: float, who: str) -> bool:
        """Whether `who` did this for the first time in so long; for what is dropped when it comes too often."""
        rate = RateLimitItemPerSecond(1, int(seconds))
        return self._limiter.hit(rate, f"once {who}")

    def _count(self, rate: RateLimitItem, who: str) -> None:
        if not self._limiter.hit(rate, who):
            reset_at = self._limiter.get_window_stats(rate, who).reset_time
            raise TooManyAttemptsError(max(1, ceil(reset_at - time.time())))


def address_of(request: Request) -> str:
    """Where the request came from; of an IPv6 address the network, in which one household has them all."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if found.version == 4:
        return host
    return str(found.ipv4_mapped or ip_network((int(found), NETWORK_BITS), strict=False))

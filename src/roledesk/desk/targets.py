"""Where a webhook may lead: to addresses that anybody on the Internet could ask, and nowhere inside.

A name is looked up when a webhook is kept and again at each delivery, and the connection goes
to the very address that was looked at: a name that changes in between leads nowhere else.
However slowly the other side speaks, a connection ends after its time.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore2

from roledesk import InputError

LONGEST_URL = 1_000
LASTS_S = 10.0
"""How long one connection lasts at most, from its beginning."""
NAT64 = IPv6Address("64:ff9b::")


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, whatever it is wrapped in."""
    found = ip_address(address.partition("%")[0])
    inner = _inside(found)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def check_url(url: str) -> None:
    """Raises InputError for an address that no webhook may lead to."""
    parts = _parts(url)
    if parts.scheme != "https" or not parts.hostname:
        raise InputError("url", "must begin with https:// and name a host, like https://example.com/hook")
    if parts.username or parts.password or parts.fragment:
        raise InputError("url", "must hold no name, password or fragment; deliveries are signed instead")
    addresses = _looked_up(parts.hostname, _port(url))
    if not addresses:
        raise InputError("url", f"the host `{parts.hostname}` is not found; check its name")
    if not all(map(is_public, addresses)):
        raise InputError("url", "leads inside a network; a webhook leads to a public address only")


class PublicBackend(httpcore2.SyncBackend):
    """Connects to public addresses only, to the one it looked at, and not for long."""

    def __init__(self, is_allowed: Callable[[str], bool] = is_public, *, lasts_s: float = LASTS_S) -> None:
        self._is_allowed = is_allowed
        self._lasts_s = lasts_s

    def connect_tcp(self, host: str, port: int, *args: Any, **named: Any) -> httpcore2.NetworkStream:
        """A connection to `host`. Raises ConnectError where it leads inside a network."""
        addresses = _looked_up(host, port)
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise httpcore2.ConnectError(f"`{host}` leads to no public address")
        until = monotonic() + self._lasts_s
        return _BriefStream(super().connect_tcp(addresses[0], port, *args, **named), until)


class _BriefStream(httpcore2.NetworkStream):
    """A connection that is over at a moment, for one who sends a byte now and then would hold it forever."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **named: Any) -> httpcore2.NetworkStream:
        self._left(None)
        return _BriefStream(self._stream.start_tls(*args, **named), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left = self._until - monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer took too long")
        return left if timeout is None else min(left, timeout)


def _inside(found: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The address that another one wraps."""
    if isinstance(found, IPv4Address):
        return None
    if found.ipv4_mapped is not None or found.sixtofour is not None:
        return found.ipv4_mapped or found.sixtofour
    if found.teredo is not None:
        return found.teredo[1]
    if int(found) >> 32 in (int(NAT64) >> 32, 0):
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return None


def _looked_up(host: str, port: int) -> list[str]:
    try:
        found: Iterable[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _parts(url: str) -> SplitResult:
    """What an address is made of. Raises InputError for what no request could name."""
    problem = f"is no address; write one of up to {LONGEST_URL} plain characters, others in their %-form"
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InputError("url", problem)
    try:
        return urlsplit(url)
    except ValueError:
        raise InputError("url", problem) from None


def _port(url: str) -> int:
    try:
        return urlsplit(url).port or 443
    except ValueError:
        raise InputError("url", "names a port that is none") from None

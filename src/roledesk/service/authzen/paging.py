"""Going through the results of a search part by part.

A token holds where the last part ended, its limit, and which search it belongs to; it is
signed, so that it cannot be made up, and refused with any other search.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import UNSET, UnsetType

from roledesk.errors import InputError
from roledesk.service.authzen.messages import Page, PageAnswer

DEFAULT_LIMIT = 1_000
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """The part of the results that is wanted: at most `limit`, those after `after`."""

    search: str
    after: str
    limit: int
    asked: bool


class Paging:
    """Reads and makes page tokens."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="authzen page")

    def part(self, page: Page | UnsetType, search: bytes) -> Part:
        """The part that is asked for. Raises InputError for a token of another search or another limit."""
        name = hashlib.sha256(search).hexdigest()[:16]
        if page is UNSET:
            return Part(name, "", DEFAULT_LIMIT, False)
        if page.limit is not UNSET and not 1 <= page.limit <= MOST:
            raise InputError("page.limit", f"must be between 1 and {MOST}")
        if not page.token:
            return Part(name, "", DEFAULT_LIMIT if page.limit is UNSET else page.limit, True)
        after, limit = self._read(page.token, name)
        if page.limit not in (UNSET, limit):
            raise InputError("page.limit", f"is {limit} for this token; leave it out or start again")
        return Part(name, after, limit, True)

    def answer(self, part: Part, last: str, count: int, total: int, *, more: bool) -> PageAnswer | UnsetType:
        """What goes before the results; unset when nobody asked and nothing is left."""
        if not part.asked and not more:
            return UNSET
        token = str(self._signer.dumps([part.search, last, part.limit])) if more else ""
        return PageAnswer(token, count, total)

    def _read(self, token: str, search: str) -> tuple[str, int]:
        try:
            found = self._signer.loads(token)
        except BadSignature:
            found = [None]
        if found[0] != search:
            raise InputError("page.token", "does not belong to this search; start again without it")
        return str(found[1]), int(found[2])

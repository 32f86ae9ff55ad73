"""Where pages stand, in words that tell nobody how much has happened.

A position counts the happenings of a whole organization. Whoever read it could tell how busy
others are, so it leaves the server under a cover that only servers with the same secret lift.
Not here: what a position means (live.py).
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256, shake_256

SALT_BYTES = 12
LENGTH = 64
"""Each is as long as every other, so that its length tells nothing either."""


class Cover:
    """Hides positions and reads them again; without a secret they stay as they are."""

    def __init__(self, secret: str = "") -> None:
        self._key = sha256(f"positions {secret}".encode()).digest() if secret else b""
        self._hidden_alike = lru_cache(1024)(self._hidden_alike_now)

    def hide(self, position: str, *, alike: bool = True) -> str:
        """`position` in words to give away; the same for the same one, unless not even that may be told."""
        if not self._key:
            return position
        return (
            self._hidden_alike(position) if alike else self._hidden(position, secrets.token_bytes(SALT_BYTES))
        )

    def read(self, hidden: str) -> str:
        """The position that was hidden; nonsense, or nothing, for what never was one."""
        if not self._key:
            return hidden
        try:
            given = urlsafe_b64decode(hidden)
        except ValueError:
            return ""
        return self._mixed(given[SALT_BYTES:], given[:SALT_BYTES]).decode(errors="replace").rstrip()

    def _hidden_alike_now(self, position: str) -> str:
        return self._hidden(position, hmac.digest(self._key, position.encode(), "sha256")[:SALT_BYTES])

    def _hidden(self, position: str, salt: bytes) -> str:
        return urlsafe_b64encode(salt + self._mixed(position.ljust(LENGTH).encode(), salt)).decode()

    def _mixed(self, text: bytes, salt: bytes) -> bytes:
        stream = shake_256(self._key + salt).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))


PLAIN = Cover()

"""Where pages stand, in words that tell nobody how much has happened.

A position counts the happenings of a whole organization. Whoever read it could tell how busy
others are, so it leaves the server under a cover that only servers with the same secret lift.
Not here: what a position means (live.py).
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache, partial
from hashlib import sha256, shake_256
from secrets import token_bytes

SEAL_BYTES = 16
NOISE_BYTES = 8
LENGTH = 64
"""Each is as long as every other, so that its length tells nothing either."""


class Cover:
    """Hides positions and reads them again; without a secret they stay as they are."""

    def __init__(self, secret: str = "") -> None:
        self._key = sha256(f"positions {secret}".encode()).digest() if secret else b""
        self._hidden_alike = lru_cache(1024)(partial(self._hidden, noise=bytes(NOISE_BYTES)))

    def hide(self, position: str, *, alike: bool = True) -> str:
        """`position` in words to give away; the same for the same one, unless not even that may be told."""
        if not self._key:
            return position
        return self._hidden_alike(position) if alike else self._hidden(position, token_bytes(NOISE_BYTES))

    def read(self, hidden: str) -> str:
        """The position that was hidden; empty for what never was one."""
        if not self._key:
            return hidden
        try:
            given = urlsafe_b64decode(hidden)
        except ValueError:
            return ""
        seal, text = given[:SEAL_BYTES], self._mixed(given[SEAL_BYTES:], given[:SEAL_BYTES])
        # Whoever could change a hidden digit would learn it from whether his page has to start over.
        return text[NOISE_BYTES:].decode().rstrip() if hmac.compare_digest(seal, self._seal(text)) else ""

    def _hidden(self, position: str, noise: bytes) -> str:
        text = noise + position.ljust(LENGTH).encode()
        seal = self._seal(text)
        return urlsafe_b64encode(seal + self._mixed(text, seal)).decode()

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")[:SEAL_BYTES]

    def _mixed(self, text: bytes, seal: bytes) -> bytes:
        stream = shake_256(self._key + seal).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))


PLAIN = Cover()

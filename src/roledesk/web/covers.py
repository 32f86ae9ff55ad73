"""Where pages stand, in words that tell nobody how much has happened.

A position counts the happenings of a whole organization. Whoever read it could tell how busy
others are, so it leaves the server under a cover that only servers with the same secret lift.
Not here: what a position means (live.py).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache, partial
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NOISE_BYTES = 16
LENGTH = 64
"""Each is as long as every other, so that its length tells nothing either."""


class Cover:
    """Hides positions and reads them again, on every server with this secret."""

    def __init__(self, secret: str) -> None:
        # AES-SIV: the same position is hidden alike, and one that somebody altered is none.
        self._cipher = AESSIV(HKDF(SHA512(), 64, None, b"positions").derive(secret.encode()))
        self._hidden_alike = lru_cache(1024)(partial(self._hidden, noise=bytes(NOISE_BYTES)))

    def hide(self, position: str, *, alike: bool = True) -> str:
        """`position` in words to give away; the same for the same one, unless not even that may be told."""
        return self._hidden_alike(position) if alike else self._hidden(position, token_bytes(NOISE_BYTES))

    def read(self, hidden: str) -> str:
        """The position that was hidden; empty for what never was one."""
        try:
            text = self._cipher.decrypt(urlsafe_b64decode(hidden), None)
        except (ValueError, InvalidTag):
            return ""
        return text[NOISE_BYTES:].decode().rstrip()

    def _hidden(self, position: str, noise: bytes) -> str:
        text = noise + position.ljust(LENGTH).encode()
        return urlsafe_b64encode(self._cipher.encrypt(text, None)).decode()

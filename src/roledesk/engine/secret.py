"""Secrets that are shown once: long random strings, kept as plain hashes.

256 random bits cannot be guessed, so no slow hash is needed.
Not here: passwords, which people choose (sign_ins.py).
"""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_secret(prefix: str) -> str:
    """A fresh secret; the prefix tells a finder, and a scanner, what it found."""
    return f"{prefix}_{secrets.token_urlsafe(BYTES)}"


def hash_secret(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_id(prefix: str) -> str:
    """An id that says nothing about whom it stands for."""
    return f"{prefix}-{secrets.token_hex(5)}"

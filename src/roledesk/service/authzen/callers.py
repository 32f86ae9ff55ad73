"""Which token asks, and for which organization; remembered, so that most requests need no database.

What is remembered counts until the token expires, the day ends (each day of use is noted)
or the organization's pulse moves, which every change of a token makes it do. Secrets are remembered as hashes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from roledesk.core.decide import decide
from roledesk.engine import Engine
from roledesk.engine.secret import hash_secret
from roledesk.engine.tokens import KnownToken, find_token
from roledesk.errors import CredentialsError, DeniedError
from roledesk.service.authzen.evaluation import Desk

BELIEVED = "facts.assert"
MOST_KEPT = 10_000
DAY_S = 86_400.0
Headers = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Caller:
    """A token that was found good, to be looked up again at `until`; `believes` when facts sent with it count."""

    desk: Desk
    known: KnownToken
    believes: bool
    until: float

    def require(self, action: str) -> None:
        """Raises DeniedError when the token may not take `action`."""
        subject, organization = self.known.subject, self.desk.organization
        if subject.actions is not None and action in subject.actions:
            return
        if not organization.allows(subject, action):
            raise DeniedError(decide(organization.snapshot, subject, action), hidden=False)

    def is_current(self) -> bool:
        """Whether what was found out still counts."""
        organization = self.desk.organization
        return self.known.pulse == organization.pulse and organization.clock() < self.until


class Callers:
    """The tokens seen lately, and one desk for each organization asked about."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._callers: dict[bytes, Caller] = {}
        self._desks: dict[str, Desk] = {}

    def find(self, given: Headers) -> Caller | None:
        """Who asks, from memory; None when it must be read."""
        caller = self._callers.get(sha256(given.get(b"authorization", b"")).digest())
        return caller if caller is not None and caller.is_current() else None

    def read(self, given: Headers) -> Caller:
        """Who asks, from the database; blocks. Raises CredentialsError."""
        secret = _secret_in(given)
        found = find_token(self._engine, secret)
        if found is None:
            raise CredentialsError
        organization, subject = found
        believes = subject.actions is not None and BELIEVED in subject.actions
        known = self._engine.known_tokens[hash_secret(secret)]
        caller = Caller(self.desk(organization.id), known, believes, _until(known, self._engine.clock()))
        if len(self._callers) >= MOST_KEPT:
            self._callers.clear()
        self._callers[sha256(given[b"authorization"]).digest()] = caller
        return caller

    def desk(self, organization: str) -> Desk:
        """The one desk of an organization. Raises NotFoundError."""
        desk = self._desks.get(organization)
        return desk or self._desks.setdefault(organization, Desk(self._engine.organization(organization)))


def _until(known: KnownToken, now: float) -> float:
    """When the token ends, or the day on which its use was noted."""
    end_of_day = (now // DAY_S + 1) * DAY_S
    expires_at = known.token.expires_at
    return end_of_day if expires_at is None else min(end_of_day, expires_at)


def _secret_in(given: Headers) -> str:
    scheme, _, secret = given.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not secret:
        raise CredentialsError
    return secret.strip().decode("latin-1")

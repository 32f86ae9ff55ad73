"""What every JSON operation shares: who asks, how much of a list, and acting once.

A write may carry an `Idempotency-Key`: sent again with the same key it does nothing more and
gives the same answer; with another body it is refused. Keys are each asker's own.
Not here: the operations (service/api, desk/api).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Header, Query
from starlette.requests import Request

from roledesk.engine import Guard
from roledesk.errors import InputError
from roledesk.store import idempotency
from roledesk.store.idempotency import Answered
from roledesk.web.identity import get_asker
from roledesk.web.problems import OK
from roledesk.web.routes import Routes

PREFIX = "/api/v1"
MOST_ROWS = 200
Out = TypeVar("Out")

Asker = Annotated[Guard, Depends(get_asker)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
Name = Annotated[str, Query(max_length=200)]


def api_routes() -> Routes:
    """Doors below the API's address."""
    return Routes(PREFIX, api=True)


@dataclass(frozen=True, slots=True)
class Act:
    """One write: by whom, under which key."""

    asker: Guard
    key: str | None
    fingerprint: str

    def once(self, act: Callable[[], Out], kind: type[Out] | Any) -> Out:
        """What `act` gives, done once for its key, in one transaction with it. Raises what `act` does."""
        if self.key is None:
            return act()
        organization, by = self.asker.organization, self.asker.subject.id
        with organization.locked() as connection:
            known = idempotency.find(connection, organization.id, by, self.key)
            if known is not None:
                if known.fingerprint != self.fingerprint:
                    raise InputError("Idempotency-Key", "was used for another request; choose a new one")
                return msgspec.json.decode(known.body, type=kind)
            made = act()
            answered = Answered(self.fingerprint, OK, msgspec.json.encode(made).decode())
            idempotency.put(connection, organization.id, by, self.key, answered, at=organization.clock())
            return made


async def get_act(
    request: Request,
    asker: Asker,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Act:
    """The write that a request is."""
    digest = sha256(f"{request.method} {request.url.path}\n".encode() + await request.body())
    return Act(asker, idempotency_key, digest.hexdigest())


Acting = Annotated[Act, Depends(get_act)]

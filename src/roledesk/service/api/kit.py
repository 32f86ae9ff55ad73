"""What the operations share: who asks, and writing once.

A write says what it expects (`If-Match`: the revision looked at, or `*`) and may carry an
`Idempotency-Key`: sent again with the same key it does nothing and gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import Depends, Header
from sqlalchemy import Connection
from starlette.requests import Request

from roledesk.core.changes import Change
from roledesk.core.terms import Resource, Revision
from roledesk.engine import Also, Guard, Organization
from roledesk.errors import ConflictError, InputError, RoledeskError
from roledesk.store import idempotency, organizations
from roledesk.store.idempotency import Answered
from roledesk.web.api import PREFIX, Asker, Limit, Name, api_routes
from roledesk.web.problems import OK

__all__ = ["PREFIX", "Asker", "Done", "Limit", "Name", "Writing", "api_routes", "made_of", "read_revision"]
ANY_REVISION = "*"


@dataclass(frozen=True, slots=True)
class Done:
    """What a write came to: the revision at which it is in force, and the id of what was written."""

    revision: str
    id: str | None = None
    secret: str | None = None


class RepeatedError(RoledeskError):
    """The same key came twice at once, and the other was first."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write: by whom, expecting what, under which key."""

    asker: Guard
    expecting: Revision | None
    key: str | None
    fingerprint: str

    @property
    def organization(self) -> Organization:
        """Where it is written."""
        return self.asker.organization

    def commit(
        self, change: Change, because: str, *, id: str | None = None, also: Sequence[Also] = ()
    ) -> Done:
        """Make the change, once."""

        def act(remember: Sequence[Also]) -> Done:
            revision = self.organization.commit(
                change,
                by=self.asker.subject,
                because=because,
                expecting=self.expecting,
                also=(*also, *remember),
            )
            return Done(str(revision), id)

        return self.once(act, id=id)

    def once(self, act: Callable[[Sequence[Also]], Done], *, id: str | None = None) -> Done:
        """Do `act` unless its key was seen; `act` must write what it is given in its own transaction."""
        earlier = self._earlier()
        if earlier is not None:
            return earlier
        try:
            return act(() if self.key is None else (self._remember(id),))
        except (ConflictError, RepeatedError):
            # The same request, sent twice at once: the first one has moved the head.
            earlier = self._earlier()
            if earlier is None:
                raise
            return earlier

    def _earlier(self) -> Done | None:
        if self.key is None:
            return None
        with self.organization.database.reading() as connection:
            answered = idempotency.find(connection, self.organization.id, self.asker.subject.id, self.key)
        if answered is None:
            return None
        if answered.fingerprint != self.fingerprint:
            raise InputError("Idempotency-Key", "was used for another request; choose a new one")
        return msgspec.json.decode(answered.body, type=Done)

    def _remember(self, id: str | None) -> Also:
        def remember(connection: Connection) -> None:
            organization, by, key = self.organization, self.asker.subject.id, self.key or ""
            if idempotency.find(connection, organization.id, by, key) is not None:
                raise RepeatedError
            number = organizations.lock_head(connection, organization.id)
            done = Done(str(Revision(organization.revision.epoch, number)), id)
            answered = Answered(self.fingerprint, OK, msgspec.json.encode(done).decode())
            idempotency.put(connection, organization.id, by, key, answered, at=organization.clock())

        return remember


async def get_write(
    request: Request,
    asker: Asker,
    if_match: Annotated[str, Header(description="the revision looked at, or * for any", max_length=200)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Write:
    """The write that a request is. Raises InputError for an If-Match that is no revision."""
    digest = sha256(f"{request.method} {request.url.path}\n".encode() + await request.body())
    return Write(asker, read_revision(if_match), idempotency_key, digest.hexdigest())


Writing = Annotated[Write, Depends(get_write)]


def read_revision(text: str) -> Revision | None:
    """The revision that `text` names; None for any."""
    text = text.removeprefix("W/").strip('"')
    if text == ANY_REVISION:
        return None
    epoch, _, number = text.rpartition(".")
    if not (epoch and number.isascii() and number.isdecimal() and len(number) < 19):
        raise InputError("If-Match", "must be a revision as answers give it, or *")
    return Revision(epoch, int(number))


def made_of(kind: str, resource: Resource) -> Resource:
    """Something of `kind` that belongs to whom and where `resource` does."""
    return Resource(kind, resource.id, owner=resource.owner, team=resource.team, teams=resource.teams)

"""What was answered to a request that may come again.

A key belongs to whoever sent it, within one organization.
Not here: which requests carry keys, fingerprints (service/).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from roledesk.store import schema

_keys = schema.idempotency_keys.c


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer once given; `fingerprint` tells whether a request is the same one."""

    fingerprint: str
    status: int
    body: str


def find(connection: Connection, organization: str, by: str, key: str) -> Answered | None:
    """What was answered under this key."""
    columns = (_keys.fingerprint, _keys.status, _keys.body)
    mine = (_keys.organization == organization, _keys.by == by, _keys.key == key)
    row = connection.execute(select(*columns).where(*mine)).one_or_none()
    return None if row is None else Answered(*row)


def put(
    connection: Connection, organization: str, by: str, key: str, answered: Answered, *, at: float
) -> None:
    """Keep an answer, in the transaction of what it answers: of two alike only one is committed."""
    values = {
        "organization": organization,
        "by": by,
        "key": key,
        "fingerprint": answered.fingerprint,
        "status": answered.status,
        "body": answered.body,
        "at": at,
    }
    connection.execute(insert(schema.idempotency_keys), values)


def clean(connection: Connection, *, before: float) -> None:
    """Forget the answers given before a moment."""
    connection.execute(delete(schema.idempotency_keys).where(_keys.at < before))

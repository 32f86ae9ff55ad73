"""Files of conversations, with their bytes.

Not here: which files are taken (files.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from roledesk.desk.facts import Attachment
from roledesk.desk.store.kit import row_of, rows_where
from roledesk.desk.store.schema import attachments

_of = attachments.c
_SHORT = (_of.id, _of.conversation, _of.name, _of.type, _of.size)


def add(
    connection: Connection, organization: str, attachment: Attachment, content: bytes, *, at: float
) -> None:
    """Keep a file."""
    row = {**row_of(organization, attachment), "content": content, "at": at}
    connection.execute(insert(attachments), row)


def find(connection: Connection, organization: str, id: str) -> tuple[Attachment, bytes] | None:
    """A file and its bytes."""
    row = connection.execute(rows_where(attachments, organization, id=id)).one_or_none()
    if row is None:
        return None
    return Attachment(row.id, row.conversation, row.name, row.type, row.size), row.content


def described(connection: Connection, organization: str, ids: Iterable[str]) -> dict[str, Attachment]:
    """What these files are, without their bytes."""
    statement = select(*_SHORT).where(_of.organization == organization, _of.id.in_(list(ids)))
    return {row.id: Attachment(*row) for row in connection.execute(statement)}

"""Files in conversations: which are taken, and who gets them.

A file is read through its conversation, so that it is gone with the reach to see that.
What a browser would run is kept as plain bytes, whatever it calls itself.
Not here: sending the bytes (the doors), which say `attachment` and forbid sniffing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, bad_name
from roledesk.desk.facts import Attachment, resource_of
from roledesk.desk.store import attachments, conversations
from roledesk.desk.work import new_id

MOST_BYTES = 5_000_000
MOST_BODY = MOST_BYTES + 65_536
"""Of a request with a file: the file, and what is written beside it."""
PLAIN = "application/octet-stream"
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/pdf"})
"""Types that are told to a browser; any other is plain bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    type: str
    content: bytes


def keep_upload(
    connection: Connection, organization: str, conversation: str, upload: Upload, *, at: float
) -> Attachment:
    """Keep a file of a conversation, in a transaction that is under way. Raises InputError."""
    if not 0 < len(upload.content) <= MOST_BYTES:
        raise InputError("file", f"a file has 1 to {MOST_BYTES} bytes; this one has {len(upload.content)}")
    name = upload.name.replace("\\", "/").rpartition("/")[2].strip()
    if refused := next(bad_name(name, "file"), None):
        raise InputError("file", refused.message)
    type_ = upload.type if upload.type in SHOWN else PLAIN
    kept = Attachment(new_id("file"), conversation, name, type_, len(upload.content))
    attachments.add(connection, organization, kept, upload.content, at=at)
    return kept


def get_file(guard: Guard, id: str) -> tuple[Attachment, bytes]:
    """A file of a conversation one may view. Raises NotFoundError."""
    organization = guard.organization
    with organization.database.reading() as connection:
        found = attachments.find(connection, organization.id, id)
        kept = found and conversations.find(connection, organization.id, found[0].conversation)
    if found is None or kept is None or not guard.allows("conversation.view", resource_of(kept)):
        raise NotFoundError("file", id)
    return found

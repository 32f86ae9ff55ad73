"""The key of a message belongs to whoever wrote it.

Why: two who chose the same key in one conversation were in each other's way.
Does the code of the last release survive it: yes; it only refused what may now be kept.
How to undo it: `downgrade` makes the narrower index again, unless two writers used one key.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD = "ix_messages_organization_conversation_client_key"
NEW = "ix_messages_organization_conversation_client_key_author"
COLUMNS = ["organization", "conversation", "client_key"]


def upgrade() -> None:
    """Make the wider index, then drop the other."""
    op.create_index(NEW, "messages", [*COLUMNS, "author"], unique=True)
    op.drop_index(OLD, "messages")


def downgrade() -> None:
    """Make the narrower index again."""
    op.create_index(OLD, "messages", COLUMNS, unique=True)
    op.drop_index(NEW, "messages")

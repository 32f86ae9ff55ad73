"""Conversations gain the moment of their first answer, and reports and imports the indexes they read by.

Why: a report on answers must not look through every message, nor an import through every customer.
Does the code of the last release survive it: yes; what it writes has no moment, and counts as not answered.
How to undo it: `downgrade` drops column and indexes; the moments can be found again in the messages.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_conversations_organization_created_at_id": ("conversations", ["organization", "created_at", "id"]),
    "ix_conversations_organization_closed_at_id": ("conversations", ["organization", "closed_at", "id"]),
    "ix_messages_organization_at": ("messages", ["organization", "at"]),
    "ix_customers_organization_email": ("customers", ["organization", "email"]),
}
FIRST_ANSWER = """
    UPDATE conversations SET answered_at = (
        SELECT min(messages.at) FROM messages
        WHERE messages.organization = conversations.organization AND messages.conversation = conversations.id
        AND messages.author_kind = 'agent' AND messages.kind IN ('text', 'file')
    )
"""


def upgrade() -> None:
    """Add the column, fill it from the messages, make the indexes."""
    op.add_column("conversations", sa.Column("answered_at", sa.Double()))
    op.execute(FIRST_ANSWER)
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, columns)


def downgrade() -> None:
    """Drop them."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(op.f(name), table)
    op.drop_column("conversations", "answered_at")

"""Organizations gain technical settings: how long a token may last.

Why: a lead can rule that no secret lives for ever.
Does the code of the last release survive it: yes, it does not know the table.
How to undo it: `downgrade` drops the table; tokens may last for ever again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "technical_settings",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("longest_token_days", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_technical_settings_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", name=op.f("pk_technical_settings")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("technical_settings")

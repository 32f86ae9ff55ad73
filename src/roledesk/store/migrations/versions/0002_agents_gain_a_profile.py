"""Agents gain a public name and telephone numbers.

Why: what customers call an agent is his to choose, and none of the directory's.
Does the code of the last release survive it: yes, it does not know the table.
How to undo it: `downgrade` drops the table; names that were chosen are lost.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "profiles",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("public_name", sa.Text(), nullable=False),
        sa.Column("landline", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_profiles_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_profiles_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", name=op.f("pk_profiles")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("profiles")

"""Agents ask for access, and somebody decides.

Why: what was asked, by whom, and what became of it is kept beside the policy.
Does the code of the last release survive it: yes, it does not know the table.
How to undo it: `downgrade` drops the table; what was granted stays granted until its end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "access_requests",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("permission", KEY, nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("team", KEY),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("lasts_s", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("decided_by", KEY),
        sa.Column("decided_at", sa.Double()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("role", KEY),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_access_requests_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_access_requests_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_access_requests")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_access_requests_organization_state_made_at_id"),
        "access_requests",
        ["organization", "state", "made_at", "id"],
    )
    op.create_index(
        op.f("ix_access_requests_organization_agent_made_at"),
        "access_requests",
        ["organization", "agent", "made_at"],
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("access_requests")

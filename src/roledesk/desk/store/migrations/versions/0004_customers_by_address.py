"""Customers are found by their address.

Why: an import asks for each line whether somebody has its e-mail already.
Does the code of the last release survive it: yes, it is an index more.
How to undo it: `downgrade` drops the index.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_customers_organization_sensitive_text"


def upgrade() -> None:
    """Make the index."""
    op.create_index(NAME, "customers", ["organization", "sensitive_text"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(NAME, "customers")

"""Imports gain tables: what an agent sent, what was shown to him, and what became of each line.

Why: what is imported is exactly what was shown, whatever happens to browser or server meanwhile.
Does the code of the last release survive it: yes, it does not know the tables.
How to undo it: `downgrade` drops them; imports under way are lost, what they did stays.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "imports",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("begun_at", sa.Double()),
        sa.Column("ended_at", sa.Double()),
        _refer("imports", ["organization"], "organizations", ["id"]),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_imports")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_imports_organization_agent_kind", "imports", ["organization", "agent", "kind"])
    op.create_index("ix_imports_made_at", "imports", ["made_at"])
    op.create_table(
        "import_lines",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("verdict", KEY, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("about", KEY),
        sa.Column("outcome", KEY),
        _refer("import_lines", ["organization", "import_id"], "imports", ["organization", "id"]),
        _refer("import_lines", ["organization"], "organizations", ["id"]),
        sa.PrimaryKeyConstraint("organization", "import_id", "number", name=op.f("pk_import_lines")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_import_lines_organization_import_id_outcome_number",
        "import_lines",
        ["organization", "import_id", "outcome", "number"],
    )
    op.create_index("ix_import_lines_organization_about", "import_lines", ["organization", "about"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("import_lines")
    op.drop_table("imports")


def _refer(table: str, columns: list[str], referred: str, names: list[str]) -> sa.ForeignKeyConstraint:
    targets = [f"{referred}.{name}" for name in names]
    name = op.f(f"fk_{table}_{referred}")
    return sa.ForeignKeyConstraint(columns, targets, name=name, initially="DEFERRED", deferrable=True)

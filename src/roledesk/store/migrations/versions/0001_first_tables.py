"""The first tables.

Why: a new database has none.
Does the code of the last release survive it: there is none.
How to undo it: `downgrade` drops every table, with all that is in it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = (
    "links",
    "meta",
    "organizations",
    "usage_counters",
    "usage_gaps",
    "activity",
    "agents",
    "history",
    "idempotency_keys",
    "resources",
    "retired_ids",
    "roles",
    "teams",
    "usage",
    "activity_teams",
    "assignments",
    "grants",
    "history_subjects",
    "memberships",
    "passwords",
    "people",
    "sign_ins",
    "tokens",
)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "links",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("organization", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double()),
        sa.Column("made_by", KEY, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_links_expires_at"), "links", ["expires_at"])
    op.create_index(op.f("ix_links_organization_agent"), "links", ["organization", "agent"])
    op.create_table(
        "meta",
        sa.Column("epoch", KEY, nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_meta")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.JSON(), nullable=False),
        sa.Column("catalogue_text", sa.Text(), nullable=False),
        sa.Column("reserved", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("pulse", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "usage_counters",
        sa.Column("id", KEY, nullable=False),
        sa.Column("written_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_counters")),
    )
    op.create_table(
        "usage_gaps",
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("since", "until", name=op.f("pk_usage_gaps")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization", KEY, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("event", KEY, nullable=False),
        sa.Column("about", KEY, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_activity_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index(
        op.f("ix_activity_organization_about_at_id"), "activity", ["organization", "about", "at", "id"]
    )
    op.create_index(op.f("ix_activity_organization_at_id"), "activity", ["organization", "at", "id"])
    op.create_index(op.f("ix_activity_organization_by_at_id"), "activity", ["organization", "by", "at", "id"])
    op.create_index(
        op.f("ix_activity_organization_event_at_id"), "activity", ["organization", "event", "at", "id"]
    )
    op.create_table(
        "agents",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_agents_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_agents")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_history_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "revision", name=op.f("pk_history")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_history_organization_by_revision"), "history", ["organization", "by", "revision"]
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_idempotency_keys_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "by", "key", name=op.f("pk_idempotency_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_idempotency_keys_at"), "idempotency_keys", ["at"])
    op.create_table(
        "resources",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", KEY),
        sa.Column("team", KEY),
        sa.Column("state", KEY),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_resources_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "kind", "id", name=op.f("pk_resources")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_resources_organization_team"), "resources", ["organization", "team"])
    op.create_table(
        "retired_ids",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_retired_ids_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_retired_ids")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roles",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("policy_text", sa.Text(), nullable=False),
        sa.Column("steward", KEY),
        sa.Column("givers", sa.JSON(), nullable=False),
        sa.Column("owner", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_roles_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_roles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "teams",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_teams_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_teams")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("permission", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_usage_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", "permission", "day", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_usage_organization_permission_agent_day"),
        "usage",
        ["organization", "permission", "agent", "day"],
    )
    op.create_table(
        "activity_teams",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("activity", sa.BigInteger(), nullable=False),
        sa.Column("team", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity"],
            ["activity.id"],
            name=op.f("fk_activity_teams_activity"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_activity_teams_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "team", "activity", name=op.f("pk_activity_teams")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assignments",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("teams", sa.JSON(none_as_null=True)),
        sa.Column("since", sa.Double()),
        sa.Column("until", sa.Double()),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("given_by", KEY, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_assignments_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization", "role"],
            ["roles.organization", "roles.id"],
            name=op.f("fk_assignments_roles"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_assignments_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", "position", name=op.f("pk_assignments")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_assignments_organization_role_agent"), "assignments", ["organization", "role", "agent"]
    )
    op.create_table(
        "grants",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("permission", KEY, nullable=False),
        sa.Column("scope", sa.SmallInteger(), nullable=False),
        sa.Column("ticked_at", sa.Double(), nullable=False),
        sa.Column("ticked_by", KEY, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "role"],
            ["roles.organization", "roles.id"],
            name=op.f("fk_grants_roles"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_grants_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "role", "permission", name=op.f("pk_grants")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_subjects",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "revision"],
            ["history.organization", "history.revision"],
            name=op.f("fk_history_subjects_history"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_history_subjects_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "subject", "revision", name=op.f("pk_history_subjects")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memberships",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("team", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_memberships_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization", "team"],
            ["teams.organization", "teams.id"],
            name=op.f("fk_memberships_teams"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_memberships_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", "team", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_memberships_organization_team_agent"), "memberships", ["organization", "team", "agent"]
    )
    op.create_table(
        "passwords",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_passwords_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_passwords_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", name=op.f("pk_passwords")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "people",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("sort_name", KEY, nullable=False),
        sa.Column("search_text", KEY, nullable=False),
        sa.Column("email_key", KEY),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_people_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_people_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "agent", name=op.f("pk_people")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_people_organization_email_key"), "people", ["organization", "email_key"], unique=True
    )
    op.create_index(
        op.f("ix_people_organization_sort_name_agent"), "people", ["organization", "sort_name", "agent"]
    )
    op.create_table(
        "sign_ins",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_sign_ins_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_sign_ins_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "hash", name=op.f("pk_sign_ins")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sign_ins_expires_at"), "sign_ins", ["expires_at"])
    op.create_index(op.f("ix_sign_ins_hash"), "sign_ins", ["hash"], unique=True)
    op.create_index(
        op.f("ix_sign_ins_organization_agent_created_at"), "sign_ins", ["organization", "agent", "created_at"]
    )
    op.create_table(
        "tokens",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("agent", KEY),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", sa.JSON(none_as_null=True)),
        sa.Column("teams", sa.JSON(none_as_null=True)),
        sa.Column("actions", sa.JSON(none_as_null=True)),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", KEY, nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("revoked_at", sa.Double()),
        sa.Column("last_used_on", sa.Date()),
        sa.ForeignKeyConstraint(
            ["organization", "agent"],
            ["agents.organization", "agents.id"],
            name=op.f("fk_tokens_agents"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.id"],
            name=op.f("fk_tokens_organizations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tokens_hash"), "tokens", ["hash"], unique=True)
    op.create_index(
        op.f("ix_tokens_organization_agent_created_at"), "tokens", ["organization", "agent", "created_at"]
    )
    op.create_index(
        op.f("ix_tokens_organization_created_at_id"), "tokens", ["organization", "created_at", "id"]
    )


def downgrade() -> None:
    """Drop every table."""
    for table in reversed(TABLES):
        op.drop_table(table)

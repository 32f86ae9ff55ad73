"""The desk's first tables, and the index of words that search looks in.

Why: a new database has none.
Does the code of the last release survive it: there is none.
How to undo it: `downgrade` drops every table, with all that is in it.

The index follows `messages.words` by itself, in the database: full-text search of
SQLite kept by triggers, an index over the same words on PostgreSQL.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "agent_limits",
    "categories",
    "customers",
    "desk_heads",
    "desk_settings",
    "events",
    "presence",
    "replies",
    "tags",
    "team_hours",
    "widgets",
    "conversations",
    "customer_tags",
    "attachments",
    "conversation_tags",
    "messages",
    "reads",
)

# Words are split by the desk; the database only parts them at the spaces between.
SQLITE_WORDS = (
    """
    CREATE VIRTUAL TABLE message_words USING fts5(
        words, content='messages', content_rowid='id', detail='none',
        tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
    )
    """,
    """
    CREATE TRIGGER message_words_put AFTER INSERT ON messages WHEN new.words != '' BEGIN
        INSERT INTO message_words (rowid, words) VALUES (new.id, new.words);
    END
    """,
    """
    CREATE TRIGGER message_words_drop AFTER DELETE ON messages WHEN old.words != '' BEGIN
        INSERT INTO message_words (message_words, rowid, words) VALUES ('delete', old.id, old.words);
    END
    """,
    """
    CREATE TRIGGER message_words_change AFTER UPDATE OF words ON messages WHEN old.words != new.words BEGIN
        INSERT INTO message_words (message_words, rowid, words)
            SELECT 'delete', old.id, old.words WHERE old.words != '';
        INSERT INTO message_words (rowid, words) SELECT new.id, new.words WHERE new.words != '';
    END
    """,
)
POSTGRESQL_WORDS = (
    """
    ALTER TABLE messages ADD COLUMN word_index tsvector
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
    """,
    "CREATE INDEX message_words ON messages USING gin (word_index)",
)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "agent_limits",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("max_open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "agent", name=op.f("pk_agent_limits")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "categories",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team", KEY),
        sa.Column("deleted_at", sa.Double()),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_categories")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customers",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("secret_hash", KEY),
        sa.Column("identity", KEY),
        sa.Column("blocked_at", sa.Double()),
        sa.Column("refused_messages", sa.Integer(), nullable=False),
        sa.Column("sticky_agent", KEY),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("sort_name", KEY, nullable=False),
        sa.Column("search_text", KEY, nullable=False),
        sa.Column("sensitive_text", KEY, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_customers")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_customers_organization_created_at_id"), "customers", ["organization", "created_at", "id"]
    )
    op.create_index(
        op.f("ix_customers_organization_identity"), "customers", ["organization", "identity"], unique=True
    )
    op.create_index(
        op.f("ix_customers_organization_secret_hash"),
        "customers",
        ["organization", "secret_hash"],
        unique=True,
    )
    op.create_index(
        op.f("ix_customers_organization_sort_name_id"), "customers", ["organization", "sort_name", "id"]
    )
    op.create_index(
        op.f("ix_customers_organization_sticky_agent"), "customers", ["organization", "sticky_agent"]
    )
    op.create_table(
        "desk_heads",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name=op.f("pk_desk_heads")),
    )
    op.create_table(
        "desk_settings",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("handling", KEY, nullable=False),
        sa.Column("max_open", sa.Integer(), nullable=False),
        sa.Column("password_length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name=op.f("pk_desk_settings")),
    )
    op.create_table(
        "events",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", KEY),
        sa.Column("conversation", KEY),
        sa.Column("customer", KEY),
        sa.Column("agent", KEY),
        sa.Column("message_seq", sa.Integer()),
        sa.Column("team_before", KEY),
        sa.Column("assignee_before", KEY),
        sa.Column("state_before", KEY),
        sa.Column("team", KEY),
        sa.Column("assignee", KEY),
        sa.Column("state", KEY),
        sa.PrimaryKeyConstraint("organization", "seq", name=op.f("pk_events")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_events_organization_conversation_seq"), "events", ["organization", "conversation", "seq"]
    )
    op.create_table(
        "presence",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "agent", name=op.f("pk_presence")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replies",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("owner", KEY),
        sa.Column("team", KEY),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_replies")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_replies_organization_owner"), "replies", ["organization", "owner"])
    op.create_table(
        "tags",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("team", KEY),
        sa.Column("retired_at", sa.Double()),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tags_organization_name_key"), "tags", ["organization", "name_key"])
    op.create_table(
        "team_hours",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("team", KEY, nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "team", name=op.f("pk_team_hours")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "widgets",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team", KEY, nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("greeting", sa.Text(), nullable=False),
        sa.Column("away_text", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("identity_secret", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_widgets")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_widgets_id"), "widgets", ["id"], unique=True)
    op.create_table(
        "conversations",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("widget", KEY),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("team", KEY, nullable=False),
        sa.Column("assignee", KEY),
        sa.Column("state", KEY, nullable=False),
        sa.Column("category", KEY),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("waiting_since", sa.Double()),
        sa.Column("opened_at", sa.Double()),
        sa.Column("closed_at", sa.Double()),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("preview", sa.Text(), nullable=False),
        sa.Column("customer_read_seq", sa.Integer(), nullable=False),
        sa.Column("client_key", KEY),
        sa.ForeignKeyConstraint(
            ["organization", "customer"],
            ["customers.organization", "customers.id"],
            name=op.f("fk_conversations_customers"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_conversations")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_conversations_organization_customer_created_at"),
        "conversations",
        ["organization", "customer", "created_at"],
    )
    op.create_index(
        op.f("ix_conversations_organization_state_assignee_last_at_id"),
        "conversations",
        ["organization", "state", "assignee", "last_at", "id"],
    )
    op.create_index(
        op.f("ix_conversations_organization_state_last_at_id"),
        "conversations",
        ["organization", "state", "last_at", "id"],
    )
    op.create_index(
        op.f("ix_conversations_organization_state_team_assignee"),
        "conversations",
        ["organization", "state", "team", "assignee"],
    )
    op.create_index(
        op.f("ix_conversations_organization_state_team_last_at_id"),
        "conversations",
        ["organization", "state", "team", "last_at", "id"],
    )
    op.create_index(
        op.f("ix_conversations_organization_state_waiting_since_id"),
        "conversations",
        ["organization", "state", "waiting_since", "id"],
    )
    op.create_index(op.f("ix_conversations_organization_team"), "conversations", ["organization", "team"])
    op.create_table(
        "customer_tags",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("tag", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "customer"],
            ["customers.organization", "customers.id"],
            name=op.f("fk_customer_tags_customers"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization", "tag"],
            ["tags.organization", "tags.id"],
            name=op.f("fk_customer_tags_tags"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "customer", "tag", name=op.f("pk_customer_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_customer_tags_organization_tag_customer"),
        "customer_tags",
        ["organization", "tag", "customer"],
    )
    op.create_table(
        "attachments",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "conversation"],
            ["conversations.organization", "conversations.id"],
            name=op.f("fk_attachments_conversations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "id", name=op.f("pk_attachments")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_attachments_organization_conversation"), "attachments", ["organization", "conversation"]
    )
    op.create_table(
        "conversation_tags",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("tag", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "conversation"],
            ["conversations.organization", "conversations.id"],
            name=op.f("fk_conversation_tags_conversations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization", "tag"],
            ["tags.organization", "tags.id"],
            name=op.f("fk_conversation_tags_tags"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "conversation", "tag", name=op.f("pk_conversation_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_conversation_tags_organization_tag_conversation"),
        "conversation_tags",
        ["organization", "tag", "conversation"],
    )
    op.create_table(
        "messages",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("organization", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author_kind", KEY, nullable=False),
        sa.Column("author", KEY),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("to_agent", KEY),
        sa.Column("team", KEY),
        sa.Column("attachment", KEY),
        sa.Column("deleted_at", sa.Double()),
        sa.Column("deleted_by", KEY),
        sa.Column("client_key", KEY),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "conversation"],
            ["conversations.organization", "conversations.id"],
            name=op.f("fk_messages_conversations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(
        op.f("ix_messages_organization_conversation_client_key"),
        "messages",
        ["organization", "conversation", "client_key"],
        unique=True,
    )
    op.create_index(
        op.f("ix_messages_organization_conversation_seq"),
        "messages",
        ["organization", "conversation", "seq"],
        unique=True,
    )
    op.create_table(
        "reads",
        sa.Column("organization", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("agent", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization", "conversation"],
            ["conversations.organization", "conversations.id"],
            name=op.f("fk_reads_conversations"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organization", "conversation", "agent", name=op.f("pk_reads")),
        sqlite_with_rowid=False,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_WORDS if is_sqlite else POSTGRESQL_WORDS:
        op.execute(statement)


def downgrade() -> None:
    """Drop every table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE message_words")
    for table in reversed(TABLES):
        op.drop_table(table)

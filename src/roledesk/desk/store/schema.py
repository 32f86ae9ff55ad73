"""The desk's tables, beside the engine's in the same database.

Keys begin with the organization. Moments are floats, seconds since 1970 UTC. What a list
is sorted and filtered by has an index that ends in the order it is shown in.
Not here: the index of words for search, which the database keeps from `messages.words`
(migrations/); how a database gets these tables.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

KEY = Text().with_variant(Text(collation="C"), "postgresql")
MOMENT = Double
SERIAL = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _refer(columns: str, table: str, referred: str) -> ForeignKeyConstraint:
    targets = [f"{table}.{column}" for column in referred.split()]
    return ForeignKeyConstraint(columns.split(), targets, deferrable=True, initially="DEFERRED")


def _table(
    name: str, key: str, *rest: Column[object] | ForeignKeyConstraint | Index, rowid: bool = False
) -> Table:
    """A table of an organization's things; `key` are the columns that follow it in the key."""
    return Table(
        name,
        metadata,
        Column("organization", KEY, nullable=False),
        *rest,
        PrimaryKeyConstraint("organization", *key.split()),
        sqlite_with_rowid=rowid,
    )


def _of_conversation() -> ForeignKeyConstraint:
    return _refer("organization conversation", "conversations", "organization id")


customers = _table(
    "customers",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("language", Text),
    Column("secret_hash", KEY),
    Column("identity", KEY),
    Column("blocked_at", MOMENT),
    Column("refused_messages", Integer, nullable=False),
    Column("sticky_agent", KEY),
    Column("created_at", MOMENT, nullable=False),
    Column("sort_name", KEY, nullable=False),
    Column("search_text", KEY, nullable=False),
    Column("sensitive_text", KEY, nullable=False),
    Index(None, "organization", "created_at", "id"),
    Index(None, "organization", "sort_name", "id"),
    Index(None, "organization", "sensitive_text"),
    Index(None, "organization", "secret_hash", unique=True),
    Index(None, "organization", "identity", unique=True),
    Index(None, "organization", "email"),
    Index(None, "organization", "sticky_agent"),
    rowid=True,
)

conversations = _table(
    "conversations",
    "id",
    Column("id", KEY),
    Column("customer", KEY, nullable=False),
    Column("widget", KEY),
    Column("channel", KEY, nullable=False),
    Column("team", KEY, nullable=False),
    Column("assignee", KEY),
    Column("state", KEY, nullable=False),
    Column("category", KEY),
    Column("created_at", MOMENT, nullable=False),
    Column("waiting_since", MOMENT),
    Column("opened_at", MOMENT),
    Column("closed_at", MOMENT),
    Column("last_seq", Integer, nullable=False),
    Column("last_at", MOMENT, nullable=False),
    Column("preview", Text, nullable=False),
    Column("customer_read_seq", Integer, nullable=False),
    Column("client_key", KEY),
    Column("answered_at", MOMENT),
    _refer("organization customer", "customers", "organization id"),
    Index(None, "organization", "created_at", "id"),
    Index(None, "organization", "closed_at", "id"),
    Index(None, "organization", "state", "last_at", "id"),
    Index(None, "organization", "state", "waiting_since", "id"),
    Index(None, "organization", "state", "team", "last_at", "id"),
    Index(None, "organization", "state", "team", "assignee"),
    Index(None, "organization", "state", "assignee", "last_at", "id"),
    Index(None, "organization", "customer", "created_at"),
    Index(None, "organization", "team"),
    rowid=True,
)

# `words` is what search looks in, as words.py splits it; empty for what is never found.
messages = Table(
    "messages",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("organization", KEY, nullable=False),
    Column("conversation", KEY, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("author_kind", KEY, nullable=False),
    Column("author", KEY),
    Column("kind", KEY, nullable=False),
    Column("text", Text, nullable=False),
    Column("to_agent", KEY),
    Column("team", KEY),
    Column("attachment", KEY),
    Column("deleted_at", MOMENT),
    Column("deleted_by", KEY),
    Column("client_key", KEY),
    Column("words", Text, nullable=False),
    _of_conversation(),
    Index(None, "organization", "conversation", "seq", unique=True),
    Index(None, "organization", "conversation", "client_key", "author", unique=True),
    Index(None, "organization", "at"),
)

reads = _table(
    "reads",
    "conversation agent",
    Column("conversation", KEY),
    Column("agent", KEY),
    Column("seq", Integer, nullable=False),
    _of_conversation(),
)

attachments = _table(
    "attachments",
    "id",
    Column("id", KEY),
    Column("conversation", KEY, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", MOMENT, nullable=False),
    _of_conversation(),
    Index(None, "organization", "conversation"),
    rowid=True,
)

tags = _table(
    "tags",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("name_key", KEY, nullable=False),
    Column("team", KEY),
    Column("retired_at", MOMENT),
    Index(None, "organization", "name_key"),
)

conversation_tags = _table(
    "conversation_tags",
    "conversation tag",
    Column("conversation", KEY),
    Column("tag", KEY),
    _of_conversation(),
    _refer("organization tag", "tags", "organization id"),
    Index(None, "organization", "tag", "conversation"),
)

customer_tags = _table(
    "customer_tags",
    "customer tag",
    Column("customer", KEY),
    Column("tag", KEY),
    _refer("organization customer", "customers", "organization id"),
    _refer("organization tag", "tags", "organization id"),
    Index(None, "organization", "tag", "customer"),
)

categories = _table(
    "categories",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("team", KEY),
    Column("deleted_at", MOMENT),
)

replies = _table(
    "replies",
    "id",
    Column("id", KEY),
    Column("owner", KEY),
    Column("team", KEY),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "organization", "owner"),
)

widgets = _table(
    "widgets",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("team", KEY, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("title", Text, nullable=False),
    Column("greeting", Text, nullable=False),
    Column("away_text", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("identity_secret", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Index(None, "id", unique=True),
)

webhooks = _table(
    "webhooks",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("owner", KEY, nullable=False),
    Column("team", KEY),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("old_until", MOMENT),
    Column("enabled", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("failing_since", MOMENT),
)

deliveries = _table(
    "deliveries",
    "id",
    Column("id", KEY),
    Column("webhook", KEY, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("state", KEY, nullable=False),
    Column("next_at", MOMENT, nullable=False),
    Column("claimed_until", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer),
    Column("said", Text, nullable=False),
    Column("took_ms", Integer),
    _refer("organization webhook", "webhooks", "organization id"),
    Index(None, "organization", "webhook", "at", "id"),
    Index(None, "state", "next_at"),
)

desk_settings = Table(
    "desk_settings",
    metadata,
    Column("organization", KEY, primary_key=True),
    Column("time_zone", Text, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("handling", KEY, nullable=False),
    Column("max_open", Integer, nullable=False),
    Column("password_length", Integer, nullable=False),
)

team_hours = _table("team_hours", "team", Column("team", KEY), Column("hours", JSON, nullable=False))

presence = _table(
    "presence",
    "agent",
    Column("agent", KEY),
    Column("status", KEY, nullable=False),
    Column("since", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
)

agent_limits = _table(
    "agent_limits", "agent", Column("agent", KEY), Column("max_open", Integer, nullable=False)
)

# What happened, in order and without gaps: live streams, webhooks and reports follow it.

desk_heads = Table(
    "desk_heads",
    metadata,
    Column("organization", KEY, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

events = _table(
    "events",
    "seq",
    Column("seq", BigInteger),
    Column("kind", KEY, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("by", KEY),
    Column("conversation", KEY),
    Column("customer", KEY),
    Column("agent", KEY),
    Column("message_seq", Integer),
    Column("team_before", KEY),
    Column("assignee_before", KEY),
    Column("state_before", KEY),
    Column("team", KEY),
    Column("assignee", KEY),
    Column("state", KEY),
    Index(None, "organization", "conversation", "seq"),
)

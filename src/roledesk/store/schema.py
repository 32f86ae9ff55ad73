"""Every table, the same on SQLite and PostgreSQL.

Keys begin with the organization, so that nothing of one is met while reading
another. Moments are floats, seconds since 1970 UTC: exactly what the core computes
with. Not here: how a database gets these tables (migrations/).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

# Compared byte by byte on both databases: one order, and prefix search by index.
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
    """A reference that is checked at the end of the transaction, whatever was written first."""
    targets = [f"{table}.{column}" for column in referred.split()]
    return ForeignKeyConstraint(columns.split(), targets, deferrable=True, initially="DEFERRED")


def _table(
    name: str, key: str, *rest: Column[object] | ForeignKeyConstraint | Index, rowid: bool = False
) -> Table:
    """A table of things that belong to an organization; `key` are the columns that follow it in the key."""
    return Table(
        name,
        metadata,
        Column("organization", KEY, nullable=False),
        *rest,
        PrimaryKeyConstraint("organization", *key.split()),
        _refer("organization", "organizations", "id"),
        sqlite_with_rowid=rowid,
    )


def _agent() -> ForeignKeyConstraint:
    return _refer("organization agent", "agents", "organization id")


meta = Table("meta", metadata, Column("epoch", KEY, primary_key=True))

organizations = Table(
    "organizations",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("preset", Text, nullable=False),
    Column("catalogue", JSON, nullable=False),
    Column("catalogue_text", Text, nullable=False),
    Column("reserved", JSON, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("head_hash", Text, nullable=False),
    Column("pulse", BigInteger, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

# What is now: written beside the history by `policies.append`, and derived from it.

roles = _table(
    "roles",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("policy_text", Text, nullable=False),
    Column("steward", KEY),
    Column("givers", JSON, nullable=False),
    Column("owner", Boolean, nullable=False),
)

grants = _table(
    "grants",
    "role permission",
    Column("role", KEY),
    Column("permission", KEY),
    Column("scope", SmallInteger, nullable=False),
    Column("ticked_at", MOMENT, nullable=False),
    Column("ticked_by", KEY, nullable=False),
    Column("because", Text, nullable=False),
    _refer("organization role", "roles", "organization id"),
)

teams = _table(
    "teams",
    "id",
    Column("id", KEY),
    Column("name", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
)

agents = _table(
    "agents",
    "id",
    Column("id", KEY),
    Column("status", KEY, nullable=False),
    Column("type", KEY, nullable=False),
)

memberships = _table(
    "memberships",
    "agent team",
    Column("agent", KEY),
    Column("team", KEY),
    _agent(),
    _refer("organization team", "teams", "organization id"),
    Index(None, "organization", "team", "agent"),
)

assignments = _table(
    "assignments",
    "agent position",
    Column("agent", KEY),
    Column("position", Integer),
    Column("role", KEY, nullable=False),
    Column("teams", JSON(none_as_null=True)),
    Column("since", MOMENT),
    Column("until", MOMENT),
    Column("given_at", MOMENT, nullable=False),
    Column("given_by", KEY, nullable=False),
    Column("because", Text, nullable=False),
    _agent(),
    _refer("organization role", "roles", "organization id"),
    Index(None, "organization", "role", "agent"),
)

retired_ids = _table("retired_ids", "id", Column("id", KEY))

# What happened.

history = _table(
    "history",
    "revision",
    Column("revision", BigInteger),
    Column("at", MOMENT, nullable=False),
    Column("by", KEY, nullable=False),
    Column("because", Text, nullable=False),
    Column("change", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "organization", "by", "revision"),
    rowid=True,
)

# Which revisions concern `agent:x`, `role:y` or `team:z`: an index of history.
subjects = _table(
    "history_subjects",
    "subject revision",
    Column("subject", KEY),
    Column("revision", BigInteger),
    _refer("organization revision", "history", "organization revision"),
)

activity = Table(
    "activity",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("organization", KEY, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("by", KEY, nullable=False),
    Column("event", KEY, nullable=False),
    Column("about", KEY, nullable=False),
    Column("detail", JSON, nullable=False),
    _refer("organization", "organizations", "id"),
    Index(None, "organization", "at", "id"),
    Index(None, "organization", "by", "at", "id"),
    Index(None, "organization", "event", "at", "id"),
    Index(None, "organization", "about", "at", "id"),
)

activity_teams = _table(
    "activity_teams",
    "team activity",
    Column("activity", BigInteger),
    Column("team", KEY),
    _refer("activity", "activity", "id"),
)

usage = _table(
    "usage",
    "agent permission day",
    Column("agent", KEY),
    Column("permission", KEY),
    Column("day", Date),
    Column("count", BigInteger, nullable=False),
    Index(None, "organization", "permission", "agent", "day"),
)

usage_gaps = Table(
    "usage_gaps",
    metadata,
    Column("since", MOMENT, primary_key=True),
    Column("until", MOMENT, primary_key=True),
)

# The processes that count, and up to when all they counted is written.
usage_counters = Table(
    "usage_counters",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("written_until", MOMENT, nullable=False),
)

# People, and how they come in. Names stand here only, so that a person can be forgotten.

people = _table(
    "people",
    "agent",
    Column("agent", KEY),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("language", Text),
    Column("sort_name", KEY, nullable=False),
    Column("search_text", KEY, nullable=False),
    Column("email_key", KEY),
    _agent(),
    Index(None, "organization", "sort_name", "agent"),
    Index(None, "organization", "email_key", unique=True),
)

access_requests = _table(
    "access_requests",
    "id",
    Column("id", KEY),
    Column("agent", KEY, nullable=False),
    Column("permission", KEY, nullable=False),
    Column("scope", Integer, nullable=False),
    Column("team", KEY),
    Column("because", Text, nullable=False),
    Column("lasts_s", Integer, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("state", KEY, nullable=False),
    Column("decided_by", KEY),
    Column("decided_at", MOMENT),
    Column("answer", Text, nullable=False),
    Column("role", KEY),
    _agent(),
    Index(None, "organization", "state", "made_at", "id"),
    Index(None, "organization", "agent", "made_at"),
)

profiles = _table(
    "profiles",
    "agent",
    Column("agent", KEY),
    Column("public_name", Text, nullable=False),
    Column("landline", Text, nullable=False),
    Column("mobile", Text, nullable=False),
    _agent(),
)

passwords = _table(
    "passwords",
    "agent",
    Column("agent", KEY),
    Column("hash", Text, nullable=False),
    Column("set_at", MOMENT, nullable=False),
    _agent(),
)

sign_ins = _table(
    "sign_ins",
    "hash",
    Column("hash", KEY),
    Column("agent", KEY, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    _agent(),
    Index(None, "hash", unique=True),
    Index(None, "organization", "agent", "created_at"),
    Index(None, "expires_at"),
)

# A link to set up the first organization comes before that organization: no reference.
links = Table(
    "links",
    metadata,
    Column("hash", KEY, primary_key=True),
    Column("organization", KEY, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("agent", KEY, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Column("made_by", KEY, nullable=False),
    Index(None, "organization", "agent"),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)

tokens = _table(
    "tokens",
    "id",
    Column("id", KEY),
    Column("hash", KEY, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("agent", KEY),
    Column("name", Text, nullable=False),
    Column("permissions", JSON(none_as_null=True)),
    Column("teams", JSON(none_as_null=True)),
    Column("actions", JSON(none_as_null=True)),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", KEY, nullable=False),
    Column("expires_at", MOMENT),
    Column("revoked_at", MOMENT),
    Column("last_used_on", Date),
    _agent(),
    Index(None, "hash", unique=True),
    Index(None, "organization", "created_at", "id"),
    Index(None, "organization", "agent", "created_at"),
)

# What hosts registered, and what was answered to a request that may come twice.

resources = _table(
    "resources",
    "kind id",
    Column("kind", KEY),
    Column("id", KEY),
    Column("owner", KEY),
    Column("team", KEY),
    Column("state", KEY),
    Index(None, "organization", "team"),
)

idempotency_keys = _table(
    "idempotency_keys",
    "by key",
    Column("by", KEY),
    Column("key", KEY),
    Column("fingerprint", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Index(None, "at"),
)

# Files that agents send to bring many things in, line by line, until they are tidied away.

technical_settings = _table("technical_settings", "", Column("longest_token_days", Integer))

imports = _table(
    "imports",
    "id",
    Column("id", KEY),
    Column("kind", KEY, nullable=False),
    Column("agent", KEY, nullable=False),
    Column("because", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("begun_at", MOMENT),
    Column("ended_at", MOMENT),
    Index(None, "organization", "agent", "kind"),
    Index(None, "made_at"),
)

import_lines = _table(
    "import_lines",
    "import_id number",
    Column("import_id", KEY),
    Column("number", Integer),
    Column("cells", JSON, nullable=False),
    Column("verdict", KEY, nullable=False),
    Column("note", Text, nullable=False),
    Column("about", KEY),
    Column("outcome", KEY),
    _refer("organization import_id", "imports", "organization id"),
    Index(None, "organization", "import_id", "outcome", "number"),
    Index(None, "organization", "about"),
)

"""Bringing a database's tables up to date, and refusing one that is not.

`migrate` may be run at any time, by several processes at once. It happens in one
transaction: a crash leaves the tables as they were. Beside our own tables a host may
have further ones, as a Schema that keeps a version of its own.
Not here: the steps themselves (migrations/versions/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, func, insert, select

from roledesk.errors import SchemaError
from roledesk.store.database import Database
from roledesk.store.schema import meta, metadata

# Any number that no other program locks in the same database.
LOCK = 0x726F6C65


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables with migrations of their own.

    `scripts` is their Alembic folder, whose `env.py` takes connection, `version_table`
    and `metadata` from the attributes of its configuration.
    """

    scripts: Path
    version_table: str
    metadata: MetaData


OWN = Schema(Path(__file__).parent / "migrations", "alembic_version", metadata)
OWN_ONLY: tuple[Schema, ...] = (OWN,)


def migrate(database: Database, schemas: Sequence[Schema] = OWN_ONLY) -> None:
    """Bring the tables up to this version's schemas; nothing happens when they are.

    A new database gets an epoch of its own. Raises SchemaError when it is newer.
    """
    with database.writing() as connection:
        upgrade(connection, schemas)


def check_schema(database: Database, schemas: Sequence[Schema] = OWN_ONLY) -> None:
    """Raises SchemaError when the database is older or newer than this version needs."""
    with database.reading() as connection:
        found = [(schema, find_version(connection, schema)) for schema in schemas]
    for schema, has in found:
        if has != version(schema):
            _refuse_newer(has, schema)
            raise SchemaError(
                f"the database's schema is `{has}`, this version needs `{version(schema)}`; run `roledesk migrate`"
            )


def upgrade(connection: Connection, schemas: Sequence[Schema] = OWN_ONLY) -> None:
    """`migrate` as part of a transaction of the caller's."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    for schema in schemas:
        _refuse_newer(find_version(connection, schema), schema)
        command.upgrade(_config(connection, schema), "head")
    if connection.execute(select(meta.c.epoch)).first() is None:
        start_epoch(connection)


def start_epoch(connection: Connection) -> None:
    """Give an empty database the epoch that its revisions will carry."""
    connection.execute(insert(meta).values(epoch=token_hex(4)))


def version(schema: Schema = OWN) -> str:
    """The version of a schema that this program needs."""
    return str(_scripts(schema).get_current_head())


def find_version(connection: Connection, schema: Schema = OWN) -> str | None:
    """The version of a schema that the database has; None when it has no tables yet."""
    options = {"version_table": schema.version_table}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _refuse_newer(found: str | None, schema: Schema) -> None:
    known = {script.revision for script in _scripts(schema).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaError(
            f"the database's schema is `{found}`, this version knows it up to `{version(schema)}`;"
            " install a newer Roledesk"
        )


def _scripts(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory(str(schema.scripts))


def _config(connection: Connection, schema: Schema = OWN) -> Config:
    attributes = {
        "connection": connection,
        "version_table": schema.version_table,
        "metadata": schema.metadata,
    }
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(schema.scripts).replace("%", "%%"))
    return config

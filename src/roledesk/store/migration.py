"""Bringing a database's tables up to date, and refusing one that is not.

`migrate` may be run at any time, by several processes at once. It happens in one
transaction: a crash leaves the tables as they were.
Not here: the steps themselves (migrations/versions/).
"""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, select

from roledesk.errors import SchemaError
from roledesk.store.database import Database
from roledesk.store.schema import meta

SCRIPTS = Path(__file__).parent / "migrations"
# Any number that no other program locks in the same database.
LOCK = 0x726F6C65


def migrate(database: Database) -> None:
    """Bring the tables up to this version's schema; nothing happens when they are.

    A new database gets an epoch of its own. Raises SchemaError when it is newer.
    """
    with database.writing() as connection:
        upgrade(connection)


def check_schema(database: Database) -> None:
    """Raises SchemaError when the database is older or newer than this version needs."""
    with database.reading() as connection:
        found = find_version(connection)
    if found != version():
        _refuse_newer(found)
        raise SchemaError(
            f"the database's schema is `{found}`, this version needs `{version()}`; run `roledesk migrate`"
        )


def upgrade(connection: Connection) -> None:
    """`migrate` as part of a transaction of the caller's."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    _refuse_newer(find_version(connection))
    command.upgrade(_config(connection), "head")
    if connection.execute(select(meta.c.epoch)).first() is None:
        start_epoch(connection)


def start_epoch(connection: Connection) -> None:
    """Give an empty database the epoch that its revisions will carry."""
    connection.execute(insert(meta).values(epoch=token_hex(4)))


def version() -> str:
    """The schema this version needs."""
    return str(_scripts().get_current_head())


def find_version(connection: Connection) -> str | None:
    """The schema the database has; None when it has no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if found is not None and found not in known:
        raise SchemaError(
            f"the database's schema is `{found}`, this version knows it up to `{version()}`; install a newer Roledesk"
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(SCRIPTS))


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config

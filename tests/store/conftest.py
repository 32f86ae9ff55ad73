"""An empty database for each test, SQLite and PostgreSQL in turn, and an organization in it.

Tables are made once per process: SQLite tests get a copy of the file, PostgreSQL tests
the same database, emptied. What concerns the making of tables asks for `new_database`.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete
from tests.store.ledger import FOUNDED, Ledger

from roledesk.store.database import Database
from roledesk.store.migration import migrate
from roledesk.store.schema import meta, metadata


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "empty.db"
    database = Database.open(f"sqlite:///{file}", create=True)
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[Database]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE store")
    database = Database.open(postgres_url.replace("/postgres?", "/store?"))
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def sqlite(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    file = shutil.copy(migrated_file, tmp_path / "roledesk.db")
    database = Database.open(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def postgresql(migrated_postgres: Database) -> Database:
    """An empty PostgreSQL database."""
    with migrated_postgres.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not meta:
                connection.execute(delete(table))
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database at this version's schema."""
    database: Database = request.getfixturevalue(request.param)
    return database


@pytest.fixture
def new_database(database_url: str) -> Iterator[Database]:
    """A database of the test's own, just migrated."""
    database = Database.open(database_url, create=True)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """The organization `acme` at revision 1."""
    ledger = Ledger(database)
    ledger.commit(*FOUNDED.edits, by="operator")
    return ledger


@pytest.fixture
def found(database: Database) -> Callable[[str], Ledger]:
    """Found further organizations alike."""

    def make(organization: str) -> Ledger:
        ledger = Ledger(database, organization)
        ledger.commit(*FOUNDED.edits, by="operator")
        return ledger

    return make

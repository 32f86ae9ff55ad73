"""A database gets its tables once, whole, and another version's are refused."""

import subprocess
import sys

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from roledesk.errors import SchemaError
from roledesk.store import migration
from roledesk.store.database import Database
from roledesk.store.migration import check_schema, migrate
from roledesk.store.schema import metadata


def test_the_migrations_make_exactly_the_tables_of_the_schema(new_database: Database) -> None:
    check_schema(new_database)
    with new_database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(new_database: Database) -> None:
    epoch = new_database.epoch
    migrate(new_database)
    assert Database(new_database.engine).epoch == epoch


def test_two_databases_have_different_epochs(new_database: Database) -> None:
    other = Database.open("sqlite://")
    migrate(other)
    assert other.epoch != new_database.epoch


def test_an_empty_database_is_to_be_migrated_first(database_url: str) -> None:
    with pytest.raises(SchemaError, match=r"the database's schema is `None`.*run `roledesk migrate`"):
        check_schema(Database.open(database_url, create=True))


def test_a_newer_database_is_refused_and_left_alone(new_database: Database) -> None:
    with new_database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (check_schema, migrate):
        with pytest.raises(SchemaError, match=r"`9999`.*up to `\d{4}`.*install a newer Roledesk"):
            refused(new_database)


def test_every_table_can_be_dropped_again(new_database: Database) -> None:
    with new_database.writing() as connection:
        command.downgrade(migration._config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(new_database)
    check_schema(new_database)


def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    Database.open(database_url, create=True).close()
    program = (
        "import sys; from roledesk.store.database import Database; from roledesk.store.migration import migrate;"
        "database = Database.open(sys.argv[1]); migrate(database); print(database.epoch)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert len({epoch for epoch, _ in answers}) == 1

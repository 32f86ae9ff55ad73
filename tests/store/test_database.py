"""Opening a database, and what its transactions promise."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from roledesk.errors import InputError
from roledesk.store.database import Database, parse_url
from roledesk.store.migration import migrate
from roledesk.store.schema import usage_gaps


def note(database: Database, since: float) -> None:
    with database.writing() as connection:
        connection.execute(insert(usage_gaps).values(since=since, until=since + 1))


def noted(database: Database) -> list[float]:
    with database.reading() as connection:
        return list(connection.execute(select(usage_gaps.c.since).order_by(usage_gaps.c.since)).scalars())


def test_what_was_written_is_read(database: Database) -> None:
    note(database, 1.5)
    assert noted(database) == [1.5]


def test_a_failed_transaction_is_undone(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(insert(usage_gaps).values(since=1, until=2))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert noted(database) == []


def test_a_reader_sees_one_state_to_its_end(database: Database) -> None:
    note(database, 1)
    with database.reading() as connection:
        first = connection.execute(select(usage_gaps)).all()
        note(database, 2)
        assert connection.execute(select(usage_gaps)).all() == first
    assert noted(database) == [1, 2]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), database.reading() as connection:
        connection.execute(insert(usage_gaps).values(since=1, until=2))
    note(database, 1)
    assert noted(database) == [1]


def test_writers_on_sqlite_wait_for_each_other_and_never_fail(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'w.db'}", create=True)
    migrate(database)
    entered = Event()

    def slow() -> None:
        with database.writing() as connection:
            entered.set()
            known = connection.execute(select(usage_gaps)).all()
            Event().wait(0.1)
            connection.execute(insert(usage_gaps).values(since=len(known), until=100))

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(slow) for _ in range(6)]
        entered.wait()
        assert noted(database) == []
        for each in done:
            each.result()
    assert noted(database) == [0, 1, 2, 3, 4, 5]


def test_a_database_in_memory_serves_several_threads() -> None:
    database = Database.open("sqlite://")
    migrate(database)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: note(database, number), range(50)))
        assert list(pool.map(lambda _: len(noted(database)), range(8))) == [50] * 8
    assert database.epoch


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        pytest.param("mysql://host/name", "`mysql` is not supported", id="another database"),
        pytest.param("sqlite+aiosqlite:///x", "is not supported", id="another driver"),
        pytest.param("no url at all", "not an address", id="no address"),
        pytest.param("sqlite:///missing/x.db", "there is no file `missing/x.db`", id="missing file"),
        pytest.param("postgresql://amal:secret@127.0.0.1:1/x", "cannot open", id="nobody listens"),
    ],
)
def test_what_cannot_be_opened_is_said_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        Database.open(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear customer, " * 100)
    with pytest.raises(InputError, match="not a database"):
        Database.open(f"sqlite:///{file}")
    assert file.read_text() == "Dear customer, " * 100


def test_a_new_file_is_readable_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    migrate(Database.open(f"sqlite:///{file}", create=True))
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


def test_a_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot make the file"):
        Database.open(f"sqlite:///{tmp_path}/no/x.db", create=True)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_the_same(scheme: str) -> None:
    assert str(parse_url(f"{scheme}://host/name")) == "postgresql+psycopg://host/name"

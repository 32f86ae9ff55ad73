"""One engine for each test, on SQLite and PostgreSQL in turn, and the organization `acme` in it.

The tables are made once for each kind of database, and copied or emptied for each test.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.engine.desk import FOUNDED, Wall, empty_postgres

from roledesk.engine import Clock, Engine, Organization, open_engine, sign_ins


@pytest.fixture(autouse=True, scope="session")
def quick_hashes() -> Iterator[None]:
    """The same hash of passwords, made with a fraction of the work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_ins, "_hasher", lambda: PasswordHash([Argon2Hasher(time_cost=1, memory_cost=64)]))
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "roledesk.sqlite3"
    open_engine(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The address of a PostgreSQL database with tables, which tests use one after the other."""
    name = f"engine_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
    open_engine(url, create=True).close()
    return url


@pytest.fixture
def emptied_postgres(migrated_postgres: str) -> str:
    """The same database with nothing in its tables."""
    empty_postgres(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a SQLite database with tables and nothing in them."""
    path = tmp_path / "roledesk.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An SQLAlchemy URL of a database with tables and nothing in them: a SQLite file, then PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("emptied_postgres"))
    return str(request.getfixturevalue("sqlite_url"))


@pytest.fixture
def wall() -> Wall:
    """The clock on the wall, which a test may turn."""
    return Wall()


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[..., Engine]]:
    """Opens further engines on the test's database, as other processes would; all are closed at the end."""
    opened: list[Engine] = []

    def open_one(clock: Clock | None = None) -> Engine:
        opened.append(open_engine(database_url, clock=clock))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_again: Callable[..., Engine], wall: Wall) -> Engine:
    """An engine whose clock shows what `wall` shows."""
    return open_again(Clock(wall))


@pytest.fixture
def acme(engine: Engine) -> Organization:
    """The organization `acme` at revision 1."""
    return engine.found("acme", FOUNDED, because="It opens")

"""One engine for each test, on SQLite and PostgreSQL in turn, and the organization `acme` in it.

The tables are made once for each kind of database and copied for each test.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.engine.desk import FOUNDED, Wall

from roledesk.engine import Clock, Engine, Organization, open_engine


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "roledesk.sqlite3"
    open_engine(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a PostgreSQL database with tables and nothing in them."""
    name = f"template_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    open_engine(sqlalchemy_url(postgres_url, name), create=True).close()
    return name


@pytest.fixture
def copied_postgres(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """A copy of the template, dropped after the test."""
    name = f"test_{uuid4().hex}"
    copied, template = sql.Identifier(name), sql.Identifier(postgres_template)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copied, template))
        yield sqlalchemy_url(postgres_url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copied))


def sqlalchemy_url(postgres_url: str, name: str) -> str:
    """The address of one database of the server, as SQLAlchemy understands it."""
    return postgres_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An SQLAlchemy URL of a database with tables and nothing in them: a SQLite file, then PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("copied_postgres"))
    path = tmp_path / "roledesk.sqlite3"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


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

"""A support desk for each test, on SQLite and PostgreSQL in turn.

Two teams, A and B, with agents of different reach, a widget for each team, and words to
make things happen. Tables are made once for each kind of database, and copied or emptied.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.desk.site import SETTINGS, Site
from tests.desk.world import FOUNDED, Wall, World
from tests.web.streams import COVER, running_loop

from roledesk import Clock, Engine, PutTeam, Team
from roledesk.app import create_app
from roledesk.composition import SCHEMAS, open_server_engine
from roledesk.desk.feed import DeskFeed
from roledesk.web.live import Hub

TABLES = [table for schema in SCHEMAS for table in schema.metadata.tables if table != "meta"]


@pytest.fixture(scope="session")
def desk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "roledesk.sqlite3"
    open_server_engine(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture(scope="session")
def desk_postgres(postgres_url: str) -> str:
    name = f"desk_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
    open_server_engine(url, create=True).close()
    return url


@pytest.fixture
def sqlite_desk(desk_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "roledesk.sqlite3"
    shutil.copy(desk_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def emptied_postgres(desk_postgres: str) -> str:
    emptied = sql.SQL(", ").join(map(sql.Identifier, TABLES))
    with psycopg.connect(desk_postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(emptied))
    return desk_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An SQLAlchemy URL of a database with every table and nothing in them."""
    wanted = "sqlite_desk" if request.param == "sqlite" else "emptied_postgres"
    return str(request.getfixturevalue(wanted))


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def open_again(database_url: str, wall: Wall) -> Iterator[Callable[[], Engine]]:
    """Opens further engines on the same database, as other processes would."""
    opened: list[Engine] = []

    def open_one() -> Engine:
        opened.append(open_server_engine(database_url, clock=Clock(wall)))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_again: Callable[[], Engine]) -> Engine:
    return open_again()


@pytest.fixture
def world(engine: Engine, wall: Wall) -> World:
    """The organization `acme` with its desk, and nobody online."""
    return World(engine.found("acme", FOUNDED, because="It opens"), wall)


@pytest.fixture
def site(engine: Engine, world: World) -> Site:
    return Site(world, create_app(SETTINGS, engine))


@pytest.fixture
def many(engine: Engine, wall: Wall) -> Callable[[], World]:
    """Founds a fresh organization for each example, in one database."""
    made = 0

    def make() -> World:
        nonlocal made
        made += 1
        world = World(engine.found(f"acme-{made}", FOUNDED, because="It opens"), wall)
        world.put(PutTeam(Team("c", "Team C")))
        return world

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def open_fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An SQLAlchemy URL of a database of the test's own, without any table."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_postgres"))
    return f"sqlite:///{tmp_path / 'fresh.sqlite3'}"


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with running_loop() as loop:
        yield loop


@pytest.fixture
def hub(engine: Engine, loop: asyncio.AbstractEventLoop) -> Iterator[Hub]:
    hub = Hub(engine, DeskFeed(), COVER)
    yield hub
    hub.end()

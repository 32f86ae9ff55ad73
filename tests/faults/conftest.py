"""An engine on a real database, and further processes on the same one."""

from collections.abc import Callable, Iterator

import pytest
from tests.engine.desk import FOUNDED
from tests.faults.worker import Worker

from roledesk.engine import Engine, Organization, open_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """This process's engine."""
    with open_engine(database_url, create=True) as engine:
        yield engine


@pytest.fixture
def acme(engine: Engine) -> Organization:
    """The organization `acme` at revision 1."""
    return engine.found("acme", FOUNDED, because="It opens")


@pytest.fixture
def start(acme: Organization, database_url: str) -> Iterator[Callable[[], Worker]]:
    """Starts another process on the database; all are ended with the test."""
    workers: list[Worker] = []

    def one() -> Worker:
        workers.append(Worker(database_url))
        return workers[-1]

    yield one
    for worker in workers:
        worker.end()

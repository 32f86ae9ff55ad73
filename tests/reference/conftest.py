"""One server for all rows of the reference; each row has an organization of its own in it."""

from collections.abc import Iterator

import pytest
from tests.desk.world import Wall
from tests.reference.desk import Desk

from roledesk import Clock
from roledesk.composition import open_server_engine


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path_factory.mktemp('reference') / 'desk.sqlite3'}"
    with open_server_engine(url, create=True, clock=Clock(Wall())) as engine:
        yield Desk(engine)

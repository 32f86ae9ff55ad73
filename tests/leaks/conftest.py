"""The world of the leaks: A and B, and Xenia who has conversations in both; what is B's is marked."""

from collections.abc import Iterator

import pytest
from tests.desk.world import FOUNDED, Wall, World
from tests.leaks.marked import Marked

from roledesk import Clock
from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.desk import customers
from roledesk.desk.customers import Correction
from roledesk.settings import ServerSettings, load_settings

SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})


@pytest.fixture
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    url = f"sqlite:///{tmp_path_factory.mktemp('leaks') / 'desk.sqlite3'}"
    wall = Wall()
    with open_server_engine(url, create=True, clock=Clock(wall)) as engine:
        world = World(engine.found("acme", FOUNDED, because="It opens"), wall)
        xenia = world.customer("Xenia")
        mine = world.opened("a1", "a-marker", customer=xenia)
        waiting = world.start("a", "a-waiting", customer=world.customer("Anna"))
        theirs = world.opened("b1", "b-marker refund", customer=xenia)
        world.opened("b1", "b-other", customer=world.customer("Bmarker"))
        customers.edit(world.guard("olu"), xenia, Correction(email="xenia@example.com"))
        yield Marked(world, create_app(SETTINGS, engine), SETTINGS, xenia, mine.id, waiting.id, theirs.id)

"""A server killed at any moment, and a client that repeats what it got no answer to."""

import socket
from collections.abc import Iterator
from contextlib import closing
from random import Random
from time import monotonic, sleep

import httpx2
import pytest
import uvicorn
from tests.engine.desk import FOUNDED
from tests.faults.worker import PATIENCE_S, PROCESSES

from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.engine import Engine
from roledesk.engine.tokens import make_personal_token
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import policies

CHANGES = 200
LONGEST_LIFE_S = 1.5


def serve(url: str, port: int) -> None:
    """What the server process does."""
    given = {"secret": "of-the-tests-" * 3, "database": url}
    app = create_app(load_settings(ServerSettings, given=given))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


class Server:
    """A server that is killed at a random age and started again when it is missed."""

    def __init__(self, url: str, token: str) -> None:
        self._random = Random(2)
        with closing(socket.create_server(("127.0.0.1", 0))) as found:
            self._port = found.getsockname()[1]
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self._port}",
            headers={"Authorization": f"Bearer {token}", "If-Match": "*"},
        )
        self._url = url
        self.kills = 0
        self.start()

    def start(self) -> None:
        self.process = PROCESSES.Process(target=serve, args=(self._url, self._port))
        self.process.start()
        end = monotonic() + PATIENCE_S
        while monotonic() < end:
            try:
                self._client.get("/healthz")
                break
            except httpx2.TransportError:
                sleep(0.02)
        self._dies_at = monotonic() + self._random.uniform(0, LONGEST_LIFE_S)

    def put_team(self, number: int) -> str:
        """Add a team, sending the request again until it is answered; gives the revision."""
        while True:
            left_s = self._dies_at - monotonic()
            try:
                answer = self._client.put(
                    f"/api/v1/teams/team-{number}",
                    json={"name": f"Team {number}", "because": "It grows"},
                    headers={"Idempotency-Key": f"team-{number}"},
                    timeout=httpx2.Timeout(PATIENCE_S, read=max(left_s, 0.001)),
                )
            except httpx2.TransportError:
                self.kill()
                self.start()
                continue
            assert answer.status_code == 200, answer.text
            return str(answer.json()["revision"])

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.kills += 1


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """This process's engine, on a database with everything a server needs."""
    with open_server_engine(database_url, create=True) as engine:
        yield engine


def test_a_killed_server_loses_nothing_it_answered_and_repeats_nothing(
    engine: Engine, database_url: str
) -> None:
    acme = engine.found("acme", FOUNDED, because="It opens")
    token = make_personal_token(acme.guard("olu"), name="All", expires_at=acme.clock() + 86_400.0)
    server = Server(database_url, token.secret)
    answers = [server.put_team(number) for number in range(CHANGES)]
    server.kill()
    assert server.kills > 1
    epoch = acme.revision.epoch
    assert answers == [f"{epoch}.{number}" for number in range(2, CHANGES + 2)]
    acme.refresh()
    assert acme.revision.number == CHANGES + 1 == acme.verify().rows
    assert acme.policy.teams.keys() == {"main", "billing", *(f"team-{each}" for each in range(CHANGES))}
    with engine.database.reading() as connection:
        stored, _ = policies.load_policy(connection, "acme")
    assert stored == acme.policy == acme.at(acme.revision.number).policy

"""Another process with an engine of its own, that does what it is told.

A real process, started afresh: nothing is shared with the test but the database.
"""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection

from tests.engine.desk import IN_BILLING, WIDER

from roledesk.core.changes import Change, Edit, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Revision, Subject, Team
from roledesk.engine import Engine, Organization, open_engine
from roledesk.engine.links import use_link
from roledesk.errors import RoledeskError

PATIENCE_S = 60.0
PROCESSES = multiprocessing.get_context("forkserver")
# The server's parts take a second to import, once for all processes.
PROCESSES.set_forkserver_preload(["tests.faults.servers"])


class Worker:
    """The process as the test sees it."""

    def __init__(self, url: str) -> None:
        self._pipe, theirs = PROCESSES.Pipe()
        self.process = PROCESSES.Process(target=work, args=(url, theirs))
        self.process.start()
        theirs.close()
        assert self.answer() == "ready"

    def tell(self, order: str, *given: object) -> None:
        """Have it do something; `answer` says what came of it."""
        self._pipe.send((order, given))

    def answer(self) -> object:
        """What the oldest order came to: a value, or the name of the error."""
        assert self._pipe.poll(PATIENCE_S), "the other process does not answer"
        return self._pipe.recv()

    def do(self, order: str, *given: object) -> object:
        """Tell, and wait for the answer."""
        self.tell(order, *given)
        return self.answer()

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self.process.kill()
        self.process.join()


def work(url: str, pipe: Connection) -> None:
    """What the process does: orders, one by one, until nobody gives any."""
    with open_engine(url) as engine:
        acme = engine.organization("acme")
        pipe.send("ready")
        while True:
            order, given = pipe.recv()
            try:
                answer: object = ORDERS[order](engine, acme, *given)
            except RoledeskError as error:
                answer = type(error).__name__
            pipe.send(answer)


def commit(acme: Organization, *edits: Edit, by: str = "olu", expecting: Revision | None = None) -> int:
    """Make one change and give its number."""
    return acme.commit(Change(edits), by=Subject(by), because="As told", expecting=expecting).number


def put_teams(_engine: Engine, acme: Organization, name: str, times: int) -> list[int]:
    """Add teams, a change each."""
    return [commit(acme, PutTeam(Team(f"{name}-{each}", f"{name} {each}"))) for each in range(times)]


def save_role(_engine: Engine, acme: Organization, text: str, expecting: str) -> int:
    """Save a role that was read at `expecting`."""
    epoch, _, number = expecting.rpartition(".")
    role = replace(WIDER, description=text)
    return commit(acme, PutRole(role), expecting=Revision(epoch, int(number)))


def demote(_engine: Engine, acme: Organization, agent: str, by: str) -> int:
    """Take the owner's role away."""
    return commit(acme, SetAssignments(agent, (Assignment("agent"),)), by=by)


def views(_engine: Engine, acme: Organization, revision: str | None) -> tuple[bool, int]:
    """Whether `bo` views what is in the billing team, by now or at a revision at least."""
    if revision is not None:
        acme.at_least(revision)
    decision = acme.decide("bo", "conversation.view", IN_BILLING)
    return decision.allowed, decision.revision.number


def link(engine: Engine, _acme: Organization, secret: str, password: str) -> str:
    """Use a one-time link."""
    return use_link(engine, secret, password)[1]


ORDERS: dict[str, Callable[..., object]] = {
    each.__name__: each for each in (put_teams, save_role, demote, views, link)
}

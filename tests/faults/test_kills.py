"""Processes killed at any moment: what was acknowledged is there, and nothing is half done."""

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from random import Random

import pytest
import sqlalchemy
from sqlalchemy import event
from tests.engine.desk import OLU
from tests.faults.worker import PATIENCE_S, PROCESSES

from roledesk.core.changes import Change, PutAgent, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Status, Team
from roledesk.engine import Engine, Organization, open_engine
from roledesk.store import activity, policies

CHANGES = 200
LONGEST_LIFE_S = 0.6


def change_of(number: int) -> Change:
    """A change with several parts: a team, and an agent who is moved there with a role of his."""
    team = Team(f"team-{number}", f"Team {number}")
    return Change(
        (
            PutTeam(team),
            PutAgent(f"agent-{number}", Status.ACTIVE, frozenset({team.id})),
            SetAssignments(f"agent-{number}", (Assignment("agent", teams=frozenset({team.id})),)),
        )
    )


def commit(acme: Organization) -> int:
    """Make the next change, with an entry in the activity log beside it."""
    number = acme.revision.number + 1

    def note(connection: sqlalchemy.Connection) -> None:
        activity.record(connection, "acme", at=1.0, by="olu", event="noted", about=f"team:team-{number}")

    return acme.commit(change_of(number), by=OLU, because="Grows", also=(note,)).number


def grow(url: str, pipe: Connection) -> None:
    """Make changes until killed, acknowledging each."""
    acme = open_engine(url).organization("acme")
    while True:
        pipe.send(commit(acme))


def die_in_commit(url: str, pipe: Connection, statements: int) -> None:
    """Make one change and die when so many statements of it are done; or tell that it took fewer."""
    engine = open_engine(url)
    acme = engine.organization("acme")
    engine._follower.stop()
    left = statements

    def count(*_given: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("after_cursor_execute", "commit"):
        event.listen(engine.database.engine, moment, count)
    pipe.send(commit(acme))


def run(target: Callable[..., None], *given: object) -> tuple[object, Connection]:
    """The started process, and where it answers."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=target, args=(*given[:1], theirs, *given[1:]))
    process.start()
    theirs.close()
    return process, ours


def heard(pipe: Connection) -> list[int]:
    """Everything acknowledged before the process died."""
    numbers = []
    try:
        while True:
            numbers.append(pipe.recv())
    except EOFError:
        return numbers


def require_whole(acme: Organization) -> None:
    """Every change is there with all its parts, and the tables say what the history leads to."""
    acme.refresh()
    head = acme.revision.number
    assert acme.verify().rows == head
    with acme.database.reading() as connection:
        stored, number = policies.load_policy(connection, "acme")
        notes = activity.page(connection, "acme", limit=10_000)
    assert number == head
    assert stored == acme.policy == acme.at(head).policy
    assert {f"team-{each}" for each in range(2, head + 1)} == stored.teams.keys() - {"main", "billing"}
    assert sorted(note.about for note in notes) == sorted(f"team:team-{each}" for each in range(2, head + 1))
    assert all(stored.agents[f"agent-{each}"].teams == {f"team-{each}"} for each in range(2, head + 1))


def test_a_writer_killed_at_random_loses_nothing_it_acknowledged(
    acme: Organization, database_url: str
) -> None:
    random = Random(4)
    acknowledged = [1]
    while acknowledged[-1] <= CHANGES:
        process, pipe = run(grow, database_url)
        assert pipe.poll(PATIENCE_S)
        process.join(random.uniform(0, LONGEST_LIFE_S))  # type: ignore[attr-defined]
        process.kill()  # type: ignore[attr-defined]
        process.join()  # type: ignore[attr-defined]
        acknowledged += heard(pipe)
        acme.refresh()
        assert acme.revision.number - acknowledged[-1] in (0, 1)
    require_whole(acme)


def test_a_writer_killed_at_any_statement_of_a_change_has_made_all_of_it_or_nothing(
    acme: Organization, database_url: str
) -> None:
    for statements in range(1, 100):
        before = acme.revision.number
        process, pipe = run(die_in_commit, database_url, statements)
        process.join(PATIENCE_S)  # type: ignore[attr-defined]
        acknowledged = heard(pipe)
        acme.refresh()
        assert acme.revision.number == before + len(acknowledged)
        if acknowledged:
            break
    assert statements > 10
    require_whole(acme)


def test_what_a_killed_process_held_locked_is_free_again(engine: Engine, acme: Organization) -> None:
    process, pipe = run(hold, engine.database.url.render_as_string(hide_password=False))
    assert pipe.poll(PATIENCE_S)
    process.kill()  # type: ignore[attr-defined]
    process.join()  # type: ignore[attr-defined]
    assert commit(acme) == 2
    require_whole(acme)


def hold(url: str, pipe: Connection) -> None:
    """Keep the head locked until killed."""
    with open_engine(url).organization("acme").locked():
        pipe.send("locked")
        signal.pause()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_a_change_that_is_interrupted_is_undone(acme: Organization, error: type[BaseException]) -> None:
    def interrupt(_connection: sqlalchemy.Connection) -> None:
        raise error

    with pytest.raises(error):
        acme.commit(change_of(2), by=OLU, because="Grows", also=(interrupt,))
    assert acme.revision.number == 1
    assert commit(acme) == 2
    require_whole(acme)

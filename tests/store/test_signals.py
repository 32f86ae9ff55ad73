"""Whoever waits is woken soon after a commit, and not without one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from time import sleep, thread_time

import psycopg
import pytest
from tests.store.ledger import Ledger

from roledesk.core.changes import PutTeam
from roledesk.core.terms import Team
from roledesk.store import policies
from roledesk.store.database import Database
from roledesk.store.signals import POLL_S, Signal

FOREVER_S = 3600.0
"""A wait that only what it waits for can end: no test lasts as long."""


@pytest.fixture
def signal(ledger: Ledger) -> Iterator[Signal]:
    signal = Signal(ledger.database)
    yield signal
    signal.close()
    signal.wait(0)


def test_a_change_wakes_whoever_waits(ledger: Ledger, signal: Signal) -> None:
    ledger.commit(PutTeam(Team("night", "Night")))
    assert signal.wait(FOREVER_S)
    assert not signal.wait(0.05)


def test_a_pulse_wakes_whoever_waits(ledger: Ledger, signal: Signal) -> None:
    with ledger.database.writing() as connection:
        policies.bump_pulse(connection, "acme")
    assert signal.wait(FOREVER_S)


def test_reading_wakes_nobody(ledger: Ledger, signal: Signal) -> None:
    ledger.stored()
    assert not signal.wait(0.1)


def test_a_commit_ends_a_wait_that_is_going_on(ledger: Ledger, signal: Signal) -> None:
    for number in range(10):
        team = PutTeam(Team(f"t{number}", "T"))
        with ThreadPoolExecutor(1) as hand:
            committing = hand.submit(lambda team=team: (sleep(0.05), ledger.commit(team)))
            assert signal.wait(FOREVER_S)
            committing.result()
        signal.wait(0.05)


def test_a_file_is_looked_at_every_few_milliseconds() -> None:
    assert POLL_S <= 0.02


def test_waiting_costs_next_to_nothing(signal: Signal) -> None:
    before = thread_time()
    signal.wait(1)
    assert thread_time() - before < 0.2


def test_a_wait_ends_when_the_signal_is_closed(signal: Signal) -> None:
    Thread(target=lambda: (sleep(0.05), signal.close())).start()
    assert not signal.wait(FOREVER_S)


def test_a_lost_connection_is_made_again_and_counts_as_a_change(fresh_postgres: str) -> None:
    database = Database.open(fresh_postgres)
    signal = Signal(database)
    with psycopg.connect(fresh_postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert signal.wait(FOREVER_S)
        assert signal.wait(FOREVER_S)
        assert not signal.wait(0.05)
        connection.execute("NOTIFY roledesk")
        assert signal.wait(FOREVER_S)
    signal.close()


def test_a_database_in_memory_has_nobody_to_wait_for() -> None:
    signal = Signal(Database.open("sqlite://"))
    assert not signal.wait(0.01)
    signal.close()
    assert not signal.wait(FOREVER_S)

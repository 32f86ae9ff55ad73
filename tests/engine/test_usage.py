"""What is counted as use; and that what a crash lost is known to be lost."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.engine.desk import FOUNDED, IN_BILLING, IN_MAIN, Wall, give, put

from roledesk.core.changes import PutRole
from roledesk.core.terms import Assignment, Resource, Role, Scope, Subject
from roledesk.engine import Clock, Engine, Organization
from roledesk.engine.usage import SIGN_OF_LIFE_S, SILENT_S
from roledesk.errors import DeniedError
from roledesk.store import usage

MINE = Resource("conversation", "c-3", owner="bo", team="main", state="open")


def counted(engine: Engine, organization: str = "acme") -> dict[tuple[str, str], int]:
    """What was counted and written, by agent and permission."""
    engine.usage.flush()
    with engine.database.reading() as connection:
        return {key: use.count for key, use in usage.read(connection, organization).items()}


def gaps(engine: Engine) -> tuple[tuple[float, float], ...]:
    """When counts may have been lost."""
    with engine.database.reading() as connection:
        return usage.gaps(connection)


def test_requiring_counts_and_asking_does_not(engine: Engine, acme: Organization) -> None:
    guard = acme.guard("bo")
    for _ in range(3):
        guard.require("conversation.view", IN_MAIN)
    guard.allows("conversation.view", IN_MAIN)
    guard.decide("conversation.view", IN_MAIN)
    guard.may("conversation.view")
    guard.reach("conversation.view")
    guard.only("conversation.view", [IN_MAIN])
    with pytest.raises(DeniedError):
        guard.require("conversation.view", IN_BILLING)
    assert counted(engine) == {("bo", "ConversationView"): 3}
    guard.require("conversation.view", IN_MAIN)
    assert counted(engine) == {("bo", "ConversationView"): 4}


def test_a_use_counts_once_for_each_permission_it_rests_on(engine: Engine, acme: Organization) -> None:
    put(acme, PutRole(Role("second", "Second", {"ConversationView": Scope.ALL})))
    give(acme, "bo", Assignment("agent"), Assignment("second"))
    acme.guard("bo").require("conversation.reply", MINE)
    assert counted(engine) == {("bo", "AgentChat"): 1, ("bo", "ConversationView"): 1}


def test_an_owner_uses_the_permission_an_agent_would_have_needed(engine: Engine, acme: Organization) -> None:
    acme.guard("olu").require("role.edit")
    acme.guard("olu").require("organization.close")
    assert counted(engine) == {("olu", "AdminRolesAndPermissions"): 1}


def test_a_personal_tokens_use_is_its_owners_and_a_service_tokens_its_own(
    engine: Engine, acme: Organization
) -> None:
    personal = Subject("bo", permissions=frozenset({"ConversationView"}))
    acme.guard(personal).require("conversation.view", IN_MAIN)
    acme.guard(Subject("token-1", "token", actions=frozenset({"decision.search"}))).require("decision.search")
    assert counted(engine) == {("bo", "ConversationView"): 1, ("token-1", "DecisionService"): 1}


def test_a_use_belongs_to_its_day_and_its_organization(
    engine: Engine, acme: Organization, wall: Wall
) -> None:
    engine.found("zeta", FOUNDED, because="It opens").guard("bo").require("conversation.view", IN_MAIN)
    wall.now = datetime(2030, 5, 1, 23, 59, 59, tzinfo=UTC).timestamp()
    acme.guard("bo").require("conversation.view", IN_MAIN)
    wall.now += 1
    acme.guard("bo").require("conversation.view", IN_MAIN)
    assert counted(engine) == {("bo", "ConversationView"): 2}
    assert counted(engine, "zeta") == {("bo", "ConversationView"): 1}
    with engine.database.reading() as connection:
        since = usage.read(connection, "acme", since=datetime(2030, 5, 2, tzinfo=UTC).date())
    assert [(use.count, use.last_day.isoformat()) for use in since.values()] == [(1, "2030-05-02")]


def test_two_processes_add_up_and_a_clean_end_loses_nothing(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine], wall: Wall
) -> None:
    other = open_again(Clock(wall))
    for each in (engine, other):
        each.organization("acme").guard("bo").require("conversation.view", IN_MAIN)
    other.close()
    assert counted(engine) == {("bo", "ConversationView"): 2}
    wall.now += SILENT_S * 10
    engine.usage.flush()
    assert gaps(engine) == ()


def test_a_process_that_is_idle_keeps_saying_that_it_counts(
    engine: Engine, open_again: Callable[..., Engine], wall: Wall
) -> None:
    other = open_again(Clock(wall))
    for _ in range(int(3 * SILENT_S / SIGN_OF_LIFE_S)):
        wall.now += SIGN_OF_LIFE_S
        engine.usage.flush()
        other.usage.flush()
    assert gaps(engine) == ()


COUNTING = """
import sys, time
from tests.engine.desk import IN_MAIN
from roledesk.engine import Clock, open_engine

engine = open_engine(sys.argv[1], clock=Clock(lambda: 1_900_000_000.0))
engine.organization("acme").guard("bo").require("conversation.view", IN_MAIN)
print("counted", flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_had_counted_is_a_recorded_gap(
    engine: Engine, acme: Organization, database_url: str, wall: Wall
) -> None:
    start = wall.now
    command = [sys.executable, "-c", COUNTING, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        process.send_signal(signal.SIGKILL)
    wall.now = start + SILENT_S
    assert counted(engine) == {}
    assert gaps(engine) == ()
    wall.now = start + SILENT_S + 1
    acme.guard("olu").require("role.edit")
    engine.usage.flush()
    assert gaps(engine) == ((start, wall.now),)
    wall.now += SIGN_OF_LIFE_S
    engine.usage.flush()
    assert gaps(engine) == ((start, start + SILENT_S + 1),)


def test_a_gap_is_also_found_by_whoever_opens_next(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine], wall: Wall
) -> None:
    start = wall.now
    with engine.database.writing() as connection:
        usage.keep_counter(connection, "counter-dead", start - SILENT_S)
    later = Wall(start + 1)
    open_again(Clock(later))
    assert gaps(engine) == ((start - SILENT_S, start + 1),)


def test_counts_that_could_not_be_written_are_kept(engine: Engine, acme: Organization) -> None:
    acme.guard("bo").require("conversation.view", IN_MAIN)
    with engine.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE usage RENAME TO hidden")
    with pytest.raises(Exception, match="usage"):
        engine.usage.flush()
    acme.guard("bo").require("conversation.view", IN_MAIN)
    with engine.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO usage")
    assert counted(engine) == {("bo", "ConversationView"): 2}

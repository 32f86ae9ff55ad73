"""Several writers and a crash: no gap, nothing lost, nothing half done."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.store.ledger import Ledger

from roledesk.core.changes import Change, PutTeam, apply
from roledesk.core.terms import Team
from roledesk.store import history, policies
from roledesk.store.database import Database

EACH = 15

WRITER = """
import sys
from roledesk.core.changes import Change, PutTeam, apply
from roledesk.core.terms import Team
from roledesk.store import policies
from roledesk.store.database import Database

database = Database.open(sys.argv[1])
for number in range(int(sys.argv[3])):
    change = Change((PutTeam(Team(f"{sys.argv[2]}-{number}", "New")),))
    with database.writing() as connection:
        policies.lock_head(connection, "acme")
        before, _ = policies.load_policy(connection, "acme")
        policies.append(connection, before, apply(before, change), change, by=sys.argv[2], because="", at=1.0)
    print(number, flush=True)
"""


def writer(database: Database, name: str, times: int = EACH) -> subprocess.Popen[str]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WRITER, url, name, str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_write_at_once_leave_no_gap_and_lose_nothing(ledger: Ledger) -> None:
    processes = [writer(ledger.database, name) for name in ("one", "two")]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    policy, revision = ledger.stored()
    assert revision == 1 + 2 * EACH
    assert len(policy.teams) == 2 + 2 * EACH
    with ledger.database.reading() as connection:
        assert history.verify(connection, "acme").rows == revision


def test_of_writers_that_expect_the_same_head_one_wins(ledger: Ledger) -> None:
    def put(name: str) -> bool:
        change = Change((PutTeam(Team(name, name)),))
        with ledger.database.writing() as connection:
            if policies.lock_head(connection, "acme") != 1:
                return False
            after = apply(ledger.policy, change)
            policies.append(connection, ledger.policy, after, change, by="amal", because="", at=1.0)
            return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(put, [f"t{number}" for number in range(6)]))
    assert won.count(True) == 1
    policy, revision = ledger.stored()
    assert revision == 2
    assert set(policy.teams) == {"main", "billing", f"t{won.index(True)}"}


def test_a_killed_writer_loses_no_answered_change_and_leaves_none_half_done(ledger: Ledger) -> None:
    for attempt in range(3):
        process = writer(ledger.database, f"w{attempt}", 1000)
        assert process.stdout is not None
        answered = [process.stdout.readline() for _ in range(4 + attempt)]
        process.kill()
        process.wait()
        assert all(answered), process.stderr and process.stderr.read()
        policy, revision = ledger.stored()
        assert {f"w{attempt}-{number}" for number in range(len(answered))} <= set(policy.teams)
        with ledger.database.reading() as connection:
            assert history.verify(connection, "acme").rows == revision == len(policy.teams) - 1

"""History is complete, can be searched, and shows every alteration."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, text, update
from tests.store.ledger import FOUNDED, LEAD, Ledger

from roledesk.core.changes import Change, PutAgent, PutRole, PutTeam, RemoveTeam, SetAssignments
from roledesk.core.terms import Assignment, Status, Team
from roledesk.core.wire import change_from_json
from roledesk.errors import HistoryError, NotFoundError
from roledesk.store import history, policies
from roledesk.store.database import Database
from roledesk.store.history import Verified
from roledesk.store.migration import migrate
from roledesk.store.people import Within
from roledesk.store.schema import history as table
from roledesk.store.schema import organizations


@pytest.fixture
def long(ledger: Ledger) -> Ledger:
    """Six revisions about several things, by several agents."""
    ledger.commit(PutRole(LEAD), PutTeam(Team("night", "Night")), because="nights are new")
    ledger.commit(PutAgent("cy", Status.INVITED, frozenset({"night"})), by="bo")
    ledger.commit(SetAssignments("cy", (Assignment("agent"),)))
    ledger.commit(RemoveTeam("night", "main"))
    ledger.commit(PutTeam(Team("main", "Everybody", default=True)), by="bo")
    return ledger


def revisions(ledger: Ledger, **wanted: object) -> list[int]:
    with ledger.database.reading() as connection:
        rows = history.page(connection, "acme", **{"limit": 10, **wanted})  # type: ignore[arg-type]
    return [row.revision for row in rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, [6, 5, 4, 3, 2, 1], id="everything"),
        pytest.param({"limit": 2}, [6, 5], id="the newest"),
        pytest.param({"limit": 2, "before_revision": 5}, [4, 3], id="the next page"),
        pytest.param({"by": "bo"}, [6, 3], id="by whom"),
        pytest.param({"about": "agent:cy"}, [5, 4, 3], id="an agent, moved out of a deleted team too"),
        pytest.param({"about": "role:agent"}, [4, 1], id="a role, given too"),
        pytest.param({"about": "team:night"}, [5, 3, 2], id="a team, joined too"),
        pytest.param({"about": "team:nigh"}, [], id="a part of an id"),
        pytest.param({"kind": "PutTeam"}, [6, 2, 1], id="a kind of edit"),
        pytest.param({"within": Within(frozenset({"main"}))}, [6], id="a team's, roles aside"),
        pytest.param({"within": Within(frozenset({"night"}))}, [5, 3], id="a deleted team's"),
        pytest.param({"within": Within(frozenset(), "cy")}, [5, 4, 3], id="one's own"),
        pytest.param({"within": Within(frozenset())}, [], id="nobody's"),
        pytest.param({"since": 1_700_000_003.25, "until": 1_700_000_005.25}, [4, 3], id="a time"),
        pytest.param({"by": "bo", "about": "team:main"}, [6], id="both"),
    ],
)
def test_history_is_found_by_what_it_is_about(
    long: Ledger, wanted: dict[str, object], found: list[int]
) -> None:
    assert revisions(long, **wanted) == found


def test_a_row_says_who_when_why_and_what_was_before(long: Ledger) -> None:
    with long.database.reading() as connection:
        first, last = history.get(connection, "acme", 1), history.get(connection, "acme", 4)
        assert history.find(connection, "acme", 7) is None
        with pytest.raises(NotFoundError, match="no revision `7`"):
            history.get(connection, "acme", 7)
    assert (first.by, first.previous, change_from_json(first.change)) == ("operator", "", FOUNDED)
    assert (last.by, last.because, last.at) == ("amal", "as asked", 1_700_000_004.25)
    assert change_from_json(last.change) == Change((SetAssignments("cy", (Assignment("agent"),)),))
    assert last.before == {
        "roles": {},
        "teams": {},
        "agents": {"cy": {"status": "invited", "type": "agent", "teams": ["night"], "assignments": []}},
    }


def test_what_was_not_there_before_is_none(ledger: Ledger) -> None:
    ledger.commit(PutTeam(Team("night", "Night")), PutTeam(Team("main", "Main", default=True)))
    with ledger.database.reading() as connection:
        assert history.get(connection, "acme", 2).before == {
            "roles": {},
            "teams": {"night": None},
            "agents": {},
        }


def test_followers_get_the_rows_after_a_revision_in_order(long: Ledger) -> None:
    with long.database.reading() as connection:
        rows = policies.changes_since(connection, "acme", 4)
    assert [row.revision for row in rows] == [5, 6]
    assert rows[1].previous == rows[0].hash


def verify(ledger: Ledger, head: tuple[int, str] | None = None) -> Verified:
    with ledger.database.reading() as connection:
        return history.verify(connection, "acme", head=head)


def test_an_untouched_history_is_verified_with_its_head(long: Ledger) -> None:
    verified = verify(long)
    assert (verified.rows, verified.head_revision) == (6, 6)
    long.commit(PutTeam(Team("late", "Late")))
    assert verify(long, (verified.head_revision, verified.head_hash)).head_revision == 7


def altered(ledger: Ledger, *statements: object) -> None:
    with ledger.database.writing() as connection:
        # History is altered here by somebody who knows the database, not by Roledesk.
        if ledger.database.dialect == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.execute(text("DELETE FROM history_subjects"))
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]
        if ledger.database.dialect == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))


def row(revision: int) -> object:
    return (table.c.organization == "acme") & (table.c.revision == revision)


ALTERATIONS = {
    "reason": (3, [update(table).where(row(3)).values(because="another")]),
    "actor": (3, [update(table).where(row(3)).values(by="amal")]),
    "moment": (3, [update(table).where(row(3)).values(at=table.c.at + 0.001)]),
    "change": (2, [update(table).where(row(2)).values(change={"edits": []})]),
    "before": (2, [update(table).where(row(2)).values(before={})]),
    "hash": (5, [update(table).where(row(5)).values(hash="0" * 64)]),
    "link": (5, [update(table).where(row(5)).values(previous="0" * 64)]),
    "row deleted": (4, [delete(table).where(row(4))]),
    "first deleted": (1, [delete(table).where(row(1))]),
    "last deleted": (6, [delete(table).where(row(6))]),
    "all deleted": (1, [delete(table).where(table.c.organization == "acme")]),
    "swapped": (
        3,
        [
            update(table).where(row(3)).values(revision=99),
            update(table).where(row(4)).values(revision=3),
            update(table).where(row(99)).values(revision=4),
        ],
    ),
    "moved up": (3, [delete(table).where(row(3)), update(table).where(row(4)).values(revision=3)]),
    "head": (7, [update(organizations).values(revision=8)]),
    "head hash": (6, [update(organizations).values(head_hash="0" * 64)]),
    "cut off with the head": (
        6,
        [
            delete(table).where(row(6)),
            update(organizations).values(
                revision=5,
                head_hash=select(table.c.hash).where(row(5)).scalar_subquery(),
            ),
        ],
    ),
}


@pytest.mark.parametrize(("revision", "statements"), ALTERATIONS.values(), ids=ALTERATIONS)
def test_any_alteration_is_found_and_located(long: Ledger, revision: int, statements: list[object]) -> None:
    known = verify(long)
    altered(long, *statements)
    with pytest.raises(HistoryError) as caught:
        verify(long, (known.head_revision, known.head_hash))
    assert caught.value.revision == revision


def test_a_history_rewritten_from_a_row_on_is_found_by_the_head_known(long: Ledger) -> None:
    known = verify(long)
    with long.database.reading() as connection:
        rows = [history.get(connection, "acme", number) for number in range(1, 7)]
    forged, last = [], rows[2].hash
    for each in rows[3:]:
        new = history.HistoryRow(
            "acme", each.revision, each.at, "mallory", each.because, each.change, each.before, last
        )
        last = history.digest(new)
        forged.append(
            update(table).where(row(each.revision)).values(by="mallory", previous=new.previous, hash=last)
        )
    altered(long, *forged, update(organizations).values(head_hash=last))
    assert verify(long).head_hash == last
    with pytest.raises(HistoryError, match=f"`{known.head_hash}` was seen"):
        verify(long, (known.head_revision, known.head_hash))


def test_a_row_with_a_hash_of_its_own_does_not_fit_the_row_before(long: Ledger) -> None:
    with long.database.reading() as connection:
        forged = replace(history.get(connection, "acme", 5), previous="0" * 64)
    altered(long, update(table).where(row(5)).values(previous=forged.previous, hash=history.digest(forged)))
    with pytest.raises(HistoryError, match="history row 5: does not follow"):
        verify(long)


def test_a_row_that_is_no_json_any_more_is_located() -> None:
    database = Database.open("sqlite://")
    migrate(database)
    ledger = Ledger(database)
    ledger.commit(*FOUNDED.edits)
    altered(ledger, text("UPDATE history SET change = '{broken'"))
    with pytest.raises(HistoryError, match="history row 1: is not readable"):
        verify(ledger)


def test_each_organization_has_a_chain_of_its_own(long: Ledger, found: Callable[[str], Ledger]) -> None:
    found("bcme")
    altered(long, insert(table).from_select(table.c.keys(), select(table).where(row(99))))
    with long.database.reading() as connection:
        assert history.verify(connection, "bcme").rows == 1
        with pytest.raises(NotFoundError):
            history.verify(connection, "nobody")

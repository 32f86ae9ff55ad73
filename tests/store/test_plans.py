"""No list reads a whole table: every statement finds its rows by an index."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Connection, event, text
from tests.store.ledger import FOUNDED, Ledger

from roledesk.core.reach import EVERYWHERE, Extent, Reach
from roledesk.core.terms import Resource, Status
from roledesk.store import (
    activity,
    history,
    idempotency,
    people,
    policies,
    provenance,
    resources,
    sign_ins,
    tokens,
    usage,
)
from roledesk.store.database import Database
from roledesk.store.people import Filter, Within

TEAMS = frozenset({"main", "billing"})
REACH = Reach("amal", "x", {"open": EVERYWHERE, "closed": Extent(teams=TEAMS, own=True)})

# The few rows that everybody reads whole: one for each organization, process or crash.
READ_WHOLE = {"organizations", "usage_gaps", "usage_counters"}

QUESTIONS: dict[str, Callable[[Connection], object]] = {
    "organizations": policies.list_organizations,
    "organization": lambda c: policies.find_organization(c, "acme"),
    "heads": policies.heads,
    "head": lambda c: policies.lock_head(c, "acme"),
    "policy": lambda c: policies.load_policy(c, "acme"),
    "changes since": lambda c: policies.changes_since(c, "acme", 1),
    "history": lambda c: history.page(c, "acme", limit=9, before_revision=5),
    "history by": lambda c: history.page(c, "acme", limit=9, by="amal", since=1.0, until=2.0),
    "history about": lambda c: history.page(c, "acme", limit=9, about="role:x", kind="PutRole"),
    "history within": lambda c: history.page(c, "acme", limit=9, within=Within(TEAMS, "a")),
    "verify": lambda c: history.verify(c, "acme"),
    "activity": lambda c: activity.page(c, "acme", limit=9, after=(1.0, 1), since=1.0, until=2.0),
    "activity by": lambda c: activity.page(c, "acme", limit=9, by="amal"),
    "activity event": lambda c: activity.page(c, "acme", limit=9, event="x", teams=TEAMS),
    "activity about": lambda c: activity.page(c, "acme", limit=9, about="agent:x"),
    "activity of teams": lambda c: activity.page(c, "acme", limit=9, teams=TEAMS),
    "people": lambda c: people.search_people(c, "acme", Filter(), limit=9, after=("a", "a")),
    "people by name": lambda c: people.search_people(c, "acme", Filter("am", status=Status.ACTIVE), limit=9),
    "people of a team": lambda c: people.search_people(c, "acme", Filter(team="main"), limit=9),
    "people of a role": lambda c: people.search_people(c, "acme", Filter(role="agent"), limit=9),
    "people within": lambda c: people.search_people(c, "acme", Filter(within=Within(TEAMS, "a")), limit=9),
    "people by id": lambda c: people.people(c, "acme", ["a", "b"]),
    "person by e-mail": lambda c: people.find_by_email(c, "acme", "a@b.example"),
    "provenance": lambda c: (
        provenance.grants_of(c, "acme", "agent"),
        provenance.assignments_of(c, "acme", "bo"),
    ),
    "holders": lambda c: provenance.holders_of(c, "acme", "agent", ["amal", "bo"]),
    "password": lambda c: sign_ins.find_password(c, "acme", "amal"),
    "sign-in": lambda c: sign_ins.find_sign_in(c, "h"),
    "sign-ins": lambda c: sign_ins.sign_ins(c, "acme", "amal"),
    "end of sign-ins": lambda c: sign_ins.end_sign_ins(c, "acme", "amal", at=1.0),
    "link": lambda c: sign_ins.find_link(c, "h"),
    "end of links": lambda c: sign_ins.drop_links(c, "acme", "amal"),
    "cleaning": lambda c: (sign_ins.clean(c, before=1.0), idempotency.clean(c, before=1.0)),
    "token": lambda c: (tokens.find_by_hash(c, "h"), tokens.find(c, "acme", "t1")),
    "tokens": lambda c: (tokens.tokens(c, "acme"), tokens.tokens(c, "acme", agent="amal")),
    "end of tokens": lambda c: tokens.revoke_all(c, "acme", "amal", at=1.0),
    "tokens of a team": lambda c: tokens.move_team(c, "acme", "main", "billing"),
    "resources": lambda c: resources.page(c, "acme", "ticket", REACH, limit=9, after="a"),
    "count of resources": lambda c: resources.count(c, "acme", "ticket", REACH),
    "resource": lambda c: resources.find(c, "acme", "ticket", "a"),
    "resources of each kind": lambda c: resources.count_by_kind(c, "acme", "main"),
    "every resource": lambda c: list(resources.every(c, "acme")),
    "resources of a team": lambda c: resources.move_team(c, "acme", "main", "billing"),
    "usage": lambda c: usage.read(c, "acme", since=date(2026, 1, 1)),
    "usage of an agent": lambda c: usage.read(c, "acme", agent="amal"),
    "usage of a permission": lambda c: usage.read(c, "acme", permission="RoleEdit"),
    "gaps": usage.gaps,
    "lost counters": lambda c: usage.close_lost_counters(c, silent_since=1.0, now=2.0),
    "answer": lambda c: idempotency.find(c, "acme", "amal", "k"),
}


def plan_of(connection: Connection, question: Callable[[Connection], object]) -> list[str]:
    """How SQLite finds the rows of every statement that `question` runs."""
    said: list[tuple[str, object]] = []

    def listen(*args: object) -> None:
        said.append((str(args[2]), args[3]))

    event.listen(connection, "before_cursor_execute", listen)
    question(connection)
    event.remove(connection, "before_cursor_execute", listen)
    return [
        row.detail
        for statement, parameters in said
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
    ]


@pytest.fixture
def sized(sqlite: Database) -> Database:
    """Two organizations, and what the planner knows about many rows."""
    for organization in ("acme", "bcme"):
        Ledger(sqlite, organization).commit(*FOUNDED.edits)
        with sqlite.writing() as connection:
            resources.put(connection, organization, [Resource("ticket", "a", team="main", state="open")])
    with sqlite.writing() as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("UPDATE sqlite_stat1 SET stat = '100000' || substr(stat, instr(stat, ' '))"))
    sqlite.close()
    return sqlite


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_no_statement_reads_a_whole_table(sized: Database, question: Callable[[Connection], object]) -> None:
    with sized.writing() as connection:
        plan = plan_of(connection, question)
    scanned = {found[1] for line in plan if (found := re.match(r"SCAN (\w+)", line))}
    assert plan
    assert scanned <= READ_WHOLE, plan


@pytest.mark.parametrize("question", ["history", "activity", "people", "resources", "policy"])
def test_an_order_comes_from_an_index(sized: Database, question: str) -> None:
    with sized.writing() as connection:
        plan = plan_of(connection, QUESTIONS[question])
    sorts = [line for line in plan if "TEMP B-TREE" in line and "GROUP BY" not in line]
    assert sorts == [], plan

"""Activity, usage, answered requests, provenance: what is noted comes back as noted."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from tests.store.ledger import Ledger

from roledesk.core.changes import MergeInto, PutRole, RemoveRole, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope
from roledesk.store import activity, idempotency, provenance, usage
from roledesk.store.idempotency import Answered
from roledesk.store.projection import Provenance
from roledesk.store.usage import Use


@pytest.fixture
def eventful(ledger: Ledger) -> Ledger:
    """Five entries; the third and fourth at the same moment."""
    entries = [
        (1.5, "amal", "sign_in", "agent:amal", ["main"]),
        (2.5, "bo", "sign_in", "agent:bo", ["main", "billing"]),
        (3.5, "amal", "export", "role:agent", []),
        (3.5, "amal", "reset", "agent:bo", ["billing"]),
        (4.5, "bo", "sign_out", "agent:bo", ["main", "billing"]),
    ]
    with ledger.database.writing() as connection:
        for at, by, event, about, teams in entries:
            activity.record(connection, "acme", at=at, by=by, event=event, about=about, teams=teams)
    return ledger


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, ["sign_out", "reset", "export", "sign_in", "sign_in"], id="newest first"),
        pytest.param({"limit": 2}, ["sign_out", "reset"], id="some"),
        pytest.param({"by": "amal"}, ["reset", "export", "sign_in"], id="by whom"),
        pytest.param({"event": "sign_in"}, ["sign_in", "sign_in"], id="what"),
        pytest.param({"about": "agent:bo"}, ["sign_out", "reset", "sign_in"], id="about what"),
        pytest.param({"since": 2.5, "until": 4.5}, ["reset", "export", "sign_in"], id="when"),
        pytest.param({"teams": frozenset({"billing"})}, ["sign_out", "reset", "sign_in"], id="a team's"),
        pytest.param(
            {"teams": frozenset({"billing", "main"}), "by": "amal"}, ["reset", "sign_in"], id="both"
        ),
        pytest.param({"teams": frozenset()}, [], id="no team's"),
    ],
)
def test_activity_is_found_by_what_it_is_about(
    eventful: Ledger, wanted: dict[str, object], found: list[str]
) -> None:
    with eventful.database.reading() as connection:
        rows = activity.page(connection, "acme", **{"limit": 10, **wanted})  # type: ignore[arg-type]
        assert activity.page(connection, "bcme", limit=10) == ()
    assert [row.event for row in rows] == found


def test_pages_of_activity_follow_each_other(eventful: Ledger) -> None:
    with eventful.database.reading() as connection:
        first = activity.page(connection, "acme", limit=2)
        second = activity.page(connection, "acme", limit=2, after=first[-1].cursor)
    assert [row.event for row in second] == ["export", "sign_in"]


def test_an_entry_keeps_its_detail(ledger: Ledger) -> None:
    detail = {"rows": 3, "kind": "CSV", "name": "=1+1 ünï"}
    with ledger.database.writing() as connection:
        activity.record(connection, "acme", at=1.5, by="amal", event="export", about="roles", detail=detail)
        (entry,) = activity.page(connection, "acme", limit=2)
    assert (entry.at, entry.by, entry.event, entry.about, entry.detail) == (
        1.5,
        "amal",
        "export",
        "roles",
        detail,
    )


MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def test_uses_add_up_by_agent_and_permission(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        usage.add(connection, "acme", {("amal", "RoleEdit", MONDAY): 2, ("bo", "RoleEdit", MONDAY): 1})
        usage.add(connection, "acme", {("amal", "RoleEdit", MONDAY): 3, ("amal", "RoleEdit", TUESDAY): 1})
        usage.add(connection, "acme", {("amal", "TeamEdit", MONDAY): 1})
        assert usage.read(connection, "acme") == {
            ("amal", "RoleEdit"): Use(6, TUESDAY),
            ("amal", "TeamEdit"): Use(1, MONDAY),
            ("bo", "RoleEdit"): Use(1, MONDAY),
        }
        assert usage.read(connection, "acme", permission="RoleEdit", agent="bo") == {
            ("bo", "RoleEdit"): Use(1, MONDAY)
        }
        assert usage.read(connection, "acme", since=TUESDAY) == {("amal", "RoleEdit"): Use(1, TUESDAY)}
        assert usage.read(connection, "bcme") == {}


def test_gaps_are_kept_each_once(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        usage.add_gap(connection, 5.5, 7.5)
        usage.add_gap(connection, 1.5, 3.5)
        usage.add_gap(connection, 1.5, 3.5)
        assert usage.gaps(connection) == ((1.5, 3.5), (5.5, 7.5))
        assert usage.gaps(connection, since=3.5) == ((5.5, 7.5),)


def test_a_process_that_is_not_heard_of_leaves_a_gap(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        for id, at in (("lost", 1.5), ("stopped", 1.5), ("alive", 1.5), ("alive", 7.5)):
            usage.keep_counter(connection, id, at)
        usage.drop_counter(connection, "stopped")
        usage.close_lost_counters(connection, silent_since=7.5, now=9.5)
        assert usage.gaps(connection) == ((1.5, 9.5),)
        usage.close_lost_counters(connection, silent_since=7.5, now=10.5)
        assert usage.gaps(connection) == ((1.5, 9.5),)
        usage.close_lost_counters(connection, silent_since=8.5, now=10.5)
        assert usage.gaps(connection) == ((1.5, 9.5), (7.5, 10.5))


def test_an_answer_is_found_by_whoever_asked(ledger: Ledger) -> None:
    answered = Answered("abc", 201, '{"name": "Ünï"}')
    with ledger.database.writing() as connection:
        idempotency.put(connection, "acme", "amal", "k1", answered, at=5.0)
        assert idempotency.find(connection, "acme", "amal", "k1") == answered
        for key in (("acme", "bo", "k1"), ("acme", "amal", "k2"), ("bcme", "amal", "k1")):
            assert idempotency.find(connection, *key) is None
        idempotency.clean(connection, before=5.0)
        assert idempotency.find(connection, "acme", "amal", "k1") == answered
        idempotency.clean(connection, before=5.1)
        assert idempotency.find(connection, "acme", "amal", "k1") is None


def test_a_key_is_answered_once(ledger: Ledger) -> None:
    def answer() -> None:
        with ledger.database.writing() as connection:
            idempotency.put(connection, "acme", "amal", "k1", Answered("abc", 201, ""), at=5.0)

    answer()
    with pytest.raises(IntegrityError):
        answer()


def provenance_of(ledger: Ledger, role: str) -> dict[str, Provenance]:
    with ledger.database.reading() as connection:
        return provenance.grants_of(connection, "acme", role)


def test_a_grant_says_who_last_ticked_it_and_why(ledger: Ledger) -> None:
    first = Provenance(ledger.at, "operator", "as asked")
    wider = {"ConversationView": Scope.TEAM, "AgentChat": Scope.ALL, "ReportView": Scope.ALL}
    ledger.commit(PutRole(Role("agent", "Agents", wider)), by="bo", because="holidays")
    second = Provenance(ledger.at, "bo", "holidays")
    assert provenance_of(ledger, "agent") == {
        "ConversationView": first,
        "AgentChat": second,
        "ReportView": second,
    }
    ledger.commit(RemoveRole("agent", MergeInto("lead")), by="cy", because="one is enough")
    assert provenance_of(ledger, "agent") == {}
    assert provenance_of(ledger, "lead") == {
        "ConversationView": first,
        "AgentChat": Provenance(ledger.at, "cy", "one is enough"),
        "ReportView": Provenance(ledger.at, "cy", "one is enough"),
    }


def test_an_assignment_says_who_gave_it_as_long_as_it_stays_the_same(ledger: Ledger) -> None:
    first = Provenance(ledger.at, "operator", "as asked")
    bounded, dated, nowhere = ledger.policy.agents["bo"].assignments
    new = Assignment("agent")
    ledger.commit(SetAssignments("bo", (new, nowhere, dated)), by="amal", because="promoted")
    second = Provenance(ledger.at, "amal", "promoted")
    with ledger.database.reading() as connection:
        given = provenance.assignments_of(connection, "acme", "bo")
        assert provenance.assignments_of(connection, "acme", "nobody") == {}
    assert list(given.items()) == [(new, second), (nowhere, first), (dated, first)]
    assert bounded not in given


def test_the_holders_of_a_role_say_who_gave_it_to_them(ledger: Ledger) -> None:
    bounded, dated, nowhere = ledger.policy.agents["bo"].assignments
    given = Provenance(ledger.at, "operator", "as asked")
    with ledger.database.reading() as connection:
        assert provenance.holders_of(connection, "acme", "agent", ["amal", "bo"]) == {
            ("bo", bounded): given,
            ("bo", nowhere): given,
        }
        assert provenance.holders_of(connection, "acme", "lead", ["bo"]) == {("bo", dated): given}
        assert provenance.holders_of(connection, "acme", "lead", ["amal"]) == {}

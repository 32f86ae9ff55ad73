"""The tables say what the policy says, after every kind of change."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.store.ledger import AGENT, FOUNDED, LEAD, Ledger

from roledesk.core.changes import (
    Change,
    Edit,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
    apply,
)
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Team
from roledesk.errors import InputError, NotFoundError
from roledesk.store import history, policies, resources
from roledesk.store.database import Database


def test_a_founded_organization_is_loaded_as_it_was_founded(ledger: Ledger) -> None:
    assert ledger.stored() == (ledger.policy, 1)


CHANGES: dict[str, tuple[Edit, ...]] = {
    "role edited": (PutRole(replace(AGENT, name="Helper", grants={"AgentChat": Scope.TEAM}, steward=None)),),
    "role emptied": (PutRole(replace(AGENT, grants={})),),
    "role taken away": (RemoveRole("agent", TakeAway()),),
    "role replaced": (RemoveRole("agent", ReplaceBy("owner")),),
    "role merged": (RemoveRole("agent", MergeInto("lead")),),
    "role that nobody holds": (PutRole(Role("spare", "Spare")), RemoveRole("spare")),
    "team renamed": (PutTeam(Team("billing", "Invoices")),),
    "team deleted": (RemoveTeam("billing", "main"),),
    "agent added": (PutAgent("cy", Status.INVITED, frozenset({"billing"}), type="bot"),),
    "agent deactivated": (PutAgent("bo", Status.DEACTIVATED, frozenset({"main"})),),
    "assignments reordered": (SetAssignments("bo", (Assignment("lead"), Assignment("agent"))),),
    "assignments ended": (SetAssignments("bo"),),
    "several at once": (
        PutAgent("cy", Status.ACTIVE),
        SetAssignments("cy", (Assignment("agent"),)),
        PutTeam(Team("night", "Night")),
        PutAgent("cy", Status.ACTIVE, frozenset({"night", "billing"})),
        RemoveTeam("billing", "night"),
        RemoveRole("lead", ReplaceBy("agent")),
        RemoveRole("agent", TakeAway()),
    ),
}


@pytest.mark.parametrize("edits", CHANGES.values(), ids=CHANGES)
def test_the_tables_follow_every_change(ledger: Ledger, edits: tuple[Edit, ...]) -> None:
    assert ledger.commit(*edits) == 2
    assert ledger.stored() == (ledger.policy, 2)


def test_a_loaded_policy_goes_on_like_the_one_it_was(ledger: Ledger) -> None:
    for edits in list(CHANGES.values())[:2]:
        ledger.policy = ledger.stored()[0]
        ledger.commit(*edits)
    assert ledger.stored() == (ledger.policy, 3)


def test_nothing_of_another_organization_is_loaded_or_changed(
    ledger: Ledger, found: Callable[[str], Ledger]
) -> None:
    other = found("bcme")
    before = other.stored()
    ledger.commit(RemoveRole("agent", TakeAway()), RemoveTeam("billing", "main"))
    assert other.stored() == before
    with ledger.database.reading() as connection:
        assert policies.heads(connection) == {"acme": (2, 1), "bcme": (1, 0)}


def test_an_organization_is_founded_once(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="`acme` exists already"):
        Ledger(ledger.database).commit(*FOUNDED.edits)
    assert ledger.stored() == (ledger.policy, 1)


def test_nothing_is_appended_before_the_founding(database: Database) -> None:
    with pytest.raises(InputError, match="`acme` was never founded"):
        Ledger(database).commit(PutTeam(Team("main", "Main")))


def test_an_unknown_organization_is_not_found(database: Database) -> None:
    with database.writing() as connection:
        assert policies.find_organization(connection, "nobody") is None
        assert policies.lock_head(connection, "nobody") == 0
        with pytest.raises(NotFoundError, match="no organization `nobody`"):
            policies.load_policy(connection, "nobody")


def test_organizations_are_listed_in_order(ledger: Ledger, found: Callable[[str], Ledger]) -> None:
    found("a")
    with ledger.database.writing() as connection:
        policies.bump_pulse(connection, "a")
    with ledger.database.reading() as connection:
        assert policies.list_organizations(connection) == (
            policies.OrganizationRow("a", "Acme", "convrs", 1, 1),
            policies.OrganizationRow("acme", "Acme", "convrs", 1, 0),
        )


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    def fail_after_append() -> None:
        change = Change((PutTeam(Team("x", "X")),))
        after = apply(ledger.policy, change)
        with ledger.database.writing() as connection:
            policies.append(connection, ledger.policy, after, change, by="amal", because="", at=1.0)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_after_append()
    assert ledger.stored() == (ledger.policy, 1)
    with ledger.database.reading() as connection:
        assert history.find(connection, "acme", 2) is None


def test_a_deleted_team_hands_its_resources_over(ledger: Ledger, found: Callable[[str], Ledger]) -> None:
    found("bcme")
    with ledger.database.writing() as connection:
        for organization in ("acme", "bcme"):
            resources.put(connection, organization, [Resource("bot", "b", team="billing")])
    ledger.commit(RemoveTeam("billing", "main"))
    with ledger.database.reading() as connection:
        assert resources.find(connection, "acme", "bot", "b") == Resource("bot", "b", team="main")
        assert resources.find(connection, "bcme", "bot", "b") == Resource("bot", "b", team="billing")


def test_a_host_catalogue_is_kept_with_the_organization(database: Database) -> None:
    text = '[catalogue]\nname = "own"\n'
    founding = replace(FOUNDED.edits[0], catalogue=(), catalogue_text=text)  # type: ignore[type-var]
    ledger = Ledger(database)
    ledger.commit(founding, PutRole(LEAD))
    assert ledger.stored()[0].catalogue.name == "own"

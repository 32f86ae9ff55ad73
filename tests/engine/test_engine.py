"""Several organizations in one database: each by itself, and nothing of one is seen in another."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.engine.desk import FOUNDED, IN_BILLING, OLU, WIDER, put

from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, RemoveTeam, SetAssignments
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Team
from roledesk.engine import Engine, Organization, open_engine
from roledesk.errors import ChangeRefusedError, InputError, NotFoundError, SchemaError
from roledesk.store import people, usage
from roledesk.store.people import Filter, Person

VIEW = "conversation.view"


def test_an_organization_is_found_again_by_another_engine(
    acme: Organization, open_again: Callable[..., Engine]
) -> None:
    put(acme, PutRole(WIDER))
    found = open_again().organization("acme")
    assert found.policy == acme.policy
    assert found.revision == acme.revision
    assert found.allows("bo", VIEW, IN_BILLING)


def test_an_organization_is_founded_once(engine: Engine, acme: Organization) -> None:
    with pytest.raises(InputError, match="`acme` exists already"):
        engine.found("acme", FOUNDED, because="Again")
    assert acme.revision.number == 1


@pytest.mark.parametrize("id", ["", "a b", "../x", "a/b", "x" * 81, "operator", "аcme", "a\x00"])
def test_an_organization_needs_an_id_that_can_be_one(engine: Engine, id: str) -> None:
    with pytest.raises(ChangeRefusedError, match="cannot be an id"):
        engine.found(id, FOUNDED, because="It opens")


def test_a_founding_names_an_owner_who_stays_and_a_default_team(engine: Engine) -> None:
    without_owner = [edit for edit in FOUNDED.edits if not isinstance(edit, SetAssignments)]
    without_default = [
        PutTeam(replace(edit.team, default=False)) if isinstance(edit, PutTeam) else edit
        for edit in FOUNDED.edits
    ]
    for edits, code in ((without_owner, "last_owner"), (without_default, "one_default_team")):
        with pytest.raises(ChangeRefusedError) as refused:
            engine.found("acme", Change(tuple(edits)), because="It opens")
        assert code in {refusal.code for refusal in refused.value.refusals}
    with pytest.raises(InputError, match="starts with a Found edit"):
        engine.found("acme", Change(FOUNDED.edits[1:]), because="It opens")
    assert engine.names() == {}


def test_an_unknown_organization_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        engine.organization("acme")


def test_a_database_without_tables_is_refused(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    with pytest.raises(InputError, match="there is no file"):
        open_engine(url)
    (tmp_path / "new.sqlite3").touch()  # type: ignore[operator]
    with pytest.raises(SchemaError, match="run `roledesk migrate`"):
        open_engine(url)


def test_a_database_in_memory_works_alike() -> None:
    with open_engine("sqlite://", create=True) as engine:
        acme = engine.found("acme", FOUNDED, because="It opens")
        put(acme, PutRole(WIDER))
        acme.guard("bo").require(VIEW, IN_BILLING)
        assert acme.at(1).revision.number == 1
        assert acme.verify().rows == 2


def test_nothing_of_one_organization_is_seen_or_changed_in_another(
    engine: Engine, acme: Organization
) -> None:
    found = Found("Zeta")
    zeta = engine.found("zeta", Change((found, *FOUNDED.edits[1:])), because="It opens")
    before = told(engine, acme)
    put(zeta, PutTeam(Team("main", "Renamed", default=True)))
    put(zeta, PutRole(Role("agent", "Renamed", {"ConversationView": Scope.ALL})))
    put(zeta, RemoveTeam("billing", "main"))
    put(zeta, PutAgent("new", Status.ACTIVE), SetAssignments("new", (Assignment("admin"),)))
    put(zeta, PutAgent("bo", Status.DEACTIVATED))
    with engine.database.writing() as connection:
        people.put_person(connection, "zeta", Person("new", "Nina", "ana@example.com"))
    zeta.guard("new").require("role.edit")
    engine.usage.flush()
    assert told(engine, acme) == before
    assert zeta.revision.number == 6
    assert not acme.allows("new", "role.edit")
    assert acme.allows("bo", VIEW, Resource("conversation", "c", team="main", state="open"))


def told(engine: Engine, organization: Organization) -> list[object]:
    """Everything the organization tells of itself."""
    with engine.database.reading() as connection:
        counted = usage.read(connection, organization.id)
        listed = people.search_people(connection, organization.id, Filter(), limit=100)
    return [
        organization.policy,
        organization.revision,
        organization.pulse,
        organization.verify(),
        organization.who_can(VIEW, IN_BILLING),
        organization.count_who_can("role.edit"),
        counted,
        listed,
    ]


def test_the_same_statements_run_for_an_absent_agent_and_for_one_of_elsewhere(
    engine: Engine, acme: Organization
) -> None:
    zeta = engine.found("zeta", FOUNDED, because="It opens")
    put(zeta, PutAgent("theirs", Status.ACTIVE), SetAssignments("theirs", (Assignment("admin"),)))
    answers = [acme.decide(agent, VIEW, IN_BILLING) for agent in ("theirs", "absent")]
    assert [(each.allowed, each.reason, each.missing) for each in answers] == [
        (False, "unknown_subject", answers[0].missing)
    ] * 2
    for agent in ("theirs", "absent"):
        with pytest.raises(ChangeRefusedError, match=f"there is no agent `{agent}`"):
            put(acme, SetAssignments(agent, ()))


def test_every_table_row_names_an_organization_that_exists(engine: Engine, acme: Organization) -> None:
    put(acme, PutRole(WIDER))
    with engine.database.reading() as connection:
        orphans = connection.execute(
            text("SELECT count(*) FROM history WHERE organization NOT IN (SELECT id FROM organizations)")
        )
        assert orphans.scalar_one() == 0
    with pytest.raises(NotFoundError):
        engine.organization("zeta")
    assert OLU.id in acme.policy.owners()

"""Adding, naming and letting go of agents: by whoever may, whole or not at all."""

from collections.abc import Callable

import pytest
from tests.engine.desk import OLU, PLACES, give, put

from roledesk.core.changes import PutAgent
from roledesk.core.terms import Assignment, Status, Subject
from roledesk.engine import Engine, Organization
from roledesk.engine.agents import deactivate, edit, reactivate, rename
from roledesk.errors import ChangeRefusedError, ConflictError, DeniedError, InputError, NotFoundError
from roledesk.store import activity, people
from roledesk.store.people import Person

MAIN = frozenset({"main"})


def known(acme: Organization, agent: str) -> Person | None:
    """What is kept of an agent's name and address."""
    with acme.database.reading() as connection:
        return people.find_person(connection, "acme", agent)


def test_everybody_renames_himself_but_his_address_needs_more(acme: Organization) -> None:
    rename(acme, Person("bo", "Bo Berg"), by=acme.guard("bo"))
    assert known(acme, "bo") == Person("bo", "Bo Berg")
    with pytest.raises(DeniedError):
        rename(acme, Person("bo", "Bo", "bo@example.com"), by=acme.guard("bo"))
    with pytest.raises(DeniedError):
        rename(acme, Person("ada", "Boss"), by=acme.guard("bo"))
    rename(acme, Person("bo", "Bo", "bo@example.com"), by=acme.guard("ada"))
    assert known(acme, "bo") == Person("bo", "Bo", "bo@example.com")


def test_the_address_of_somebody_who_holds_more_is_left_alone(
    acme: Organization, open_again: Callable[..., Engine], engine: Engine
) -> None:
    with pytest.raises(ChangeRefusedError, match="holds access you do not hold"):
        rename(acme, Person("olu", "Olu", "mine@example.com"), by=acme.guard("ada"))
    guard = acme.guard("ada")
    there = open_again(engine.clock).organization("acme")
    give(there, "bo", Assignment("owner"))
    with pytest.raises(ChangeRefusedError, match="holds access you do not hold"):
        rename(acme, Person("bo", "Bo", "mine@example.com"), by=guard)
    assert known(acme, "bo") == Person("bo", "")


@pytest.mark.parametrize(
    ("person", "error"),
    [
        (Person("bo", "=1+1", "bo@example.com"), ChangeRefusedError),
        (Person("bo", "Bo\x00", "bo@example.com"), ChangeRefusedError),
        (Person("bo", "", "bo@example.com"), ChangeRefusedError),
        (Person("bo", "Bo", "not an address"), InputError),
        (Person("bo", "Bo", "CY@example.com"), InputError),
        (Person("nobody", "Bo", "bo@example.com"), NotFoundError),
    ],
)
def test_what_cannot_be_kept_changes_nothing(
    acme: Organization, person: Person, error: type[Exception]
) -> None:
    rename(acme, Person("cy", "Cy", "cy@example.com"), by=acme.guard("olu"))
    with pytest.raises(error):
        rename(acme, person, by=acme.guard("olu"))
    assert known(acme, "bo") == Person("bo", "")
    with acme.database.reading() as connection:
        assert len(activity.page(connection, "acme", limit=10)) == 1


def test_name_and_teams_are_kept_together_or_not_at_all(acme: Organization) -> None:
    both, wrong = Person("bo", "Bo", "bo@example.com"), Person("bo", "Bo", "none")
    guard = acme.guard("ada")
    with pytest.raises(InputError):
        edit(acme, wrong, frozenset({"billing"}), by=guard, because="He moves")
    assert acme.policy.agents["bo"].teams == MAIN
    with pytest.raises(ChangeRefusedError):
        edit(acme, both, frozenset({"nowhere"}), by=guard, because="He moves")
    assert known(acme, "bo") == Person("bo", "")
    edit(acme, both, frozenset({"billing"}), by=guard, because="He moves")
    assert (known(acme, "bo"), acme.policy.agents["bo"].teams) == (both, {"billing"})


def test_letting_go_and_taking_back(acme: Organization) -> None:
    first = acme.revision
    deactivate(acme, "bo", by=Subject("ada"), because="He left")
    assert not acme.decide("bo", "profile.edit")
    assert acme.decide("bo", "conversation.view").reason == "inactive"
    reactivate(acme, "bo", by=Subject("ada"), because="He is back")
    assert acme.policy.agents["bo"] == acme.at(1).policy.agents["bo"]
    with pytest.raises(ConflictError):
        deactivate(acme, "bo", by=Subject("ada"), because="He left", expecting=first)
    with pytest.raises(NotFoundError):
        deactivate(acme, "nobody", by=OLU, because="Who?")


def test_nobody_lets_go_of_somebody_who_holds_more(acme: Organization) -> None:
    for by, agent in (("ada", "olu"), ("bo", "cy"), ("bo", "ada")):
        with pytest.raises(ChangeRefusedError):
            deactivate(acme, agent, by=Subject(by), because="Away with him")
    assert acme.revision.number == 1


def test_coming_back_revives_nothing_that_expired_meanwhile(acme: Organization, wall: object) -> None:
    give(acme, "bo", Assignment("agent"), Assignment("admin", until=acme.clock() + 10))
    deactivate(acme, "bo", by=OLU, because="He left")
    wall.now += 10  # type: ignore[attr-defined]
    reactivate(acme, "bo", by=OLU, because="He is back")
    assert not acme.allows("bo", "role.edit")
    assert acme.guard("bo").may("conversation.view")


def test_letting_go_keeps_what_others_changed_meanwhile(
    acme: Organization, open_again: Callable[..., Engine], engine: Engine
) -> None:
    there = open_again(engine.clock).organization("acme")
    put(there, PutAgent("bo", Status.ACTIVE, frozenset({"billing"})))
    deactivate(acme, "bo", by=OLU, because="He left")
    assert acme.policy.agents["bo"].teams == {"billing"}
    put(there, PutAgent("cy", Status.DEACTIVATED, frozenset({PLACES["cy"]})))
    edit(acme, Person("cy", "Cy", "cy@example.com"), MAIN, by=acme.guard("olu"), because="She moves")
    assert acme.policy.agents["cy"].status is Status.DEACTIVATED

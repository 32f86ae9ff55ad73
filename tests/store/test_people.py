"""Names and addresses: found whatever the case, seen only within reach, and forgotten."""

from itertools import chain

import pytest
from tests.store.ledger import Ledger

from roledesk.core.changes import PutAgent, SetAssignments
from roledesk.core.terms import Assignment, Status
from roledesk.errors import InputError
from roledesk.store import imports, people
from roledesk.store.imports import Import, ImportLine, Verdict
from roledesk.store.people import Filter, PeoplePage, Person, Within

AMAL = Person("amal", "Amal Haddad", "amal@acme.example", "nl")
BO = Person("bo", "Bo Ångström", "Bo.A@acme.example")
CY = Person("cy", "ÉMILE ΣΊΣΥΦΟΣ", "emile_x@acme.example")
DI = Person("di", "", None)


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """Four agents in two teams; `cy` is invited, `di` nameless."""
    ledger.commit(
        PutAgent("cy", Status.INVITED, frozenset({"billing"})),
        PutAgent("di", Status.ACTIVE),
        SetAssignments("di", (Assignment("agent"),)),
    )
    with ledger.database.writing() as connection:
        for person in (AMAL, BO, CY):
            people.put_person(connection, "acme", person)
    return ledger


def search(ledger: Ledger, wanted: Filter, **paging: object) -> PeoplePage:
    with ledger.database.reading() as connection:
        return people.search_people(connection, "acme", wanted, **{"limit": 10, **paging})  # type: ignore[arg-type]


def ids(page: PeoplePage) -> list[str]:
    return [person.agent for person in page.people]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(Filter(), ["amal", "bo", "di", "cy"], id="everybody, by name"),
        pytest.param(Filter("AMAL"), ["amal"], id="whatever the case"),
        pytest.param(Filter("dad"), ["amal"], id="a part of a name"),
        pytest.param(Filter("ångs"), ["bo"], id="beyond ASCII"),
        pytest.param(Filter("ÅNGSTRÖM"), ["bo"], id="beyond ASCII, whatever the case"),
        pytest.param(Filter("A\u030angstro\u0308m"), ["bo"], id="letters put together from parts"),
        pytest.param(Filter("σίσυφος"), ["cy"], id="a final sigma"),
        pytest.param(Filter("bo.a@"), ["bo"], id="e-mail"),
        pytest.param(Filter("haddad amal"), ["amal"], id="words in any order"),
        pytest.param(Filter("amal bo"), [], id="every word counts"),
        pytest.param(Filter("di"), ["di"], id="the id of an agent without a name"),
        pytest.param(Filter("%"), [], id="a wildcard is a letter"),
        pytest.param(Filter("emile_x"), ["cy"], id="an underscore is found"),
        pytest.param(Filter("emile_xa"), [], id="an underscore is a letter"),
        pytest.param(Filter("' OR 1=1 --"), [], id="SQL is text"),
        pytest.param(Filter(team="billing"), ["bo", "cy"], id="a team"),
        pytest.param(Filter(role="agent"), ["bo", "di"], id="a role, held twice or once"),
        pytest.param(Filter(status=Status.INVITED), ["cy"], id="a status"),
        pytest.param(Filter("e", team="billing", status=Status.ACTIVE), ["bo"], id="all together"),
        pytest.param(Filter(within=Within(frozenset({"main"}))), ["amal", "bo"], id="what the asker may see"),
        pytest.param(
            Filter(within=Within(frozenset({"billing"}), "di")), ["bo", "di", "cy"], id="teams and himself"
        ),
        pytest.param(Filter(within=Within(frozenset(), "di")), ["di"], id="only himself"),
        pytest.param(Filter(within=Within(frozenset())), [], id="nobody"),
        pytest.param(Filter("amal", within=Within(frozenset({"billing"}))), [], id="beyond what he may see"),
    ],
)
def test_people_are_found_by_what_is_known_of_them(staffed: Ledger, wanted: Filter, found: list[str]) -> None:
    page = search(staffed, wanted)
    assert ids(page) == found
    assert page.after is None
    if wanted.status is None:
        assert sum(page.counts.values()) == len(found)


def test_counts_say_how_many_there_are_in_each_status(staffed: Ledger) -> None:
    assert search(staffed, Filter(), limit=1).counts == {Status.ACTIVE: 3, Status.INVITED: 1}
    within = Within(frozenset({"billing"}))
    assert search(staffed, Filter(status=Status.ACTIVE, within=within)).counts == {
        Status.ACTIVE: 1,
        Status.INVITED: 1,
    }


def test_pages_follow_each_other_without_gap_or_repeat(ledger: Ledger) -> None:
    everybody = [f"agent-{number:03}" for number in range(95)]
    ledger.commit(*(PutAgent(agent) for agent in everybody))
    with ledger.database.writing() as connection:
        for agent in everybody[::3]:
            people.put_person(connection, "acme", Person(agent, "Same Name"))
    pages, after = [], None
    while not pages or after:
        page = search(ledger, Filter("a"), limit=10, after=after)
        pages.append(ids(page))
        after = page.after
    assert [len(page) for page in pages] == [10] * 9 + [6]
    assert sorted(chain.from_iterable(pages)) == [*everybody, "amal"]
    assert ids(search(ledger, Filter("a"), limit=10, offset=20)) == pages[2]


def test_a_page_that_is_just_full_is_the_last(staffed: Ledger) -> None:
    assert search(staffed, Filter(), limit=4).after is None
    assert search(staffed, Filter(), limit=3).after is not None


def test_a_person_is_found_by_id_and_by_address(staffed: Ledger) -> None:
    with staffed.database.reading() as connection:
        assert people.find_person(connection, "acme", "amal") == AMAL
        assert people.find_person(connection, "acme", "di") == DI
        assert people.find_person(connection, "acme", "nobody") is None
        assert people.find_person(connection, "bcme", "amal") is None
        assert people.people(connection, "acme", ["bo", "nobody", "cy"]) == {"bo": BO, "cy": CY}
        assert people.find_by_email(connection, "acme", " BO.a@ACME.example") == BO
        assert people.find_by_email(connection, "bcme", "bo.a@acme.example") is None
        assert people.find_by_email(connection, "acme", "") is None


def test_an_address_belongs_to_one_agent(staffed: Ledger) -> None:
    with staffed.database.writing() as connection:
        with pytest.raises(InputError, match=r"email: `AMAL@acme.example` is another agent's"):
            people.put_person(connection, "acme", Person("bo", "Bo", "AMAL@acme.example"))
        people.put_person(connection, "acme", Person("bo", "Bo", None))
        people.put_person(connection, "acme", Person("di", "Di", None))
        people.put_person(connection, "acme", AMAL)
    with staffed.database.reading() as connection:
        assert people.find_person(connection, "acme", "bo") == Person("bo", "Bo")


def test_many_people_are_put_at_once_or_the_one_that_cannot_be_is_named(staffed: Ledger) -> None:
    with staffed.database.writing() as connection:
        people.put_people(connection, "acme", [Person("di", "Di", "di@acme.example"), AMAL])
        with pytest.raises(InputError, match=r"`CY@acme.example` is another agent's"):
            people.put_people(
                connection,
                "acme",
                [Person("cy", "Cy", "cy@acme.example"), Person("di", "Di", "CY@acme.example")],
            )
    with staffed.database.reading() as connection:
        assert people.people(connection, "acme", ["cy", "di"]) == {
            "cy": Person("cy", "Cy", "cy@acme.example"),
            "di": Person("di", "Di", "di@acme.example"),
        }


def test_a_forgotten_person_leaves_nothing_but_the_id(staffed: Ledger) -> None:
    line = ImportLine(2, {"name": "Amal Haddad"}, Verdict.CHANGE, about="amal")
    with staffed.database.writing() as connection:
        imports.keep(connection, "acme", Import("import-1", "agents", "bo", 0.0), [line])
        people.forget(connection, "acme", "amal")
        people.put_person(connection, "acme", Person("bo", "Bo", "amal@acme.example"))
    with staffed.database.reading() as connection:
        assert people.find_person(connection, "acme", "amal") == Person("amal", "")
        [kept] = imports.lines(connection, "acme", "import-1")
    assert kept.cells == {}
    assert ids(search(staffed, Filter("haddad"))) == []
    assert "amal" in staffed.stored()[0].agents


def test_a_name_survives_changes_of_the_agent(staffed: Ledger) -> None:
    staffed.commit(PutAgent("amal", Status.DEACTIVATED))
    with staffed.database.reading() as connection:
        assert people.find_person(connection, "acme", "amal") == AMAL

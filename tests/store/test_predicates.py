"""A predicate holds for exactly the rows that the reach covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, select

from roledesk.core.reach import EVERYWHERE, NO_TEAMS, NOWHERE, Extent, Reach, extent
from roledesk.core.terms import Resource
from roledesk.errors import InputError
from roledesk.store.database import Database
from roledesk.store.predicates import predicate

AGENTS = [None, "amal", "bo", "it's", "%"]
TEAMS = [None, "billing", "main", "night"]
STATES = [None, "open", "closed"]
ROWS = [
    Resource("ticket", f"{owner}/{team}/{state}", owner=owner, team=team, state=state)
    for owner in AGENTS
    for team in TEAMS
    for state in STATES
]
hosts = Table(
    "hosts",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("owner", Text),
    Column("team", Text),
    Column("state", Text),
)

teams = st.frozensets(st.sampled_from(TEAMS[1:]))
extents = st.one_of(
    st.just(EVERYWHERE), st.just(NOWHERE), st.builds(extent, st.just(False), teams, st.booleans(), teams)
)
agents = st.sampled_from(AGENTS[1:])
stateless = st.builds(lambda agent, extent: Reach(agent, "x", {None: extent}), agents, extents)
stateful = st.builds(
    lambda agent, by_state: Reach(agent, "x", by_state),
    agents,
    st.dictionaries(st.sampled_from(STATES[1:]), extents),
)


def fill(database: Database) -> Database:
    with database.writing() as connection:
        hosts.drop(connection, checkfirst=True)
        hosts.create(connection)
        rows = [{"id": row.id, "owner": row.owner, "team": row.team, "state": row.state} for row in ROWS]
        connection.execute(insert(hosts), rows)
    return database


def listed(connection: Connection, reach: Reach) -> set[str]:
    wanted = predicate(reach, owner=hosts.c.owner, team=hosts.c.team, state=hosts.c.state)
    return set(connection.execute(select(hosts.c.id).where(wanted)).scalars())


def covered(reach: Reach) -> set[str]:
    return {row.id for row in ROWS if reach.covers(row)}


@pytest.fixture(scope="module")
def in_memory() -> Database:
    return fill(Database.open("sqlite://"))


@given(reach=st.one_of(stateless, stateful))
def test_a_list_is_what_the_reach_covers(in_memory: Database, reach: Reach) -> None:
    with in_memory.reading() as connection:
        assert listed(connection, reach) == covered(reach)


REACHES = {
    "nothing at all": Reach("amal", "x"),
    "nowhere": Reach("amal", "x", {None: NOWHERE}),
    "everywhere": Reach("amal", "x", {None: EVERYWHERE}),
    "teams": Reach("amal", "x", {None: Extent(teams=frozenset({"main", "night"}))}),
    "own": Reach("it's", "x", {None: Extent(own=True)}),
    "own within": Reach("amal", "x", {None: Extent(own_within=frozenset({"main"}))}),
    "by state": Reach(
        "amal", "x", {"open": EVERYWHERE, "closed": extent(False, frozenset({"main"}), True, NO_TEAMS)}
    ),
    "a state unknown here": Reach("amal", "x", {"gone": EVERYWHERE}),
}


@pytest.mark.parametrize("reach", REACHES.values(), ids=REACHES)
def test_both_databases_list_what_the_reach_covers(database: Database, reach: Reach) -> None:
    with fill(database).reading() as connection:
        assert listed(connection, reach) == covered(reach)


def test_a_reach_by_state_needs_the_column_of_the_state() -> None:
    with pytest.raises(InputError, match="`x` depends on the state"):
        predicate(REACHES["by state"], owner=hosts.c.owner, team=hosts.c.team)
    assert str(predicate(REACHES["nothing at all"], owner=hosts.c.owner, team=hosts.c.team)) == "false"
    assert str(predicate(REACHES["everywhere"], owner=hosts.c.owner, team=hosts.c.team)) == "true"


def test_values_are_bound_and_never_written_into_the_statement() -> None:
    wanted = predicate(REACHES["own"], owner=hosts.c.owner, team=hosts.c.team)
    assert str(wanted) == "hosts.owner = :owner_1"

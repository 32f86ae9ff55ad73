"""Roads on which somebody might get or give more than he holds, and how far each may be walked."""

from dataclasses import replace

import pytest
from tests.core.acme import (
    ALL,
    HOUR,
    LEAD,
    MAIN,
    MAKER,
    NOW,
    NOWHERE,
    OWN,
    SENIOR,
    SPARE,
    TEAM,
    WORKER,
    A,
    B,
    acme,
    codes,
    refused,
    row,
)
from tests.core.worlds import OWNER, SMALL, policy_of

from roledesk.core.changes import (
    Edit,
    MergeInto,
    PutAgent,
    PutRole,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
)
from roledesk.core.giving import may_manage
from roledesk.core.policy import Policy
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject

GIVER, TAKER, SELF, DOOR = ["beyond_giver"], ["beyond_taker"], ["widens_self"], ["closed_door"]
OWNERS, FINE = ["owners_only"], []
BOTH = [*GIVER, *TAKER]
TOMORROW = NOW + HOUR
INVITED, LEFT = Status.INVITED, Status.DEACTIVATED


def held(role: str, *, teams: frozenset[str] | None = None, since=None, until=None) -> Assignment:
    return Assignment(role, teams=teams, since=since, until=until)


def give(agent: str, *roles: str | Assignment) -> SetAssignments:
    return SetAssignments(agent, tuple(Assignment(each) if isinstance(each, str) else each for each in roles))


def ticked(role: Role, **ticks: Scope) -> PutRole:
    return PutRole(replace(role, grants={**role.grants, **ticks}))


def joined(agent: str, *teams: str, status: Status = Status.ACTIVE) -> PutAgent:
    return PutAgent(agent, status, frozenset(teams))


VIEWER = Role("viewer", "Viewer", {"See": ALL})
# May edit, give and delete whatever there is, and holds nothing of the work itself.
CLERK = Role(
    "clerk",
    "Clerk",
    {
        "AdminRolesAndPermissions": ALL,
        "AdminBusinessUnit": ALL,
        "AgentManagementAddAgent": ALL,
        "AgentManagementEditAgent": ALL,
        "AgentDeactivate": ALL,
    },
)
STAFFED = (
    PutRole(VIEWER),
    PutRole(CLERK),
    joined("carl", "main"),
    give("carl", "clerk"),
    joined("tess", "a"),
    give("tess", "lead", held("senior", until=TOMORROW)),
    joined("lou", "main"),
    give("lou", "lender"),
    joined("ann", "b"),
    give("ann", "lead"),
    joined("sam", "a"),
    give("sam", "worker", held("viewer", since=TOMORROW)),
)
STAFF = acme(*STAFFED)


ROADS = [
    pytest.param("lena", [give("wim", "worker", "viewer")], GIVER, id="a role wider than one's own"),
    pytest.param("lena", [give("wim", "worker", held("viewer", teams=A))], FINE, id="the same within one's team"),
    pytest.param("lena", [give("wim", "worker", held("viewer", teams=A | B))], GIVER, id="bounds with another team"),
    pytest.param("lena", [give("wim", "worker", held("viewer", teams=NOWHERE))], FINE, id="bounds with no team at all"),
    pytest.param("lena", [give("wim", "worker", held("viewer", since=TOMORROW))], GIVER, id="from tomorrow"),
    pytest.param("lena", [give("wim", "worker", held("viewer", until=NOW - 1.0))], FINE, id="until yesterday"),
    pytest.param("lena", [give("wim", "lead")], FINE, id="one's own role"),
    pytest.param("lena", [give("lena", "lead", "viewer")], SELF, id="a wider role to oneself"),
    pytest.param("lena", [give("lena", "lead", held("viewer", teams=A))], FINE, id="what one holds to oneself"),
    pytest.param("lena", [give("lena")], FINE, id="taking away from oneself"),
    pytest.param("tess", [give("wim", "worker", held("viewer"))], GIVER, id="what one holds until tomorrow"),
    pytest.param("tess", [give("wim", "worker", held("viewer", until=NOW + 1.0))], GIVER, id="the same, for a shorter time"),
    pytest.param("tess", [give("tess", "lead", "senior")], SELF, id="one's own end taken off"),
    pytest.param("tess", [give("tess", "lead", held("senior", until=TOMORROW + 1.0))], SELF, id="one's own end put off"),
    pytest.param("tess", [give("tess", "lead", held("senior", until=NOW + 1.0))], FINE, id="one's own end brought forward"),
    pytest.param("carl", [joined("ann", "b", "a")], GIVER, id="a lead put into a second team"),
    pytest.param("carl", [joined("wim", "b", "a")], GIVER, id="a worker put where another queue waits"),
    pytest.param("carl", [joined("lou", "main", "b")], FINE, id="one put where he gains nothing"),
    pytest.param("carl", [joined("lena", "b")], BOTH, id="a lead moved to another team"),
    pytest.param("lena", [joined("lena", "a", "b")], DOOR, id="oneself put into another team"),
    pytest.param("ada", [joined("ada", "main", "b")], SELF, id="oneself put where one whispers"),
    pytest.param("carl", [joined("carl", "main", "b")], FINE, id="oneself put where one gains nothing"),
    pytest.param("lena", [joined("bob", "a")], DOOR, id="somebody else's agent put as if he were new"),
    pytest.param("carl", [ticked(WORKER, Fill=ALL)], GIVER, id="a held role widened"),
    pytest.param("carl", [ticked(SPARE, Fill=ALL)], FINE, id="a role nobody holds widened"),
    pytest.param("carl", [ticked(SPARE, Fill=ALL), give("wim", "worker", "spare")], GIVER, id="and given"),
    pytest.param("carl", [ticked(CLERK, See=ALL)], SELF, id="one's own role widened"),
    pytest.param("carl", [PutRole(replace(CLERK, name="Scribe"))], FINE, id="one's own role renamed"),
    pytest.param("carl", [PutRole(replace(WORKER, grants={}))], TAKER, id="a held role narrowed"),
    pytest.param("carl", [PutRole(replace(CLERK, grants={}))], FINE, id="one's own role narrowed"),
    pytest.param("carl", [RemoveRole("worker", MergeInto("clerk"))], SELF, id="merged into one's own"),
    pytest.param("carl", [RemoveRole("spare", MergeInto("worker"))], GIVER, id="merged into a held role"),
    pytest.param("carl", [RemoveRole("worker", MergeInto("spare"))], GIVER, id="its holders merged into a wider one"),
    pytest.param("carl", [RemoveRole("worker", ReplaceBy("viewer"))], BOTH, id="replaced by a wider role"),
    pytest.param("carl", [RemoveRole("worker", TakeAway())], TAKER, id="taken away with the role"),
    pytest.param("carl", [RemoveRole("maker")], FINE, id="a role nobody holds deleted"),
    pytest.param("carl", [joined("new", "a"), give("new", "worker")], GIVER, id="a new agent given more"),
    pytest.param("carl", [joined("new", "a", status=INVITED), give("new", "worker")], GIVER, id="invited with more"),
    pytest.param("carl", [joined("new", "a", status=LEFT), give("new", "worker")], GIVER, id="made inactive with more"),
    pytest.param("lena", [joined("new", "a"), give("new", "worker")], FINE, id="a new agent given what one holds"),
    pytest.param("lena", [joined("new", "a"), joined("new", "a", "b")], DOOR, id="made in one's team, moved to another"),
    pytest.param("lena", [joined("new", "a"), give("new", "viewer")], GIVER, id="made in one's team, given more"),
    pytest.param("ivy", [joined("ivy", "a")], FINE, id="an invitation accepted"),
    pytest.param("ivy", [joined("ivy", "a"), give("ivy", "worker", "spare")], DOOR, id="accepted with a little more"),
    pytest.param("lena", [joined("ivy", "a")], FINE, id="activated by her lead"),
    pytest.param("lena", [joined("dora", "a")], GIVER, id="reactivated into more than one holds"),
    pytest.param("lena", [joined("dora", "a"), give("dora", "worker")], TAKER, id="reactivated and stripped"),
    pytest.param("lena", [give("dora", "senior", "spare")], FINE, id="given to somebody who left"),
    pytest.param("carl", [give("dora", "senior", "maker")], GIVER, id="kept ready for somebody who left"),
    pytest.param("lena", [give("dora")], TAKER, id="taken from somebody who left"),
    pytest.param("carl", [joined("wim", "a", status=LEFT)], TAKER, id="deactivated by one who holds less"),
    pytest.param("lena", [joined("wim", "a", status=LEFT)], FINE, id="deactivated by one who holds more"),
    pytest.param("carl", [joined("wim", "a", status=LEFT), give("wim", "maker")], BOTH, id="deactivated with more to come"),
    pytest.param("carl", [joined("carl", "main", status=LEFT)], FINE, id="oneself deactivated"),
    pytest.param("lena", [RemoveTeam("a", "b")], FINE, id="one's team handed to the lead of another"),
    pytest.param("lena", [RemoveTeam("a", "main")], GIVER, id="one's team handed to who whispers there"),
    pytest.param("carl", [RemoveTeam("b", "a")], BOTH, id="another's team handed on"),
    pytest.param("carl", [RemoveTeam("b", "main")], BOTH, id="another's team taken from its lead"),
    pytest.param("ada", [give("olga", "admin")], [*TAKER, *OWNERS, "last_owner"], id="an owner unmade"),
    pytest.param("ada", [give("olga", "owner", "worker")], OWNERS, id="an owner given something"),
    pytest.param("ada", [joined("olga", "main")], OWNERS, id="an owner moved"),
    pytest.param("ada", [joined("new", "main"), give("new", "owner")], [*GIVER, *OWNERS], id="an owner made"),
    pytest.param("olga", [give("ada", "owner"), give("olga", "worker")], FINE, id="the owner's place handed on"),
    pytest.param("olga", [give("ada", "owner"), give("olga"), ticked(SPARE, Make=ALL)], FINE, id="and a last thing done"),
    pytest.param("lena", [give("lena", "clerk"), ticked(SPARE, Make=ALL)], [*SELF, *DOOR], id="a door opened to oneself"),
    pytest.param("ghost", [joined("ghost", "a")], DOOR, id="a stranger making himself an agent"),
    pytest.param("lena", [give("wim", "worker", "worker", "worker")], FINE, id="the same role many times"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "edits", "expected"), ROADS)
def test_nobody_gives_or_takes_what_he_does_not_hold(by, edits, expected):
    assert codes(*edits, by=by, of=STAFF) == sorted(expected)


def lending(*more: Edit) -> Policy:
    return acme(*STAFFED, *more)


TO_WIM, TO_SELF = give("wim", "worker", "senior"), give("lou", "lender", "senior")
A_CLERK_TOO = [give("lou", "lender", "clerk")]
FOR_A_TIME = [give("lou", held("lender", until=TOMORROW), "clerk")]
IN_A = [give("lou", held("lender", teams=A), "clerk")]
WIDER = ticked(SENIOR, Make=ALL)
SPARE_BOB = [give("bob", "spare")]
A_LENDER = give("wim", "worker", "lender")


def senior_in(teams: frozenset[str]) -> SetAssignments:
    return give("wim", "worker", held("senior", teams=teams))


def given_by(*roles: str, role: Role = MAKER) -> PutRole:
    return PutRole(replace(role, givers=frozenset(roles)))


LENDING = [
    pytest.param("lou", [TO_WIM], [], FINE, id="lent to somebody"),
    pytest.param("lou", [TO_SELF], [], SELF, id="lent to oneself"),
    pytest.param("lou", [give("wim", "worker", "maker")], [], GIVER, id="another role lent"),
    pytest.param("lou", [give("wim", "worker", "senior", "spare")], [], GIVER, id="lent with something else"),
    pytest.param("lou", [give("wim", "worker")], [TO_WIM], FINE, id="taken back"),
    pytest.param("lou", [give("wim", "senior")], [give("wim", "worker", "maker")], TAKER, id="lent in exchange"),
    pytest.param("lou", [TO_WIM], FOR_A_TIME, GIVER, id="lent by a lender for a time"),
    pytest.param("lou", [TO_WIM], IN_A, GIVER, id="lent everywhere by a lender of one team"),
    pytest.param("lou", [senior_in(A)], IN_A, FINE, id="lent in his team by a lender of one team"),
    pytest.param("lou", [senior_in(B)], IN_A, GIVER, id="lent in another by a lender of one team"),
    pytest.param("lou", [WIDER, TO_WIM], A_CLERK_TOO, GIVER, id="widened by its lender, then lent"),
    pytest.param("lou", [WIDER], A_CLERK_TOO, GIVER, id="widened by its lender"),
    pytest.param("lou", [RemoveRole("maker", MergeInto("senior"))], A_CLERK_TOO, GIVER, id="merged into by its lender"),
    pytest.param("carl", [WIDER], [give("dora")], GIVER, id="widened for its lender by one who holds it not"),
    pytest.param("ada", [ticked(SENIOR, Fill=ALL)], [give("dora")], FINE, id="widened for its lender by one who holds it"),
    pytest.param("ada", [A_LENDER], [], FINE, id="made a lender by one who holds what he may lend"),
    pytest.param("ada", [A_LENDER], [WIDER], GIVER, id="made a lender by one who does not"),
    pytest.param("lou", [A_LENDER], [], FINE, id="made a lender by a lender"),
    pytest.param("carl", [give("carl", "clerk", "lender")], [], GIVER, id="oneself made a lender"),
    pytest.param("carl", [RemoveRole("spare", ReplaceBy("lender"))], SPARE_BOB, BOTH, id="made a lender by replacing his role"),
    pytest.param("carl", [given_by("clerk")], [], [*GIVER, *OWNERS], id="givers named by another than an owner"),
    pytest.param("carl", [given_by("clerk", role=Role("new", "New"))], [], OWNERS, id="givers named for a new role"),
    pytest.param("olga", [given_by("lender")], [], FINE, id="givers named by an owner"),
    pytest.param("carl", [RemoveRole("lender")], [give("lou", "clerk")], FINE, id="a giver role deleted"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "edits", "before", "expected"), LENDING)
def test_lending_gives_what_an_owner_named_and_nothing_beyond(by, edits, before, expected):
    assert codes(*edits, by=by, of=lending(*before)) == sorted(expected)


def test_lending_for_a_team_is_bounded_by_the_lenders_own_assignment_not_by_his_widest_role():
    """Giving roles everywhere by one role, lending in team a by another: they lend no width to each other."""
    policy = lending(give("lou", held("lender", teams=A), "admin"), give("wim", "worker"))
    policy = replace(policy, roles={**policy.roles, "senior": replace(SENIOR, grants={"Make": ALL})})
    assert codes(give("wim", "worker", held("senior", teams=A)), by="lou", of=policy) == FINE
    assert codes(give("wim", "worker", "senior"), by="lou", of=policy) == GIVER


def test_a_role_whose_giver_was_deleted_can_be_edited_still():
    policy = lending(give("lou"), RemoveRole("lender"))
    assert policy.roles["senior"].givers == frozenset()
    assert codes(PutRole(replace(policy.roles["senior"], name="Elder")), by="olga", of=policy) == FINE


def test_an_invited_owner_accepts_and_somebody_else_may_not_do_more_to_him():
    policy = acme(joined("omar", "a", status=INVITED), give("omar", "owner"))
    assert codes(joined("omar", "a"), by="omar", of=policy) == FINE
    assert codes(joined("omar", "a", "b"), by="omar", of=policy) == [*DOOR]
    assert codes(give("omar", "worker"), by="ada", of=policy) == [*TAKER, *OWNERS]


def test_a_role_that_an_owner_holds_besides_is_edited_like_any_other():
    policy = acme(give("olga", "owner", "worker"))
    assert codes(ticked(WORKER, Fill=TEAM), by="ada", of=policy) == FINE
    assert codes(RemoveTeam("a", "b"), by="ada", of=policy) == FINE


ROLES_ONLY = "AdminRolesAndPermissions"


def chosen(*permissions: str) -> Subject:
    """A token of the owner's, cut to these permissions."""
    return Subject("olga", permissions=frozenset(permissions))


TOKENS = [
    pytest.param(Subject("olga"), FINE, id="the owner"),
    pytest.param(chosen(), DOOR, id="a token of nothing"),
    pytest.param(chosen(ROLES_ONLY), GIVER, id="a token of roles alone"),
    pytest.param(chosen(ROLES_ONLY, "Make"), FINE, id="a token with what it gives"),
    pytest.param(Subject("olga", teams=B), DOOR, id="a token of another team"),
    pytest.param(Subject("olga", teams=A), GIVER, id="a token of one team"),
    pytest.param(Subject("olga", "service", actions=frozenset({"role.assign"})), DOOR, id="a service token of that name"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "expected"), TOKENS)
def test_a_token_changes_only_what_was_chosen_for_it(by, expected):
    assert codes(give("wim", "worker", "maker"), by=by) == expected


@pytest.mark.parametrize("by", [each.values[0] for each in TOKENS[1:]])
def test_no_token_makes_owners_or_lenders(by):
    assert codes(give("ada", "owner"), by=by)
    assert codes(given_by("worker"), by=by)


def test_no_token_of_an_invited_agent_accepts_for_him():
    token = Subject("ivy", permissions=frozenset({"See"}))
    service = Subject("ivy", "service", actions=frozenset({"agent.reactivate"}))
    assert codes(joined("ivy", "a"), by=token) == codes(joined("ivy", "a"), by=service) == DOOR


HOST = policy_of(
    SMALL,
    roles=[
        OWNER,
        Role("all", "All", {key: each.widest for key, each in SMALL.permissions.items() if each.scopes}),
    ],
    agents=[row("olga", MAIN, "owner"), row("ada", MAIN, "all")],
    teams=("main", "a"),
)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        pytest.param(Subject("olga"), FINE, id="the owner"),
        pytest.param(Subject("ada"), DOOR, id="whoever holds every permission"),
        pytest.param(Subject("olga", permissions=frozenset(SMALL.permissions)), DOOR, id="the owner's token"),
        pytest.param(Subject("olga", actions=frozenset({"role.create"})), DOOR, id="a service token of his name"),
        pytest.param(Subject("ghost"), DOOR, id="somebody unknown"),
    ],
)  # fmt: skip
def test_in_a_catalogue_without_actions_for_it_only_owners_change_anything(by, expected):
    assert codes(PutRole(Role("new", "New")), by=by, of=HOST) == expected
    assert codes(joined("new", "a"), by=by, of=HOST) == expected


MANAGED = [
    pytest.param("lena", "wim", True, id="one who holds less"),
    pytest.param("wim", "lena", False, id="one who holds more"),
    pytest.param("lena", "bob", False, id="one of another team, whose queue is not hers"),
    pytest.param("lena", "ann", False, id="the lead of another team"),
    pytest.param("lena", "olga", False, id="the owner who sits in one's team"),
    pytest.param("ada", "olga", False, id="the owner, by an admin"),
    pytest.param("olga", "ada", True, id="an admin, by the owner"),
    pytest.param("lena", "dora", False, id="one who left and held more"),
    pytest.param("lena", "ivy", True, id="one who is invited"),
    pytest.param("tess", "tess", True, id="oneself"),
    pytest.param("lena", "tess", False, id="one who holds more until tomorrow"),
    pytest.param("lena", "sam", False, id="one who will hold more from tomorrow on"),
    pytest.param("tess", "lena", True, id="one's like, whatever one holds for a time"),
    pytest.param("carl", "lou", False, id="one who may lend what one does not hold"),
    pytest.param("lou", "carl", False, id="one who may edit roles"),
    pytest.param("ada", "lou", True, id="a lender of what one holds"),
    pytest.param("lena", "ghost", False, id="nobody"),
    pytest.param("dora", "wim", False, id="by one who left"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "agent", "expected"), MANAGED)
def test_nobody_manages_the_sign_in_of_one_who_holds_more(by, agent, expected):
    assert may_manage(STAFF, Subject(by), agent, now=NOW) == expected


def test_a_cut_token_does_not_manage_the_sign_in_it_stands_for():
    assert not may_manage(STAFF, Subject("lena", permissions=frozenset({"See"})), "lena", now=NOW)


def test_what_is_refused_names_the_pairs():
    found = refused(give("wim", "worker", "senior"), by="lena")
    assert [(each.code, each.where) for each in found] == [("beyond_giver", "agent wim")]
    assert "Remark (`remark.add` while new, everything)" in found[0].message
    assert found[0].message.endswith(" more")


def test_own_things_within_a_deleted_team_count_for_those_bounded_to_its_receiver():
    """Bounded to b, he could not reach his own things in a; handed to b, he could."""
    policy = acme(PutRole(CLERK), give("ada", "clerk"), give("bob", held("worker", teams=B)))
    policy = replace(policy, agents=policy.agents)
    assert "beyond_giver" in codes(RemoveTeam("a", "b"), by="ada", of=policy)


def test_those_who_reach_the_receiving_team_from_tomorrow_on_count_too():
    seeing = PutRole(Role("seeing", "Seeing", {"See": TEAM, "AdminBusinessUnit": TEAM}))
    tomorrow = give("bob", held("seeing", since=TOMORROW))
    policy = acme(seeing, PutRole(CLERK), give("ada", "clerk"), tomorrow, *map(give, ("wim", "lena", "ivy")))
    assert codes(RemoveTeam("a", "b"), by="ada", of=policy) == GIVER
    assert LEAD.grants["See"] is TEAM
    assert WORKER.grants["See"] is OWN


def test_what_is_handed_on_twice_counts_for_those_who_have_it_in_the_end():
    """She works in b and main already; a's things come to main by way of b."""
    policy = acme(PutRole(CLERK), joined("nell", "b", "main"), give("nell", "lead", "clerk"))
    assert "widens_self" not in codes(RemoveTeam("b", "main"), by="nell", of=policy)
    assert "widens_self" in codes(RemoveTeam("a", "b"), RemoveTeam("b", "main"), by="nell", of=policy)

"""The algebra of extents, over every extent and every thing in a world of two teams."""

from itertools import chain, combinations, product

import pytest

from roledesk.core.reach import EVERYWHERE, NOWHERE, Extent, Reach, extent
from roledesk.core.terms import Resource

TEAMS = ("t1", "t2")
SETS = [frozenset(each) for each in chain.from_iterable(combinations(TEAMS, size) for size in (0, 1, 2))]
EXTENTS = sorted(
    {extent(*parts) for parts in product((False, True), SETS, (False, True), SETS)},
    key=lambda each: (each.everything, sorted(each.teams), each.own, sorted(each.own_within)),
)
PAIRS = list(product(EXTENTS, EXTENTS))
IN_ONE_TEAM = [
    Resource("ticket", owner=owner, team=team)
    for owner, team in product((None, "amal", "bo"), (None, "elsewhere", *TEAMS))
]
IN_SEVERAL = [
    Resource("agent", owner=owner, teams=teams) for owner, teams in product((None, "amal", "bo"), SETS)
]
THINGS = [*IN_ONE_TEAM, *IN_SEVERAL, None]


def covered(part: Extent, things=THINGS) -> list[bool]:
    return [part.covers("amal", thing) for thing in things]


def test_each_meaning_has_one_form():
    assert len({tuple(covered(each)) for each in EXTENTS}) == len(EXTENTS)


@pytest.mark.parametrize("one", EXTENTS)
def test_joined_is_where_either_allows(one):
    for other in EXTENTS:
        assert covered(one.joined(other)) == [
            a or b for a, b in zip(covered(one), covered(other), strict=True)
        ]


@pytest.mark.parametrize("one", EXTENTS)
def test_met_is_where_both_allow(one):
    for other in EXTENTS:
        both = zip(covered(one, IN_ONE_TEAM), covered(other, IN_ONE_TEAM), strict=True)
        assert covered(one.met(other), IN_ONE_TEAM) == [a and b for a, b in both]


@pytest.mark.parametrize("one", EXTENTS)
def test_met_never_goes_further_than_either_even_in_several_teams(one):
    for other in EXTENTS:
        met = covered(one.met(other))
        assert all(a <= (b and c) for a, b, c in zip(met, covered(one), covered(other), strict=True))


@pytest.mark.parametrize("one", EXTENTS)
def test_without_is_nowhere_exactly_when_the_other_holds_it_all(one):
    for other in EXTENTS:
        holds_all = all(a <= b for a, b in zip(covered(one), covered(other), strict=True))
        assert (one.without(other) == NOWHERE) == holds_all


@pytest.mark.parametrize("one", EXTENTS)
def test_without_keeps_all_that_the_other_does_not_hold_and_adds_nothing(one):
    for other in EXTENTS:
        left = zip(covered(one.without(other)), covered(one), covered(other), strict=True)
        assert all((mine and not theirs) <= kept <= mine for kept, mine, theirs in left)


@pytest.mark.parametrize("one", EXTENTS)
def test_joining_and_meeting_need_no_order(one):
    for other in EXTENTS:
        assert one.joined(other) == other.joined(one)
        assert one.met(other) == other.met(one)
        assert one.joined(one) == one.met(one) == one.joined(NOWHERE) == one.met(EVERYWHERE) == one


def test_a_reach_is_true_when_it_goes_anywhere_and_answers_by_state():
    reach = Reach("amal", "ticket.view", {"open": Extent(teams=frozenset({"t1"}))})
    assert (bool(reach), bool(Reach("amal", "ticket.view")), reach.everything) == (True, False, False)
    assert reach.covers(Resource("ticket", team="t1", state="open"))
    assert not reach.covers(Resource("ticket", team="t1", state="new"))
    assert not reach.covers(Resource("ticket", team="t1"))
    assert Reach("amal", "shelf.look", {None: EVERYWHERE}).everything

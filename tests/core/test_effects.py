"""A preview says exactly who gains and loses what, since it compares two policies."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.core import model
from tests.core.edits import changes
from tests.core.worlds import AGENTS, MOMENTS, SMALL, everything_of, policies, policy_of, snapshot_of

from roledesk.core.changes import Change, PutRole, SetAssignments, apply
from roledesk.core.effects import Effect, Pair, effects, later_moments
from roledesk.core.policy import Policy
from roledesk.core.reach import Extent
from roledesk.core.search import actions_of
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject

KINDS = [kind for kind in SMALL.kinds if kind != "machine"]


def covers(pairs: tuple[Pair, ...], agent: str, action: str, thing) -> bool:
    return any(
        pair.action == action and pair.state == thing.state and pair.extent.covers(agent, thing)
        for pair in pairs
    )


def of_agent(found: tuple[Effect, ...], agent: str) -> Effect:
    mine = [each for each in found if agent in each.agents]
    assert len(mine) <= 1
    return mine[0] if mine else Effect((agent,), (), ())


def allowed_things(policy: Policy, agent: str, action: str, things, now: float) -> list[bool]:
    return [model.allowed(policy, Subject(agent), action, thing, now) for thing in things]


@given(
    policies(),
    changes(),
    st.sampled_from((*AGENTS, "eli")),
    st.sampled_from(sorted(each.name for each in SMALL.actions.values() if each.kind in KINDS)),
    MOMENTS,
)
def test_the_effects_are_the_difference_of_the_models_answers(policy, change, agent, action, now):
    after = apply(policy, change)
    effect = of_agent(effects(policy, after, now=now), agent)
    things = everything_of(SMALL, SMALL.actions[action].kind, agent)
    old = allowed_things(policy, agent, action, things, now)
    new = allowed_things(after, agent, action, things, now)
    for pairs, was, will in ((effect.gains, old, new), (effect.losses, new, old)):
        said = [covers(pairs, agent, action, thing) for thing in things]
        differs = [b and not a for a, b in zip(was, will, strict=True)]
        # What is named lies within what is new, and leaves nothing new unnamed.
        assert all(d <= s <= w for d, s, w in zip(differs, said, will, strict=True))
        assert any(differs) == any(pair.action == action for pair in pairs)


@given(policies(), changes(), MOMENTS)
def test_nobody_without_an_effect_is_answered_differently(policy, change, now):
    after = apply(policy, change)
    named = {agent for each in effects(policy, after, now=now) for agent in each.agents}
    old, new = snapshot_of(policy), snapshot_of(after)
    for agent in {*AGENTS, "eli"} - named:
        for kind in KINDS:
            for thing in everything_of(SMALL, kind, agent):
                was = actions_of(old, Subject(agent), thing, now=now)
                assert actions_of(new, Subject(agent), thing, now=now) == was


@given(policies(), changes())
def test_between_two_named_moments_the_effect_stays_the_same(policy, change):
    after = apply(policy, change)
    moments = later_moments(policy, after, now=0.0)
    for moment in [each / 2 for each in range(12)]:
        last = max(each for each in (0.0, *moments) if each <= moment)
        assert effects(policy, after, now=moment) == effects(policy, after, now=last)


@given(policies(), MOMENTS)
def test_what_changes_nothing_has_no_effect(policy, now):
    again = tuple(SetAssignments(id, each.assignments) for id, each in policy.agents.items())
    assert effects(policy, apply(policy, Change(again)), now=now) == ()


def test_agents_affected_alike_are_one_effect_and_the_largest_comes_first():
    rows = [
        (id, Status.ACTIVE, "agent", frozenset({"t1"} if id != "di" else {"t2"}), (Assignment("r1"),))
        for id in AGENTS
    ]
    policy = policy_of(roles=[Role("r1", "R1", {"Fill": Scope.TEAM})], agents=rows)
    change = Change((PutRole(Role("r1", "R1", {"Make": Scope.TEAM})),))

    def pairs(action: str, *teams: str, own: bool = True) -> Pair:
        return Pair(action, None, Extent(teams=frozenset(teams), own=own))

    assert effects(policy, apply(policy, change), now=0.0) == (
        Effect(
            ("amal", "bo", "cy"),
            (pairs("shelf.make", "t1"),),
            (pairs("shelf.fill", "t1", own=False), pairs("shelf.look", "t1")),
        ),
        Effect(
            ("di",),
            (pairs("shelf.make", "t2"),),
            (pairs("shelf.fill", "t2", own=False), pairs("shelf.look", "t2")),
        ),
    )


def test_asking_a_preview_changes_nothing_about_the_answers_before_it():
    rows = [("amal", Status.ACTIVE, "agent", frozenset({"t1"}), (Assignment("r1"),))]
    policy = policy_of(roles=[Role("r1", "R1", {"Fill": Scope.ALL})], agents=rows)
    after = apply(policy, Change((PutRole(Role("r1", "R1")),)))
    before = snapshot_of(policy)
    assert before.allows("amal", "shelf.fill")
    effects(policy, after, now=0.0)
    later = Snapshot(after, replace(before.revision, number=2), lambda: 0.0)
    assert not later.allows("amal", "shelf.fill")
    assert before.allows("amal", "shelf.fill")

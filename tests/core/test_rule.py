"""The rule's invariants, each as one property, held against the naive model of model.py."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core import model
from tests.core.worlds import (
    AGENTS,
    DESK,
    MOMENTS,
    OWNER,
    ROLES,
    SMALL,
    SUBSETS,
    TEAMS,
    grid,
    keys,
    kind_of,
    policies,
    policy_of,
    questions,
    resources,
    snapshot_of,
    subjects,
    ticks,
)

from roledesk.core.decide import decide
from roledesk.core.policy import Policy
from roledesk.core.search import actions_of, count_who_can, reach, who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Reason, Resource, Role, Scope, Status, Subject

Question = tuple[Subject, str, Resource | None, float]
QUESTIONS = st.lists(
    st.tuples(subjects(), questions(), MOMENTS).map(lambda each: (each[0], *each[1], each[2])),
    min_size=1,
    max_size=12,
)


def answers(snapshot: Snapshot, question: Question) -> dict[str, object]:
    """One question, asked in every way there is."""
    subject, action, resource, now = question
    asked = Snapshot(snapshot.policy, snapshot.revision, lambda: now)
    found = {
        "decide": decide(snapshot, subject, action, resource, now=now).allowed,
        "allows": asked.allows(subject, action, resource),
    }
    if not subject.is_cut:
        found["allows by id"] = asked.allows(subject.id, action, resource)
        found["who_can"] = subject.id in who_can(snapshot, action, resource, now=now)
    if resource is not None:
        found["actions_of"] = action in actions_of(snapshot, subject, resource, now=now)
        found["reach"] = reach(snapshot, subject, action, now=now).covers(resource)
    return found


HIS, TEAMMATES, ANOTHERS, NOBODYS = ("amal", "t1"), ("bo", "t1"), ("bo", "t3"), (None, None)
HIS_ELSEWHERE, IN_T2 = ("amal", "t3"), ("bo", "t2")


@pytest.mark.parametrize(
    ("scope", "bound", "reached"),
    [
        pytest.param(Scope.OWN, None, {HIS, HIS_ELSEWHERE}, id="own"),
        pytest.param(Scope.TEAM, None, {HIS, HIS_ELSEWHERE, TEAMMATES, IN_T2}, id="team"),
        pytest.param(Scope.ALL, None, {HIS, HIS_ELSEWHERE, TEAMMATES, IN_T2, ANOTHERS, NOBODYS}, id="all"),
        pytest.param(Scope.OWN, "t1", {HIS}, id="own, within a team"),
        pytest.param(Scope.TEAM, "t1", {HIS, TEAMMATES}, id="team, within one of his"),
        pytest.param(Scope.TEAM, "t3", {HIS_ELSEWHERE}, id="team, within one that is not his"),
        pytest.param(Scope.ALL, "t3", {HIS_ELSEWHERE, ANOTHERS}, id="all, within a team"),
        pytest.param(Scope.ALL, "", set(), id="within no team at all"),
    ],
)
def test_scope_and_bounds_limit_how_far_a_grant_reaches(scope, bound, reached):
    teams = None if bound is None else frozenset({bound} - {""})
    rows = [("amal", Status.ACTIVE, "agent", frozenset({"t1", "t2"}), (Assignment("r1", teams=teams),))]
    snapshot = snapshot_of(policy_of(roles=[Role("r1", "R1", {"See": scope})], agents=rows))
    tickets = {HIS, HIS_ELSEWHERE, TEAMMATES, IN_T2, ANOTHERS, NOBODYS}
    found = {
        (owner, team)
        for owner, team in tickets
        if snapshot.allows("amal", "ticket.view", Resource("ticket", owner=owner, team=team, state="open"))
    }
    assert found == reached


@given(policies(), QUESTIONS)
def test_every_way_of_asking_gives_the_answer_of_the_model(policy, asked):
    snapshot = snapshot_of(policy)
    for question in asked:
        expected = model.allowed(policy, *question)
        assert answers(snapshot, question) == dict.fromkeys(answers(snapshot, question), expected)


@given(policies(), subjects(), MOMENTS)
def test_every_question_about_everything_gets_the_answer_of_the_model(policy, subject, now):
    snapshot = snapshot_of(policy, now)
    for action, thing in grid(subject.id, "cy"):
        expected = model.allowed(policy, subject, action, thing, now)
        assert snapshot.allows(subject, action, thing) == expected, (action, thing)
        if not subject.is_cut:
            assert snapshot.allows(subject.id, action, thing) == expected, (action, thing)


# What is about seeing conversations, and what reaches no further than that.
ABOUT_CONVERSATIONS = sorted(
    each.key
    for each in DESK.permissions.values()
    if any(kind_of(DESK, opening.action) == "conversation" for opening in each.opens)
)


@given(
    policies(DESK, wanted=ABOUT_CONVERSATIONS),
    st.sampled_from(sorted(each for each in DESK.actions if kind_of(DESK, each) == "conversation")),
    st.lists(resources(DESK, "conversation"), min_size=1, max_size=6),
    subjects(DESK),
    MOMENTS,
)
def test_the_desks_own_catalogue_is_answered_as_the_model_answers(policy, action, things, subject, now):
    snapshot = snapshot_of(policy)
    for thing in things:
        question = (subject, action, thing, now)
        expected = model.allowed(policy, *question)
        assert answers(snapshot, question) == dict.fromkeys(answers(snapshot, question), expected)


@given(policies(), st.integers(0, 6), MOMENTS)
def test_those_who_can_are_the_agents_allowed_one_by_one(policy, offset, now):
    snapshot = snapshot_of(policy)
    for action, thing in grid("amal", "bo")[offset::7]:
        expected = [agent for agent in AGENTS if model.allowed(policy, Subject(agent), action, thing, now)]
        assert sorted(who_can(snapshot, action, thing, now=now)) == expected, (action, thing)
        assert count_who_can(snapshot, action, thing, now=now) == len(expected)


@given(st.sampled_from(TEAMS), questions())
def test_without_grants_nothing_is_allowed(team, question):
    rows = [("amal", Status.ACTIVE, "agent", frozenset({team}), (Assignment("r1"),))]
    snapshot = snapshot_of(policy_of(roles=[OWNER, Role("r1", "Nothing")], agents=rows))
    assert not any(answers(snapshot, (Subject("amal"), *question, 0.0)).values())


@given(questions())
def test_the_owner_is_allowed_everything(question):
    action, resource = question
    rows = [("amal", Status.ACTIVE, "agent", frozenset(), (Assignment("owner"),))]
    snapshot = snapshot_of(policy_of(roles=[OWNER], agents=rows))
    known = SMALL.actions[action].states
    state = None if known == (None,) else getattr(resource, "state", known[0])
    assert decide(snapshot, Subject("amal"), action, resource).allowed == (state in known)


def with_ticks(policy: Policy, role: str, grants: dict[str, Scope]) -> Policy:
    return replace(policy, roles={**policy.roles, role: replace(policy.roles[role], grants=grants)})


@given(policies(), st.sampled_from(ROLES), ticks(SMALL), QUESTIONS)
def test_adding_grants_takes_nothing_away_and_removing_them_adds_nothing(policy, role, more, asked):
    before = policy.roles[role].grants
    wider = {key: max(scope, before.get(key, Scope.NONE)) for key, scope in {**more, **before}.items()}
    smaller, larger = snapshot_of(policy), snapshot_of(with_ticks(policy, role, {**more, **before, **wider}))
    for subject, action, resource, now in asked:
        was = decide(smaller, subject, action, resource, now=now).allowed
        assert decide(larger, subject, action, resource, now=now).allowed >= was


def holding(policy: Policy, agent: str, assignments: tuple[Assignment, ...]) -> Snapshot:
    standing = replace(policy.agents[agent], assignments=assignments)
    rows = [(agent, standing.status, standing.type, standing.teams, assignments)]
    return snapshot_of(policy_of(roles=policy.roles.values(), agents=rows))


@given(policies(), st.sampled_from(AGENTS), questions(), MOMENTS)
def test_reach_is_what_each_assignment_gives_joined_pair_by_pair(policy, agent, question, now):
    """For an action that nothing else limits; the others are this, met with viewing."""
    action, resource = question
    if SMALL.actions[action].viewed_by is None and resource is not None:
        alone = [
            decide(holding(policy, agent, (each,)), Subject(agent), action, resource, now=now).allowed
            for each in policy.agents[agent].assignments
        ]
        whole = decide(snapshot_of(policy), Subject(agent), action, resource, now=now).allowed
        assert whole == any(alone)


def test_two_roles_never_lend_each_other_their_width():
    wide = Role("wide", "Sees everything", {"See": Scope.ALL})
    narrow = Role("narrow", "Answers his own", {"Answer": Scope.OWN})
    rows = [("amal", Status.ACTIVE, "agent", frozenset({"t1"}), (Assignment("wide"), Assignment("narrow")))]
    snapshot = snapshot_of(policy_of(roles=[wide, narrow], agents=rows))
    anothers = Resource("ticket", "x", owner="bo", team="t1", state="open")
    assert actions_of(snapshot, Subject("amal"), anothers) == {"ticket.view"}
    assert "ticket.answer" in actions_of(snapshot, Subject("amal"), replace(anothers, owner="amal"))


@given(policies(), subjects(), resources(SMALL, "ticket"), MOMENTS)
def test_nothing_is_done_to_what_may_not_be_viewed(policy, subject, ticket, now):
    found = actions_of(snapshot_of(policy), subject, ticket, now=now)
    assert "ticket.view" in found or found <= {"ticket.take"}


@given(policies(), st.sampled_from([Status.INVITED, Status.DEACTIVATED]), QUESTIONS)
def test_only_an_active_agent_is_allowed_anything(policy, status, asked):
    rows = [(id, status, each.type, each.teams, each.assignments) for id, each in policy.agents.items()]
    snapshot = snapshot_of(policy_of(roles=policy.roles.values(), agents=rows))
    for question in asked:
        assert not any(answers(snapshot, question).values())


@given(policies(), subjects(), keys(SMALL), SUBSETS, questions(), MOMENTS)
def test_a_token_never_exceeds_its_owner(policy, subject, permissions, teams, question, now):
    snapshot = snapshot_of(policy)
    token = Subject(subject.id, permissions=permissions, teams=teams)
    owner = Subject(subject.id)
    allowed = decide(snapshot, token, *question, now=now).allowed
    assert allowed <= decide(snapshot, owner, *question, now=now).allowed


@pytest.mark.parametrize(("action", "allowed"), [("machine.ask", True), ("machine.stop", False)])
def test_a_service_token_holds_the_actions_chosen_for_it_and_no_more(action, allowed):
    snapshot = snapshot_of(policy_of(roles=[OWNER]))
    token = Subject("clockwork", "service", actions=frozenset({"machine.ask"}))
    for resource in (None, Resource("machine", "m")):
        assert snapshot.allows(token, action, resource) == allowed
        assert decide(snapshot, token, action, resource).allowed == allowed
    assert actions_of(snapshot, token, Resource("machine", "m")) == {"machine.ask"}


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        pytest.param(9.999, False, id="before it begins"),
        pytest.param(10.0, True, id="the moment it begins"),
        pytest.param(19.999, True, id="just before it ends"),
        pytest.param(20.0, False, id="the moment it ends"),
        pytest.param(25.0, False, id="after it ended"),
    ],
)
def test_an_assignment_is_in_force_from_its_first_moment_until_just_before_its_last(now, allowed):
    snapshot = dated_world(Assignment("r1", since=10.0, until=20.0))
    assert snapshot.policy.agents["amal"].memo is None
    decision = decide(snapshot, Subject("amal"), "shelf.fill", now=now)
    assert decision.allowed == allowed
    assert decision.reason is (Reason.GRANTED if allowed else Reason.NOT_IN_FORCE)


def dated_world(*assignments: Assignment) -> Snapshot:
    rows = [("amal", Status.ACTIVE, "agent", frozenset({"t1"}), assignments)]
    return snapshot_of(policy_of(roles=[Role("r1", "Fills", {"Fill": Scope.ALL})], agents=rows))


def test_the_same_moment_is_answered_alike_however_time_was_asked_about_before():
    """A clock going back, or an old question asked late, revives nothing by way of what was remembered."""
    snapshot = dated_world(Assignment("r1", since=10.0, until=20.0), Assignment("r1", since=30.0))
    moments = [0.0, 15.0, 25.0, 35.0, 25.0, 15.0, 0.0, 35.0, 15.0, 25.0]
    expected = {0.0: False, 15.0: True, 25.0: False, 35.0: True}
    for now in moments:
        asked = Snapshot(snapshot.policy, snapshot.revision, lambda now=now: now)
        assert asked.allows("amal", "shelf.fill") == expected[now]
        assert asked.allows("amal", "shelf.fill", Resource("shelf", team="t1")) == expected[now]
        assert decide(snapshot, Subject("amal"), "shelf.fill", now=now).allowed == expected[now]
        assert decide(asked, Subject("amal", teams=frozenset({"t1"})), "shelf.fill").allowed is False


@given(policies(), subjects(), questions(), MOMENTS)
def test_a_decision_holds_until_the_moment_it_names(policy, subject, question, now):
    snapshot = snapshot_of(policy)
    decision = decide(snapshot, subject, *question, now=now)
    later = [now + step / 4 for step in range(1, 30)]
    held = [each for each in later if decision.valid_until is None or each < decision.valid_until]
    assert all(decide(snapshot, subject, *question, now=each).allowed == decision.allowed for each in held)


@given(policies(), policies(), QUESTIONS)
def test_what_one_snapshot_remembers_never_answers_for_another(policy, other, asked):
    """Old, new, old again: snapshots share standings, and with them what was compiled."""
    changed = replace(policy, roles=other.roles)
    old, new = snapshot_of(policy, number=1), snapshot_of(changed, number=2)
    first = [(answers(old, each), answers(new, each)) for each in asked]
    again = [(answers(old, each), answers(new, each)) for each in reversed(asked)]
    assert first == again[::-1]
    fresh = [(model.allowed(policy, *each), model.allowed(changed, *each)) for each in asked]
    assert [(one["decide"], two["decide"]) for one, two in first] == fresh


def test_threads_asking_an_old_and_a_new_snapshot_get_each_its_own_answers():
    rows = [
        (
            f"agent{number}",
            Status.ACTIVE,
            "agent",
            frozenset({"t1"}),
            (Assignment("r1", until=5.0 + number % 3),),
        )
        for number in range(40)
    ]
    policy = policy_of(roles=[Role("r1", "Fills", {"Fill": Scope.ALL})], agents=rows)
    emptied = replace(policy, roles={"r1": Role("r1", "Nothing")})
    shelf = Resource("shelf", team="t1")

    def ask(snapshot: Snapshot, now: float) -> set[tuple[bool, bool, int]]:
        agents = [agent for agent in policy.agents for _ in range(30)]
        return {
            (snapshot.allows(agent, "shelf.fill", shelf), decision.allowed, len(decision.grants))
            for agent in agents
            for decision in [decide(snapshot, Subject(agent), "shelf.fill", shelf, now=now)]
        }

    asked = [(snapshot_of(each, now), now) for each in (policy, emptied) for now in (1.0, 9.0)] * 3
    with ThreadPoolExecutor(len(asked)) as threads:
        found = list(threads.map(lambda each: ask(*each), asked))
    expected = [{(True, True, 1)}, {(False, False, 0)}, {(False, False, 0)}, {(False, False, 0)}] * 3
    assert found == expected


@given(policies(), st.lists(subjects(), min_size=2, max_size=5), questions())
def test_two_different_questions_never_share_an_answer(policy, asking, question):
    """Tokens that differ in one permission or team, asked one after the other, as if each were alone."""
    shared = snapshot_of(policy)
    together = [shared.allows(subject, *question) for subject in asking]
    alone = [snapshot_of(policy).allows(subject, *question) for subject in asking]
    assert together == alone

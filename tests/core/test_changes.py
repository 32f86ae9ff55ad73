"""Changes as values: what each edit does, how history spells it, and what replaying it rebuilds."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.edits import changes
from tests.core.worlds import OWNER, SMALL, TEAMS, policies, policy_of

from roledesk.core.changes import (
    Change,
    Found,
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
from roledesk.core.policy import Policy
from roledesk.core.terms import Assignment, Role, Scope, Status, Team
from roledesk.core.wire import canonical, change_from_json, change_to_json

FOUNDING = Change(
    (
        Found("Acme", "small", reserved=frozenset({"Make"})),
        PutRole(OWNER),
        PutRole(Role("r1", "R1", {"See": Scope.OWN}, description="d", policy_text="p", steward="amal")),
        PutRole(Role("r2", "R2", {"See": Scope.TEAM, "Fill": Scope.ALL}, givers=frozenset({"r1"}))),
        *(PutTeam(Team(id, id.upper(), default=id == "t1")) for id in TEAMS),
        PutAgent("amal", Status.ACTIVE, frozenset({"t1"})),
        PutAgent("bo", Status.ACTIVE, frozenset({"t1", "t2"})),
        SetAssignments("amal", (Assignment("owner"),)),
        SetAssignments("bo", (Assignment("r1", teams=frozenset({"t2"}), until=9.5), Assignment("r2"))),
    )
)
EMPTY = Policy("acme", SMALL)


@given(changes())
def test_a_change_read_back_from_history_is_the_same_change(change):
    written = canonical(change_to_json(change))
    assert change_from_json(json.loads(written)) == change
    assert canonical(change_to_json(change_from_json(json.loads(written)))) == written


@given(policies(), st.lists(changes(), max_size=3))
def test_replaying_what_was_written_rebuilds_the_policy(policy, made):
    direct = replayed = policy
    for change in made:
        direct = apply(direct, change)
        replayed = apply(replayed, change_from_json(json.loads(canonical(change_to_json(change)))))
    assert replayed == direct


@given(policies(), changes())
def test_applying_a_change_leaves_the_policy_before_it_as_it_was(policy, change):
    copy = replace(policy, roles=dict(policy.roles), teams=dict(policy.teams), agents=dict(policy.agents))
    members = dict(policy.members)
    apply(policy, change)
    assert (policy, policy.members) == (copy, members)


@given(policies(), changes())
def test_edits_together_are_the_same_as_one_after_the_other(policy, change):
    one_by_one = policy
    for edit in change.edits:
        one_by_one = apply(one_by_one, Change((edit,)))
    assert apply(policy, change) == one_by_one


@given(policies(), st.lists(changes(), max_size=3))
def test_a_policy_edited_is_indexed_like_one_built_from_its_rows(policy, made):
    for change in made:
        policy = apply(policy, change)
    rows = [(id, each.status, each.type, each.teams, each.assignments) for id, each in policy.agents.items()]
    built = policy_of(roles=policy.roles.values(), agents=rows)
    assert (policy.agents, policy.members) == (built.agents, built.members)
    # All who stand alike share one object, so that what is compiled for it is compiled once.
    shared = {id: standing for standing, group in policy.members.items() for id in group}
    assert all(policy.agents[id] is standing for id, standing in shared.items())


def after(*edits, of: Policy | None = None) -> Policy:
    return apply(apply(EMPTY, FOUNDING) if of is None else of, Change(edits))


def held(policy: Policy, agent: str) -> tuple[Assignment, ...]:
    return policy.agents[agent].assignments


BOUNDED = Assignment("r1", teams=frozenset({"t2"}), until=9.5)


@pytest.mark.parametrize(
    ("holders", "left", "grants"),
    [
        pytest.param(TakeAway(), (Assignment("r2"),), {}, id="taken away"),
        pytest.param(
            ReplaceBy("r3"),
            (replace(BOUNDED, role="r3"), Assignment("r2")),
            {"Fill": Scope.TEAM},
            id="replaced",
        ),
        pytest.param(
            MergeInto("r3"),
            (replace(BOUNDED, role="r3"), Assignment("r2")),
            {"Fill": Scope.TEAM, "See": Scope.OWN},
            id="merged",
        ),
    ],
)
def test_deleting_a_role_does_with_its_holders_what_was_said(holders, left, grants):
    third = [] if isinstance(holders, TakeAway) else [PutRole(Role("r3", "R3", {"Fill": Scope.TEAM}))]
    policy = after(*third, RemoveRole("r1", holders))
    assert "r1" not in policy.roles
    assert held(policy, "bo") == left
    assert {key: each for key, each in policy.roles.items() if key == "r3"} == (
        {"r3": Role("r3", "R3", grants)} if third else {}
    )


def test_merging_keeps_the_wider_of_two_scopes():
    policy = after(RemoveRole("r2", MergeInto("r1")))
    assert policy.roles["r1"].grants == {"See": Scope.TEAM, "Fill": Scope.ALL}
    assert held(policy, "bo") == (BOUNDED, Assignment("r1"))


def test_a_holder_of_both_roles_holds_the_successor_once():
    policy = after(
        SetAssignments("bo", (Assignment("r1"), Assignment("r2"))), RemoveRole("r1", ReplaceBy("r2"))
    )
    assert held(policy, "bo") == (Assignment("r2"),)


def test_an_assignment_ends_with_its_last_team_and_membership_with_the_team():
    two = Assignment("r1", teams=frozenset({"t2", "t3"}))
    nowhere = Assignment("r2", teams=frozenset())
    policy = after(SetAssignments("bo", (BOUNDED, two, nowhere)), RemoveTeam("t2", "t1"))
    assert policy.agents["bo"].teams == {"t1"}
    assert held(policy, "bo") == (replace(two, teams=frozenset({"t3"})), nowhere)


@given(policies(), changes(), st.data())
def test_a_deleted_role_or_team_is_referred_to_nowhere_and_its_id_is_retired(policy, change, data):
    known = apply(policy, change)
    # Edits that nobody was asked about may name what is not there; what is there is deleted whole.
    role = data.draw(st.sampled_from(sorted(known.roles) or ["none"]))
    team = data.draw(st.sampled_from(sorted(known.teams) or ["none"]))
    policy = apply(known, Change((RemoveRole(role, TakeAway()), RemoveTeam(team, "t1"))))
    standings = tuple(policy.members)
    assert role not in policy.roles
    assert role not in known.roles or all(role not in each.givers for each in policy.roles.values())
    assert role not in known.roles or all(role not in each.roles for each in standings)
    assert team not in policy.teams
    if team in known.teams:
        assert all(team not in each.teams for each in standings)
        assert all(team not in (each.teams or ()) for one in standings for each in one.assignments)
    named = ("role", role, known.roles), ("team", team, known.teams)
    assert policy.retired >= {f"{what}:{id}" for what, id, live in named if id in live}


def test_an_edit_of_what_is_not_there_changes_nothing():
    policy = after()
    edits = [
        RemoveRole("r9", TakeAway()),
        RemoveRole("r9", MergeInto("r1")),
        RemoveTeam("t9", "t1"),
        SetAssignments("ghost", (Assignment("r1"),)),
    ]
    assert [after(each) == policy for each in edits] == [True] * len(edits)
    assert "r8" not in after(RemoveRole("r1", MergeInto("r8"))).roles


def test_putting_an_agent_sets_status_teams_and_type_and_leaves_what_he_holds():
    policy = after(PutAgent("bo", Status.DEACTIVATED, frozenset({"t3"}), type="guest"))
    assert policy.agents["bo"] == replace(
        after().agents["bo"], status=Status.DEACTIVATED, teams=frozenset({"t3"}), type="guest"
    )
    assert held(after(PutAgent("cy")), "cy") == ()


def test_agents_who_stand_alike_share_a_standing_even_after_going_and_coming_back():
    there = PutAgent("bo", Status.ACTIVE, frozenset({"t3"}))
    back = PutAgent("bo", Status.ACTIVE, frozenset({"t1", "t2"}))
    policy = after(there, back)
    assert policy.members[policy.agents["bo"]] == {"bo"}
    assert any(policy.agents["bo"] is each for each in policy.members)


def test_an_agent_who_comes_to_stand_like_another_shares_his_standing():
    like_bo = (
        PutAgent("cy", Status.ACTIVE, frozenset({"t1", "t2"})),
        SetAssignments("cy", held(after(), "bo")),
    )
    policy = after(*like_bo)
    assert policy.agents["cy"] is policy.agents["bo"]
    assert policy.members[policy.agents["bo"]] == {"bo", "cy"}
    assert after(RemoveRole("r1", TakeAway()), of=policy).agents["cy"].roles == ("r2",)

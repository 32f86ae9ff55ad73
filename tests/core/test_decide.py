"""A decision says why, what would have been needed, and what was wrong with the question."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core import model
from tests.core.worlds import AGENTS, MOMENTS, OWNER, policies, policy_of, questions, snapshot_of

from roledesk.core.decide import Decision, decide
from roledesk.core.policy import Policy
from roledesk.core.search import who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Grant, Reason, Resource, Role, Scope, Status, Subject
from roledesk.errors import KindMismatchError, UnknownActionError, UnknownKindError


def only(policy: Policy, subject: Subject, keep) -> Snapshot:
    """The policy with the subject's ticks taken apart, and only those `keep` says yes to."""
    roles: list[Role] = []
    held: list[Assignment] = []
    standing = policy.agents[subject.id]
    for assignment in standing.assignments:
        role = policy.roles[assignment.role]
        ticks = {"*": Scope.ALL} if role.owner else role.grants
        for key, scope in ticks.items():
            if keep(assignment, key, scope):
                id = f"part{len(roles)}"
                roles.append(Role(id, id, {} if key == "*" else {key: scope}, owner=key == "*"))
                held.append(replace(assignment, role=id))
    rows = [(subject.id, standing.status, standing.type, standing.teams, tuple(held))]
    return snapshot_of(policy_of(roles=roles, agents=rows))


@given(policies(), st.sampled_from(AGENTS), questions(), MOMENTS)
def test_the_named_grants_suffice_and_without_them_it_is_no(policy, agent, question, now):
    decision = decide(snapshot_of(policy), Subject(agent), *question, now=now)
    named = set(decision.grants)

    def is_named(assignment: Assignment, key: str, scope: Scope) -> bool:
        return Grant(assignment.role, key, scope, assignment.teams, assignment.until) in named

    kept = only(policy, decision.subject, is_named)
    dropped = only(policy, decision.subject, lambda *each: not is_named(*each))
    assert decide(kept, decision.subject, *question, now=now).allowed == decision.allowed
    assert not decide(dropped, decision.subject, *question, now=now).allowed
    assert bool(named) == decision.allowed


@given(policies(), st.sampled_from(AGENTS), questions(), MOMENTS)
def test_each_named_grant_has_a_part_in_it(policy, agent, question, now):
    """Alone with what lets one view, or alone with what it is viewed for, it would do."""
    decision = decide(snapshot_of(policy), Subject(agent), *question, now=now)
    for grant in decision.grants:
        others = [each for each in decision.grants if each != grant]
        helped = any(
            decide(only_named(policy, decision, [grant, *rest]), decision.subject, *question, now=now).allowed
            for rest in ([], *([each] for each in others), others)
        )
        assert helped


def only_named(policy: Policy, decision: Decision, named: list[Grant]) -> Snapshot:
    return only(
        policy,
        decision.subject,
        lambda each, key, scope: Grant(each.role, key, scope, each.teams, each.until) in named,
    )


@given(policies(), st.sampled_from(AGENTS), questions(), MOMENTS)
def test_a_no_names_the_roles_that_would_make_it_a_yes(policy, agent, question, now):
    standing = policy.agents[agent]
    decision = decide(snapshot_of(policy, now), Subject(agent), *question, now=now)
    for role in decision.missing.roles:
        rows = [(agent, Status.ACTIVE, "agent", standing.teams, (*standing.assignments, Assignment(role)))]
        with_role = policy_of(roles=policy.roles.values(), agents=rows)
        assert model.allowed(with_role, Subject(agent), *question, now)


@pytest.mark.parametrize(
    ("held", "reason", "permissions", "roles"),
    [
        pytest.param({}, Reason.NO_GRANT, [("Remark", Scope.TEAM)], ["owner"], id="viewing aside"),
        pytest.param({"See": Scope.TEAM}, Reason.NO_GRANT, [("Remark", Scope.TEAM)], ["owner", "remarks"], id="one step"),
        pytest.param(
            {"Remark": Scope.ALL}, Reason.NOT_VIEWABLE,
            [("See", Scope.TEAM), ("Answer", Scope.TEAM), ("Watch", Scope.ALL), ("WatchAll", Scope.ALL)],
            ["owner", "sees"], id="only viewing fails",
        ),
    ],
)  # fmt: skip
def test_a_no_names_the_narrowest_scopes_that_would_do(held, reason, permissions, roles):
    known = [OWNER, Role("sees", "S", {"See": Scope.ALL}), Role("remarks", "R", {"Remark": Scope.TEAM})]
    rows = [("amal", Status.ACTIVE, "agent", frozenset({"t1"}), (Assignment("r1"),))]
    snapshot = snapshot_of(policy_of(roles=[*known, Role("r1", "R1", held)], agents=rows))
    ticket = Resource("ticket", "x", owner="bo", team="t1", state="open")
    decision = decide(snapshot, Subject("amal"), "remark.add", ticket)
    assert (decision.reason, *map(list, decision.missing)) == (reason, permissions, roles)


@pytest.mark.parametrize(
    ("subject", "resource", "reason"),
    [
        pytest.param(Subject("amal"), {"team": "t1"}, Reason.MISSING_FACTS, id="no state"),
        pytest.param(
            Subject("amal"), {"team": "t1", "state": "odd"}, Reason.MISSING_FACTS, id="no such state"
        ),
        pytest.param(Subject("amal"), {"state": "open"}, Reason.OUT_OF_SCOPE, id="no team"),
        pytest.param(
            Subject("amal"), {"team": "t2", "state": "open"}, Reason.OUT_OF_SCOPE, id="another team"
        ),
        pytest.param(
            Subject("amal"), {"team": "t1", "state": "new"}, Reason.WRONG_STATE, id="not in that state"
        ),
        pytest.param(Subject("ghost"), {"team": "t1", "state": "open"}, Reason.UNKNOWN_SUBJECT, id="unknown"),
        pytest.param(Subject("bo"), {"team": "t1", "state": "open"}, Reason.INACTIVE, id="deactivated"),
        pytest.param(Subject("amal"), {"team": "t1", "state": "open"}, Reason.GRANTED, id="all is well"),
    ],
)
def test_unknown_subjects_and_missing_facts_are_a_no_with_its_reason(subject, resource, reason):
    rows = [
        ("amal", Status.ACTIVE, "agent", frozenset({"t1"}), (Assignment("r1"),)),
        ("bo", Status.DEACTIVATED, "agent", frozenset({"t1"}), (Assignment("r1"),)),
    ]
    role = Role("r1", "Answers", {"Answer": Scope.TEAM})
    decision = decide(
        snapshot_of(policy_of(roles=[role], agents=rows)),
        subject,
        "ticket.answer",
        Resource("ticket", **resource),
    )
    assert (decision.allowed, decision.reason) == (reason is Reason.GRANTED, reason)


@pytest.mark.parametrize("subject", ["amal", "ghost", Subject("amal"), Subject("ghost")])
@pytest.mark.parametrize(
    ("action", "resource", "error"),
    [
        pytest.param("ticket.veiw", Resource("ticket"), UnknownActionError, id="action"),
        pytest.param("ticket.veiw", None, UnknownActionError, id="action on the organization"),
        pytest.param("ticket.view", Resource("tikcet"), UnknownKindError, id="kind"),
        pytest.param("ticket.view", Resource("shelf", team="t1"), KindMismatchError, id="another kind"),
    ],
)
def test_a_typo_raises_whoever_asks(subject, action, resource, error):
    rows = [("amal", Status.ACTIVE, "agent", frozenset(), (Assignment("owner"),))]
    snapshot = snapshot_of(policy_of(roles=[OWNER], agents=rows))
    with pytest.raises(error):
        snapshot.allows(subject, action, resource)
    if isinstance(subject, Subject):
        with pytest.raises(error):
            decide(snapshot, subject, action, resource)
    with pytest.raises(error):
        who_can(snapshot, action, resource)

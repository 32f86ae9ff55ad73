"""A decision says why, what would have been needed, and what was wrong with the question."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core import model
from tests.core.worlds import AGENTS, MOMENTS, OWNER, SMALL, grid, policies, policy_of, questions, snapshot_of

from roledesk.core.decide import Decision, decide
from roledesk.core.policy import Policy
from roledesk.core.search import who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Grant, Reason, Resource, Role, Scope, Status, Subject
from roledesk.errors import KindMismatchError, UnknownActionError, UnknownKindError


def only(policy: Policy, decision: Decision, keep: Callable[[Grant], bool]) -> Snapshot:
    """The policy with what the subject holds taken apart, and only those grants that `keep` says yes to."""
    roles: list[Role] = []
    held: list[Assignment] = []
    agent = decision.subject.id
    standing = policy.agents[agent]
    for each in standing.assignments:
        role = policy.roles[each.role]
        for key, scope in ticks_of(role, bounded=each.teams is not None).items():
            if keep(Grant(each.role, key, scope, each.teams, each.until)):
                id = f"part{len(roles)}"
                roles.append(Role(id, id, {} if key == "*" else {key: scope}, owner=key == "*"))
                held.append(replace(each, role=id))
    rows = [(agent, standing.status, standing.type, standing.teams, tuple(held))]
    return snapshot_of(policy_of(roles=roles, agents=rows))


def ticks_of(role: Role, *, bounded: bool) -> Mapping[str, Scope]:
    """A role's ticks; the owner's are one, and within bounds every permission by itself."""
    if role.owner and bounded:
        return {each.key: each.widest for each in SMALL.permissions.values()}
    return {"*": Scope.ALL} if role.owner else role.grants


def explained(policy: Policy, agent: str, now: float) -> list[Decision]:
    """One decision about something small for each different explanation, a no among them."""
    snapshot = snapshot_of(policy, now)
    asked = (decide(snapshot, Subject(agent), action, thing, now=now) for action, thing in grid(agent, "cy"))
    return list({(each.action, each.grants): each for each in asked}.values())


@given(policies(), st.sampled_from(AGENTS), MOMENTS)
def test_the_named_grants_suffice_and_without_them_it_is_no(policy, agent, now):
    for decision in explained(policy, agent, now):
        kept = only(policy, decision, lambda grant, named=decision.grants: grant in named)
        dropped = only(policy, decision, lambda grant, named=decision.grants: grant not in named)
        assert again(kept, decision, now) == decision.allowed == bool(decision.grants)
        assert not again(dropped, decision, now)


@given(policies(), st.sampled_from(AGENTS), MOMENTS)
def test_each_named_grant_has_a_part_in_it(policy, agent, now):
    """By itself, or together with one that lets him view, or that he views it for."""
    about_things = (each for each in explained(policy, agent, now) if each.resource is not None)
    for decision in about_things:
        for grant in decision.grants:
            parties = [{grant}, *({grant, each} for each in decision.grants)]
            helps = (again(only(policy, decision, party.__contains__), decision, now) for party in parties)
            assert any(helps), (grant, decision.action, decision.resource)


def again(snapshot: Snapshot, decision: Decision, now: float) -> bool:
    return decide(snapshot, decision.subject, decision.action, decision.resource, now=now).allowed


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

"""What a host program's doors ask: always the present revision, and a no that says what may be shown."""

import pytest
from tests.engine.desk import AGENT, IN_BILLING, IN_MAIN, WIDER, Wall, give, put

from roledesk.core.changes import PutAgent, PutRole
from roledesk.core.terms import Assignment, Resource, Status, Subject
from roledesk.engine import Organization
from roledesk.errors import DeniedError, KindMismatchError, UnknownActionError

VIEW, REPLY = "conversation.view", "conversation.reply"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do: nothing here depends on it."""
    return sqlite_url


@pytest.mark.parametrize(
    ("agent", "action", "resource", "hidden"),
    [
        ("bo", VIEW, IN_BILLING, True),
        ("bo", REPLY, IN_BILLING, True),
        ("bo", REPLY, IN_MAIN, False),
        ("bo", "role.edit", None, False),
        ("bo", "agent.edit", Resource("agent", "cy", teams=frozenset({"billing"})), True),
        ("ada", "conversation.transfer", IN_MAIN, False),
        ("nobody", VIEW, IN_MAIN, True),
    ],
)
def test_a_refusal_is_hidden_from_whoever_may_not_view_the_resource(
    acme: Organization, agent: str, action: str, resource: Resource | None, hidden: bool
) -> None:
    with pytest.raises(DeniedError) as refused:
        acme.guard(agent).require(action, resource)
    assert refused.value.hidden is hidden
    assert not refused.value.decision.allowed


def test_all_ways_of_asking_agree(acme: Organization) -> None:
    things = [IN_MAIN, IN_BILLING, Resource("conversation", "c-3", owner="bo", team="main", state="open")]
    for agent in acme.policy.agents:
        guard = acme.guard(agent)
        for action in (VIEW, REPLY):
            allowed = [thing for thing in things if guard.allows(action, thing)]
            assert [thing for thing in things if guard.decide(action, thing)] == allowed
            assert list(guard.only(action, things)) == allowed
            assert [thing for thing in things if guard.reach(action).covers(thing)] == allowed
            assert [thing for thing in things if agent in acme.who_can(action, thing)] == allowed
            assert [thing for thing in things if action in guard.actions_of(thing)] == allowed
            assert [thing for thing in things if acme.allows(agent, action, thing)] == allowed
            assert guard.may(action) or not allowed
    assert acme.count_who_can(VIEW, IN_MAIN) == len(acme.who_can(VIEW, IN_MAIN)) == 4


def test_a_held_guard_answers_from_the_present_revision(acme: Organization) -> None:
    guard = acme.guard("bo")
    answers = [guard.allows(VIEW, IN_BILLING), guard.allows("role.edit"), guard.may("role.edit")]
    give(acme, "bo", Assignment("admin"))
    answers += [guard.allows(VIEW, IN_BILLING), guard.allows("role.edit"), guard.may("role.edit")]
    put(acme, PutAgent("bo", Status.DEACTIVATED))
    answers += [guard.allows(VIEW, IN_BILLING), guard.allows("role.edit"), guard.may("role.edit")]
    assert answers == [False] * 3 + [True] * 3 + [False] * 3


def test_a_held_guard_gains_and_loses_a_dated_role_at_its_seconds(acme: Organization, wall: Wall) -> None:
    start = wall.now
    give(acme, "cy", Assignment("agent"), Assignment("admin", since=start + 5, until=start + 10))
    guard = acme.guard("cy")
    token = acme.guard(Subject("cy", permissions=frozenset({"AdminRolesAndPermissions"})))
    seen = {}
    for after in (0, 4.999, 5, 9.999, 10, 11):
        wall.now = start + after
        asked = (guard.allows("role.edit"), guard.may("role.edit"), bool(guard.decide("role.edit")))
        seen[after] = {*asked, token.allows("role.edit"), acme.allows("cy", "role.edit")}
    assert seen == {0: {False}, 4.999: {False}, 5: {True}, 9.999: {True}, 10: {False}, 11: {False}}


def test_what_has_expired_stays_so_when_the_clock_is_set_back(acme: Organization, wall: Wall) -> None:
    give(acme, "cy", Assignment("admin", until=wall.now + 10))
    guard = acme.guard("cy")
    wall.now += 10
    assert not guard.allows("role.edit")
    wall.now -= 3600
    assert not guard.allows("role.edit")
    assert not acme.decide("cy", "role.edit")


def test_a_decision_says_until_when_it_holds(acme: Organization, wall: Wall) -> None:
    give(acme, "cy", Assignment("admin", until=wall.now + 10))
    assert acme.guard("cy").decide("role.edit").valid_until == wall.now + 10
    assert acme.guard("ada").decide("role.edit").valid_until is None


def test_a_typo_raises_and_is_never_an_answer(acme: Organization) -> None:
    guard = acme.guard("olu")
    for ask in (guard.allows, guard.decide, guard.require):
        with pytest.raises(UnknownActionError):
            ask("conversation.veiw", IN_MAIN)
        with pytest.raises(KindMismatchError):
            ask(VIEW, Resource("agent", "bo"))
    with pytest.raises(UnknownActionError):
        guard.reach("conversation.veiw")


def test_a_service_token_holds_its_actions_and_nothing_else(acme: Organization) -> None:
    guard = acme.guard(Subject("token-1", "token", actions=frozenset({"decision.evaluate"})))
    assert guard.allows("decision.evaluate")
    assert guard.may("decision.evaluate")
    assert not guard.may("decision.search")
    assert not guard.allows(VIEW, IN_MAIN)


def test_a_service_token_with_an_agents_id_is_not_the_agent(acme: Organization) -> None:
    guard = acme.guard(Subject("olu", actions=frozenset({"decision.evaluate"})))
    assert not guard.allows("role.edit")
    assert not guard.allows(VIEW, IN_MAIN)


def test_the_answer_changes_back_with_the_role(acme: Organization) -> None:
    guard = acme.guard("bo")
    for role, expected in ((WIDER, True), (AGENT, False)) * 3:
        put(acme, PutRole(role))
        assert guard.allows(VIEW, IN_BILLING) is expected

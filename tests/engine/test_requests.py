"""Asking for access: everybody may ask, nobody decides about himself, and nothing is given that could not be given by hand."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.engine.desk import ADMIN, Wall, give, put

from roledesk.core.changes import PutAgent, PutRole
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status
from roledesk.engine import Organization, requests
from roledesk.engine.requests import HOUR_S, WAITS_S
from roledesk.errors import ChangeRefusedError, InputError, NotFoundError
from roledesk.store.requests import AccessRequest, State

MAIN = Resource("conversation", "c", owner="bo", team="main", state="open")
BILLING = Resource("conversation", "c", owner="bo", team="billing", state="open")
TRANSFER = "AgentChatAllowTransfer"


@pytest.fixture
def desk(acme: Organization) -> Organization:
    """Ada decides everywhere and holds what is asked for; Lee decides within `main` and may give roles there."""
    grants = {**ADMIN.grants, TRANSFER: Scope.ALL, "AccessRequestDecide": Scope.ALL}
    lead = {
        "AccessRequestDecide": Scope.TEAM,
        "RoleAssign": Scope.TEAM,
        TRANSFER: Scope.TEAM,
        "AgentChat": Scope.TEAM,
    }
    put(
        acme,
        PutRole(replace(ADMIN, grants=grants)),
        PutRole(Role("lead", "Lead", lead)),
        PutRole(Role("handover", "Handover", {TRANSFER: Scope.OWN, "AgentChat": Scope.OWN})),
        PutAgent("lee", Status.ACTIVE, frozenset({"main"})),
    )
    give(acme, "lee", Assignment("lead"))
    return acme


def ask(desk: Organization, agent: str = "bo", **more: object) -> AccessRequest:
    asked = {"scope": Scope.OWN, "because": "The shift ends", "lasts_s": HOUR_S, **more}
    return requests.ask(desk.guard(agent), TRANSFER, **asked)  # type: ignore[arg-type]


def test_what_is_asked_for_is_offered_first_by_a_role_of_that_alone_and_ends_by_itself(
    desk: Organization, wall: Wall
) -> None:
    bo, ada = desk.guard("bo"), desk.guard("ada")
    asked = ask(desk)
    assert not bo.allows("conversation.transfer", MAIN)
    first, *others = requests.choices(ada, asked)
    assert first.is_made
    assert dict(first.role.grants) == {TRANSFER: Scope.OWN}
    assert first.refusals == ()
    assert {pair.action for effect in first.preview.effects for pair in effect.gains} == {
        "conversation.transfer"
    }
    assert [each.role.id for each in others] == ["handover", "lead", "admin"]
    requests.grant(ada, asked.id, first.role.id, because="")
    assert bo.allows("conversation.transfer", MAIN)
    assert not bo.allows("conversation.transfer", replace(MAIN, owner="cy"))
    wall.now += HOUR_S
    assert not bo.allows("conversation.transfer", MAIN)
    assert [each.state for each in requests.own(bo)] == [State.GRANTED]


def test_the_role_made_for_one_request_serves_the_next(desk: Organization) -> None:
    ada = desk.guard("ada")
    for agent in ("bo", "cy"):
        asked = ask(desk, agent)
        [choice] = [each for each in requests.choices(ada, asked) if len(each.role.grants) == 1]
        requests.grant(ada, asked.id, choice.role.id, because="")
    assert len([role for role in desk.policy.roles if role.startswith("on-request")]) == 1


def test_a_role_made_for_a_request_and_changed_since_is_left_alone(desk: Organization) -> None:
    ada, changed = desk.guard("ada"), ask(desk)
    requests.grant(ada, changed.id, requests.choices(ada, changed)[0].role.id, because="")
    [made] = [role for role in desk.policy.roles.values() if role.id.startswith("on-request")]
    put(desk, PutRole(replace(made, grants={"AgentChat": Scope.OWN})))
    asked = ask(desk, "cy")
    with pytest.raises(InputError, match="does not give"):
        requests.grant(ada, asked.id, made.id, because="")
    first = requests.choices(ada, asked)[0]
    assert (first.is_made, dict(first.role.grants)) == (True, {TRANSFER: Scope.OWN})
    requests.grant(ada, asked.id, first.role.id, because="")
    assert desk.policy.roles[made.id].grants == {"AgentChat": Scope.OWN}


def test_asked_for_one_team_it_is_given_in_that_team(desk: Organization) -> None:
    put(desk, PutRole(Role("agent", "Agent", {"ConversationView": Scope.ALL})))
    asked = ask(desk, scope=Scope.ALL, team="billing")
    requests.grant(
        desk.guard("ada"), asked.id, requests.choices(desk.guard("ada"), asked)[0].role.id, because=""
    )
    bo = desk.guard("bo")
    assert bo.allows("conversation.transfer", BILLING)
    assert not bo.allows("conversation.transfer", MAIN)


def test_nobody_sees_or_decides_his_own_request(desk: Organization) -> None:
    asked = ask(desk, "lee", scope=Scope.ALL)
    lee = desk.guard("lee")
    assert requests.listed(lee, waiting=True) == ()
    assert requests.count_waiting(lee) == 0
    for decide in (
        lambda: requests.grant(lee, asked.id, "handover", because="x"),
        lambda: requests.turn_down(lee, asked.id, because="x"),
    ):
        with pytest.raises(NotFoundError):
            decide()
    assert [each.id for each in requests.listed(desk.guard("ada"), waiting=True)] == [asked.id]


@pytest.mark.parametrize(
    ("who", "seen"), [("ada", {"bo", "cy"}), ("lee", {"bo"}), ("olu", {"bo", "cy"}), ("cy", set())]
)
def test_requests_show_to_those_who_decide_about_their_agents(
    desk: Organization, who: str, seen: set[str]
) -> None:
    asked = {agent: ask(desk, agent) for agent in ("bo", "cy")}
    guard = desk.guard(who)
    assert {each.agent for each in requests.listed(guard, waiting=True)} == seen
    assert requests.count_waiting(guard) == len(seen)
    for agent, each in asked.items():
        if agent in seen:
            assert requests.get(guard, each.id) == each
        else:
            with pytest.raises(NotFoundError):
                requests.get(guard, each.id)


def test_granting_gives_no_more_than_could_be_given_by_hand(desk: Organization) -> None:
    lee, asked = desk.guard("lee"), ask(desk)
    refused = {each.role.id: {why.code for why in each.refusals} for each in requests.choices(lee, asked)}
    made = next(iter(refused))
    assert refused[made], "whoever may not make roles cannot make one for a request"
    assert refused["admin"], "whoever does not hold it cannot give it"
    assert refused["handover"] == set()
    with pytest.raises(ChangeRefusedError):
        requests.grant(lee, asked.id, "admin", because="x")
    assert requests.get(lee, asked.id).state is State.WAITING
    requests.grant(lee, asked.id, "handover", because="x")
    assert desk.guard("bo").allows("conversation.transfer", MAIN)


def test_a_role_that_does_not_give_it_and_the_owners_cannot_be_chosen(desk: Organization) -> None:
    asked = ask(desk)
    for role in ("agent", "owner", "nobody"):
        with pytest.raises(InputError, match="choose another"):
            requests.grant(desk.guard("olu"), asked.id, role, because="x")


def test_turning_down_needs_a_reason_and_gives_nothing(desk: Organization) -> None:
    asked, ada = ask(desk), desk.guard("ada")
    with pytest.raises(InputError, match="say why"):
        requests.turn_down(ada, asked.id, because=" ")
    requests.turn_down(ada, asked.id, because="Ask your lead")
    assert not desk.guard("bo").allows("conversation.transfer", MAIN)
    assert [(each.state, each.answer) for each in requests.own(desk.guard("bo"))] == [
        (State.TURNED_DOWN, "Ask your lead")
    ]
    with pytest.raises(InputError, match="decided already"):
        requests.grant(ada, asked.id, "handover", because="x")


def test_a_request_lapses_after_a_week(desk: Organization, wall: Wall) -> None:
    asked, ada = ask(desk), desk.guard("ada")
    wall.now += WAITS_S
    assert requests.listed(ada, waiting=True) == ()
    assert requests.count_waiting(ada) == 0
    with pytest.raises(InputError, match="waited too long"):
        requests.grant(ada, asked.id, "handover", because="x")


def test_of_two_who_decide_at_once_one_is_first(desk: Organization) -> None:
    asked = ask(desk)

    def decide(who: str) -> bool:
        try:
            requests.grant(desk.guard(who), asked.id, "handover", because="x")
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, ["ada", "olu", "ada", "oda"])) == 1
    assert len(desk.policy.agents["bo"].assignments) == 2


def test_asking_the_same_again_is_the_same_request_and_too_many_are_refused(desk: Organization) -> None:
    assert ask(desk).id == ask(desk).id
    keys = [key for key, each in desk.policy.catalogue.permissions.items() if Scope.TEAM in each.scopes]
    for key in keys[:9]:
        requests.ask(desk.guard("bo"), key, scope=Scope.TEAM, because="x", lasts_s=HOUR_S)
    with pytest.raises(InputError, match="have those decided first"):
        requests.ask(desk.guard("bo"), keys[9], scope=Scope.TEAM, because="x", lasts_s=HOUR_S)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"because": " "}, "because"),
        ({"lasts_s": 5}, "lasts"),
        ({"scope": Scope.NONE}, "scope"),
        ({"team": "nowhere"}, "team"),
    ],
)
def test_what_cannot_be_asked_says_why(desk: Organization, wrong: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(desk, **wrong)
    assert refused.value.where == where


def test_a_team_that_one_may_not_know_of_is_answered_like_none(desk: Organization) -> None:
    said = []
    for team in ("billing", "nothing"):
        with pytest.raises(InputError) as refused:
            ask(desk, scope=Scope.ALL, team=team)
        said.append(str(refused.value).replace(team, "…"))
    assert said[0] == said[1]
    assert ask(desk, scope=Scope.ALL, team="main").team == "main"


def test_nothing_is_given_to_whoever_was_deactivated_since_he_asked(desk: Organization) -> None:
    ada, asked = desk.guard("ada"), ask(desk)
    role = requests.choices(ada, asked)[0].role.id
    put(desk, PutAgent("bo", Status.DEACTIVATED, frozenset({"main"})))
    assert (requests.listed(ada, waiting=True), requests.count_waiting(ada)) == ((), 0)
    with pytest.raises(InputError, match="not active"):
        requests.grant(ada, asked.id, role, because="")
    put(desk, PutAgent("bo", Status.ACTIVE, frozenset({"main"})))
    assert (requests.listed(ada, waiting=True), requests.count_waiting(ada)) == ((asked,), 1)
    assert requests.grant(ada, asked.id, role, because="").state is State.GRANTED


def test_the_role_made_for_a_request_is_given_only_while_it_gives_what_is_asked(desk: Organization) -> None:
    ada, asked = desk.guard("ada"), ask(desk)
    made = requests.choices(ada, asked)[0].role
    put(desk, PutRole(replace(made, grants={"AgentChat": Scope.OWN})))
    assert made.id not in [each.role.id for each in requests.choices(ada, asked)]
    with pytest.raises(InputError, match="does not give"):
        requests.grant(ada, asked.id, made.id, because="")
    assert requests.get(ada, asked.id).state is State.WAITING

"""Tokens: never more than they were made for, never more than their owner holds at the moment, and ended everywhere at once."""

from collections.abc import Callable
from threading import current_thread, main_thread

import pytest
from sqlalchemy import event
from tests.engine.desk import FOUNDED, IN_BILLING, IN_MAIN, WIDER, Wall, give, put
from tests.engine.test_follower import becomes

from roledesk.core.changes import Change, PutAgent, PutRole, RemoveTeam
from roledesk.core.terms import Assignment, Status, Subject
from roledesk.engine import Engine, Guard, Organization
from roledesk.engine.agents import deactivate
from roledesk.engine.technical import keep_technical
from roledesk.engine.tokens import (
    MadeToken,
    find_token,
    make_personal_token,
    make_service_token,
    revoke_token,
)
from roledesk.errors import ChangeRefusedError, DeniedError, InputError, NotFoundError
from roledesk.store import activity, tokens
from roledesk.store.technical import TechnicalSettings

VIEW, REPLY = "conversation.view", "conversation.reply"
DAY_S = 86_400.0


def personal(acme: Organization, agent: str = "ada", **cut: frozenset[str]) -> MadeToken:
    """A token of the agent's that ends in a day."""
    return make_personal_token(
        acme.guard(agent),
        name="Mine",
        expires_at=acme.clock() + DAY_S,
        **cut,  # type: ignore[arg-type]
    )


def subject(engine: Engine, made: MadeToken) -> Subject:
    """Who asks when the token is shown."""
    found = find_token(engine, made.secret)
    assert found is not None
    return found[1]


def test_a_personal_token_has_its_owners_entitlements_of_the_moment(
    engine: Engine, acme: Organization
) -> None:
    made = personal(acme, "bo")
    guard = acme.guard(subject(engine, made))
    assert (guard.allows(VIEW, IN_MAIN), guard.allows(VIEW, IN_BILLING)) == (True, False)
    put(acme, PutRole(WIDER))
    assert guard.allows(VIEW, IN_BILLING)
    give(acme, "bo")
    assert not guard.allows(VIEW, IN_MAIN)
    assert find_token(engine, made.secret) is not None


def test_a_personal_token_ends_with_its_owner(engine: Engine, acme: Organization) -> None:
    made = personal(acme, "ada")
    guard = acme.guard(subject(engine, made))
    deactivate(acme, "ada", by=Subject("olu"), because="She left")
    assert find_token(engine, made.secret) is None
    assert not guard.allows(VIEW, IN_MAIN)
    put(acme, PutAgent("ada", Status.ACTIVE, frozenset({"main"})))
    assert find_token(engine, made.secret) is None


@pytest.mark.parametrize(
    ("cut", "allowed"),
    [
        ({}, {"edit roles", "view main", "view billing", "reply main", "reply billing"}),
        ({"permissions": frozenset({"ConversationView"})}, {"view main", "view billing"}),
        ({"permissions": frozenset({"AdminRolesAndPermissions"})}, {"edit roles"}),
        ({"permissions": frozenset()}, set()),
        ({"teams": frozenset({"billing"})}, {"view billing", "reply billing"}),
        ({"teams": frozenset({"main"}), "permissions": frozenset({"ConversationView"})}, {"view main"}),
        ({"teams": frozenset()}, set()),
    ],
)
def test_a_personal_token_is_cut_to_what_was_chosen(
    engine: Engine, acme: Organization, cut: dict[str, frozenset[str]], allowed: set[str]
) -> None:
    guard = acme.guard(subject(engine, personal(acme, **cut)))
    asked = {
        "edit roles": guard.allows("role.edit"),
        "view main": guard.allows(VIEW, IN_MAIN),
        "view billing": guard.allows(VIEW, IN_BILLING),
        "reply main": guard.allows(REPLY, IN_MAIN),
        "reply billing": guard.allows(REPLY, IN_BILLING),
    }
    assert {name for name, yes in asked.items() if yes} == allowed


def test_a_token_is_never_an_owner_and_widens_nobody(engine: Engine, acme: Organization) -> None:
    by = subject(engine, personal(acme, "olu"))
    assert acme.allows(by, "role.edit")
    with pytest.raises(ChangeRefusedError, match="only an owner"):
        acme.commit(Change((PutAgent("oda", Status.DEACTIVATED),)), by=by, because="By token")


def test_a_token_stops_at_its_second(engine: Engine, acme: Organization, wall: Wall) -> None:
    made = personal(acme)
    wall.now += DAY_S - 0.001
    assert find_token(engine, made.secret) is not None
    wall.now += 0.001
    assert find_token(engine, made.secret) is None
    wall.now -= DAY_S
    assert find_token(engine, made.secret) is None


def test_a_revoked_token_stops_at_once_here_and_soon_elsewhere(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine], wall: Wall
) -> None:
    elsewhere = open_again(engine.clock)
    made = personal(acme, "bo")
    assert find_token(engine, made.secret)
    assert find_token(elsewhere, made.secret)
    revoke_token(acme.guard("bo"), made.token.id)
    assert find_token(engine, made.secret) is None
    assert becomes(lambda: find_token(elsewhere, made.secret) is None)


def test_a_token_read_before_it_was_revoked_is_not_remembered_as_good(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine]
) -> None:
    elsewhere = open_again(engine.clock)
    there = elsewhere.organization("acme")
    made = personal(acme, "bo")
    revoked: list[bool] = []

    def revoke_meanwhile(*_args: object) -> None:
        # Just after the token was read and before its reader has done anything with it.
        if not revoked and current_thread() is main_thread():
            revoked.append(True)
            revoke_token(acme.guard("bo"), made.token.id)
            there.refresh()

    event.listen(elsewhere.database.engine, "rollback", revoke_meanwhile)
    event.listen(elsewhere.database.engine, "commit", revoke_meanwhile)
    find_token(elsewhere, made.secret)
    assert revoked
    assert find_token(elsewhere, made.secret) is None


@pytest.mark.parametrize("secret", ["", "rdp_x", "rdp_" + "x" * 43, "é" * 100, "x" * 1_000_000, "\x00"])
def test_a_wrong_secret_is_nobodys(engine: Engine, acme: Organization, secret: str) -> None:
    assert find_token(engine, secret) is None
    assert engine.known_tokens == {}


def test_a_service_token_takes_decisions_and_nothing_else(engine: Engine, acme: Organization) -> None:
    made = make_service_token(acme.guard("ada"), name="Desk", actions=frozenset({"decision.evaluate"}))
    guard = acme.guard(subject(engine, made))
    assert guard.allows("decision.evaluate")
    assert not guard.allows("decision.search")
    assert not guard.allows(VIEW, IN_MAIN)
    assert not guard.allows("role.edit")


def test_a_token_is_made_only_by_those_who_may_and_only_of_what_there_is(acme: Organization) -> None:
    later = acme.clock() + DAY_S
    give(acme, "cy")
    with pytest.raises(DeniedError):
        make_personal_token(acme.guard("cy"), name="Mine", expires_at=later)
    with pytest.raises(DeniedError):
        make_service_token(acme.guard("bo"), name="Mine", actions=frozenset({"decision.evaluate"}))
    for wrong, where in (
        ({"expires_at": acme.clock()}, "expires_at"),
        ({"expires_at": 1e300}, "expires_at"),
        ({"expires_at": float("nan")}, "expires_at"),
        ({"expires_at": later, "permissions": frozenset({"NoSuch"})}, "permissions"),
        ({"expires_at": later, "teams": frozenset({"elsewhere"})}, "teams"),
    ):
        with pytest.raises(InputError) as refused:
            make_personal_token(acme.guard("bo"), name="Mine", **wrong)  # type: ignore[arg-type]
        assert refused.value.where == where
    for actions in (frozenset[str](), frozenset({"role.edit"})):
        with pytest.raises(InputError, match="actions"):
            make_service_token(acme.guard("ada"), name="Desk", actions=actions)
    with pytest.raises(ChangeRefusedError):
        make_personal_token(acme.guard("bo"), name="=1+1", expires_at=later)
    with acme.database.reading() as connection:
        assert tokens.tokens(connection, "acme") == ()


def test_a_token_made_with_a_token_is_no_wider(engine: Engine, acme: Organization) -> None:
    cut, later = frozenset({"ConvrsAPI", "ConversationView"}), acme.clock() + DAY_S

    def asker(teams: frozenset[str] | None = None) -> Guard:
        return acme.guard(subject(engine, personal(acme, "bo", permissions=cut, teams=teams)))  # type: ignore[arg-type]

    with pytest.raises(InputError, match="not made for `AgentChat`"):
        make_personal_token(asker(), name="Wider", expires_at=later, permissions=cut | {"AgentChat"})
    with pytest.raises(DeniedError):
        make_personal_token(asker(frozenset({"main"})), name="Wider", expires_at=later)
    assert make_personal_token(asker(), name="Alike", expires_at=later).token.permissions == cut
    narrow = make_personal_token(asker(), name="Narrow", expires_at=later, permissions=cut - {"ConvrsAPI"})
    assert narrow.token.permissions == {"ConversationView"}


def test_a_token_made_with_a_token_lasts_no_longer(engine: Engine, acme: Organization) -> None:
    ends = acme.clock() + DAY_S
    kept = make_personal_token(acme.guard("ada"), name="A day", expires_at=ends)
    asker = acme.guard(subject(engine, kept))  # type: ignore[arg-type]
    actions = frozenset({"decision.evaluate"})
    for later in (ends + 1, None):
        with pytest.raises(InputError, match="ends sooner"):
            make_service_token(asker, name="Longer", actions=actions, expires_at=later)
    with pytest.raises(InputError, match="ends sooner"):
        make_personal_token(asker, name="Longer", expires_at=ends + 1)
    assert make_personal_token(asker, name="As long", expires_at=ends).token.expires_at == ends
    assert (
        make_service_token(asker, name="As long", actions=actions, expires_at=ends).token.expires_at == ends
    )
    assert make_service_token(acme.guard("ada"), name="Signed in", actions=actions).token.expires_at is None


def test_tokens_are_ended_by_their_owner_or_by_somebody_who_holds_no_less(acme: Organization) -> None:
    boss, own = personal(acme, "olu"), personal(acme, "bo")
    service = make_service_token(acme.guard("ada"), name="Desk", actions=frozenset({"decision.evaluate"}))
    for agent, token in (("bo", boss), ("bo", service), ("ada", boss), ("cy", own)):
        with pytest.raises(NotFoundError):
            revoke_token(acme.guard(agent), token.token.id)
    with pytest.raises(NotFoundError):
        revoke_token(acme.guard("olu"), "token-none")
    for agent, token in (("bo", own), ("ada", service), ("oda", boss)):
        revoke_token(acme.guard(agent), token.token.id)
    with acme.database.reading() as connection:
        assert all(token.revoked_at for token in tokens.tokens(connection, "acme"))
        events = [entry.event for entry in activity.page(connection, "acme", limit=10)]
    assert events == ["token.revoked"] * 3 + ["token.made"] * 3


def test_a_token_of_a_deleted_team_works_in_the_team_that_received_it(
    engine: Engine, acme: Organization
) -> None:
    made = personal(acme, teams=frozenset({"billing"}))
    put(acme, RemoveTeam("billing", "main"))
    acme.pulse_moved()
    assert subject(engine, made).teams == {"main"}


def test_a_token_works_in_its_own_organization_only(engine: Engine, acme: Organization) -> None:
    zeta = engine.found("zeta", FOUNDED, because="It opens")
    made = personal(acme, "bo")
    found = find_token(engine, made.secret)
    assert found is not None
    assert found[0] is acme
    with pytest.raises(NotFoundError):
        revoke_token(zeta.guard("bo"), made.token.id)
    give(zeta, "bo", Assignment("admin"))
    assert not acme.allows(found[1], "role.edit")


def test_a_token_lasts_no_longer_than_the_organization_lets_one(acme: Organization) -> None:
    owner, now = acme.guard("olu"), acme.clock()
    with pytest.raises(DeniedError):
        keep_technical(acme.guard("bo"), TechnicalSettings(30))
    for days in (0, 3651):
        with pytest.raises(InputError):
            keep_technical(owner, TechnicalSettings(days))
    ends = (now + 10 * DAY_S, now + 400 * DAY_S, None)

    def made() -> list[bool]:
        return [_can_make(owner, end) for end in ends]

    assert made() == [True, True, True]
    keep_technical(owner, TechnicalSettings(30))
    assert made() == [True, False, False]
    with pytest.raises(InputError, match="within 30 days"):
        make_personal_token(owner, name="Long", expires_at=now + 400 * DAY_S)
    keep_technical(owner, TechnicalSettings(None))
    assert made() == [True, True, True]


def _can_make(guard: Guard, end: float | None) -> bool:
    try:
        make_service_token(guard, name="Desk", actions=frozenset({"decision.evaluate"}), expires_at=end)
    except InputError:
        return False
    return True

"""Signing in: only with the right password, only while active, and ended everywhere when it is to end."""

from collections.abc import Callable

import pytest
from tests.engine.desk import FOUNDED, Wall

from roledesk.core.terms import Subject
from roledesk.engine import Engine, Organization, sign_ins
from roledesk.engine.agents import deactivate, reactivate
from roledesk.engine.sign_ins import (
    end_sign_ins,
    find_sign_in,
    hash_password,
    set_password,
    sign_in,
    sign_out,
)
from roledesk.errors import InputError
from roledesk.store import activity, people
from roledesk.store.people import Person

PASSWORD = "correct horse battery"
DAY_S = 86_400.0
IDLE_S = 3_600.0
BO = Person("bo", "Bo Berg", "bo.berg@example.com")


@pytest.fixture(autouse=True)
def person(acme: Organization) -> None:
    """Bo has an address and a password."""
    with acme.database.writing() as connection:
        people.put_person(connection, "acme", BO)
    set_password(acme, "bo", PASSWORD, by="bo")


def signed_in(acme: Organization) -> str:
    """The secret of a new sign-in."""
    secret = sign_in(acme, "bo.berg@example.com", PASSWORD, lifetime_s=DAY_S)
    assert secret is not None
    return secret


def is_in(engine: Engine, secret: str) -> bool:
    """Whether the secret lets somebody in."""
    return find_sign_in(engine, secret, idle_s=IDLE_S) is not None


def test_the_right_password_lets_in_and_nothing_else_does(engine: Engine, acme: Organization) -> None:
    found = find_sign_in(engine, signed_in(acme), idle_s=IDLE_S)
    assert found == (acme, "bo")
    assert sign_in(acme, " BO.Berg@EXAMPLE.com ", PASSWORD, lifetime_s=DAY_S)
    for email, password in (
        ("bo.berg@example.com", PASSWORD.upper()),
        ("bo.berg@example.com", ""),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", "nobody has this password"),
        ("", ""),
        ("bo.berg@example.com", "x" * 100_000),
    ):
        assert sign_in(acme, email, password, lifetime_s=DAY_S) is None
    assert not is_in(engine, "in_wrong")


def test_a_sign_in_ends_by_its_age_and_by_idleness(engine: Engine, acme: Organization, wall: Wall) -> None:
    secret = signed_in(acme)
    start = wall.now
    while wall.now < start + DAY_S - IDLE_S / 2:
        wall.now += IDLE_S / 2
        assert is_in(engine, secret) is (wall.now < start + DAY_S)
    wall.now = start + DAY_S
    assert not is_in(engine, secret)
    other = signed_in(acme)
    wall.now += IDLE_S + 1
    assert not is_in(engine, other)


def test_signing_out_ends_this_sign_in_alone(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine]
) -> None:
    first, second = signed_in(acme), signed_in(acme)
    elsewhere = open_again(engine.clock)
    assert is_in(elsewhere, first)
    sign_out(acme, first)
    assert [is_in(each, secret) for each in (engine, elsewhere) for secret in (first, second)] == [
        False,
        True,
    ] * 2


def test_a_new_password_ends_the_other_sign_ins(engine: Engine, acme: Organization) -> None:
    first, second = signed_in(acme), signed_in(acme)
    set_password(acme, "bo", "another fine password", by="bo", keep=second)
    assert [is_in(engine, secret) for secret in (first, second)] == [False, True]
    assert sign_in(acme, "bo.berg@example.com", PASSWORD, lifetime_s=DAY_S) is None
    end_sign_ins(acme, "bo", by="olu")
    assert not is_in(engine, second)


def test_a_deactivated_agent_is_out_and_coming_back_revives_no_sign_in(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine]
) -> None:
    secret = signed_in(acme)
    elsewhere = open_again(engine.clock)
    elsewhere.organization("acme")
    deactivate(acme, "bo", by=Subject("olu"), because="He left")
    assert not is_in(engine, secret)
    assert not is_in(elsewhere, secret)
    there = elsewhere.organization("acme")
    assert sign_in(there, "bo.berg@example.com", PASSWORD, lifetime_s=DAY_S) is None
    reactivate(acme, "bo", by=Subject("olu"), because="He is back")
    assert not is_in(engine, secret)
    assert is_in(engine, signed_in(acme))


def test_a_password_replaced_while_it_was_being_checked_lets_nobody_in(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = sign_ins._matches

    def replaced_meanwhile(password: str, kept: str | None) -> bool:
        right = matches(password, kept)
        set_password(acme, "bo", "another fine password", by="olu")
        return right

    monkeypatch.setattr(sign_ins, "_matches", replaced_meanwhile)
    assert sign_in(acme, "bo.berg@example.com", PASSWORD, lifetime_s=DAY_S) is None


@pytest.mark.parametrize(
    "password",
    ["", "hunter2", "x" * 257, "aaaaaaaaaaaa", "abababababab", "bo.berg@example.com", "BO.BERG@example.COM"],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InputError) as refused:
        hash_password(password, BO)
    assert refused.value.where == "password"
    assert password == "" or password not in str(refused.value)


def test_what_happened_is_recorded_without_secrets(acme: Organization) -> None:
    secret = signed_in(acme)
    sign_in(acme, "bo.berg@example.com", "wrong password", lifetime_s=DAY_S)
    end_sign_ins(acme, "bo", by="olu")
    with acme.database.reading() as connection:
        entries = activity.page(connection, "acme", limit=10)
    assert [(entry.event, entry.by, entry.about) for entry in entries] == [
        ("sign_ins.ended", "olu", "agent:bo"),
        ("signed_in", "bo", "agent:bo"),
        ("password.set", "bo", "agent:bo"),
    ]
    assert secret not in repr(entries)
    assert PASSWORD not in repr(entries)


def test_an_address_belongs_to_its_organization(engine: Engine, acme: Organization) -> None:
    zeta = engine.found("zeta", FOUNDED, because="It opens")
    assert sign_in(zeta, "bo.berg@example.com", PASSWORD, lifetime_s=DAY_S) is None

"""Passwords, sign-ins and links: kept as hashes, ended for every process, used once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.store.ledger import Ledger

from roledesk.store import policies, sign_ins
from roledesk.store.sign_ins import Link, LinkKind, SignIn

DAY = 86_400.0
FIRST = SignIn("acme", "amal", 1.0, 1.0, DAY)
SECOND = SignIn("acme", "amal", 2.0, 2.0, DAY)
OTHER = SignIn("acme", "bo", 3.0, 3.0, DAY)


def pulse(ledger: Ledger) -> int:
    with ledger.database.reading() as connection:
        return policies.heads(connection)["acme"][1]


@pytest.fixture
def signed_in(ledger: Ledger) -> Ledger:
    """Two sign-ins of amal, one of bo."""
    with ledger.database.writing() as connection:
        for hash, sign_in in (("h1", FIRST), ("h2", SECOND), ("h3", OTHER)):
            sign_ins.put_sign_in(connection, sign_in, hash=hash)
    return ledger


def test_a_password_is_replaced_by_the_next(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        assert sign_ins.find_password(connection, "acme", "amal") is None
        sign_ins.put_password(connection, "acme", "amal", "one", at=1)
        sign_ins.put_password(connection, "acme", "amal", "two", at=2)
        assert sign_ins.find_password(connection, "acme", "amal") == "two"
        assert sign_ins.find_password(connection, "acme", "bo") is None
        assert sign_ins.find_password(connection, "bcme", "amal") is None


def test_a_sign_in_is_found_by_its_hash(signed_in: Ledger) -> None:
    with signed_in.database.writing() as connection:
        sign_ins.mark_seen(connection, "h1", at=50.0, expires_at=DAY + 50)
        assert sign_ins.find_sign_in(connection, "h1") == SignIn("acme", "amal", 1.0, 50.0, DAY + 50)
        assert sign_ins.find_sign_in(connection, "h9") is None
        assert sign_ins.sign_ins(connection, "acme", "bo") == (OTHER,)
        assert [each.created_at for each in sign_ins.sign_ins(connection, "acme", "amal")] == [2.0, 1.0]


def test_a_sign_in_ends_once_and_every_process_hears_of_it(signed_in: Ledger) -> None:
    with signed_in.database.writing() as connection:
        assert not sign_ins.end_sign_in(connection, "bcme", "h1", at=5.0)
        assert sign_ins.end_sign_in(connection, "acme", "h1", at=5.0)
        assert not sign_ins.end_sign_in(connection, "acme", "h1", at=6.0)
        ended = sign_ins.find_sign_in(connection, "h1")
    assert ended == SignIn("acme", "amal", 1.0, 1.0, DAY, 5.0)
    assert pulse(signed_in) == 1


def test_all_sign_ins_of_an_agent_end_together(signed_in: Ledger) -> None:
    with signed_in.database.writing() as connection:
        assert sign_ins.end_sign_ins(connection, "acme", "amal", at=5.0, except_hash="h2") == 1
        assert sign_ins.end_sign_ins(connection, "acme", "amal", at=5.0) == 1
        assert sign_ins.end_sign_ins(connection, "acme", "amal", at=5.0) == 0
        assert sign_ins.find_sign_in(connection, "h3") == OTHER
    assert pulse(signed_in) == 2


@pytest.mark.parametrize(
    ("sign_in", "now", "valid"),
    [
        pytest.param(FIRST, 1.0, True, id="fresh"),
        pytest.param(FIRST, DAY, False, id="expired to the second"),
        pytest.param(
            SignIn("acme", "amal", 1.0, 1.0, DAY, 2.0), 1.5, False, id="ended, even if time went back"
        ),
    ],
)
def test_a_sign_in_lasts_until_it_ends(sign_in: SignIn, now: float, valid: bool) -> None:
    assert sign_in.is_valid(now) is valid


def link(kind: LinkKind = LinkKind.INVITATION, agent: str = "bo") -> Link:
    return Link("acme", kind, agent, 1.0, DAY)


def test_a_link_is_used_once_and_in_time(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        sign_ins.put_link(connection, link(), hash="l1")
        assert sign_ins.find_link(connection, "l1") == link()
        assert not sign_ins.use_link(connection, "l1", at=DAY)
        assert sign_ins.use_link(connection, "l1", at=2.0)
        assert not sign_ins.use_link(connection, "l1", at=3.0)
        assert not sign_ins.use_link(connection, "l9", at=3.0)
        used = sign_ins.find_link(connection, "l1")
    assert used is not None
    assert (used.used_at, used.is_valid(2.5)) == (2.0, False)


def test_of_two_who_use_a_link_at_once_one_succeeds(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        sign_ins.put_link(connection, link(), hash="l1")

    def use(_: int) -> bool:
        with ledger.database.writing() as connection:
            return sign_ins.use_link(connection, "l1", at=2.0)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]


def test_a_new_link_replaces_the_agents_earlier_ones(ledger: Ledger) -> None:
    with ledger.database.writing() as connection:
        sign_ins.put_link(connection, link(), hash="l1")
        sign_ins.put_link(connection, link(agent="amal"), hash="l2")
        sign_ins.put_link(connection, link(LinkKind.PASSWORD), hash="l3")
        assert sign_ins.find_link(connection, "l1") is None
        assert sign_ins.find_link(connection, "l2") == link(agent="amal")
        assert sign_ins.find_link(connection, "l3") == link(LinkKind.PASSWORD)
        assert sign_ins.find_link(connection, "l9") is None


def test_a_set_up_link_comes_before_any_organization(ledger: Ledger) -> None:
    first = Link("", LinkKind.SET_UP, "", 1.0, DAY)
    with ledger.database.writing() as connection:
        sign_ins.put_link(connection, first, hash="l1")
        assert sign_ins.find_link(connection, "l1") == first


def test_what_expired_long_ago_is_cleaned_away(signed_in: Ledger) -> None:
    with signed_in.database.writing() as connection:
        sign_ins.put_link(connection, link(), hash="l1")
        sign_ins.clean(connection, before=DAY)
        assert sign_ins.find_sign_in(connection, "h1") is not None
        sign_ins.clean(connection, before=DAY + 1)
        assert sign_ins.find_sign_in(connection, "h1") is None
        assert sign_ins.find_link(connection, "l1") is None

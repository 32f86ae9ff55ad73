"""Tokens come back as they were kept, and end for every process."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from tests.store.ledger import Ledger

from roledesk.core.changes import RemoveTeam
from roledesk.store import policies, tokens
from roledesk.store.tokens import Token, TokenKind

PERSONAL = Token(
    "t1",
    "acme",
    TokenKind.PERSONAL,
    "Amal's script",
    10.5,
    "amal",
    agent="amal",
    permissions=frozenset({"ConversationView"}),
    teams=frozenset({"billing"}),
    expires_at=100.25,
)
UNCUT = replace(PERSONAL, id="t2", permissions=None, teams=None, created_at=11.5)
SERVICE = Token(
    "t3", "acme", TokenKind.SERVICE, "Gateway", 12.5, "amal", actions=frozenset({"decision.evaluate"})
)


@pytest.fixture
def keeping(ledger: Ledger) -> Ledger:
    """Three tokens: a cut one, an uncut one, a service's."""
    with ledger.database.writing() as connection:
        for token in (PERSONAL, UNCUT, SERVICE):
            tokens.put(connection, token, hash=f"hash of {token.id}")
    return ledger


@pytest.mark.parametrize("token", [PERSONAL, UNCUT, SERVICE], ids=["cut", "uncut", "service"])
def test_a_token_comes_back_as_it_was_kept(keeping: Ledger, token: Token) -> None:
    with keeping.database.reading() as connection:
        assert tokens.find_by_hash(connection, f"hash of {token.id}") == token
        assert tokens.find(connection, "acme", token.id) == token
        assert tokens.find(connection, "bcme", token.id) is None
        assert tokens.find_by_hash(connection, token.id) is None


def test_tokens_are_listed_newest_first(keeping: Ledger) -> None:
    with keeping.database.reading() as connection:
        assert tokens.tokens(connection, "acme") == (SERVICE, UNCUT, PERSONAL)
        assert tokens.tokens(connection, "acme", agent="amal") == (UNCUT, PERSONAL)
        assert tokens.tokens(connection, "bcme") == ()


def test_a_secret_belongs_to_one_token(keeping: Ledger) -> None:
    with pytest.raises(IntegrityError), keeping.database.writing() as connection:
        tokens.put(connection, replace(SERVICE, id="t4"), hash="hash of t3")


def test_a_revoked_token_is_ended_once_and_every_process_hears_of_it(keeping: Ledger) -> None:
    with keeping.database.writing() as connection:
        assert not tokens.revoke(connection, "bcme", "t1", at=20.0)
        assert tokens.revoke(connection, "acme", "t1", at=20.0)
        assert not tokens.revoke(connection, "acme", "t1", at=30.0)
        assert tokens.find(connection, "acme", "t1") == replace(PERSONAL, revoked_at=20.0)
        assert tokens.revoke_all(connection, "acme", "amal", at=40.0) == 1
        assert tokens.find(connection, "acme", "t2") == replace(UNCUT, revoked_at=40.0)
        assert tokens.find(connection, "acme", "t3") == SERVICE
        assert policies.heads(connection) == {"acme": (1, 2)}


@pytest.mark.parametrize(
    ("token", "now", "valid"),
    [
        pytest.param(PERSONAL, 100.0, True, id="before its end"),
        pytest.param(PERSONAL, 100.25, False, id="at its end"),
        pytest.param(SERVICE, 1e12, True, id="without an end"),
        pytest.param(replace(SERVICE, revoked_at=50.0), 10.0, False, id="revoked, even if time went back"),
    ],
)
def test_a_token_is_valid_until_it_ends(token: Token, now: float, valid: bool) -> None:
    assert token.is_valid(now) is valid


def test_the_day_of_the_last_use_is_kept(keeping: Ledger) -> None:
    with keeping.database.writing() as connection:
        tokens.mark_used(connection, "acme", "t1", on=date(2026, 3, 1))
        assert tokens.find(connection, "acme", "t1") == replace(PERSONAL, last_used_on=date(2026, 3, 1))
        assert tokens.find(connection, "acme", "t2") == UNCUT


def test_a_token_cut_to_a_deleted_team_works_in_its_receiver(keeping: Ledger) -> None:
    keeping.commit(RemoveTeam("billing", "main"))
    with keeping.database.reading() as connection:
        assert tokens.tokens(connection, "acme") == (
            SERVICE,
            UNCUT,
            replace(PERSONAL, teams=frozenset({"main"})),
        )
        assert policies.heads(connection)["acme"][1] == 1

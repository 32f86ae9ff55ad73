"""What another process committed is obeyed here without asking; tests wait, but never long."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic, sleep

from tests.engine.desk import AGENT, FOUNDED, IN_BILLING, WIDER, put

from roledesk.core.changes import PutRole
from roledesk.engine import Engine, Organization, open_engine

PATIENCE_S = 30.0


def becomes(ask: Callable[[], bool]) -> bool:
    """Whether `ask` comes to say yes."""
    end = monotonic() + PATIENCE_S
    while not ask() and monotonic() < end:
        sleep(0.002)
    return ask()


def test_a_change_elsewhere_is_obeyed_here(acme: Organization, open_again: Callable[..., Engine]) -> None:
    elsewhere = open_again().organization("acme")
    guard = acme.guard("bo")
    for role in (WIDER, AGENT, WIDER):
        put(elsewhere, PutRole(role))
        assert becomes(lambda wanted=role is WIDER: guard.allows("conversation.view", IN_BILLING) is wanted)
    assert becomes(lambda: acme.revision == elsewhere.revision)
    assert acme.policy == elsewhere.policy


def test_changes_from_both_sides_meet(acme: Organization, open_again: Callable[..., Engine]) -> None:
    elsewhere = open_again().organization("acme")
    for _ in range(5):
        put(elsewhere, PutRole(WIDER))
        put(acme, PutRole(AGENT))
    assert acme.revision.number == 11
    assert becomes(lambda: elsewhere.revision == acme.revision)
    assert elsewhere.policy == acme.policy
    assert acme.verify().rows == 11


def test_an_organization_founded_elsewhere_is_there_at_the_first_question(
    engine: Engine, open_again: Callable[..., Engine]
) -> None:
    open_again().found("zeta", FOUNDED, because="It opens")
    assert engine.organization("zeta").allows("olu", "role.edit")
    assert engine.names() == {"zeta": "Acme"}


def test_a_follower_shares_what_did_not_change(acme: Organization, open_again: Callable[..., Engine]) -> None:
    before = acme.policy
    elsewhere = open_again().organization("acme")
    put(elsewhere, PutRole(WIDER))
    assert becomes(lambda: acme.revision.number == 2)
    assert acme.policy.agents is before.agents
    assert acme.policy.roles["owner"] is before.roles["owner"]


def test_an_engine_closed_while_it_hears_of_a_change_leaves_no_connection_behind(tmp_path: Path) -> None:
    """The last connection to go takes SQLite's journal with it."""
    hearing = Event()

    def dawdle() -> None:
        hearing.set()
        sleep(0.1)

    with open_engine(f"sqlite:///{tmp_path / 'roledesk.sqlite3'}", create=True) as engine:
        engine.listeners.append(dawdle)
        engine.found("acme", FOUNDED, because="x")
        assert hearing.wait(PATIENCE_S)
    assert [path.name for path in tmp_path.iterdir()] == ["roledesk.sqlite3"]

"""Registered resources: found by id, listed within a reach, counted as listed."""

from collections.abc import Callable

import pytest
from tests.store.ledger import Ledger

from roledesk.core.reach import EVERYWHERE, Reach, extent
from roledesk.core.terms import Resource
from roledesk.store import resources

NONE: frozenset[str] = frozenset()
OPEN = Resource("ticket", "a", owner="amal", team="billing", state="open")
CLOSED = Resource("ticket", "b", owner="bo", team="billing", state="closed")
LOOSE = Resource("ticket", "c", owner="amal", state="open")
BOT = Resource("bot", "a", team="main")
EVERYTHING = Reach("amal", "x", {"open": EVERYWHERE, "closed": EVERYWHERE})
BOTS = Reach("amal", "x", {None: EVERYWHERE})


@pytest.fixture
def registered(ledger: Ledger) -> Ledger:
    """Three tickets and a bot."""
    with ledger.database.writing() as connection:
        resources.put(connection, "acme", (OPEN, CLOSED, LOOSE, BOT))
    return ledger


@pytest.mark.parametrize(
    ("reach", "found"),
    [
        pytest.param(EVERYTHING, [OPEN, CLOSED, LOOSE], id="everything"),
        pytest.param(Reach("amal", "x", {"open": EVERYWHERE}), [OPEN, LOOSE], id="a state"),
        pytest.param(
            Reach("amal", "x", {"open": extent(False, frozenset({"billing"}), False, NONE)}),
            [OPEN],
            id="a team",
        ),
        pytest.param(Reach("bo", "x", {"closed": extent(False, NONE, True, NONE)}), [CLOSED], id="own"),
        pytest.param(Reach("amal", "x", {}), [], id="nothing"),
    ],
)
def test_a_list_holds_what_the_reach_covers(registered: Ledger, reach: Reach, found: list[Resource]) -> None:
    with registered.database.reading() as connection:
        assert list(resources.page(connection, "acme", "ticket", reach, limit=10)) == found
        assert resources.count(connection, "acme", "ticket", reach) == len(found)
        assert resources.page(connection, "bcme", "ticket", reach, limit=10) == ()


def test_pages_follow_each_other(registered: Ledger) -> None:
    with registered.database.reading() as connection:
        assert resources.page(connection, "acme", "ticket", EVERYTHING, limit=2) == (OPEN, CLOSED)
        assert resources.page(connection, "acme", "ticket", EVERYTHING, limit=2, after="b") == (LOOSE,)
        assert resources.page(connection, "acme", "bot", BOTS, limit=2) == (BOT,)
        assert resources.count_by_kind(connection, "acme", "billing") == {"ticket": 2}
        assert resources.count_by_kind(connection, "acme", "main") == {"bot": 1}
        assert tuple(resources.every(connection, "acme")) == (BOT, OPEN, CLOSED, LOOSE)


def test_a_resource_is_found_replaced_and_removed(registered: Ledger) -> None:
    moved = Resource("ticket", "a", owner=None, team="main", state="closed")
    with registered.database.writing() as connection:
        assert resources.find(connection, "acme", "ticket", "a") == OPEN
        resources.put(connection, "acme", [moved])
        assert resources.find(connection, "acme", "ticket", "a") == moved
        resources.remove(connection, "acme", "ticket", ["a", "never there"])
        assert resources.find(connection, "acme", "ticket", "a") is None
        assert resources.find(connection, "acme", "bot", "a") == BOT


def test_nothing_of_another_organization_is_touched(
    registered: Ledger, found: Callable[[str], Ledger]
) -> None:
    found("bcme")
    with registered.database.writing() as connection:
        resources.put(connection, "bcme", [OPEN])
        resources.remove(connection, "acme", "ticket", ["a"])
        resources.move_team(connection, "acme", "billing", "main")
        assert tuple(resources.every(connection, "bcme")) == (OPEN,)

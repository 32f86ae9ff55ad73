"""One clock for a process: it never goes back, and can be set by the clock that all share."""

import time
from collections.abc import Callable

from tests.engine.desk import Wall
from tests.engine.test_follower import becomes

from roledesk.engine import Clock, Engine


def test_now_never_goes_back() -> None:
    wall = Wall(100.0)
    clock = Clock(wall)
    seen = []
    for now in (100.0, 101.5, 99.0, 0.0, 101.4, 102.0):
        wall.now = now
        seen.append(clock())
    assert seen == [100.0, 101.5, 101.5, 101.5, 101.5, 102.0]


def test_it_runs_by_itself_and_agrees_with_the_clock_that_is_shared() -> None:
    clock = Clock()
    start = clock()
    clock.follow(start + 1_000)
    assert start + 1_000 <= clock() < start + 1_100
    clock.follow(start)
    assert start + 1_000 <= clock() < start + 1_100


def test_a_source_of_the_callers_own_is_believed() -> None:
    clock = Clock(Wall(100.0))
    clock.follow(5_000.0)
    assert clock() == 100.0


def test_a_process_whose_clock_is_slow_learns_it_from_postgresql(open_again: Callable[..., Engine]) -> None:
    engine = open_again()
    engine.clock._source = lambda: time.time() - 3_600
    engine.clock._latest = 0.0
    shared = engine.database.dialect == "postgresql"
    assert not shared or becomes(lambda: abs(engine.clock() - time.time()) < 60)
    assert shared or engine.clock() < time.time() - 3_000

"""One clock for a process: it never goes back, and can be set by the clock that all share."""

from tests.engine.desk import Wall

from roledesk.engine import Clock


def test_now_never_goes_back() -> None:
    wall = Wall(100.0)
    clock = Clock(wall)
    seen = []
    for now in (100.0, 101.5, 99.0, 0.0, 101.4, 102.0):
        wall.now = now
        seen.append(clock())
    assert seen == [100.0, 101.5, 101.5, 101.5, 101.5, 102.0]


def test_it_runs_by_itself() -> None:
    clock = Clock()
    assert clock() <= clock()

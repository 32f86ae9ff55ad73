"""Every number equals how many things there are, one by one, that `decide` allows it to count.

Worlds are random (worlds.py), so are periods and time zones; the plain sums are in numbers.py.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.numbers import is_about, keys_of, plain_rows, plain_total
from tests.desk.world import World
from tests.desk.worlds import (
    CATEGORIES,
    CUSTOMERS,
    FIRST,
    MATE,
    ME,
    MEMBERSHIPS,
    ROLES,
    STEP_S,
    TALKS,
    TEAMS,
    Drawn,
    any_world,
    counted,
    drawn_of,
    fill,
    stand,
)

from roledesk import DeniedError, Guard, Resource, Scope, Status
from roledesk.desk import reports
from roledesk.desk.facts import Conversation, resource_of
from roledesk.desk.reports import DIMENSIONS, Counters
from roledesk.desk.store.reports import Period

ZONES = st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns"])
HOURS = st.integers(0, 24).map(lambda n: FIRST + n * 3600)
PERIODS = st.builds(
    Period,
    since=HOURS,
    until=HOURS.map(lambda at: at + 3 * 86_400),
    team=st.sampled_from([None, None, None, *TEAMS]),
    agent=st.sampled_from([None, None, None, ME, MATE]),
    category=st.sampled_from([None, None, None, *CATEGORIES]),
)
COUNTING = st.tuples(
    st.sampled_from([Scope.NONE, Scope.OWN, Scope.TEAM, Scope.ALL]),
    st.sampled_from([Scope.NONE, Scope.TEAM, Scope.ALL]),
).map(
    lambda scopes: {
        key: scope
        for key, scope in zip(("Reports", "OrganizationDashboard"), scopes, strict=True)
        if scope is not Scope.NONE
    }
)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists behind rows take several pages."""
    monkeypatch.setattr(reports, "PAGE", 2)


@any_world
@given(data=st.data())
def test_the_numbers_of_reports_and_home_are_those_of_what_is_allowed_one_by_one(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    held = [*data.draw(ROLES), (data.draw(COUNTING), None)]
    guard = stand(world, held[-3:], data.draw(MEMBERSHIPS))
    drawn, zone = data.draw(TALKS), data.draw(ZONES)
    world.settings(time_zone=zone)
    made = fill(world, drawn)
    check_home(guard, made, drawn, since=data.draw(HOURS))
    if guard.may("report.run"):
        mine = counted(guard, "report.run", "report", made)
        period = data.draw(PERIODS)
        for by in DIMENSIONS:
            check_report(guard, mine, drawn, period, by, ZoneInfo(zone))
            check_behind(guard, mine, drawn, period, by)
    else:
        with pytest.raises(DeniedError):
            reports.run(guard, Period(FIRST, FIRST + STEP_S), by="team")


def check_report(
    guard: Guard, mine: list[Conversation], drawn: list[Drawn], period: Period, by: str, zone: ZoneInfo
) -> None:
    report = reports.run(guard, period, by=by)
    expected = {key: row.line(key, "") for key, row in plain_rows(mine, drawn, period, by, zone).items()}
    lines = {line.key: line for line in report.lines}
    assert len(lines) == len(report.lines)
    assert {key for key, line in lines.items() if any(numbers_of(line))} == set(expected)
    assert {key: timed(lines[key]) for key in expected} == {key: timed(expected[key]) for key in expected}
    assert (by == "day") or set(lines) == set(expected)
    assert report.total == plain_total(mine, drawn, period)
    if guard.may("report.export"):
        assert reports.export(guard, period, by=by) == report


def numbers_of(line: reports.Line) -> tuple[int, ...]:
    return (line.started, line.closed, line.inbound, line.outbound)


def timed(line: reports.Line) -> tuple[object, ...]:
    return (*numbers_of(line), line.first_answer_s, line.slow_answer_s, line.to_close_s)


def check_behind(guard: Guard, mine: list[Conversation], drawn: list[Drawn], period: Period, by: str) -> None:
    """Behind each row stand the conversations that began in it, as far as each may be viewed."""
    if by == "day":
        return
    began = [
        each for each in mine if is_about(period, each) and period.since <= each.created_at < period.until
    ]
    for key in {key for each in began for key in keys_of(by, each, drawn_of(drawn, each))}:
        rows, after = [], None
        while True:
            page = reports.behind(guard, period, by=by, key=key, after=after)
            rows += [row.conversation.id for row in page.rows]
            if (after := page.next) is None:
                break
        expected = [
            each
            for each in began
            if key in keys_of(by, each, drawn_of(drawn, each))
            and guard.allows("conversation.view", resource_of(each))
        ]
        expected.sort(key=lambda each: (each.created_at, each.id), reverse=True)
        assert rows == [each.id for each in expected]


def check_home(guard: Guard, made: list[Conversation], drawn: list[Drawn], *, since: float) -> None:
    if not guard.may("dashboard.read"):
        with pytest.raises(DeniedError):
            reports.counters(guard, since=since)
        return
    mine = counted(guard, "dashboard.read", "dashboard", made)
    said = plain_total(mine, drawn, Period(since, float("inf")))
    everybody = len(CUSTOMERS) if guard.allows("dashboard.read") else len({each.customer for each in mine})
    agents = sum(
        guard.allows("dashboard.read", Resource("dashboard", teams=standing.teams))
        for standing in guard.organization.policy.agents.values()
        if standing.status is not Status.DEACTIVATED
    )
    assert reports.counters(guard, since=since) == Counters(agents, everybody, said.inbound, said.outbound)

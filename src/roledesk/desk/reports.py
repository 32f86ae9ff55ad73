"""Reports and the counters of Home: numbers about a period, each within the reader's reach.

What a report counts is what `report.run` covers: the conversations of the teams, or of the
agent, that it reaches. Nothing outside is in a row, in a total or in a name. To open one of
the conversations takes viewing it; the list behind a row holds those, and says how many are not.
Not here: the rows of the database (store/reports.py), charts (pages/reports.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from statistics import median
from zoneinfo import ZoneInfo

from roledesk import Guard, InputError, Resource, Status, find_people, record_activity
from roledesk.desk import reading
from roledesk.desk.reading import Page, Row
from roledesk.desk.store import customers, labels, reports, settings
from roledesk.desk.store.reports import Cursor, Moments, Period

RUN, EXPORT, HOME = "report.run", "report.export", "dashboard.read"
DIMENSIONS = {
    "day": "Day",
    "team": "Team",
    "agent": "Agent",
    "category": "Category",
    "tag": "Tag",
    "channel": "Channel",
}
NONE = {"agent": "Nobody yet", "category": "Without a category", "tag": "Without a tag"}
MOST_DAYS = 400
MOST_COUNTED = 200_000
PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a report; times are in seconds, None where there was nothing to measure."""

    key: str | None
    label: str
    started: int = 0
    closed: int = 0
    inbound: int = 0
    outbound: int = 0
    first_answer_s: float | None = None
    slow_answer_s: float | None = None
    to_close_s: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Rows by one dimension, and the whole of them."""

    by: str
    lines: tuple[Line, ...]
    total: Line


@dataclass(frozen=True, slots=True)
class Counters:
    """What Home counts."""

    agents: int
    customers: int
    inbound: int
    outbound: int


@dataclass(slots=True)
class _Sum:
    """What is added up for one row."""

    started: int = 0
    closed: int = 0
    inbound: int = 0
    outbound: int = 0
    answers: list[float] = field(default_factory=list)
    closes: list[float] = field(default_factory=list)


def counters(guard: Guard, *, since: float) -> Counters:
    """The counters of Home, messages since a moment. Raises DeniedError."""
    if not guard.may(HOME):
        guard.require(HOME)
    organization, reach = guard.organization, guard.reach(HOME)
    agents = sum(
        len(agents)
        for standing, agents in organization.policy.members.items()
        if standing.status is not Status.DEACTIVATED
        and reach.covers(Resource("dashboard", teams=standing.teams))
    )
    with organization.database.reading() as connection:
        known = reports.count_customers(connection, organization.id, reach)
        said = reports.count_spoken(connection, organization.id, reach, Period(since, float("inf")))
    return Counters(agents, known, said.get(True, 0), said.get(False, 0))


def run(guard: Guard, period: Period, *, by: str) -> Report:
    """A report over a period. Raises DeniedError, InputError."""
    _check(guard, RUN, period, by)
    sums, zone = _added_up(guard, period, by), _zone(guard)
    keys = [*_days(period, zone)] if by == "day" else [key for key, _ in sorted(sums.items(), key=_by_size)]
    names = _names(guard, by, [key for key in keys if key is not None])
    lines = tuple(_line(key, names.get(key or "", NONE.get(by, "")), sums.get(key, _Sum())) for key in keys)
    return Report(by, lines, _total(guard, period, by, sums))


def export(guard: Guard, period: Period, *, by: str) -> Report:
    """The same to be taken away; that it was is written down. Raises DeniedError, InputError."""
    _check(guard, EXPORT, period, by)
    report, organization = run(guard, period, by=by), guard.organization
    with organization.locked() as connection:
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="report.exported",
            about=f"report:{by}",
        )
    return report


def behind(guard: Guard, period: Period, *, by: str, key: str | None, after: Cursor | None = None) -> Page:
    """The conversations begun in the period that are counted under `key`, as far as one may view them."""
    _check(guard, RUN, period, by)
    organization = guard.organization.id
    with guard.organization.database.reading() as connection:
        found = reports.listed(
            connection,
            organization,
            guard.reach(RUN),
            guard.reach(reading.VIEW),
            period,
            by=by,
            key=key,
            limit=PAGE + 1,
            after=after,
        )
        shown = found[:PAGE]
        more = (shown[-1].created_at, shown[-1].id) if len(found) > PAGE else None
        names = customers.names(connection, organization, {each.customer for each in shown})
        return Page(tuple(Row(each, names.get(each.customer, "")) for each in shown), more)


def day_of(key: str, zone: ZoneInfo, period: Period) -> Period:
    """The part of a period that is one day of it. Raises InputError."""
    try:
        start = datetime.strptime(key, "%Y-%m-%d").replace(tzinfo=zone)
        end = (start + timedelta(days=1)).timestamp()
    except (ValueError, OverflowError):
        raise InputError("key", "is no day; open the report again") from None
    return replace(period, since=max(period.since, start.timestamp()), until=min(period.until, end))


def _check(guard: Guard, action: str, period: Period, by: str) -> None:
    if not guard.may(action):
        guard.require(action)
    if by not in DIMENSIONS:
        raise InputError("by", f"choose one of {', '.join(DIMENSIONS)}")
    if not period.since < period.until or period.until - period.since > MOST_DAYS * 86_400:
        raise InputError("from", f"choose a period of one day to {MOST_DAYS} days")


def _added_up(guard: Guard, period: Period, by: str) -> dict[str | None, _Sum]:
    organization, reach, zone = guard.organization.id, guard.reach(RUN), _zone(guard)
    sums: dict[str | None, _Sum] = defaultdict(_Sum)
    with guard.organization.database.reading() as connection:
        for closed in (False, True):
            found = reports.moments(
                connection, organization, reach, period, by=by, closed=closed, limit=MOST_COUNTED + 1
            )
            if len(found) > MOST_COUNTED:
                raise InputError("from", f"more than {MOST_COUNTED:,} chats; choose a shorter period")
            _add(sums, found, _keyed(by, zone), closed=closed)
        for each in reports.spoken(connection, organization, reach, period, by=by):
            into = sums[_day(each.at, zone) if by == "day" else each.key]
            into.inbound += each.count if each.inbound else 0
            into.outbound += 0 if each.inbound else each.count
    return sums


def _add(
    sums: dict[str | None, _Sum],
    found: Iterable[Moments],
    key_of: Callable[[Moments, float], str | None],
    *,
    closed: bool,
) -> None:
    for each in found:
        if closed and each.closed_at is not None:
            into = sums[key_of(each, each.closed_at)]
            into.closed += 1
            into.closes.append(each.closed_at - each.created_at)
        elif not closed:
            into = sums[key_of(each, each.created_at)]
            into.started += 1
            if each.answered_at is not None:
                into.answers.append(each.answered_at - each.created_at)


def _keyed(by: str, zone: tzinfo) -> Callable[[Moments, float], str | None]:
    return (lambda _each, at: _day(at, zone)) if by == "day" else (lambda each, _at: each.key)


def _total(guard: Guard, period: Period, by: str, sums: Mapping[str | None, _Sum]) -> Line:
    """The whole; with tags not the sum of the rows, for a chat can have several."""
    whole = _added_up(guard, period, "channel") if by == "tag" else sums
    total = _Sum()
    for each in whole.values():
        total.started += each.started
        total.closed += each.closed
        total.inbound += each.inbound
        total.outbound += each.outbound
        total.answers += each.answers
        total.closes += each.closes
    return _line(None, "In all", total)


def _line(key: str | None, label: str, added: _Sum) -> Line:
    return Line(
        key,
        label,
        added.started,
        added.closed,
        added.inbound,
        added.outbound,
        median(added.answers) if added.answers else None,
        _ninetieth(added.answers),
        median(added.closes) if added.closes else None,
    )


def _ninetieth(values: list[float]) -> float | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))] if ordered else None


def _by_size(item: tuple[str | None, _Sum]) -> tuple[int, str]:
    return -item[1].started, item[0] or "~"


def _days(period: Period, zone: ZoneInfo) -> Iterable[str]:
    day = datetime.fromtimestamp(period.since, zone).date()
    last = datetime.fromtimestamp(period.until - 1, zone).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def _day(at: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, zone).date().isoformat()


def _zone(guard: Guard) -> ZoneInfo:
    with guard.organization.database.reading() as connection:
        return ZoneInfo(settings.find(connection, guard.organization.id).time_zone)


def _names(guard: Guard, by: str, keys: list[str]) -> Mapping[str, str]:
    """What the rows are called; only of what is in them."""
    organization = guard.organization
    teams = organization.policy.teams
    with organization.database.reading() as connection:
        match by:
            case "team":
                return {key: teams[key].name if key in teams else "a former team" for key in keys}
            case "agent":
                found = find_people(connection, organization.id, keys)
                return {
                    key: found[key].name or "former agent" if key in found else "former agent" for key in keys
                }
            case "category":
                known = labels.list_categories(connection, organization.id, deleted=True)
                return {each.id: each.name for each in known}
            case "tag":
                return {
                    each.id: each.name for each in labels.list_tags(connection, organization.id, retired=True)
                }
    return {key: {"web": "Web chat"}.get(key, key) for key in keys}

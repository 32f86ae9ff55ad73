"""Numbers: Home's counters and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from roledesk.desk import reports
from roledesk.desk.reports import Line, Report
from roledesk.desk.store.reports import Period
from roledesk.web.api import Asker, Name, api_routes

routes = api_routes()
Moment = Annotated[float, Query(ge=0, le=4e9)]
By = Annotated[str, Query(max_length=20, description="day, team, agent, category, tag or channel")]


@dataclass(frozen=True, slots=True)
class CountersOut:
    """How many agents and customers there are, and messages since a moment, within reach."""

    agents: int
    customers: int
    inbound: int
    outbound: int


@dataclass(frozen=True, slots=True)
class LineOut:
    """A row of a report; times in seconds, null where there was nothing to measure."""

    key: str | None
    label: str
    started: int
    closed: int
    inbound: int
    outbound: int
    first_answer_s: float | None
    slow_answer_s: float | None
    to_close_s: float | None


@dataclass(frozen=True, slots=True)
class ReportOut:
    """Rows by one dimension, and the whole of them."""

    by: str
    lines: list[LineOut]
    total: LineOut


@routes.guarded("GET", "/dashboard", "dashboard.read")
def get_counters(asker: Asker, since: Moment) -> CountersOut:
    """Home's counters, messages since a moment."""
    found = reports.counters(asker, since=since)
    return CountersOut(found.agents, found.customers, found.inbound, found.outbound)


@routes.guarded("GET", "/report", "report.run")
def run_report(asker: Asker, since: Moment, until: Moment, by: By = "day", team: Name = "") -> ReportOut:
    """A report over a period; rows and totals stay within reach."""
    return _report(reports.run(asker, Period(since, until, team or None), by=by))


@routes.guarded("GET", "/report/export", "report.export")
def export_report(asker: Asker, since: Moment, until: Moment, by: By = "day", team: Name = "") -> ReportOut:
    """The same to be taken away; that it was is written down."""
    return _report(reports.export(asker, Period(since, until, team or None), by=by))


def _report(report: Report) -> ReportOut:
    return ReportOut(report.by, [_line(each) for each in report.lines], _line(report.total))


def _line(each: Line) -> LineOut:
    return LineOut(
        each.key,
        each.label,
        each.started,
        each.closed,
        each.inbound,
        each.outbound,
        each.first_answer_s,
        each.slow_answer_s,
        each.to_close_s,
    )

"""Home with its counters, and reports: run, seen as a picture, taken away.

Beside each picture stand its numbers. Not here: what is counted (desk/reports.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from roledesk import Guard, InputError
from roledesk.desk import reports
from roledesk.desk.pages.filters import Field, fields_of
from roledesk.desk.pages.kit import sentence, visitor_of, zone_of
from roledesk.desk.pages.listing import ChatRow, cursor_of, rows_of, suffix_of
from roledesk.desk.reports import DIMENSIONS, Line, Report
from roledesk.desk.store.reports import Period
from roledesk.web.csv_files import file_headers, written
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
RUN = "report.run"
SPANS = {"today": ("Today", 1), "week": ("7 days", 7), "month": ("30 days", 30)}
FILTERS = ("team", "agent", "category")
COLUMNS = ("Started", "Closed", "In", "Out", "First answer", "Slow answer", "Time to close")
MOST_BARS = 62


@dataclass(frozen=True, slots=True)
class Cells:
    """A row as its table shows it; `sizes` are the heights of its two bars, from 0 to 1."""

    label: str
    href: str
    started: int
    closed: int
    inbound: int
    outbound: int
    times: tuple[str, str, str]
    sizes: tuple[str, str]


@routes.guarded("GET", "/home", "dashboard.read")
def show_home(request: Request) -> HTMLResponse:
    """How much there is, and how much was said lately."""
    guard, query = visitor_of(request), read_query(request)
    span = query["span"] if query["span"] in SPANS else "week"
    zone, now = zone_of(guard.organization), guard.organization.clock()
    first = datetime.fromtimestamp(now, zone).date() - timedelta(days=SPANS[span][1] - 1)
    context = {
        "counters": reports.counters(guard, since=_start(first, zone)),
        "span": span,
        "spans": [(key, name) for key, (name, _) in SPANS.items()],
        "may_agents": guard.may("agent.read"),
        "may_customers": guard.may("customer.read"),
        "may_reports": guard.may(RUN),
    }
    return page_of(request).render(request, "home.html", context)


@routes.guarded("GET", "/reports", RUN)
def show_report(request: Request) -> HTMLResponse:
    """A report over a period, by one dimension."""
    guard, query = visitor_of(request), read_query(request)
    try:
        asked = _Asked.read(guard, query)
        report = reports.run(guard, asked.period, by=asked.by)
    except InputError as error:
        return _page(request, guard, _Asked.read(guard, Form()), None, {error.where: sentence(error.problem)})
    return _page(request, guard, asked, report, {})


@routes.guarded("GET", "/reports.csv", "report.export")
def download_report(request: Request) -> Response:
    """The same rows as a table to keep."""
    guard = get_asker(request)
    asked = _Asked.read(guard, read_query(request))
    report = reports.export(guard, asked.period, by=asked.by)
    head = (DIMENSIONS[asked.by], *(f"{each} (s)" if each in COLUMNS[4:] else each for each in COLUMNS))
    rows = [head, *(_raw(line) for line in (*report.lines, report.total))]
    name = f"report-by-{asked.by}-{asked.first}-{asked.last}.csv"
    return StreamingResponse(written(rows), media_type="text/csv; charset=utf-8", headers=file_headers(name))


@routes.guarded("GET", "/reports/chats", RUN)
def show_chats(request: Request) -> HTMLResponse:
    """The chats begun in the period that one row counts, as far as the asker may view them."""
    guard, query = visitor_of(request), read_query(request)
    asked = _Asked.read(guard, query)
    key = query["key"] or None
    period = reports.day_of(query["key"], asked.zone, asked.period) if asked.by == "day" else asked.period
    counted = reports.run(guard, period, by=asked.by)
    line = next((each for each in counted.lines if each.key == key), None)
    page = reports.behind(guard, period, by=asked.by, key=key, after=cursor_of(query["after"]))
    more = {} if page.next is None else {"after": f"{page.next[0]!r}~{page.next[1]}", "key": query["key"]}
    rows: Sequence[ChatRow] = rows_of(guard, page.rows, with_agents=True)
    context = {
        "heading": line.label if line else "Nothing",
        "rows": rows,
        "started": line.started if line else 0,
        "next": f"/reports/chats{suffix_of(**asked.kept, **more)}" if more else "",
        "back": f"/reports{suffix_of(**asked.kept)}",
    }
    return page_of(request).render(request, "report_chats.html", context)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a report is asked about."""

    by: str
    first: date
    last: date
    zone: ZoneInfo
    period: Period
    kept: Mapping[str, str]

    @classmethod
    def read(cls, guard: Guard, query: Form) -> _Asked:
        """What the address asks for; the last 30 days without. Raises InputError."""
        zone = zone_of(guard.organization)
        today = datetime.fromtimestamp(guard.organization.clock(), zone).date()
        first = _date(query, "from") or today - timedelta(days=29)
        last = _date(query, "to") or today
        by = query["by"] or "day"
        period = Period(
            _start(first, zone),
            _start(_next(last), zone),
            query["team"] or None,
            query["agent"] or None,
            query["category"] or None,
        )
        kept = {name: query[name] for name in ("from", "to", *FILTERS) if query[name]} | {"by": by}
        return cls(by, first, last, zone, period, kept)


def _page(
    request: Request, guard: Guard, asked: _Asked, report: Report | None, errors: Mapping[str, str]
) -> HTMLResponse:
    query = read_query(request)
    lines = () if report is None else _cells(report, asked)
    days = [Field("from", "From", str(asked.first)), Field("to", "To", str(asked.last))]
    context: Mapping[str, object] = {
        "by": asked.by,
        "dimensions": [
            (key, name, f"/reports{suffix_of(**(dict(asked.kept) | {'by': key}))}")
            for key, name in DIMENSIONS.items()
        ],
        "columns": COLUMNS,
        "lines": lines,
        "total": _cells(replace(report, lines=(report.total,)), asked)[0] if report else None,
        "is_empty": report is None
        or report.total == replace(report.total, started=0, closed=0, inbound=0, outbound=0),
        "filters": [*days, *fields_of(guard, query, names=FILTERS)],
        "kept": {"by": asked.by},
        "download": f"/reports.csv{suffix_of(**asked.kept)}" if guard.may("report.export") else "",
        "draws": 0 < len(lines) <= MOST_BARS,
        "errors": errors,
    }
    return page_of(request).render(request, "reports.html", context, refused=bool(errors))


def _cells(report: Report, asked: _Asked) -> Sequence[Cells]:
    most = max((max(line.started, line.closed) for line in report.lines), default=0) or 1
    return tuple(
        Cells(
            _label(line, report.by),
            f"/reports/chats{suffix_of(**asked.kept, key=line.key or '')}" if line.started else "",
            line.started,
            line.closed,
            line.inbound,
            line.outbound,
            (_span(line.first_answer_s), _span(line.slow_answer_s), _span(line.to_close_s)),
            (f"{line.started / most:.4f}", f"{line.closed / most:.4f}"),
        )
        for line in report.lines
    )


def _label(line: Line, by: str) -> str:
    if by != "day" or line.key is None:
        return line.label
    return f"{date.fromisoformat(line.key):%a %-d %b}"


def _raw(line: Line) -> Sequence[object]:
    times = (line.first_answer_s, line.slow_answer_s, line.to_close_s)
    rounded = ("" if each is None else round(each) for each in times)
    return (line.label or line.key or "", line.started, line.closed, line.inbound, line.outbound, *rounded)


def _span(seconds: float | None) -> str:
    """How long: "45 s", "12 min", "3.2 h", "2.1 d"."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 86_400 else f"{seconds / 86_400:.1f} d"


def _date(query: Form, name: str) -> date | None:
    if not query[name]:
        return None
    try:
        return date.fromisoformat(query[name])
    except ValueError:
        raise InputError(name, "write the day like 2026-11-21") from None


def _next(day: date) -> date:
    """The day behind one. Raises InputError for the last that there is."""
    if day == date.max:
        raise InputError("to", "write the day like 2026-11-21")
    return day + timedelta(days=1)


def _start(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()

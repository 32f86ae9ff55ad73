"""What a report must count of a random world: each conversation asked about by itself, and added up plainly."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

from tests.desk.worlds import ANSWERS_S, STEP_S, Drawn, drawn_of

from roledesk.desk.facts import Conversation
from roledesk.desk.reports import Line
from roledesk.desk.store.reports import Period


@dataclass
class Plain:
    """The numbers of one row."""

    started: int = 0
    closed: int = 0
    inbound: int = 0
    outbound: int = 0
    answers: int = 0

    def line(self, key: str | None, label: str) -> Line:
        """The row as a report has it: everything is answered, and closed, after the same time."""
        answered = ANSWERS_S if self.answers else None
        return Line(
            key,
            label,
            self.started,
            self.closed,
            self.inbound,
            self.outbound,
            answered,
            answered,
            STEP_S if self.closed else None,
        )


def is_about(period: Period, each: Conversation) -> bool:
    return (
        period.team in (None, each.team)
        and period.agent in (None, each.assignee)
        and period.category in (None, each.category)
    )


def keys_of(by: str, each: Conversation, drawn: Drawn) -> Sequence[str | None]:
    if by == "tag":
        return sorted(drawn.tags) or [None]
    return [{"team": each.team, "agent": each.assignee, "category": each.category}.get(by, each.channel)]


def plain_rows(
    made: Iterable[Conversation], drawn: list[Drawn], period: Period, by: str, zone: ZoneInfo
) -> dict[str | None, Plain]:
    """The rows of a report over these conversations; those without any number are left out."""
    rows: dict[str | None, Plain] = defaultdict(Plain)
    for each in made:
        if not is_about(period, each):
            continue
        traits = drawn_of(drawn, each)
        for field, at, count in (
            ("started", each.created_at, 1),
            ("closed", each.closed_at, 1),
            ("inbound", each.created_at, 2),
            ("outbound", each.answered_at, 1),
        ):
            if at is not None and period.since <= at < period.until:
                day = datetime.fromtimestamp(at, zone).date().isoformat()
                for key in [day] if by == "day" else keys_of(by, each, traits):
                    row = rows[key]
                    setattr(row, field, getattr(row, field) + count)
                    row.answers += field == "started" and traits.answered
    return rows


def plain_total(made: Iterable[Conversation], drawn: list[Drawn], period: Period) -> Line:
    """Everything once, whatever a report is by."""
    rows = plain_rows(made, drawn, period, "channel", ZoneInfo("UTC"))
    return rows.get("web", Plain()).line(None, "In all")


def rows_of(page: str) -> list[tuple[str, ...]]:
    """The rows of a report as its table shows them, the last one the whole."""
    table = re.search(r'<table class="table report">.*?</table>', page, re.DOTALL)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table[0] if table else "", re.DOTALL)
    return [
        (unescape(re.sub("<[^>]*>", "", label)), *re.findall(r"<td[^>]*>(.*?)</td>", cells))
        for label, cells in rows
    ]

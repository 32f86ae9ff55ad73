"""Office hours as fields of a form: for each day the spans as people write them, "9:00-12:30, 13:30-18:00"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from roledesk import InputError
from roledesk.desk.store.settings import Hours
from roledesk.web.forms import Form

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?")
DAY_MINUTES = 24 * 60


def form_of_hours(hours: Hours) -> Mapping[str, tuple[str, ...]]:
    """The fields that show these hours; a closed day is empty."""
    return {f"day-{day}": (", ".join(_written(*span) for span in hours.get(day, ())),) for day in range(7)}


def hours_of_form(form: Form) -> Hours:
    """The hours that a form gives. Raises InputError that names the day."""
    return {day: _spans(form[f"day-{day}"], day) for day in range(7)}


def _spans(text: str, day: int) -> tuple[tuple[int, int], ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(_span(part, day) for part in parts)


def _span(text: str, day: int) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise InputError("hours", f"{DAYS[day]}: write hours like `9:00-12:30, 13:30-18:00`")
    start, end = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
    if not 0 <= start < end <= DAY_MINUTES:
        raise InputError("hours", f"{DAYS[day]}: the hours end before they begin, or after midnight")
    return start, end


def _written(start: int, end: int) -> str:
    return f"{start // 60}:{start % 60:02}-{end // 60}:{end % 60:02}"

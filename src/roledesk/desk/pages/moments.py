"""How moments are said at the desk: short, and in the organization's own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S


def since(at: float, now: float) -> str:
    """How long ago, for a row: "now", "2 min", "3 h", "5 d"."""
    elapsed_s = max(0.0, now - at)
    if elapsed_s < MINUTE_S:
        return "now"
    if elapsed_s < HOUR_S:
        return f"{int(elapsed_s // MINUTE_S)} min"
    return f"{int(elapsed_s // HOUR_S)} h" if elapsed_s < DAY_S else f"{int(elapsed_s // DAY_S)} d"


def clock(at: float, zone: tzinfo) -> str:
    """The time of day: "10:42"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def day(at: float, zone: tzinfo, now: float) -> str:
    """The day: "Today", "Yesterday", "12 Oct", and with its year when that is another."""
    moment, today = (datetime.fromtimestamp(each, zone) for each in (at, now))
    if moment.date() == today.date():
        return "Today"
    if moment.date() == today.date() - timedelta(days=1):
        return "Yesterday"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"

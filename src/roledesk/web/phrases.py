"""How moments, counts and names are said on a page.

`FILTERS` goes into the Jinja environment. Every moment is a float: seconds since
1970 UTC. People read "3 min ago"; the exact moment stands behind it.
Not here: sentences about access (console), markup (templates).
"""

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S


def ago(at: float, now: float | None = None) -> str:
    """`at` as a person says it: "just now", "3 min ago", "yesterday", "12 Oct", "in 3 days"."""
    current = time.time() if now is None else now
    return _past(at, current) if at <= current else _future(at, current)


def exact(at: float) -> str:
    """`at` to the minute, in UTC: "21 Nov 2026, 22:50 UTC"."""
    moment = _utc(at)
    return f"{day(at)}, {moment:%H:%M} UTC"


def day(at: float) -> str:
    """The day of `at` with its year: "3 Sep 2026"."""
    moment = _utc(at)
    return f"{moment.day} {moment:%b %Y}"


def iso(at: float) -> str:
    """`at` for a machine: "2026-11-21T22:50:00+00:00"."""
    return _utc(at).isoformat(timespec="seconds")


def count(number: int, noun: str, plural: str = "") -> str:
    """`number` with its noun in the right form: "1 agent", "10,000 agents"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """`names` as one phrase: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def initials(name: str) -> str:
    """The first letters of the first and the last word of `name`, for an avatar."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalnum, word), ""))]
    return "".join((*letters[:1], *letters[1:][-1:])).upper() or "?"


def quoted(message: str) -> str:
    """A message as a person reads it: what it names in quotation marks, not in backticks."""
    return re.sub(r"`([^`]*)`", r"“\1”", message)


def _past(at: float, now: float) -> str:
    elapsed_s = now - at
    if elapsed_s < MINUTE_S:
        return "just now"
    if elapsed_s < HOUR_S:
        return f"{int(elapsed_s // MINUTE_S)} min ago"
    if _utc(at).date() == _utc(now).date():
        return f"{int(elapsed_s // HOUR_S)} h ago"
    if _utc(at).date() == _utc(now).date() - timedelta(days=1):
        return "yesterday"
    return _date(at, now)


def _future(at: float, now: float) -> str:
    ahead_s = at - now
    if ahead_s < HOUR_S:
        return f"in {max(1, round(ahead_s / MINUTE_S))} min"
    if ahead_s < DAY_S:
        return f"in {round(ahead_s / HOUR_S)} h"
    if ahead_s < 14 * DAY_S:
        return f"in {count(round(ahead_s / DAY_S), 'day')}"
    return _date(at, now)


def _date(at: float, now: float) -> str:
    moment = _utc(at)
    return f"{moment.day} {moment:%b}" if moment.year == _utc(now).year else day(at)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


FILTERS: dict[str, Callable[..., str]] = {
    "ago": ago,
    "exact": exact,
    "day": day,
    "iso": iso,
    "count": count,
    "listed": listed,
    "initials": initials,
    "quoted": quoted,
}

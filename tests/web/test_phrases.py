"""Moments, counts and names are said as a person says them."""

import pytest

from roledesk.web.phrases import ago, count, day, exact, initials, iso, listed, quoted

NOW = 1_795_301_400.0  # 21 Nov 2026, 22:50 UTC
MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param(NOW, "just now", id="this moment"),
        pytest.param(NOW - 59, "just now", id="seconds ago"),
        pytest.param(NOW - 3 * MINUTE, "3 min ago", id="minutes ago"),
        pytest.param(NOW - 5 * HOUR, "5 h ago", id="hours ago"),
        pytest.param(NOW - 23 * HOUR, "yesterday", id="the day before, though less than 24 hours"),
        pytest.param(NOW - 40 * DAY, "12 Oct", id="this year"),
        pytest.param(NOW - 405 * DAY, "12 Oct 2025", id="another year"),
        pytest.param(NOW + 20, "in 1 min", id="in seconds"),
        pytest.param(NOW + 5 * HOUR, "in 5 h", id="in hours"),
        pytest.param(NOW + 3 * DAY, "in 3 days", id="in days"),
        pytest.param(NOW + 45 * DAY, "5 Jan 2027", id="far ahead"),
    ],
)
def test_a_moment_is_said_relative_to_now(at: float, said: str) -> None:
    assert ago(at, NOW) == said


def test_the_exact_moment_stands_behind_it() -> None:
    assert (exact(NOW), day(NOW), iso(NOW)) == (
        "21 Nov 2026, 22:50 UTC",
        "21 Nov 2026",
        "2026-11-21T22:50:00+00:00",
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 agents hold"), (1, "1 agent holds"), (10_000, "10,000 agents hold")],
)
def test_a_noun_follows_its_number(number: int, said: str) -> None:
    assert count(number, "agent holds", "agents hold") == said


@pytest.mark.parametrize(
    ("names", "said"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_names_are_listed_as_one_phrase(names: tuple[str, ...], said: str) -> None:
    assert listed(names) == said


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maya Okafor", "MO"),
        ("Zoë van der Meer", "ZM"),
        ("operator", "O"),
        ("Acme (Berlin)", "AB"),
        ("🎉 Familie Ost", "FO"),
        ("🎉", "?"),
        ("", "?"),
    ],
)
def test_an_avatar_shows_the_first_and_the_last_initial(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_message_names_things_in_quotation_marks() -> None:
    assert quoted("no agent `ana`; write it like `ana@example.com`") == (
        "no agent “ana”; write it like “ana@example.com”"
    )

"""Positions leave the server under a cover, and come back from under it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roledesk.web.covers import Cover

COVER = Cover("of-the-tests-" * 3)
PLACES = st.builds(
    "{}.{}.{}".format, st.text("0123456789abcdef", min_size=8, max_size=16), *[st.integers(0)] * 2
)


@given(PLACES, st.booleans())
def test_what_was_hidden_is_read_by_every_server_with_the_secret(place: str, alike: bool) -> None:
    hidden = COVER.hide(place, alike=alike)
    assert Cover("of-the-tests-" * 3).read(hidden) == place
    assert Cover("another").read(hidden) != place


def test_nothing_of_a_position_shows() -> None:
    places = [f"0123abcd.7.{seq}" for seq in (1, 2, 12, 1_000_000)]
    hidden = [COVER.hide(place) for place in places]
    assert len({len(each) for each in hidden}) == 1
    assert len({each[:8] for each in hidden}) == len(places)
    assert [COVER.hide(place) for place in places] == hidden, "a page that is made again is the same page"
    assert COVER.hide(places[0], alike=False) != COVER.hide(places[0], alike=False)


@pytest.mark.parametrize(
    "nonsense", ["", "x", "0123abcd.7.12", "=" * 9, "é", "A" * 4000, "0123abcd.7.12" * 8]
)
def test_what_was_never_hidden_is_no_position(nonsense: str) -> None:
    assert not re.fullmatch(r"\w+\.\d+\.\d+", COVER.read(nonsense))

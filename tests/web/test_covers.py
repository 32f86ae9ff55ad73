"""Positions leave the server under a cover, and come back from under it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

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
    assert COVER.read(nonsense) == ""


@pytest.mark.parametrize("alike", [True, False])
def test_what_was_changed_under_its_cover_is_no_position(alike: bool) -> None:
    hidden = urlsafe_b64decode(COVER.hide("0123abcd.7.1000", alike=alike))
    for at, byte in enumerate(hidden):
        changed = hidden[:at] + bytes([byte ^ 1]) + hidden[at + 1 :]
        assert COVER.read(urlsafe_b64encode(changed).decode()) == ""

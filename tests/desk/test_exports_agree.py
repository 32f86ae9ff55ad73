"""What leaves the desk holds exactly what `decide` allows: transcripts and customers as files."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.world import World
from tests.desk.worlds import (
    BLOCKED,
    CUSTOMERS,
    MEMBERSHIPS,
    ROLES,
    TALKS,
    Drawn,
    any_world,
    covers,
    drawn_of,
    fill,
    newest,
    stand,
    viewable,
    words_of,
)

from roledesk import DeniedError, Guard, NotFoundError
from roledesk.desk import customer_files, transcripts
from roledesk.desk.customers import Choice
from roledesk.desk.facts import Conversation, resource_of


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every export takes several pages."""
    monkeypatch.setattr(transcripts, "TALKS", 2)
    monkeypatch.setattr(customer_files, "AT_ONCE", 2)


@any_world
@given(data=st.data())
def test_transcripts_and_exports_hold_what_is_allowed_one_by_one(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    guard = stand(world, data.draw(ROLES), data.draw(MEMBERSHIPS))
    drawn = data.draw(TALKS)
    made = fill(world, drawn)
    check_transcripts(guard, made, drawn)
    check_histories(guard, viewable(guard, made), drawn)
    check_customers(guard, made)


def told(guard: Guard, each: Conversation, drawn: Drawn) -> list[str]:
    """What a transcript holds for this reader: neither whispers nor what was deleted."""
    noted = ["noted"] if drawn.noted and guard.allows("note.read", resource_of(each)) else []
    return [words_of(drawn), *noted, *(["answered"] if drawn.answered else []), "(deleted)"]


def check_transcripts(guard: Guard, made: list[Conversation], drawn: list[Drawn]) -> None:
    for each in made:
        if not guard.allows("conversation.view", resource_of(each)):
            with pytest.raises(NotFoundError):
                transcripts.export(guard, each.id)
        elif not guard.allows("conversation.export", resource_of(each)):
            with pytest.raises(DeniedError):
                transcripts.export(guard, each.id)
        else:
            lines = [entry.text for entry in transcripts.export(guard, each.id)]
            assert lines == told(guard, each, drawn_of(drawn, each))


def check_histories(guard: Guard, seen: list[Conversation], drawn: list[Drawn]) -> None:
    for customer in CUSTOMERS:
        talks, after = [], None
        while True:
            history = transcripts.history_of(guard, customer, after=after)
            talks += history.talks
            if (after := history.next) is None:
                break
        assert [each.conversation.id for each in talks] == newest(
            [each for each in seen if each.customer == customer]
        )
        for each in talks:
            lines = [entry.text for entry in each.entries]
            assert lines == told(guard, each.conversation, drawn_of(drawn, each.conversation))


def check_customers(guard: Guard, made: list[Conversation]) -> None:
    exportable = covers(guard, "customer.export", made)
    if not guard.may("customer.export"):
        assert not exportable
        with pytest.raises(DeniedError):
            customer_files.export(guard)
        return
    bare = covers(guard, "customer.read_sensitive", made)
    freeable = covers(guard, "customer.unblock", made)
    for choice, matching in (
        (Choice(), exportable),
        (Choice("name"), exportable),
        (Choice("secret"), exportable & bare),
        (Choice(blocked=True), exportable & freeable & BLOCKED),
        (Choice(blocked=False), (exportable & freeable) - BLOCKED),
    ):
        rows = list(customer_files.export(guard, choice))
        assert [row.customer.id for row in rows] == sorted(matching, reverse=True)
        for row in rows:
            cells = customer_files.cells_of(row)
            assert (cells[2] is not None) == (cells[3] is not None) == (row.customer.id in bare)

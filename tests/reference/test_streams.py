"""What a stream tells goes as far as the permission that it rests on, and not at all without it."""

from collections.abc import Callable

import pytest
from tests.reference.desk import BY_SCOPE, WHOSE, Desk, Row

from roledesk import Scope, Subject
from roledesk.core.changes import Change, PutRole
from roledesk.core.terms import Role
from roledesk.desk import conversations, visitors
from roledesk.desk.facts import Event, EventKind
from roledesk.desk.feed import TOPICS, DeskFeed
from roledesk.desk.store import events
from roledesk.web.listeners import AgentListener

OWN, TEAM, ALL = Scope.OWN, Scope.TEAM, Scope.ALL
Happens = Callable[[Row, str], None]


def writes(row: Row, whose: str) -> None:
    visitors.say_as_customer(row.organization, f"x-{whose}", whose, "more", client_key="more")


def types(row: Row, whose: str) -> None:
    visitors.typing(row.organization, f"x-{whose}")


def notes(row: Row, whose: str) -> None:
    conversations.note(row.organization.guard("olu"), whose, "noted", client_key="noted")


def told(row: Row, happens: Happens) -> set[str]:
    """Whose conversations `me` is told of."""
    feed, listener = DeskFeed(), AgentListener(row.organization.guard("me"), lambda: True)
    found = set()
    for whose in WHOSE:
        since = feed.head(row.organization)
        happens(row, whose)
        heard = (listener.told(each, TOPICS) for each in feed.since(row.organization, since, 9))
        found |= {str(data["id"]) for event, data in filter(None, heard) if event == "changed"}
    return found


@pytest.mark.parametrize("scope", [OWN, TEAM, ALL])
@pytest.mark.parametrize(
    ("key", "needs", "happens"),
    [
        ("ConversationView", {}, writes),
        ("ConversationView", {}, types),
        ("AgentChat", {}, writes),
        ("PrivateNoteView", {"ConversationView": ALL}, notes),
    ],
)
def test_a_stream_tells_as_far_as_the_permission_goes(
    desk: Desk, key: str, needs: dict[str, Scope], happens: Happens, scope: Scope
) -> None:
    assert told(desk.row(needs), happens) == set(), "without it"
    assert told(desk.row({**needs, key: scope}), happens) == BY_SCOPE[scope], "with it"


@pytest.mark.parametrize(("scope", "seen"), [(None, set()), (TEAM, {"mate"}), (ALL, {"mate", "other"})])
def test_who_is_there_is_told_as_far_as_one_may_know(desk: Desk, scope: Scope | None, seen: set[str]) -> None:
    row = desk.row({} if scope is None else {"TeamStatus": scope})
    feed, listener = DeskFeed(), AgentListener(row.organization.guard("me"), lambda: True)
    found = set()
    for agent in ("mate", "other"):
        since = feed.head(row.organization)
        with row.organization.locked() as connection:
            events.add(connection, row.organization.id, Event(EventKind.PRESENCE, 1.0, agent, agent=agent))
        if any(listener.told(each, TOPICS) for each in feed.since(row.organization, since, 9)):
            found.add(agent)
    assert found == seen


def test_what_is_lost_is_named_and_told_no_more(desk: Desk) -> None:
    row = desk.row({"ConversationView": TEAM, "AgentChatAllowTransfer": TEAM})
    listener = AgentListener(row.organization.guard("me"), lambda: True)
    assert listener.changed() is None
    without = Role("held", "Held", {"AgentChatAllowTransfer": TEAM})
    row.organization.commit(Change((PutRole(without),)), by=Subject("olu"), because="As agreed")
    changed = listener.changed()
    assert changed is not None
    assert "Read chats" in changed.lost
    assert told(row, writes) == set()


def test_what_moves_out_of_sight_is_told_as_removed_without_content(desk: Desk) -> None:
    row = desk.row({"ConversationView": TEAM})
    feed, listener = DeskFeed(), AgentListener(row.organization.guard("me"), lambda: True)
    since = feed.head(row.organization)
    conversations.transfer(row.organization.guard("olu"), "mates", team="c")
    heard = [listener.told(each, TOPICS) for each in feed.since(row.organization, since, 9)]
    [event] = [each for each in heard if each is not None]
    assert event == ("removed", {"about": "conversation", "id": "mates", "kind": "transferred"})

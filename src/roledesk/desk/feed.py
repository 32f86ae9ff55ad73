"""What happens at the desk, as open pages are told of it.

A note is told of only to those who may read notes, a whisper only to the two it concerns,
and who has read what only to himself. A customer hears of what he may know of his own
conversations, and that somebody writes to him; agents hear that he writes.
Not here: streams (web/live.py), how events are kept (store/events.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from roledesk import Organization, Resource
from roledesk.desk.facts import Event, EventKind, Facts, resource_at
from roledesk.desk.store import events
from roledesk.web.listeners import Happening, Topic

TOPICS = (
    Topic("changed", "conversation.view"),
    Topic("queue", "conversation.accept", bare=True),
    Topic("queue", "conversation.accept_sticky", bare=True),
    Topic("presence", "presence.read", bare=True),
)


FOR_CUSTOMERS = frozenset(
    {
        EventKind.STARTED,
        EventKind.ACCEPTED,
        EventKind.ASSIGNED,
        EventKind.TRANSFERRED,
        EventKind.RETURNED,
        EventKind.CLOSED,
        EventKind.MESSAGE,
        EventKind.DELETED,
        EventKind.TYPING,
    }
)
NEEDS = {
    EventKind.NOTE: "note.read",
    EventKind.NOTE_DELETED: "note.read",
    EventKind.TYPING: "conversation.view",
}
WHISPERED = frozenset({EventKind.WHISPER, EventKind.WHISPER_DELETED})


class DeskFeed:
    """The desk's events, read from the database."""

    topics: Sequence[Topic] = TOPICS

    def head(self, organization: Organization) -> int:
        """The number of the last event."""
        with organization.database.reading() as connection:
            return events.head(connection, organization.id)

    def since(self, organization: Organization, seq: int, limit: int) -> Sequence[Happening]:
        """The events after `seq`."""
        with organization.database.reading() as connection:
            found = events.since(connection, organization.id, seq, limit=limit)
        return tuple(_happening(organization, event) for event in found)


def _happening(organization: Organization, event: Event) -> Happening:
    if event.kind is EventKind.PRESENCE:
        about = _presence(organization, event.agent)
        return Happening(event.seq, event.kind, about, about)
    before, after = (_about(event.conversation, facts) for facts in (event.before, event.after))
    return Happening(
        event.seq,
        event.kind,
        before,
        after,
        needs=NEEDS.get(event.kind),
        only=_only(event),
        outsider=_outsider(event),
    )


def _about(conversation: str | None, facts: Facts | None) -> Resource | None:
    return None if conversation is None or facts is None else resource_at(conversation, facts)


def _outsider(event: Event) -> str | None:
    """The customer who is told of it; that he writes himself he knows."""
    is_his_own = event.kind is EventKind.TYPING and event.by is None
    return event.customer if event.kind in FOR_CUSTOMERS and not is_his_own else None


def _only(event: Event) -> frozenset[str] | None:
    if event.kind is EventKind.TYPING and event.by is not None:
        return frozenset()
    if event.kind is EventKind.READ:
        return frozenset(filter(None, (event.by,)))
    if event.kind in WHISPERED:
        return frozenset(filter(None, (event.by, event.agent)))
    return None


def _presence(organization: Organization, agent: str | None) -> Resource | None:
    if agent is None or agent not in organization.policy.agents:
        return None
    return Resource("presence", agent, owner=agent, teams=organization.policy.agents[agent].teams)

"""What happens at the desk, as open pages are told of it.

A note is told of only to those who may read notes, a whisper only to the two it concerns,
and who has read what only to himself.
Not here: streams (web/live.py), how events are kept (store/events.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from roledesk import Organization, Resource
from roledesk.desk.facts import Event, EventKind, Facts, resource_at
from roledesk.desk.store import events
from roledesk.web.live import Happening, Topic

TOPICS = (
    Topic("changed", "conversation.view"),
    Topic("queue", "conversation.accept", bare=True),
    Topic("queue", "conversation.accept_sticky", bare=True),
    Topic("presence", "presence.read", bare=True),
)


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
        needs="note.read" if event.kind is EventKind.NOTE else None,
        only=_only(event),
    )


def _about(conversation: str | None, facts: Facts | None) -> Resource | None:
    return None if conversation is None or facts is None else resource_at(conversation, facts)


def _only(event: Event) -> frozenset[str] | None:
    if event.kind is EventKind.READ:
        return frozenset(filter(None, (event.by,)))
    if event.kind is EventKind.WHISPER:
        return frozenset(filter(None, (event.by, event.agent)))
    return None


def _presence(organization: Organization, agent: str | None) -> Resource | None:
    if agent is None or agent not in organization.policy.agents:
        return None
    return Resource("presence", agent, owner=agent, teams=organization.policy.agents[agent].teams)

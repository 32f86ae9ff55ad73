"""Who is at the desk now, and who may know it.

Everybody sets his own presence. An agent unheard of for a minute has left, whatever he
said last.
Not here: what becoming free brings (assignment.py), the list's live feed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from roledesk import (
    DeniedError,
    Guard,
    InputError,
    NotFoundError,
    Organization,
    Resource,
    Status,
    agent_resource,
    record_activity,
)
from roledesk.desk import assignment
from roledesk.desk.facts import Event, EventKind
from roledesk.desk.store import conversations, events, presence
from roledesk.desk.store.presence import Presence, PresenceStatus

LONGEST_LIMIT = 100


class LiveStatus(StrEnum):
    """What the list of agents says of one."""

    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """An agent and whether he is there; `since` when, and how many conversations he has open."""

    agent: str
    status: LiveStatus
    since: float | None = None
    open: int = 0


def set_presence(guard: Guard, status: PresenceStatus) -> None:
    """Say whether one takes conversations; coming online brings what waits.

    Raises DeniedError for a token that may not answer: chats would come to its agent, who is away.
    """
    organization, agent = guard.organization, guard.subject.id
    if guard.subject.is_cut and not guard.may("conversation.reply"):
        raise DeniedError(guard.decide("conversation.reply"), hidden=False)
    with organization.locked() as connection:
        now = organization.clock()
        before = presence.find(connection, organization.id, agent)
        same = before is not None and _is_there(before, now) and before.status is status
        since = before.since if same and before is not None else now
        presence.keep(connection, organization.id, Presence(agent, status, since, now))
        if not same:
            events.add(connection, organization.id, Event(EventKind.PRESENCE, now, agent, agent=agent))
        assignment.fill(connection, organization.id, organization.snapshot, agent, now=now)


def touch(guard: Guard) -> None:
    """Still there: say so every half minute. One who had left is back as he was."""
    with guard.organization.database.reading() as connection:
        seen = presence.find(connection, guard.organization.id, guard.subject.id)
    set_presence(guard, PresenceStatus.ONLINE if seen is None else seen.status)


def my_presence(guard: Guard) -> PresenceStatus:
    """How one appears to others now."""
    with guard.organization.database.reading() as connection:
        seen = presence.find(connection, guard.organization.id, guard.subject.id)
    there = seen is not None and _is_there(seen, guard.organization.clock())
    return seen.status if there and seen is not None else PresenceStatus.OFFLINE


def colleagues(guard: Guard) -> tuple[AgentPresence, ...]:
    """The other agents who are there now, as far as one may know; the longest there first."""
    with guard.organization.database.reading() as connection:
        there = _present(connection, guard.organization)
    reach, policy = guard.reach("presence.read"), guard.organization.policy
    return tuple(
        AgentPresence(each.agent, LiveStatus(each.status.value), each.since)
        for each in there
        if each.agent != guard.subject.id
        and each.agent in policy.agents
        and reach.covers(
            Resource("presence", each.agent, owner=each.agent, teams=policy.agents[each.agent].teams)
        )
    )


def agent_statuses(guard: Guard) -> tuple[AgentPresence, ...]:
    """Every agent within one's reach and whether he is there, in order of id."""
    organization = guard.organization
    reached = sorted(_reached(guard))
    with organization.database.reading() as connection:
        there = {each.agent: each for each in _present(connection, organization)}
        opened = conversations.count_open(connection, organization.id, reached)
    return tuple(_told(organization, agent, there.get(agent), opened.get(agent, 0)) for agent in reached)


def max_open(guard: Guard, agent: str) -> int | None:
    """The agent's own limit of open conversations; None when the organization's applies."""
    _require_agent(guard, "agent.read", agent)
    with guard.organization.database.reading() as connection:
        return presence.limits(connection, guard.organization.id, [agent]).get(agent)


def set_max_open(guard: Guard, agent: str, limit: int) -> None:
    """Let an agent have so many open conversations at once. Raises NotFoundError, DeniedError, InputError."""
    if not 0 <= limit <= LONGEST_LIMIT:
        raise InputError("max_open", f"choose a number from 0 to {LONGEST_LIMIT}")
    organization = guard.organization
    with organization.locked() as connection:
        _require_agent(guard, "agent.edit", agent)
        presence.put_limit(connection, organization.id, agent, limit)
        now = organization.clock()
        record_activity(
            connection,
            organization.id,
            at=now,
            by=guard.subject.id,
            event="agent.limit_set",
            about=f"agent:{agent}",
            detail={"max_open": limit},
            teams=organization.policy.agents[agent].teams,
        )
        assignment.fill(connection, organization.id, organization.snapshot, agent, now=now)


def _require_agent(guard: Guard, action: str, agent: str) -> None:
    if agent not in guard.organization.policy.agents:
        raise NotFoundError("agent", agent)
    guard.require(action, agent_resource(guard.organization.policy, agent))


def _reached(guard: Guard) -> Iterator[str]:
    reach, policy = guard.reach("agent.read_status"), guard.organization.policy
    for standing, agents in policy.members.items():
        if standing.status is not Status.INVITED and reach.covers(Resource("agent", teams=standing.teams)):
            yield from agents


def _told(organization: Organization, agent: str, seen: Presence | None, opened: int) -> AgentPresence:
    if organization.policy.agents[agent].status is Status.DEACTIVATED:
        return AgentPresence(agent, LiveStatus.DISABLED)
    if seen is None:
        return AgentPresence(agent, LiveStatus.OFFLINE, open=opened)
    return AgentPresence(agent, LiveStatus(seen.status.value), seen.since, opened)


def _present(connection: Connection, organization: Organization) -> tuple[Presence, ...]:
    since = organization.clock() - assignment.ONLINE_S
    return presence.present(connection, organization.id, since=since)


def _is_there(seen: Presence, now: float) -> bool:
    return seen.status is not PresenceStatus.OFFLINE and seen.seen_at >= now - assignment.ONLINE_S

"""Who gets a waiting conversation, and what becomes of those of an agent who is lost.

A conversation is first offered to the agent its customer is used to. Pushed, it goes to
whoever is online, has room and may answer there: members of its team first, then who has
fewest. Pulled, it waits until somebody takes it.
Not here: taking one (conversations.py), who is online (presence.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from roledesk import (
    Change,
    Commit,
    Organization,
    PutAgent,
    RemoveTeam,
    Resource,
    SetAssignments,
    Snapshot,
    Status,
)
from roledesk.desk.facts import Conversation, EventKind, State
from roledesk.desk.store import conversations, customers, labels, presence, settings, webhooks, widgets
from roledesk.desk.store.presence import PresenceStatus
from roledesk.desk.store.settings import Handling
from roledesk.desk.work import Work

ONLINE_S = 60.0
"""An agent unheard of for so long has left, whatever his status says."""
AT_ONCE = 200
"""Waiting conversations looked at when an agent gets room."""


def may_answer(snapshot: Snapshot, agent: str, team: str) -> bool:
    """Whether an agent is in the pool of a team: he may accept from its queue and answer what he has."""
    queued = Resource("conversation", team=team, state=State.WAITING)
    held = Resource("conversation", owner=agent, team=team, state=State.OPEN)
    return snapshot.allows(agent, "conversation.accept", queued) and snapshot.allows(
        agent, "conversation.reply", held
    )


def is_online(connection: Connection, organization: str, agent: str, *, now: float) -> bool:
    """Whether an agent takes conversations at this moment."""
    seen = presence.find(connection, organization, agent)
    return seen is not None and seen.status is PresenceStatus.ONLINE and seen.seen_at >= now - ONLINE_S


def place(work: Work) -> None:
    """Give a conversation that waits to whoever should have it; else it stays in the queue."""
    given = _find_agent(work)
    if given is not None:
        open_for(work, given, EventKind.ASSIGNED)


def open_for(work: Work, agent: str, kind: EventKind) -> Conversation:
    """Make the conversation this agent's, and his customer used to him."""
    customers.stick(work.connection, work.organization, work.conversation.customer, agent)
    opened = replace(
        work.conversation, state=State.OPEN, assignee=agent, opened_at=work.now, waiting_since=None
    )
    return work.move(opened, kind, to_agent=agent)


def fill(connection: Connection, organization: str, snapshot: Snapshot, agent: str, *, now: float) -> None:
    """Give an agent who came online, or got room, what is kept for him and what waits for anybody."""
    if not is_online(connection, organization, agent, now=now):
        return
    for conversation in _waiting_for(connection, organization, agent):
        if not _has_room(connection, organization, agent):
            return
        if may_answer(snapshot, agent, conversation.team):
            work = Work(connection, organization, snapshot, conversation, None, now)
            open_for(work, agent, EventKind.ASSIGNED)


def on_commit(connection: Connection, commit: Commit) -> None:
    """What a change of the policy does to the desk, in its own transaction.

    A deleted team's things move to its receiver. Whoever cannot answer any more where he
    has conversations loses them to their queues.
    """
    for edit in commit.change.edits:
        if isinstance(edit, RemoveTeam):
            _hand_over(connection, commit, edit)
    _unstick_gone(connection, commit)
    agents = _named(commit.change) if _names_agents_only(commit.change) else None
    pairs = conversations.open_pairs(connection, commit.organization, agents)
    _return(connection, commit.organization, commit.after, pairs, at=commit.at)


def return_lost(organization: Organization) -> None:
    """The same for what time alone took away; asks first, and writes only when somebody lost something."""
    with organization.database.reading() as connection:
        pairs = conversations.open_pairs(connection, organization.id)
    if all(may_answer(organization.snapshot, agent, team) for agent, team in pairs):
        return
    with organization.locked() as connection:
        pairs = conversations.open_pairs(connection, organization.id)
        _return(connection, organization.id, organization.snapshot, pairs, at=organization.clock())


def _find_agent(work: Work) -> str | None:
    connection, organization, kept_for = work.connection, work.organization, work.conversation.assignee
    if kept_for is not None:
        free = is_online(connection, organization, kept_for, now=work.now)
        return kept_for if free and _has_room(connection, organization, kept_for) else None
    if settings.find(connection, organization).handling is Handling.PULL:
        return None
    choices = sorted(_free_agents(work))
    return choices[0][-1] if choices else None


def _free_agents(work: Work) -> Iterator[tuple[bool, int, float, str]]:
    """Who could be given it, the first choice being the least."""
    connection, organization, team = work.connection, work.organization, work.conversation.team
    there = presence.present(connection, organization, since=work.now - ONLINE_S)
    online = [each for each in there if each.status is PresenceStatus.ONLINE]
    pool = [each for each in online if may_answer(work.snapshot, each.agent, team)]
    counts, limits = _loads(connection, organization, [each.agent for each in pool])
    for each in pool:
        if counts.get(each.agent, 0) < limits[each.agent]:
            outside = team not in work.snapshot.policy.agents[each.agent].teams
            yield outside, counts.get(each.agent, 0), each.since, each.agent


def _waiting_for(connection: Connection, organization: str, agent: str) -> tuple[Conversation, ...]:
    kept = conversations.waiting(connection, organization, limit=AT_ONCE, kept_for=agent)
    if settings.find(connection, organization).handling is Handling.PULL:
        return kept
    return kept + conversations.waiting(connection, organization, limit=AT_ONCE)


def _has_room(connection: Connection, organization: str, agent: str) -> bool:
    counts, limits = _loads(connection, organization, [agent])
    return counts.get(agent, 0) < limits[agent]


def _loads(
    connection: Connection, organization: str, agents: list[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """How many conversations each has open, and how many he may have."""
    general = settings.find(connection, organization).max_open
    limits = dict.fromkeys(agents, general) | presence.limits(connection, organization, agents)
    return conversations.count_open(connection, organization, agents), limits


def _hand_over(connection: Connection, commit: Commit, edit: RemoveTeam) -> None:
    organization, receiver = commit.organization, edit.receiver
    live = conversations.of_team(connection, organization, edit.team)
    for before in live:
        work = Work(connection, organization, commit.after, before, None, commit.at)
        work.move(replace(before, team=receiver), EventKind.TRANSFERRED, team=receiver)
    for things in (conversations, widgets, labels, webhooks):
        things.move_team(connection, organization, edit.team, receiver)
    settings.keep_team_hours(connection, organization, edit.team, None)


def _unstick_gone(connection: Connection, commit: Commit) -> None:
    """No customer waits for an agent who was let go."""
    agents = commit.after.policy.agents
    for agent in _named(commit.change):
        if agents[agent].status is not Status.ACTIVE:
            customers.unstick_agent(connection, commit.organization, agent)


def _return(
    connection: Connection,
    organization: str,
    snapshot: Snapshot,
    pairs: Iterable[tuple[str, str]],
    *,
    at: float,
) -> None:
    """Put back what these agents have in teams where they cannot answer; others may get it at once."""
    for agent, team in pairs:
        if may_answer(snapshot, agent, team):
            continue
        for conversation in conversations.held_by(connection, organization, agent, team=team):
            waiting_since = conversation.waiting_since or at
            back = replace(conversation, state=State.WAITING, assignee=None, waiting_since=waiting_since)
            work = Work(connection, organization, snapshot, conversation, None, at)
            work.move(back, EventKind.RETURNED)
            place(work)


def _named(change: Change) -> frozenset[str]:
    return frozenset(edit.agent for edit in change.edits if isinstance(edit, PutAgent | SetAssignments))


def _names_agents_only(change: Change) -> bool:
    return all(isinstance(edit, PutAgent | SetAssignments) for edit in change.edits)

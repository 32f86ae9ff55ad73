"""What agents do with conversations: take, answer, hand on, note, close.

Each command is one transaction: the conversation as it stands is loaded and locked, the
guard is asked about exactly that, then it is written, with an event for whoever follows.
A message sent twice with one key is one message. Raises NotFoundError for what the agent
may not see, DeniedError for what he may see and not do, MovedError when the conversation
went elsewhere meanwhile, InputError for what cannot be taken.
Not here: reading (reading.py), what customers do (visitors.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from roledesk import Guard, InputError, MovedError, NotFoundError, Resource, Status
from roledesk.desk import assignment
from roledesk.desk.facts import (
    AuthorKind,
    Conversation,
    EventKind,
    Message,
    MessageKind,
    State,
    facts_of,
    resource_at,
)
from roledesk.desk.files import Upload, keep_upload
from roledesk.desk.store import conversations, labels, messages
from roledesk.desk.work import Work, begin, checked_text, handling, preview_of, require

DELETABLE = frozenset({MessageKind.TEXT, MessageKind.FILE, MessageKind.NOTE, MessageKind.WHISPER})


@dataclass(frozen=True, slots=True)
class Transferred:
    """A conversation that was handed on, and whether the agent who did it may still see it."""

    conversation: Conversation
    visible: bool


def accept(guard: Guard, id: str) -> Conversation:
    """Take a conversation from the queue; of several agents exactly one gets it."""
    with handling(guard, id) as work:
        if _is_mine(guard, work):
            return work.conversation
        _require_queued(guard, work, "conversation.accept")
        require(guard, work, "conversation.accept")
        if work.conversation.assignee not in (None, guard.subject.id):
            raise InputError("conversation", "it is kept for another agent; take it as his, or take another")
        return assignment.open_for(work, guard.subject.id, EventKind.ACCEPTED)


def accept_sticky(guard: Guard, id: str) -> Conversation:
    """Take a conversation that is kept for an agent who is not online."""
    with handling(guard, id) as work:
        if _is_mine(guard, work):
            return work.conversation
        _require_queued(guard, work, "conversation.accept_sticky")
        require(guard, work, "conversation.accept_sticky")
        kept_for = work.conversation.assignee
        if kept_for is None:
            raise InputError("conversation", "it is kept for nobody; accept it from the queue")
        if assignment.is_online(work.connection, work.organization, kept_for, now=work.now):
            raise MovedError("conversation", "was claimed by its agent, who came online")
        return assignment.open_for(work, guard.subject.id, EventKind.ACCEPTED)


def reply(guard: Guard, id: str, text: str, *, client_key: str, attachment: Upload | None = None) -> Message:
    """Answer the customer, with a file or without."""
    if attachment is None:
        checked_text(text)
    with handling(guard, id) as work:
        if (sent := work.sent(client_key)) is not None:
            return sent
        require(guard, work, "conversation.reply")
        return say(work, text, AuthorKind.AGENT, client_key=client_key, attachment=attachment)


def note(guard: Guard, id: str, text: str, *, client_key: str) -> Message:
    """Write a note that customers never see."""
    checked_text(text)
    with handling(guard, id) as work:
        if (sent := work.sent(client_key)) is not None:
            return sent
        require(guard, work, "note.add")
        return work.say(_written(work, MessageKind.NOTE, text, client_key))


def whisper(guard: Guard, id: str, text: str, *, client_key: str) -> Message:
    """Say something to the agent who has the conversation, and to nobody else."""
    checked_text(text)
    with handling(guard, id) as work:
        if (sent := work.sent(client_key)) is not None:
            return sent
        require(guard, work, "conversation.whisper")
        said = _written(work, MessageKind.WHISPER, text, client_key)
        return work.say(replace(said, to_agent=work.conversation.assignee))


def close(guard: Guard, id: str, *, category: str | None = None) -> Conversation:
    """End a conversation, filed under a category or none."""
    with handling(guard, id) as work:
        if _was_closed_by(guard, work):
            return work.conversation
        require(guard, work, "conversation.close")
        _check_category(work, category)
        return _close(work, category)


def close_all(guard: Guard) -> tuple[str, ...]:
    """End every open conversation of one's own; gives their ids."""
    organization = guard.organization
    with organization.locked() as connection:
        held = conversations.held_by(connection, organization.id, guard.subject.id)
        closed = []
        for conversation in (each for each in held if each.state is State.OPEN):
            work = begin(connection, organization, conversation, by=guard.subject.id)
            require(guard, work, "conversation.close_all")
            closed.append(_close(work, None).id)
        if not closed and not guard.may("conversation.close_all"):
            mine = Resource("conversation", owner=guard.subject.id, state=State.OPEN)
            guard.require("conversation.close_all", mine)
        return tuple(closed)


def transfer(guard: Guard, id: str, *, team: str | None = None, agent: str | None = None) -> Transferred:
    """Hand a conversation to a team's queue, or to an agent who may answer it there.

    Given to an agent it takes a team of his: its own when he is in it, else the one named,
    else his first.
    """
    with handling(guard, id) as work:
        require(guard, work, "conversation.transfer")
        if agent is not None:
            after = _to_agent(work, agent, team)
        elif team is not None:
            after = _to_team(work, team)
        else:
            raise InputError("transfer", "name a team or an agent to hand it to")
        visible = guard.allows("conversation.view", resource_at(id, facts_of(after)))
        return Transferred(after, visible)


def tag(guard: Guard, id: str, tag: str) -> None:
    """Put a tag on a conversation."""
    with handling(guard, id) as work:
        require(guard, work, "conversation.tag")
        labels.require_usable_tag(work.connection, work.organization, tag, work.conversation.team)
        labels.tag_conversation(work.connection, work.organization, id, tag)
        work.put(work.conversation, EventKind.TAGGED)


def untag(guard: Guard, id: str, tag: str) -> None:
    """Take a tag off a conversation."""
    with handling(guard, id) as work:
        require(guard, work, "conversation.tag")
        labels.untag_conversation(work.connection, work.organization, id, tag)
        work.put(work.conversation, EventKind.TAGGED)


def delete_message(guard: Guard, id: str, seq: int) -> None:
    """Take a message's text and file away everywhere; only its place stays."""
    with handling(guard, id) as work:
        require(guard, work, "message.delete")
        message = messages.find(work.connection, work.organization, id, seq)
        if message is None or message.kind not in DELETABLE or not _reads(guard, work, message):
            raise NotFoundError("message", f"{id}/{seq}")
        if message.deleted_at is None:
            messages.blank(work.connection, work.organization, message, at=work.now, by=guard.subject.id)
            last = messages.last_said(work.connection, work.organization, id)
            shown = replace(work.conversation, preview=preview_of(last))
            work.put(shown, _deleted_as(message), message_seq=seq, agent=_other_of(message, guard.subject.id))


def typing(guard: Guard, id: str) -> None:
    """Let the customer know that an answer is being written."""
    with handling(guard, id) as work:
        require(guard, work, "conversation.reply")
        work.put(work.conversation, EventKind.TYPING)


def mark_read(guard: Guard, id: str, seq: int) -> None:
    """Keep how far one has read."""
    with handling(guard, id) as work:
        require(guard, work, "conversation.view")
        upto = min(seq, work.conversation.last_seq)
        if messages.mark_read(work.connection, work.organization, id, guard.subject.id, upto):
            work.put(work.conversation, EventKind.READ, message_seq=upto, agent=guard.subject.id)


def say(
    work: Work,
    text: str,
    author: AuthorKind,
    *,
    client_key: str,
    attachment: Upload | None = None,
) -> Message:
    """Add what customer or agent said, with a file or without."""
    kind = MessageKind.TEXT if attachment is None else MessageKind.FILE
    said = _written(work, kind, text, client_key)
    if author is AuthorKind.CUSTOMER:
        said = replace(said, author_kind=author, author=work.conversation.customer)
    if attachment is not None:
        kept = keep_upload(work.connection, work.organization, work.conversation.id, attachment, at=work.now)
        said = replace(said, attachment=kept.id, text=text or kept.name)
    return work.say(said)


def _written(work: Work, kind: MessageKind, text: str, client_key: str) -> Message:
    return Message(
        work.conversation.id,
        0,
        work.now,
        AuthorKind.AGENT,
        kind,
        text,
        author=work.by,
        client_key=client_key,
    )


def _is_mine(guard: Guard, work: Work) -> bool:
    """Whether he has it already: accepting twice is accepting once."""
    now = work.conversation
    mine = now.state is State.OPEN and now.assignee == guard.subject.id
    # A token may be cut to less than its agent has.
    return mine and guard.allows("conversation.view", resource_at(now.id, facts_of(now)))


def _was_closed_by(guard: Guard, work: Work) -> bool:
    """Whether it is his and closed already, and he could close it still: closing twice is closing once."""
    now = work.conversation
    mine = now.state is State.CLOSED and now.assignee == guard.subject.id
    before = replace(facts_of(now), state=State.OPEN)
    return mine and guard.allows("conversation.close", resource_at(now.id, before))


def _require_queued(guard: Guard, work: Work, action: str) -> None:
    """Raises MovedError to one who could have taken it, NotFoundError to anybody else."""
    if work.conversation.state is State.WAITING:
        return
    queued = Resource("conversation", work.conversation.id, team=work.conversation.team, state=State.WAITING)
    if not guard.allows(action, queued):
        raise NotFoundError("conversation", work.conversation.id)
    happened = "was closed" if work.conversation.state is State.CLOSED else "was accepted by somebody else"
    raise MovedError("conversation", happened)


def _close(work: Work, category: str | None) -> Conversation:
    closed = replace(work.conversation, state=State.CLOSED, category=category, closed_at=work.now)
    work.move(closed, EventKind.CLOSED)
    _refill(work, closed.assignee)
    return work.conversation


def _refill(work: Work, agent: str | None) -> None:
    """Whoever gave a conversation away has room for the next."""
    if agent is not None:
        assignment.fill(work.connection, work.organization, work.snapshot, agent, now=work.now)


def _check_category(work: Work, category: str | None) -> None:
    if category is None:
        return
    found = labels.find_category(work.connection, work.organization, category)
    if found is None or found.team not in (None, work.conversation.team):
        raise InputError("category", f"there is no category `{category}` for this team; choose another")


def _to_team(work: Work, team: str) -> Conversation:
    if team not in work.snapshot.policy.teams:
        raise InputError("team", f"there is no team `{team}`; choose another")
    after = replace(work.conversation, team=team, assignee=None, state=State.WAITING, waiting_since=work.now)
    giver = work.conversation.assignee
    work.move(after, EventKind.TRANSFERRED, team=team)
    assignment.place(work)
    _refill(work, giver if giver != work.conversation.assignee else None)
    return work.conversation


def _to_agent(work: Work, agent: str, team: str | None) -> Conversation:
    placed = _team_for(work, agent, team)
    if placed is None:
        # Alike whether there is such an agent: not everybody may read who is.
        raise InputError(
            "agent", f"`{agent}` may not answer it in a team of his; choose another agent or a team"
        )
    after = replace(
        work.conversation,
        team=placed,
        assignee=agent,
        state=State.OPEN,
        opened_at=work.conversation.opened_at or work.now,
        waiting_since=None,
    )
    return work.move(after, EventKind.TRANSFERRED, to_agent=agent, team=placed)


def _team_for(work: Work, agent: str, team: str | None) -> str | None:
    """The team in which an agent would have the conversation; None where he could not answer it."""
    standing = work.snapshot.policy.agents.get(agent)
    if standing is None or standing.status is not Status.ACTIVE:
        return None
    his = sorted(standing.teams, key=lambda each: (each != work.conversation.team, each))
    asked = [team] if team is not None else his
    return next(
        (each for each in asked if each in his and assignment.may_answer(work.snapshot, agent, each)), None
    )


def _deleted_as(message: Message) -> EventKind:
    """What is told of it, and so to whom: a note was one for those who read notes, a whisper for two."""
    told = {MessageKind.NOTE: EventKind.NOTE_DELETED, MessageKind.WHISPER: EventKind.WHISPER_DELETED}
    return told.get(message.kind, EventKind.DELETED)


def _other_of(message: Message, agent: str) -> str | None:
    """Whom a whisper concerns besides this agent."""
    if message.kind is not MessageKind.WHISPER:
        return None
    return message.to_agent if message.author == agent else message.author


def _reads(guard: Guard, work: Work, message: Message) -> bool:
    if message.kind is MessageKind.NOTE:
        return guard.allows("note.read", resource_at(work.conversation.id, facts_of(work.conversation)))
    return message.kind is not MessageKind.WHISPER or guard.subject.id in (message.author, message.to_agent)

"""What a visitor sees: the widget's words, who answers, and what was said to him and by him.

No note, no whisper, no event and no agent's id is ever in it. An agent is called by the
public name he chose, else by his team's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roledesk import Organization, find_profiles
from roledesk.desk import hours, visitors
from roledesk.desk.facts import Attachment, AuthorKind, Conversation, Message, State
from roledesk.desk.store import attachments
from roledesk.desk.widget.visit import Visit

MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said; without its text when it was deleted."""

    seq: int
    at: float
    mine: bool
    by: str
    text: str
    deleted: bool
    file: Sent | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """A visitor's window: its words, and what was said behind the number asked for.

    `opens_at` is when somebody is there again, None while somebody is; `partner` who answers.
    `seen` is how far the visitor has read, `more` whether there is more behind these messages;
    `identity` who he is by the word of the page's own server, else empty.
    """

    title: str
    greeting: str
    away: str
    colour: str
    is_away: bool
    opens_at: float | None
    position: str
    conversation: str | None
    is_open: bool
    partner: str
    seen: int
    messages: tuple[Said, ...]
    more: bool
    identity: str


def window_of(visit: Visit, *, position: str, after: int = 0) -> Window:
    """What this visitor's window shows; of the conversation only what follows number `after`."""
    organization, widget = visit.organization, visit.widget
    talk = visitors.newest(organization, visit.customer.id) if visit.customer else None
    said = _said(organization, talk, after) if talk else ()
    return Window(
        title=widget.title,
        greeting=widget.greeting,
        away=widget.away_text,
        colour=widget.colour,
        is_away=not hours.is_open(organization, widget.team),
        opens_at=hours.opens_at(organization, widget.team),
        position=position,
        conversation=talk.id if talk else None,
        is_open=talk is not None and talk.state is not State.CLOSED,
        partner=_partner(organization, talk, widget.team),
        seen=talk.customer_read_seq if talk else 0,
        messages=said[:MOST_MESSAGES],
        more=len(said) > MOST_MESSAGES,
        identity=visit.identity.id if visit.identity else "",
    )


def said_of(organization: Organization, team: str, messages: Iterable[Message]) -> tuple[Said, ...]:
    """Messages as their visitor reads them; who chose no name for it speaks as the team."""
    found = tuple(messages)
    agents = {each.author for each in found if each.author_kind is AuthorKind.AGENT and each.author}
    with organization.database.reading() as connection:
        files = attachments.described(
            connection, organization.id, {m.attachment for m in found if m.attachment}
        )
        known = find_profiles(connection, organization.id, agents)
    everybody = _team(organization, team)
    names = {agent: profile.public_name for agent, profile in known.items()}
    return tuple(
        _one(each, names.get(each.author or "") or everybody, files.get(each.attachment or ""))
        for each in found
    )


def _said(organization: Organization, talk: Conversation, after: int) -> tuple[Said, ...]:
    found = visitors.thread_of(organization, talk.customer, talk.id, limit=MOST_MESSAGES + 1, after=after)
    return said_of(organization, talk.team, found)


def _one(message: Message, by: str, file: Attachment | None) -> Said:
    mine = message.author_kind is AuthorKind.CUSTOMER
    return Said(
        message.seq,
        message.at,
        mine,
        "" if mine else by,
        "" if file is not None and message.text == file.name else message.text,
        message.deleted_at is not None,
        None if file is None else Sent(file.id, file.name, file.size),
        message.client_key if mine else None,
    )


def _partner(organization: Organization, talk: Conversation | None, team: str) -> str:
    """Who answers: the agent by the name he chose for this, else the team."""
    if talk is None or talk.state is not State.OPEN or talk.assignee is None:
        return _team(organization, team if talk is None else talk.team)
    with organization.database.reading() as connection:
        known = find_profiles(connection, organization.id, [talk.assignee])
    chosen = known[talk.assignee].public_name if talk.assignee in known else ""
    return chosen or _team(organization, talk.team)


def _team(organization: Organization, team: str) -> str:
    teams = organization.policy.teams
    return teams[team].name if team in teams else organization.policy.name

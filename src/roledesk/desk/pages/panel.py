"""What stands beside a conversation: its customer, its tags, and what the asker may not do here.

Of the customer there is no more than a display name without the panel's permission.
Not here: the customer's own page (customers.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice

from roledesk import Decision, Guard, Organization, Resource
from roledesk.desk import reading
from roledesk.desk.customers import CustomerRow, customer_panel
from roledesk.desk.facts import Conversation, Customer, State, customer_resource, resource_of
from roledesk.desk.pages.chat import Opened
from roledesk.desk.pages.kit import names_of, zone_of
from roledesk.desk.pages.moments import day
from roledesk.desk.reading import Row
from roledesk.desk.replies import usable_replies
from roledesk.desk.store import labels
from roledesk.desk.store.labels import Tag
from roledesk.web.help import ask_address

MOST_TOLD = 3
MOST_ROLES = 2
LIVE_ACTIONS = ("conversation.reply", "conversation.transfer", "note.add")
CUSTOMER_ACTIONS = ("customer.read_panel", "customer.read_sensitive")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of a customer."""

    term: str
    text: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another conversation of the same customer."""

    href: str
    text: str
    at: float
    day: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A customer and what he is filed under; `href` is his page, `tag_action` where tags are sent."""

    name: str
    facts: Sequence[Fact]
    tags: Sequence[Tag]
    addable: Sequence[Tag]
    may_tag: bool
    tag_action: str
    href: str = ""
    edit: str = ""
    earlier: Sequence[Earlier] = ()
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class MayNot:
    """Something the asker may not do here: what is missing, and some roles that give it."""

    title: str
    key: str
    roles: Sequence[str]
    href: str


def beside_chat(guard: Guard, opened: Opened) -> Mapping[str, object]:
    """What the templates show beside a conversation."""
    conversation = opened.row.conversation
    return {
        "panel": _panel(guard, opened.row, customer_panel(guard, conversation.id)),
        "replies": usable_replies(guard) if opened.chat.mode == "reply" else (),
        "may_save_reply": guard.may("own_reply.edit"),
        "may_not": tuple(islice(_may_not(guard, conversation), MOST_TOLD)),
    }


def facts_of(guard: Guard, row: CustomerRow) -> Sequence[Fact]:
    """What is known of a customer, as this asker may read it."""
    customer = row.customer
    return (
        Fact("Phone", customer.phone or "", row.masked and bool(customer.phone)),
        Fact("E-mail", customer.email or "", row.masked and bool(customer.email)),
        Fact("Language", customer.language or ""),
        Fact("Sticky", _sticky(guard, customer)),
    )


def addable_tags(organization: Organization, has: Sequence[Tag], team: str | None) -> Sequence[Tag]:
    """The tags that may still be put on something of this team."""
    known = {tag.id for tag in has}
    with organization.database.reading() as connection:
        found = labels.list_tags(connection, organization.id)
    return tuple(tag for tag in found if tag.id not in known and tag.team in (None, team))


def earlier_of(rows: Sequence[Row], zone: tzinfo, now: float) -> Sequence[Earlier]:
    """Conversations as lines of the panel."""
    return tuple(
        Earlier(
            f"/{'closed' if row.conversation.state is State.CLOSED else 'inbox'}/{row.conversation.id}",
            row.conversation.preview or "No message",
            row.conversation.created_at,
            day(row.conversation.created_at, zone, now),
        )
        for row in rows
    )


def _panel(guard: Guard, row: Row, known: CustomerRow | None) -> Panel:
    conversation, organization = row.conversation, guard.organization
    may_tag = guard.allows("conversation.tag", resource_of(conversation))
    tags = Panel(
        name=row.customer_name,
        facts=(),
        tags=row.tags,
        addable=addable_tags(organization, row.tags, conversation.team) if may_tag else (),
        may_tag=may_tag,
        tag_action=f"/inbox/{conversation.id}/tags",
    )
    return tags if known is None else _filled(guard, conversation, tags, known)


def _filled(guard: Guard, conversation: Conversation, panel: Panel, known: CustomerRow) -> Panel:
    organization = guard.organization
    customer = customer_resource(conversation)
    rows = reading.earlier_conversations(guard, conversation.id, limit=5)
    return replace(
        panel,
        facts=facts_of(guard, known),
        href=f"/customers/{known.customer.id}" if guard.allows("customer.read", customer) else "",
        edit=f"/inbox/{conversation.id}/customer" if guard.allows("customer.edit_panel", customer) else "",
        earlier=earlier_of(rows, zone_of(organization), organization.clock()),
        is_blocked=known.customer.blocked_at is not None,
    )


def _sticky(guard: Guard, customer: Customer) -> str:
    agent = customer.sticky_agent
    if agent is None:
        return "nobody"
    return "you" if agent == guard.subject.id else names_of(guard.organization, (agent,))[agent]


def _may_not(guard: Guard, conversation: Conversation) -> Iterator[MayNot]:
    told = set[str]()
    for action, resource in _asked(conversation):
        decision = guard.decide(action, resource)
        if not decision and decision.missing.permissions:
            found = _missing(guard, decision, resource, back=f"/inbox/{conversation.id}")
            if found.key not in told:
                told.add(found.key)
                yield found


def _asked(conversation: Conversation) -> Iterator[tuple[str, Resource]]:
    if conversation.state is not State.CLOSED:
        yield from ((action, resource_of(conversation)) for action in LIVE_ACTIONS)
    yield from ((action, customer_resource(conversation)) for action in CUSTOMER_ACTIONS)


def _missing(guard: Guard, decision: Decision, resource: Resource, *, back: str) -> MayNot:
    policy, missing = guard.organization.policy, decision.missing
    key, scope = missing.permissions[0]
    giving = [policy.roles[role] for role in missing.roles]
    asked = [role for role in giving if not role.owner] or giving
    title = policy.catalogue.get_permission(key).title
    names = tuple(sorted(role.name for role in asked)[:MOST_ROLES])
    return MayNot(title, key, names, ask_address(key, scope, resource, back=back))

"""What customers do: they come, write, read and come back.

A visitor is known by a secret that his browser keeps, or by an identity that the host's
server signed with the widget's secret, on however many devices. He sees his own conversations only, and of those
what was said between him and the agents: no note, no whisper, no agent's id but in words.
Not here: which sites a widget may stand on (widgets.py), the doors (widget/).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection

from roledesk import (
    BlockedError,
    CredentialsError,
    InputError,
    MovedError,
    NotFoundError,
    Organization,
    bad_name,
    hash_secret,
    new_secret,
)
from roledesk.desk import assignment
from roledesk.desk.conversations import say
from roledesk.desk.facts import Attachment, AuthorKind, Conversation, Customer, EventKind, Message, State
from roledesk.desk.files import Upload
from roledesk.desk.store import attachments, conversations, customers, messages
from roledesk.desk.store.widgets import Widget
from roledesk.desk.work import Work, begin, checked_key, checked_text, new_id

WEB_CHAT = "web"
VISITOR = "Visitor"
IDENTITY_LENGTH = 200
DRAWN = re.compile("[0-9a-f]{64}")
"""What a browser draws is as long as a secret of ours."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A visitor and the secret his browser is to keep; None when it keeps the right one already."""

    customer: Customer
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a visitor is by the word of the host's server, and what he is to be called."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a visitor wrote; with the secret that his browser is to keep, if it was his first word."""

    message: Message
    secret: str | None = None


def arrive(organization: Organization, *, secret: str | None = None, name: str = "") -> Arrived:
    """The visitor with this secret, or a new one."""
    with organization.locked() as connection:
        found = _find(connection, organization, secret)
        if found is not None:
            return Arrived(found)
        return Arrived(*_added(connection, organization, name))


def checked_identity(widget: Widget, identity: str, signature: str, *, name: str = "") -> Identity:
    """Whom the host's server calls so. Raises CredentialsError when it did not sign it, InputError for the name."""
    if not is_signed(widget, identity, signature):
        raise CredentialsError("the identity of the visitor is not signed by this widget's secret")
    return Identity(identity, _checked_name(name))


def find_identified(organization: Organization, identity: Identity) -> Customer | None:
    """The customer whom the host's server calls so; None before his first word."""
    with organization.database.reading() as connection:
        return customers.find_by_identity(connection, organization.id, identity.id)


def sign(widget: Widget, identity: str) -> str:
    """What a host's server sends along with an identity: HMAC-SHA256 in hexadecimal."""
    return hmac.new(widget.identity_secret.encode(), identity.encode(), sha256).hexdigest()


def is_signed(widget: Widget, identity: str, signature: str) -> bool:
    """Whether the host's server signed an identity with the secret that the widget has now."""
    fits = 0 < len(identity) <= IDENTITY_LENGTH
    return fits and hmac.compare_digest(sign(widget, identity).encode(), signature.encode())


def find_visitor(organization: Organization, secret: str) -> Customer | None:
    """The customer whose browser keeps this secret."""
    with organization.database.reading() as connection:
        return _find(connection, organization, secret)


def is_there(organization: Organization, customer: str) -> bool:
    """Whether a customer is still known."""
    with organization.database.reading() as connection:
        return customers.find(connection, organization.id, customer) is not None


def write(
    organization: Organization,
    widget: Widget,
    customer: str | None,
    text: str,
    *,
    client_key: str,
    attachment: Upload | None = None,
    identity: Identity | None = None,
    drawn: str = "",
) -> Written:
    """Write in the conversation one is in, or begin a new one; the same again gives the same message.

    Nobody yet, with None, becomes a customer by his first word: the one of this identity, or a
    new one, whose browser drew a number: when the answer to his first word is lost, and his
    secret with it, the number makes him the same again. Raises BlockedError, InputError.
    """
    checked_key(client_key)
    if attachment is None:
        checked_text(text)
    with _writing(organization, customer, identity, drawn) as (connection, known, secret):
        newest = next(iter(conversations.of_customer(connection, organization.id, known.id)), None)
        sent = newest and begin(connection, organization, newest).sent(client_key)
        if sent:
            return Written(sent, secret)
        if newest is not None and newest.state is not State.CLOSED:
            work = begin(connection, organization, newest)
            said = say(work, text, AuthorKind.CUSTOMER, client_key=client_key, attachment=attachment)
        else:
            work = _begun(connection, organization, widget, known, client_key)
            said = say(work, text, AuthorKind.CUSTOMER, client_key=client_key, attachment=attachment)
            assignment.place(work)
        return Written(said, secret)


def start(
    organization: Organization, widget: Widget, customer: str, text: str, *, client_key: str
) -> Conversation:
    """Begin a conversation in the widget's team; the same again gives the same one.

    It goes to the agent the customer is used to, if he may still answer there, else to an
    agent who is free, or into the queue. Raises BlockedError, InputError.
    """
    checked_text(text)
    checked_key(client_key)
    with _writing(organization, customer) as (connection, known, _):
        begun = conversations.find_started(connection, organization.id, customer, client_key)
        if begun is not None:
            return begun
        work = _begun(connection, organization, widget, known, client_key)
        say(work, text, AuthorKind.CUSTOMER, client_key=client_key)
        assignment.place(work)
        return work.conversation


def say_as_customer(
    organization: Organization,
    customer: str,
    conversation: str,
    text: str,
    *,
    client_key: str,
    attachment: Upload | None = None,
) -> Message:
    """Write in a conversation of one's own; the same again gives the same message.

    Raises NotFoundError for another's, MovedError for one that was closed: begin a new one
    then. Raises BlockedError, InputError.
    """
    if attachment is None:
        checked_text(text)
    with _writing(organization, customer) as (connection, _, _):
        work = _own(connection, organization, customer, conversation)
        if (sent := work.sent(client_key)) is not None:
            return sent
        if work.conversation.state is State.CLOSED:
            raise MovedError("conversation", "was closed")
        return say(work, text, AuthorKind.CUSTOMER, client_key=client_key, attachment=attachment)


def typing(organization: Organization, customer: str) -> None:
    """Let those who view a visitor's conversation know that he is writing; not while he is blocked."""
    with organization.locked() as connection:
        known = customers.find(connection, organization.id, customer)
        found = conversations.find_current(connection, organization.id, customer)
        if found is not None and known is not None and known.blocked_at is None:
            begin(connection, organization, found).put(found, EventKind.TYPING)


def file_of(organization: Organization, customer: str, id: str) -> tuple[Attachment, bytes]:
    """A file of a visitor's own conversation that was said to him or by him. Raises NotFoundError."""
    with organization.database.reading() as connection:
        found = attachments.find(connection, organization.id, id)
        if found is not None:
            kept = conversations.find(connection, organization.id, found[0].conversation)
            if kept is not None and kept.customer == customer:
                return found
    raise NotFoundError("file", id)


def current(organization: Organization, customer: str) -> Conversation | None:
    """The conversation a visitor is in: his newest that is not closed."""
    with organization.database.reading() as connection:
        return conversations.find_current(connection, organization.id, customer)


def newest(organization: Organization, customer: str) -> Conversation | None:
    """The conversation a visitor is in, or was in last."""
    with organization.database.reading() as connection:
        return next(iter(conversations.of_customer(connection, organization.id, customer)), None)


def thread_of(
    organization: Organization, customer: str, conversation: str, *, limit: int, after: int | None = None
) -> tuple[Message, ...]:
    """What was said in a visitor's own conversation; the last `limit`, or the first behind `after`.

    A deleted message is there without its text. Raises NotFoundError.
    """
    with organization.database.reading() as connection:
        _own(connection, organization, customer, conversation)
        return messages.thread(
            connection,
            organization.id,
            conversation,
            kinds=messages.SAID,
            whispers_of=None,
            limit=limit,
            after=after,
        )


def mark_read_by_customer(organization: Organization, customer: str, conversation: str, seq: int) -> None:
    """Keep how far a visitor has read."""
    with organization.locked() as connection:
        work = _own(connection, organization, customer, conversation)
        upto = min(seq, work.conversation.last_seq)
        if upto > work.conversation.customer_read_seq:
            read = replace(work.conversation, customer_read_seq=upto)
            work.put(read, EventKind.READ_BY_CUSTOMER, message_seq=upto)


@contextmanager
def _writing(
    organization: Organization, customer: str | None, identity: Identity | None = None, drawn: str = ""
) -> Iterator[tuple[Connection, Customer, str | None]]:
    """A transaction of a customer's; with None of a new one, and his secret."""
    secret = None
    try:
        with organization.locked() as connection:
            if customer is None and identity is None:
                customer, secret = _newcomer(connection, organization, drawn)
            elif identity is not None:
                customer = _identified(connection, organization, identity)
            known = customers.find(connection, organization.id, str(customer))
            if known is None:
                raise NotFoundError("customer", str(customer))
            if known.blocked_at is not None:
                raise BlockedError
            yield connection, known, secret
    except BlockedError:
        with organization.locked() as connection:
            customers.count_refused(connection, organization.id, str(customer))
        raise


def _identified(connection: Connection, organization: Organization, identity: Identity) -> str:
    """The customer of an identity, who is made by his first word on whichever device."""
    found = customers.find_by_identity(connection, organization.id, identity.id)
    if found is None:
        found = _new(organization, identity.name, identity=identity.id)
        customers.add(connection, organization.id, found)
    return found.id


def _newcomer(connection: Connection, organization: Organization, drawn: str) -> tuple[str, str]:
    """Who writes for the first time, or again because he got no answer; and his secret."""
    if not DRAWN.fullmatch(drawn):
        customer, secret = _added(connection, organization, "")
        return customer.id, secret
    secret = f"visitor-drew-{drawn}"
    found = _find(connection, organization, secret)
    return (found or _added(connection, organization, "", secret)[0]).id, secret


def _added(
    connection: Connection, organization: Organization, name: str, secret: str | None = None
) -> tuple[Customer, str]:
    """A new customer, and the secret that his browser is to keep."""
    secret = secret or new_secret("visitor")
    customer = _new(organization, name, secret_hash=hash_secret(secret))
    customers.add(connection, organization.id, customer)
    return customer, secret


def _own(connection: Connection, organization: Organization, customer: str, id: str) -> Work:
    found = conversations.find(connection, organization.id, id)
    if found is None or found.customer != customer:
        raise NotFoundError("conversation", id)
    return begin(connection, organization, found)


def _begun(
    connection: Connection, organization: Organization, widget: Widget, known: Customer, client_key: str
) -> Work:
    now = organization.clock()
    begun = Conversation(
        new_id("conversation"),
        known.id,
        WEB_CHAT,
        widget.team,
        State.WAITING,
        now,
        now,
        widget=widget.id,
        assignee=_kept_for(organization, known, widget.team),
        waiting_since=now,
        client_key=client_key,
    )
    conversations.add(connection, organization.id, begun)
    work = begin(connection, organization, begun)
    work.put(begun, EventKind.STARTED)
    return work


def _kept_for(organization: Organization, known: Customer, team: str) -> str | None:
    """The agent the customer is used to, while he may still answer in this team."""
    agent = known.sticky_agent
    may = agent is not None and assignment.may_answer(organization.snapshot, agent, team)
    return agent if may else None


def _new(
    organization: Organization, name: str, *, secret_hash: str | None = None, identity: str | None = None
) -> Customer:
    shown = _checked_name(name)
    return Customer(
        new_id("customer"), shown, organization.clock(), secret_hash=secret_hash, identity=identity
    )


def _checked_name(name: str) -> str:
    shown = name.strip() or VISITOR
    if refused := next(bad_name(shown, "name"), None):
        raise InputError("name", refused.message)
    return shown


def _find(connection: Connection, organization: Organization, secret: str | None) -> Customer | None:
    if secret is None:
        return None
    return customers.find_by_secret(connection, organization.id, hash_secret(secret))

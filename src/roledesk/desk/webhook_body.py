"""What a webhook is told of an event: what its owner may view at this very moment, and no more.

E-mail and phone only for whoever may read them, notes only for whoever may read notes;
whispers and deleted texts never.
"""

from __future__ import annotations

from datetime import UTC, datetime

from roledesk import Guard
from roledesk.desk import customers
from roledesk.desk.facts import Conversation, EventKind, Message, MessageKind, resource_of
from roledesk.desk.store import conversations, messages
from roledesk.desk.store.webhooks import Delivery, Webhook

VIEW = "conversation.view"
TOLD = {MessageKind.TEXT, MessageKind.FILE}


def body_of(
    guard: Guard, webhook: Webhook, delivery: Delivery, conversation: str, seq: int | None
) -> dict[str, object] | None:
    """What is sent; None when it is not for the owner, or not of the webhook's team."""
    organization = guard.organization
    with organization.database.reading() as connection:
        found = conversations.find(connection, organization.id, conversation)
        if found is None or not guard.allows(VIEW, resource_of(found)):
            return None
        said = None if seq is None else messages.find(connection, organization.id, conversation, seq)
    if webhook.team is not None and found.team != webhook.team:
        return None
    noted = said is not None and said.kind is MessageKind.NOTE
    if noted and not guard.allows("note.read", resource_of(found)):
        return None
    data: dict[str, object] = {"conversation": _conversation(guard, found)}
    if said is not None and delivery.kind in (EventKind.MESSAGE, EventKind.NOTE):
        data["message"] = _message(said)
    return {"type": f"conversation.{delivery.kind}", "timestamp": _moment(delivery.at), "data": data}


def ping(delivery: Delivery) -> dict[str, object]:
    """A word without content, to try a webhook."""
    return {"type": "ping", "timestamp": _moment(delivery.at), "data": {}}


def _conversation(guard: Guard, found: Conversation) -> dict[str, object]:
    panel = customers.customer_panel(guard, found.id)
    person: dict[str, object] = {"id": found.customer}
    if panel is not None:
        person["name"] = panel.customer.name
        if not panel.masked:
            person |= {"email": panel.customer.email, "phone": panel.customer.phone}
    return {
        "id": found.id,
        "team": found.team,
        "state": found.state.value,
        "assignee": found.assignee,
        "channel": found.channel,
        "customer": person,
    }


def _message(said: Message) -> dict[str, object]:
    is_told = said.kind in TOLD or said.kind is MessageKind.NOTE
    return {
        "seq": said.seq,
        "at": _moment(said.at),
        "from": said.author_kind.value,
        "kind": said.kind.value,
        "text": said.text if is_told and said.deleted_at is None else "",
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")

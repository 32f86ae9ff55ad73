"""Webhooks: who may have them, where they lead, and what each is told of.

A webhook belongs to whoever made it, and carries what he may view at the moment of sending.
So a token makes or changes one only if it reads no less than he does: it would read the rest through it.
Not here: sending (courier.py), what is sent (webhook_body.py).
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, Resource, bad_name, record_activity
from roledesk.desk.facts import EventKind
from roledesk.desk.store import events, webhooks
from roledesk.desk.store.webhooks import Delivery, State, Webhook
from roledesk.desk.targets import check_url
from roledesk.desk.work import new_id

EDIT = "webhook.edit"
KINDS = {
    EventKind.STARTED: "A chat begins",
    EventKind.ACCEPTED: "An agent accepts a chat",
    EventKind.ASSIGNED: "A chat is given to an agent",
    EventKind.TRANSFERRED: "A chat is handed on",
    EventKind.RETURNED: "A chat goes back to the queue",
    EventKind.MESSAGE: "Somebody writes",
    EventKind.NOTE: "A note is written",
    EventKind.TAGGED: "Tags change",
    EventKind.DELETED: "A message is deleted",
    EventKind.CLOSED: "A chat is closed",
}
CARRIED = ("conversation.view", "note.read", "customer.read_panel", "customer.read_sensitive")
"""What decides about the content of a delivery."""
PING = "ping"
OLD_SECRET_S = 24 * 3600.0
LOG = 100
MOST = 50


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What of a webhook is chosen."""

    name: str
    url: str
    kinds: tuple[str, ...]
    team: str | None = None
    enabled: bool = True


def list_webhooks(guard: Guard) -> tuple[Webhook, ...]:
    """The webhooks one may edit, by name."""
    with guard.organization.database.reading() as connection:
        known = webhooks.list_all(connection, guard.organization.id)
    return tuple(each for each in known if guard.allows(EDIT, resource_of(each)))


def get_webhook(guard: Guard, id: str) -> Webhook:
    """A webhook one may edit. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        return _get(connection, guard, id)


def create_webhook(guard: Guard, form: WebhookForm) -> Webhook:
    """Make a webhook of one's own; it is told of what happens from now on. Raises DeniedError, InputError."""
    _check(guard, form)
    blank = Webhook(new_id("webhook"), "", guard.subject.id, "", (), _new_secret())
    webhook = _filled(blank, form)
    with guard.organization.locked() as connection:
        guard.require(EDIT, resource_of(webhook))
        _require_whole(guard)
        if len(webhooks.list_all(connection, guard.organization.id)) >= MOST:
            raise InputError("name", f"there are {MOST} webhooks already; delete one first")
        now = replace(webhook, seq=events.head(connection, guard.organization.id))
        _keep(connection, guard, now, "webhook.made")
    return now


def edit_webhook(guard: Guard, id: str, form: WebhookForm) -> Webhook:
    """Change a webhook; whoever changes it becomes its owner. Raises NotFoundError, DeniedError, InputError."""
    get_webhook(guard, id)
    # Before the lock: finding a host takes as long as its name servers like.
    _check(guard, form)
    with guard.organization.locked() as connection:
        before = _get(connection, guard, id)
        after = replace(_filled(before, form), owner=guard.subject.id, failing_since=None)
        guard.require(EDIT, resource_of(after))
        _require_whole(guard)
        if after.enabled and not before.enabled:
            after = replace(after, seq=events.head(connection, guard.organization.id))
        _keep(connection, guard, after, "webhook.changed")
    return after


def replace_secret(guard: Guard, id: str) -> Webhook:
    """Sign with a new secret, and for a day with the old one too. Raises NotFoundError."""
    with guard.organization.locked() as connection:
        before = _get(connection, guard, id)
        until = guard.organization.clock() + OLD_SECRET_S
        after = replace(before, secret=_new_secret(), old_secret=before.secret, old_until=until)
        _keep(connection, guard, after, "webhook.changed")
    return after


def delete_webhook(guard: Guard, id: str) -> None:
    """Remove a webhook with its log. Raises NotFoundError."""
    with guard.organization.locked() as connection:
        found = _get(connection, guard, id)
        webhooks.drop(connection, guard.organization.id, id)
        _note(connection, guard, found, "webhook.deleted")


def test_webhook(guard: Guard, id: str) -> None:
    """Have a word without content delivered. Raises NotFoundError."""
    with guard.organization.locked() as connection:
        found, now = _get(connection, guard, id), guard.organization.clock()
        webhooks.queue(
            connection, guard.organization.id, [Delivery(new_id("msg"), found.id, 0, PING, now, now)]
        )


def resend(guard: Guard, id: str, delivery: str) -> None:
    """Have something delivered once more, if its owner may still view it. Raises NotFoundError."""
    organization = guard.organization
    with organization.locked() as connection:
        found = _get(connection, guard, id)
        known = webhooks.find_delivery(connection, organization.id, delivery)
        if known is None or known.webhook != found.id:
            raise NotFoundError("delivery", delivery)
        again = replace(
            known, state=State.WAITING, next_at=organization.clock(), claimed_until=0.0, attempts=0
        )
        webhooks.put_delivery(connection, organization.id, again)


def log_of(guard: Guard, id: str) -> tuple[Delivery, ...]:
    """What was delivered lately, the newest first. Raises NotFoundError.

    What was never sent is not in it: that and when it happened may not be for the owner.
    """
    with guard.organization.database.reading() as connection:
        found = _get(connection, guard, id)
        return webhooks.log_of(connection, guard.organization.id, found.id, limit=LOG, untried=(PING,))


def resource_of(webhook: Webhook) -> Resource:
    """A webhook as something asked about; one that hears of every team belongs to none."""
    return Resource("webhook", webhook.id, team=webhook.team)


def _get(connection: Connection, guard: Guard, id: str) -> Webhook:
    found = webhooks.find(connection, guard.organization.id, id)
    if found is None or not guard.allows(EDIT, resource_of(found)):
        raise NotFoundError("webhook", id)
    return found


def _require_whole(guard: Guard) -> None:
    """Raises InputError for a token that reads less than the agent whose webhook it would be."""
    whole = guard.organization.guard(guard.subject.id)
    if any(guard.reach(action) != whole.reach(action) for action in (EDIT, *CARRIED)):
        raise InputError(
            "owner", "this token reads less than its owner; sign in, or use a token that does not"
        )


def _check(guard: Guard, form: WebhookForm) -> None:
    if refused := next(bad_name(form.name, "name"), None):
        raise InputError("name", refused.message)
    if form.team is not None and form.team not in guard.organization.policy.teams:
        raise InputError("team", f"there is no team `{form.team}`; choose another")
    if not _kinds(form):
        raise InputError("kinds", "choose what it is told of")
    check_url(form.url)


def _kinds(form: WebhookForm) -> tuple[str, ...]:
    return tuple(kind.value for kind in KINDS if kind.value in form.kinds)


def _filled(webhook: Webhook, form: WebhookForm) -> Webhook:
    return replace(
        webhook,
        name=form.name.strip(),
        url=form.url,
        kinds=_kinds(form),
        team=form.team,
        enabled=form.enabled,
    )


def _keep(connection: Connection, guard: Guard, webhook: Webhook, event: str) -> None:
    webhooks.keep(connection, guard.organization.id, webhook)
    _note(connection, guard, webhook, event)


def _note(connection: Connection, guard: Guard, webhook: Webhook, event: str) -> None:
    record_activity(
        connection,
        guard.organization.id,
        at=guard.organization.clock(),
        by=guard.subject.id,
        event=event,
        about=f"webhook:{webhook.id}",
        teams=() if webhook.team is None else (webhook.team,),
    )


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"

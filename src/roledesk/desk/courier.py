"""Delivers what webhooks are told: one thread in each server process, and a few beside it for slow targets.

Events are taken over into deliveries in the transaction that moves the webhook on, so each is
delivered at least once, under an id of its own, and none is forgotten when a process dies.
Not here: what is sent (webhook_body.py), where it may go (targets.py).
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Thread
from time import perf_counter
from urllib.parse import urlsplit

import httpcore2
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from standardwebhooks import Webhook as Signer

from roledesk import Engine, NotFoundError, Organization, printable
from roledesk.desk.facts import Event, EventKind
from roledesk.desk.store import events, webhooks
from roledesk.desk.store.webhooks import Delivery, State, Webhook
from roledesk.desk.targets import PublicBackend
from roledesk.desk.webhook_body import body_of, ping
from roledesk.desk.webhooks import EDIT, PING, resource_of
from roledesk.desk.work import new_id

LOOK_S = 2.0
AT_ONCE = 200
SENT_AT_ONCE = 4
CLAIM_S = 60.0
TIMEOUT_S = 10.0
MOST_READ = 500
WAITS_S = (5.0, 30.0, 120.0, 600.0, 3600.0, 3 * 3600.0, 8 * 3600.0)
GIVES_UP_S = 3 * 24 * 3600.0
"""A webhook that takes nothing for so long is switched off."""
LOG = logging.getLogger(__name__)


class Courier:
    """Delivers for every organization of an engine until it is told to stop."""

    def __init__(self, engine: Engine, backend: httpcore2.NetworkBackend | None = None) -> None:
        self._engine = engine
        # Each connection is for one delivery and ends in time: none is kept.
        self._pool = httpcore2.ConnectionPool(
            network_backend=backend or PublicBackend(), retries=0, max_keepalive_connections=0
        )
        self._called, self._stopped = Signal(), False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._engine.listeners.append(self._called.set)
        self._thread = Thread(target=self._run, name="roledesk-courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is being sent."""
        self._stopped = True
        self._called.set()
        if self._thread is not None:
            self._thread.join()
        self._pool.close()

    def deliver(self) -> int:
        """Take over what happened and send what is due; gives how many were tried."""
        with self._engine.database.reading() as connection:
            named = webhooks.organizations_with(connection)
        for name in named:
            take_over(self._engine.organization(name))
        claimed = list(self._claimed())
        with ThreadPoolExecutor(SENT_AT_ONCE) as hands:
            list(hands.map(lambda each: self._deliver(*each), claimed))
        return len(claimed)

    def _run(self) -> None:
        while not self._stopped:
            try:
                busy = self.deliver() > 0
            except SQLAlchemyError:
                LOG.warning("cannot reach the database; deliveries wait", exc_info=True)
                busy = False
            if not busy:
                self._called.wait(LOOK_S)
                self._called.clear()

    def _claimed(self) -> Iterator[tuple[Organization, Delivery]]:
        now = self._engine.clock()
        with self._engine.database.reading() as connection:
            found = webhooks.due(connection, now=now, limit=AT_ONCE // 10)
        for name, delivery in found:
            with self._engine.database.writing() as connection:
                if webhooks.claim(connection, name, delivery, now=now, until=now + CLAIM_S):
                    yield self._engine.organization(name), delivery

    def _deliver(self, organization: Organization, delivery: Delivery) -> None:
        with organization.database.reading() as connection:
            webhook = webhooks.find(connection, organization.id, delivery.webhook)
        if webhook is None:
            return
        body = _body(organization, webhook, delivery)
        if body is None:
            settled = replace(delivery, state=State.DROPPED, said="not for its owner, or switched off")
        else:
            settled = self._send(webhook, delivery, json.dumps(body), now=organization.clock())
        with organization.locked() as connection:
            _settle(connection, organization, webhook, settled)

    def _send(self, webhook: Webhook, delivery: Delivery, body: str, *, now: float) -> Delivery:
        """What became of sending it once."""
        start, headers = perf_counter(), _headers(webhook, delivery, body, now)
        try:
            status, said = self._post(webhook.url, headers, body)
        except (
            httpcore2.NetworkError,
            httpcore2.TimeoutException,
            httpcore2.ProtocolError,
            OSError,
            # An address that no request can name, from before such were refused.
            TypeError,
            ValueError,
        ) as error:
            status, said = None, str(error) or type(error).__name__
        took_ms = int(1000 * (perf_counter() - start))
        tried = replace(delivery, attempts=delivery.attempts + 1, status=status, said=said, took_ms=took_ms)
        if status is not None and 200 <= status < 300:
            return replace(tried, state=State.DONE)
        if tried.attempts > len(WAITS_S):
            return replace(tried, state=State.FAILED)
        wait_s = WAITS_S[tried.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not a secret
        return replace(tried, next_at=now + wait_s, claimed_until=0.0)

    def _post(self, url: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        """The answer's status and its first characters; what redirects is an answer like another."""
        limits = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)
        with self._pool.stream(
            "POST",
            url,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=body.encode(),
            extensions={"timeout": limits},
        ) as answer:
            read = b""
            for part in answer.iter_stream():
                read += part
                if len(read) >= MOST_READ:
                    break
            # What others answer is kept and shown: PostgreSQL keeps no NUL, a page shows no control character.
            return answer.status, printable(read[:MOST_READ].decode(errors="replace"))


def take_over(organization: Organization) -> None:
    """Turn what happened since into deliveries, for each webhook of an organization."""
    with organization.database.reading() as connection:
        head = events.head(connection, organization.id)
        if all(
            each.seq >= head or not each.enabled for each in webhooks.list_all(connection, organization.id)
        ):
            return
    with organization.locked() as connection:
        for webhook in webhooks.list_all(connection, organization.id):
            if webhook.enabled and webhook.seq < head:
                found = events.since(connection, organization.id, webhook.seq, limit=AT_ONCE)
                webhooks.queue(connection, organization.id, _deliveries(webhook, found, organization.clock()))
                webhooks.keep(
                    connection, organization.id, replace(webhook, seq=found[-1].seq if found else head)
                )


def _deliveries(webhook: Webhook, found: tuple[Event, ...], now: float) -> Iterator[Delivery]:
    for event in found:
        facts = event.after or event.before
        fits = facts is not None and webhook.team in (None, facts.team)
        kind = EventKind.DELETED if event.kind is EventKind.NOTE_DELETED else event.kind
        if fits and kind in webhook.kinds and event.conversation is not None:
            yield Delivery(new_id("msg"), webhook.id, event.seq, kind, event.at, now)


def _body(organization: Organization, webhook: Webhook, delivery: Delivery) -> dict[str, object] | None:
    """What its owner may be told at this moment; None for nothing."""
    guard = organization.guard(webhook.owner)
    if not webhook.enabled or not guard.allows(EDIT, resource_of(webhook)):
        return None
    if delivery.kind == PING:
        return ping(delivery)
    with organization.database.reading() as connection:
        [event] = events.since(connection, organization.id, delivery.event - 1, limit=1) or [None]
    if event is None or event.seq != delivery.event or event.conversation is None:
        return None
    try:
        return body_of(guard, webhook, delivery, event.conversation, event.message_seq)
    except NotFoundError:
        return None


def _headers(webhook: Webhook, delivery: Delivery, body: str, now: float) -> dict[str, str]:
    secrets = [webhook.secret]
    if webhook.old_secret is not None and webhook.old_until is not None and now < webhook.old_until:
        secrets.append(webhook.old_secret)
    moment = datetime.fromtimestamp(int(now), UTC)
    signed = " ".join(Signer(secret).sign(delivery.id, moment, body) for secret in secrets)
    return {
        "Host": urlsplit(webhook.url).netloc,
        "Content-Type": "application/json",
        "User-Agent": "Roledesk",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signed,
    }


def _settle(connection: Connection, organization: Organization, webhook: Webhook, settled: Delivery) -> None:
    webhooks.put_delivery(connection, organization.id, settled)
    known = webhooks.find(connection, organization.id, webhook.id)
    if known is None or settled.state is State.DROPPED:
        return
    now = organization.clock()
    if settled.state is State.DONE and known.failing_since is not None:
        webhooks.keep(connection, organization.id, replace(known, failing_since=None))
    elif settled.state is not State.DONE:
        since = known.failing_since or now
        still = known.enabled and now - since < GIVES_UP_S
        webhooks.keep(connection, organization.id, replace(known, failing_since=since, enabled=still))

"""The queue: who waits, and taking one of them. Of most it shows facts only.

Not here: taking one (answering.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.pages.chat import CHANNELS
from roledesk.desk.pages.kit import names_of, team_name, visitor_of
from roledesk.desk.pages.moments import since
from roledesk.desk.reading import Queued
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
WHO = "whoever may accept from the queue, or what is kept for another; asked by the handler"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Somebody who waits; `href` is empty where no more may be seen than this."""

    id: str
    name: str
    team: str
    channel: str
    waiting: str
    waiting_since: float | None
    kept_for: str
    href: str
    action: str


@routes.shared("GET", "/queue", because=WHO)
def show_queue(request: Request) -> HTMLResponse:
    """Who waits, the longest first."""
    guard = visitor_of(request)
    if not (guard.may("conversation.accept") or guard.may("conversation.accept_sticky")):
        guard.require("conversation.accept")
    with guard.organization.database.looking():
        return page_of(request).render(request, "queue.html", {"rows": _rows(guard)})


def _rows(guard: Guard) -> tuple[QueueRow, ...]:
    queued, now = reading.queue(guard), guard.organization.clock()
    names = names_of(guard.organization, (each.kept_for for each in queued))
    return tuple(_row(guard, each, names.get(each.kept_for or "", ""), now) for each in queued)


def _row(guard: Guard, queued: Queued, kept_for: str, now: float) -> QueueRow:
    sticky = queued.kept_for not in (None, guard.subject.id)
    return QueueRow(
        id=queued.id,
        name=queued.customer_name,
        team=team_name(guard.organization, queued.team),
        channel=CHANNELS.get(queued.channel, queued.channel),
        waiting=since(queued.waiting_since or now, now),
        waiting_since=queued.waiting_since,
        kept_for=kept_for if sticky else "",
        href=f"/inbox/{queued.id}" if queued.visible else "",
        action=f"/inbox/{queued.id}/accept{'-sticky' if sticky else ''}",
    )

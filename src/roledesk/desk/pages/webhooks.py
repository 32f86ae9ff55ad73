"""Webhooks: where they lead, what each is told of, and what became of it.

The signing secret is shown to whoever may edit the webhook, behind a word.
Not here: what may lead where (targets.py), sending (courier.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, Resource
from roledesk.desk import webhooks
from roledesk.desk.pages.choices import TeamChoice
from roledesk.desk.pages.kit import Sent, done, names_of, sentence, team_name, visitor_of
from roledesk.desk.store.webhooks import Delivery, State, Webhook
from roledesk.desk.webhooks import EDIT, KINDS, PING, WebhookForm
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
LOOKS = {State.DONE: "gain", State.FAILED: "lose", State.DROPPED: "", State.WAITING: "warn"}


@dataclass(frozen=True, slots=True)
class Row:
    """A webhook in the list."""

    id: str
    name: str
    note: str
    is_on: bool
    is_failing: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class LogRow:
    """A delivery in the log."""

    id: str
    at: float
    what: str
    state: str
    look: str
    attempts: int
    answer: str
    took: str
    may_resend: bool


@routes.guarded("GET", "/webhooks", EDIT)
def show_webhooks(request: Request) -> HTMLResponse:
    """The webhooks that the asker may edit."""
    return _page(request, visitor_of(request))


@routes.guarded("GET", "/webhooks/new", EDIT)
def show_new_webhook(request: Request) -> HTMLResponse:
    """The form for a new webhook."""
    form = Form({"enabled": ("yes",), "kind": ("started", "message", "closed")})
    return _page(request, visitor_of(request), form=form, is_new=True)


@routes.guarded("POST", "/webhooks", EDIT)
def make_webhook(request: Request, form: Sent) -> Response:
    """Make a webhook."""
    guard = get_asker(request)
    try:
        made = webhooks.create_webhook(guard, _read(form))
    except InputError as error:
        return _page(request, guard, form=form, is_new=True, error=error)
    return done(request, f"/webhooks/{made.id}", "Made; have a test delivered")


@routes.guarded("GET", "/webhooks/{id}", EDIT)
def show_webhook(request: Request, id: str) -> HTMLResponse:
    """One webhook with what was delivered lately."""
    guard = visitor_of(request)
    return _page(request, guard, webhooks.get_webhook(guard, id))


@routes.guarded("POST", "/webhooks/{id}", EDIT)
def take_webhook(request: Request, id: str, form: Sent) -> Response:
    """Keep a webhook."""
    guard = get_asker(request)
    try:
        webhooks.edit_webhook(guard, id, _read(form))
    except InputError as error:
        return _page(request, guard, webhooks.get_webhook(guard, id), form=form, error=error)
    return done(request, f"/webhooks/{id}", "Saved")


@routes.guarded("POST", "/webhooks/{id}/test", EDIT)
def take_test(request: Request, id: str) -> Response:
    """Have a word without content delivered."""
    webhooks.test_webhook(get_asker(request), id)
    return done(request, f"/webhooks/{id}#log", "A test is on its way")


@routes.guarded("POST", "/webhooks/{id}/secret", EDIT)
def replace_webhook_secret(request: Request, id: str) -> Response:
    """Sign with a new secret from now on."""
    webhooks.replace_secret(get_asker(request), id)
    return done(request, f"/webhooks/{id}", "There is a new secret; the old one signs too for a day")


@routes.guarded("POST", "/webhooks/{id}/deliveries/{delivery}/resend", EDIT)
def take_resend(request: Request, id: str, delivery: str) -> Response:
    """Have something delivered once more."""
    webhooks.resend(get_asker(request), id, delivery)
    return done(request, f"/webhooks/{id}#log", "It is sent again")


@routes.guarded("GET", "/webhooks/{id}/delete", EDIT)
def ask_delete_webhook(request: Request, id: str) -> HTMLResponse:
    """Whether to delete a webhook."""
    found = webhooks.get_webhook(visitor_of(request), id)
    context = {
        "heading": f"Delete {found.name}?",
        "lead": ["Nothing more is delivered, and its log is gone."],
        "action": f"/webhooks/{id}/delete",
        "button": "Delete webhook",
        "back": f"/webhooks/{id}",
        "groups": (),
        "is_dangerous": True,
    }
    return page_of(request).render(request, "question.html", context)


@routes.guarded("POST", "/webhooks/{id}/delete", EDIT)
def take_delete_webhook(request: Request, id: str) -> Response:
    """Delete a webhook with its log."""
    webhooks.delete_webhook(get_asker(request), id)
    return done(request, "/webhooks", "Deleted")


def _page(
    request: Request,
    guard: Guard,
    webhook: Webhook | None = None,
    *,
    form: Form | None = None,
    is_new: bool = False,
    error: InputError | None = None,
) -> HTMLResponse:
    rows = [_row(guard, each, webhook) for each in webhooks.list_webhooks(guard)]
    log = webhooks.log_of(guard, webhook.id) if webhook else ()
    shown = form or (_filled(webhook) if webhook else Form())
    context: Mapping[str, object] = {
        "rows": rows,
        "webhook": webhook,
        "owner": names_of(guard.organization, [webhook.owner])[webhook.owner] if webhook else "",
        "is_new": is_new,
        "form": shown,
        "kinds": [(kind.value, words, kind.value in shown.chosen("kind")) for kind, words in KINDS.items()],
        "teams": _teams(guard),
        "may_all": guard.allows(EDIT),
        "log": [_log_row(each) for each in log],
        "errors": {} if error is None else {error.where: sentence(error.problem)},
    }
    return page_of(request).render(request, "webhooks.html", context, refused=error is not None)


def _row(guard: Guard, each: Webhook, current: Webhook | None) -> Row:
    where = team_name(guard.organization, each.team) if each.team else "Every team"
    return Row(
        each.id,
        each.name,
        f"{where} · {each.url.split('/')[2]}",
        each.enabled,
        each.failing_since is not None,
        current is not None and current.id == each.id,
    )


def _log_row(each: Delivery) -> LogRow:
    words = {kind.value: said for kind, said in KINDS.items()} | {PING: "Test"}
    answer = each.said if each.status is None else f"{each.status} {each.said}"
    return LogRow(
        each.id,
        each.at,
        words.get(each.kind, each.kind),
        each.state.value,
        LOOKS[each.state],
        each.attempts,
        answer[:120],
        "" if each.took_ms is None else f"{each.took_ms} ms",
        each.state in (State.DONE, State.FAILED),
    )


def _teams(guard: Guard) -> Sequence[TeamChoice]:
    teams = sorted(guard.organization.policy.teams.values(), key=lambda team: team.name.casefold())
    return [TeamChoice(t.id, t.name) for t in teams if guard.allows(EDIT, Resource("webhook", team=t.id))]


def _filled(webhook: Webhook) -> Form:
    return Form(
        {
            "name": (webhook.name,),
            "url": (webhook.url,),
            "team": (webhook.team or "",),
            "kind": webhook.kinds,
            "enabled": ("yes" if webhook.enabled else "",),
        }
    )


def _read(form: Form) -> WebhookForm:
    return WebhookForm(
        form["name"], form["url"], form.every("kind"), form["team"] or None, form["enabled"] == "yes"
    )

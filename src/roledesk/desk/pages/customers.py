"""The customers: listed, searched, read, and what is done with them as a whole.

Not here: the customer beside a conversation (panel.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError
from roledesk.desk import customers
from roledesk.desk.customers import Choice, Correction, CustomerRow
from roledesk.desk.pages.choices import TeamChoice
from roledesk.desk.pages.customer_view import everybodys_tags, listed_of, view_of
from roledesk.desk.pages.filters import Field
from roledesk.desk.pages.kit import Sent, done, sentence, visitor_of
from roledesk.desk.pages.listing import cursor_of, suffix_of
from roledesk.web.forms import Form, form_of, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
FIELDS = ("name", "email", "phone", "language")
MOST_AT_ONCE = 200


@routes.guarded("GET", "/customers", "customer.read")
def show_customers(request: Request) -> HTMLResponse:
    """The list alone."""
    guard, query = visitor_of(request), read_query(request)
    return page_of(request).render(request, "customers.html", {**_list(guard, query), "customer": None})


@routes.guarded("GET", "/customers/unstick", "customer.unstick")
def ask_unstick(request: Request) -> HTMLResponse:
    """Which customers to release from their usual agent."""
    guard = visitor_of(request)
    rows = customers.list_releasable(guard, limit=MOST_AT_ONCE)
    return page_of(request).render(request, "unstick.html", {"rows": listed_of(guard, rows)})


@routes.guarded("POST", "/customers/unstick", "customer.unstick")
def take_unstick(request: Request, form: Sent) -> Response:
    """Release them; those out of reach stay as they are."""
    outcome = customers.unstick(get_asker(request), form.every("customer"))
    said = f"{len(outcome.done)} released"
    return done(request, "/customers", f"{said}, {len(outcome.refused)} not" if outcome.refused else said)


@routes.guarded("GET", "/customers/{id}", "customer.read")
def show_customer(request: Request, id: str) -> HTMLResponse:
    """One customer beside the list."""
    guard, query = visitor_of(request), read_query(request)
    row = customers.get_customer(guard, id)
    context = {**_list(guard, query), "customer": view_of(guard, row)}
    return page_of(request).render(request, "customers.html", context)


@routes.guarded("GET", "/customers/{id}/edit", "customer.edit")
def show_edit_customer(request: Request, id: str) -> HTMLResponse:
    """The form for a customer's record."""
    guard = visitor_of(request)
    row = customers.get_customer(guard, id)
    return edit_page(request, row, f"/customers/{id}", f"/customers/{id}/edit", {})


@routes.guarded("POST", "/customers/{id}/edit", "customer.edit")
def take_edit_customer(request: Request, id: str, form: Sent) -> Response:
    """Keep a customer's record."""
    guard = get_asker(request)
    try:
        customers.edit(guard, id, correction_of(form))
    except InputError as error:
        row = customers.get_customer(guard, id)
        return edit_page(
            request,
            row,
            f"/customers/{id}",
            f"/customers/{id}/edit",
            {error.where: sentence(error.problem)},
            form,
        )
    return done(request, f"/customers/{id}", "Saved")


@routes.guarded("POST", "/customers/{id}/block", "customer.block")
def take_block(request: Request, id: str) -> Response:
    """Refuse what the customer writes from now on."""
    return _do(request, id, customers.block, "Blocked: what this customer writes is refused and counted")


@routes.guarded("POST", "/customers/{id}/unblock", "customer.unblock")
def take_unblock(request: Request, id: str) -> Response:
    """Let the customer write again."""
    return _do(request, id, customers.unblock, "Unblocked")


@routes.guarded("POST", "/customers/{id}/unstick", "customer.unstick")
def take_unstick_one(request: Request, id: str) -> Response:
    """Let the next chat go to the queue."""
    return _do(
        request,
        id,
        lambda guard, id: customers.unstick(guard, (id,)),
        "Released: the next chat goes to the queue",
    )


@routes.guarded("POST", "/customers/{id}/tags", "customer.tag")
def take_customer_tag(request: Request, id: str, form: Sent) -> Response:
    """Put a tag on the customer."""
    return _do(request, id, lambda guard, id: customers.tag(guard, id, form["tag"]))


@routes.guarded("POST", "/customers/{id}/tags/remove", "customer.tag")
def take_customer_untag(request: Request, id: str, form: Sent) -> Response:
    """Take a tag off the customer."""
    return _do(request, id, lambda guard, id: customers.untag(guard, id, form["tag"]))


@routes.guarded("GET", "/customers/{id}/delete", "customer.delete")
def ask_delete(request: Request, id: str) -> HTMLResponse:
    """Whether to delete the customer, who is named."""
    return _delete_page(request, customers.get_customer(visitor_of(request), id), {})


@routes.guarded("POST", "/customers/{id}/delete", "customer.delete")
def take_delete(request: Request, id: str, form: Sent) -> Response:
    """Delete the customer, once the name was typed."""
    guard = get_asker(request)
    row = customers.get_customer(guard, id)
    if form["typed"] != row.customer.name.strip():
        return _delete_page(request, row, {"typed": "This is not the customer's name. Nothing was deleted."})
    customers.delete(guard, id)
    return done(request, "/customers", f"{row.customer.name} is deleted")


def correction_of(form: Form) -> Correction:
    """What a form changes; fields that it did not show stay as they are."""
    given = {name: form[name] for name in FIELDS if name in form.fields}
    return Correction(given.get("name"), given.get("email"), given.get("phone"), given.get("language"))


def edit_page(
    request: Request,
    row: CustomerRow,
    back: str,
    action: str,
    errors: Mapping[str, str],
    form: Form | None = None,
) -> HTMLResponse:
    """The form for a record; e-mail and phone are in it for those who may read them."""
    known = row.customer
    shown = {"name": known.name, "email": known.email, "phone": known.phone, "language": known.language}
    filled = form or form_of({name: value or "" for name, value in shown.items()})
    context = {
        "name": known.name,
        "is_masked": row.masked,
        "back": back,
        "action": action,
        "form": filled,
        "errors": errors,
    }
    return page_of(request).render(request, "customer_edit.html", context, refused=bool(errors))


def _do(request: Request, id: str, command: Callable[[Guard, str], object], said: str = "") -> Response:
    command(get_asker(request), id)
    return done(request, f"/customers/{id}", said)


def _delete_page(request: Request, row: CustomerRow, errors: Mapping[str, str]) -> HTMLResponse:
    name = row.customer.name
    context = {
        "heading": f"Delete {name}?",
        "lead": [
            "Not recommended: blocking keeps what was said.",
            "The customer with all chats, messages and files is gone for everybody. Only a line in the activity log stays.",
        ],
        "action": f"/customers/{row.customer.id}/delete",
        "button": f"Delete {name}",
        "back": f"/customers/{row.customer.id}",
        "back_text": "Keep",
        "is_dangerous": True,
        "type_name": name.strip(),
        "current": "customers",
        "errors": errors,
    }
    return page_of(request).render(request, "question.html", context, refused=bool(errors))


def choice_of(guard: Guard, query: Form) -> tuple[Choice, Mapping[str, str]]:
    """Which customers an address asks for, and what of it stays in the addresses of their list."""
    blocked = True if query["blocked"] and guard.may("customer.unblock") else None
    tag = query["tag"] or None
    kept = {"q": query["q"], "tag": query["tag"], "blocked": "yes" if blocked else ""}
    return Choice(query["q"], blocked, tag), kept


def _tag_field(guard: Guard, query: Form) -> Field:
    known = [TeamChoice(each.id, each.name) for each in everybodys_tags(guard)]
    return Field("tag", "Tag", query["tag"], known)


def _list(guard: Guard, query: Form) -> Mapping[str, object]:
    choice, kept = choice_of(guard, query)
    page = customers.list_customers(guard, choice, after=cursor_of(query["after"]))
    more = (
        ""
        if page.next is None
        else "/customers" + suffix_of(**kept, after=f"{page.next[0]!r}~{page.next[1]}")
    )
    return {
        "rows": listed_of(guard, page.rows),
        "total": customers.count_customers(guard, choice),
        "next": more,
        "query": query["q"],
        "filters": [field for field in [_tag_field(guard, query)] if field.options],
        "kept": {name: value for name, value in kept.items() if value and name != "q"},
        "kept_by_filter": {"blocked": "yes"} if choice.blocked else {},
        "suffix": suffix_of(**kept),
        "only_blocked": bool(choice.blocked),
        "may_unblock": guard.may("customer.unblock"),
        "may_unstick": guard.may("customer.unstick"),
        "may_export": guard.may("customer.export"),
        "may_import": guard.may("customer.import"),
    }

"""Deleting a role: who holds it, what becomes of them, and what they gain and lose by that.

Not here: the rule that a held role needs a choice (core/soundness.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.effects import outcome_of, reached_words
from roledesk.console.holders import read_holders
from roledesk.console.role_changes import Sent, outcome_context, saved
from roledesk.console.role_pages import role_page
from roledesk.console.role_rows import RoleRow, get_role, holder_counts, rows_of
from roledesk.console.saving import Overtaken, overtaken_notice, read_target, save
from roledesk.console.wording import errors_of, refused_beyond_fields, told
from roledesk.core.changes import Change, Holders, MergeInto, RemoveRole, ReplaceBy, TakeAway
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.errors import ChangeRefusedError
from roledesk.web.forms import Form, form_of
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

SHOWN_HOLDERS = 50

routes = Routes()


@routes.guarded("GET", "/roles/{id}/delete", "role.delete")
def show_deletion(request: Request, id: str) -> Response:
    """Who holds the role, and the choices."""
    guard = get_asker(request)
    role = get_role(guard, id)
    guard.require("role.delete")
    return form_page(request, guard, role, form_of({"way": "take_away"}))


@routes.guarded("POST", "/roles/{id}/delete", "role.delete")
def delete_role(request: Request, id: str, form: Sent) -> Response:
    """Show what it would do, or do it."""
    target = read_target(request, id, form, "role.delete")
    guard, role = target.guard, target.role
    if form["step"] == "preview":
        return form_page(request, guard, role, form)
    if errors := own_errors(form, holder_counts(guard.organization.policy.members)[id]):
        return form_page(request, guard, role, form, errors=errors)
    try:
        outcome = save(target, Change((RemoveRole(id, holders_of(form)),)), form["because"])
    except ChangeRefusedError as error:
        return refused_page(request, guard, role, form, error.refusals)
    if isinstance(outcome, Overtaken):
        return overtaken_page(request, guard, form, outcome)
    line = "The history keeps it. Its name can be used again, and starts empty."
    done = saved(guard, f"{role.name} was deleted", line, outcome.revision.number)
    return page_of(request).redirect("/roles", done)


def refused_page(
    request: Request, guard: Guard, role: Role, form: Form, refusals: tuple[Refusal, ...]
) -> Response:
    """The form again, with everything that is wrong with it."""
    organization = guard.organization
    errors = errors_of(refusals, organization.policy)
    notice = refused_beyond_fields(organization, refusals)
    return form_page(request, guard, role, form, errors=errors, notice=notice)


def holders_of(form: Form) -> Holders | None:
    """What the form says becomes of the holders."""
    match form["way"]:
        case "replace":
            return ReplaceBy(form["other"])
        case "merge":
            return MergeInto(form["other"])
        case "take_away":
            return TakeAway()
    return None


def own_errors(form: Form, held: int) -> Mapping[str, str]:
    """What has to be chosen yet."""
    if held and holders_of(form) is None:
        return {"way": "Say what becomes of those who hold it."}
    if form["way"] in ("replace", "merge") and not form["other"]:
        return {"other": "Choose the other role."}
    return {}


def overtaken_page(request: Request, guard: Guard, form: Form, overtaken: Overtaken) -> Response:
    """The form as it was, for the role as it is now."""
    notice = overtaken_notice(guard, overtaken)
    role = guard.organization.policy.roles.get(overtaken.role)
    if role is None:
        return page_of(request).redirect("/roles", notice)
    page = form_page(request, guard, role, form, notice=notice)
    page.status_code = 409
    return page


def form_page(
    request: Request,
    guard: Guard,
    role: Role,
    form: Form,
    *,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> Response:
    """The page, with what the choice made so far would do."""
    organization = guard.organization
    context = {
        "holders": holders_shown(guard, role),
        "choices": choices(guard, role),
        "form": form,
        "errors": errors or {},
        "expecting": organization.revision.number,
        **preview_context(guard, role, form),
    }
    return role_page(
        request, guard, role, "role_delete.html", context, notice=notice, refused=bool(errors or notice)
    )


def holders_shown(guard: Guard, role: Role) -> tuple[object, ...]:
    """The first holders, for whoever may read agents."""
    if not guard.may("agent.read"):
        return ()
    return read_holders(guard, role.id, limit=SHOWN_HOLDERS).holders


def choices(guard: Guard, role: Role) -> tuple[RoleRow, ...]:
    """The roles that could take this one's place."""
    policy = guard.organization.policy
    rows = rows_of(policy, holder_counts(policy.members))
    return tuple(row for row in rows if row.kind != "owner" and row.id != role.id)


def preview_context(guard: Guard, role: Role, form: Form) -> Mapping[str, object]:
    """Who would gain and lose by the choice, once that is asked for."""
    if form["step"] != "preview" or own_errors(form, 1):
        return {"is_chosen": False}
    organization = guard.organization
    preview = organization.preview(Change((RemoveRole(role.id, holders_of(form)),)), by=guard.subject)
    warnings = told(organization, preview.refusals)
    return {
        "is_chosen": True,
        "warnings": warnings,
        "reached": reached_words(guard, preview),
        **outcome_context(outcome_of(guard, preview)),
    }

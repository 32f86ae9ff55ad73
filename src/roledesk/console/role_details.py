"""What a role is called and says of itself: name, description, when to give it, who looks after it.

Not here: what it opens (role_changes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.names import find_agent, read_names, suggest_agents
from roledesk.console.role_changes import Sent, saved, unchanged
from roledesk.console.role_making import NO_DESCRIPTION
from roledesk.console.role_pages import role_page
from roledesk.console.role_rows import get_role
from roledesk.console.saving import Overtaken, overtaken_notice, read_target, save
from roledesk.console.wording import errors_of, refused_beyond_fields
from roledesk.core.changes import Change, PutRole
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.errors import ChangeRefusedError
from roledesk.web.forms import Form, form_of
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

NO_STEWARD = "There is no agent of that name or address here. If several have the name, write the address."

routes = Routes()


@routes.guarded("GET", "/roles/{id}/edit", "role.edit")
def show_role_details(request: Request, id: str) -> Response:
    """The form."""
    guard = get_asker(request)
    role = get_role(guard, id)
    guard.require("role.edit")
    return form_page(request, guard, role, _filled(guard, role))


@routes.guarded("POST", "/roles/{id}/edit", "role.edit")
def save_role_details(request: Request, id: str, form: Sent) -> Response:
    """Save what the role says of itself."""
    target = read_target(request, id, form, "role.edit")
    guard, role = target.guard, target.role
    steward = read_steward(guard, role, form["steward"])
    result = described(role, form, steward)
    change = Change((PutRole(result),))
    own = own_errors(form, steward)
    if not own and result == role:
        return page_of(request).redirect(f"/roles/{id}", unchanged(role))
    try:
        if own:
            found = guard.organization.preview(change, by=guard.subject, because=form["because"]).refusals
            return refused_page(request, guard, role, form, found, own)
        outcome = save(target, change, form["because"])
    except ChangeRefusedError as error:
        return refused_page(request, guard, role, form, error.refusals, own)
    if isinstance(outcome, Overtaken):
        return overtaken_page(request, guard, form, outcome)
    done = saved(guard, f"{result.name} was saved", "Its new words show everywhere.", outcome.revision.number)
    return page_of(request).redirect(f"/roles/{id}", done)


def refused_page(
    request: Request,
    guard: Guard,
    role: Role,
    form: Form,
    refusals: tuple[Refusal, ...],
    own: Mapping[str, str],
) -> Response:
    """The form again, with everything that is wrong with it."""
    organization = guard.organization
    errors = {**errors_of(refusals, organization.policy), **own}
    return form_page(
        request, guard, role, form, errors=errors, notice=refused_beyond_fields(organization, refusals)
    )


def described(role: Role, form: Form, steward: str | None) -> Role:
    """The role with the form's words."""
    return replace(
        role,
        name=form["name"],
        description=form["description"],
        policy_text=form["policy_text"],
        steward=steward or None,
    )


def own_errors(form: Form, steward: str | None) -> Mapping[str, str]:
    """What is wrong with the form that only a page can tell."""
    errors: dict[str, str] = {} if form["description"] else {"description": NO_DESCRIPTION}
    return errors if steward is not None else {**errors, "steward": NO_STEWARD}


def read_steward(guard: Guard, role: Role, text: str) -> str | None:
    """The agent meant; empty for nobody, None when there is no such agent."""
    if not text:
        return ""
    if role.steward is not None and text == read_names(guard.organization, [role.steward]).agent(
        role.steward
    ):
        return role.steward
    with guard.organization.database.reading() as connection:
        return find_agent(connection, guard, text)


def overtaken_page(request: Request, guard: Guard, form: Form, overtaken: Overtaken) -> Response:
    """The form as it was typed, expecting the role as it is now."""
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
    """The page of the form."""
    context = {
        "form": form,
        "agents": suggest_agents(guard),
        "errors": errors or {},
        "expecting": guard.organization.revision.number,
    }
    return role_page(
        request,
        guard,
        role,
        "role_edit.html",
        context,
        notice=notice,
        refused=notice is not None or bool(errors),
    )


def _filled(guard: Guard, role: Role) -> Form:
    steward = (
        "" if role.steward is None else read_names(guard.organization, [role.steward]).agent(role.steward)
    )
    return form_of(
        {
            "name": role.name,
            "description": role.description,
            "policy_text": role.policy_text,
            "steward": steward,
        }
    )

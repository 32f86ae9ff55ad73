"""Making a role: empty, from a template, or by cloning another.

What a role made here may not hold is left out, and the page says so.
Not here: choosing its permissions, which comes next (role_changes.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.presets import presets_of
from roledesk.console.role_changes import Sent
from roledesk.console.role_pages import list_pane
from roledesk.console.role_rows import RoleRow, get_role
from roledesk.console.wording import errors_of, refused_beyond_fields
from roledesk.core.changes import Change, PutRole
from roledesk.core.policy import Policy
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Role, Scope
from roledesk.engine.guard import Guard
from roledesk.engine.names import RESERVED_IDS
from roledesk.errors import ChangeRefusedError
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.phrases import listed
from roledesk.web.routes import Routes

ID_LENGTH = 60
NO_DESCRIPTION = "Say in a sentence or two what its holders can do."
NO_ORIGIN = {"template": "Choose a template.", "clone": "Choose the role to clone."}
FIELDS = {"template": "template", "clone": "source"}

routes = Routes()


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A template to start from."""

    id: str
    name: str
    permissions: int
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a new role starts with, and the titles of what it could not take over."""

    grants: Mapping[str, Scope]
    description: str = ""
    policy_text: str = ""
    left_out: tuple[str, ...] = ()


@routes.guarded("GET", "/roles/new", "role.create")
def show_new_role(request: Request) -> Response:
    """The form for a new role; for a clone, with the words of its source."""
    guard, query = get_asker(request), read_query(request)
    guard.require("role.create")
    origin = find_origin(guard, query)
    if origin is None:
        return form_page(request, guard, query)
    words = {"description": (origin.description,), "policy_text": (origin.policy_text,)}
    return form_page(request, guard, Form({**words, **query.fields}), left_out=origin.left_out)


@routes.guarded("POST", "/roles", "role.create")
def make_role(request: Request, form: Sent) -> Response:
    """Make the role and go on to its permissions."""
    guard = get_asker(request)
    guard.require("role.create")
    organization, origin = guard.organization, find_origin(guard, form)
    role = new_role(form, origin or Origin({}), organization.policy)
    change = Change((PutRole(role),))
    own = own_errors(form, origin)
    if own:
        found = organization.preview(change, by=guard.subject, because=form["because"]).refusals
        return refused_page(request, guard, form, origin, found, own)
    try:
        organization.commit(change, by=guard.subject, because=form["because"])
    except ChangeRefusedError as error:
        return refused_page(request, guard, form, origin, error.refusals, own)
    return page_of(request).redirect(f"/roles/{role.id}", made(role, origin or Origin({})))


def find_origin(guard: Guard, form: Form) -> Origin | None:
    """What the form starts from; None when it has yet to be chosen."""
    policy = guard.organization.policy
    match way_of(form):
        case "template":
            return templates_of(policy).get(form["template"])
        case "clone":
            return clone_of(get_role(guard, form["source"]), policy) if form["source"] else None
    return Origin({})


def way_of(form: Form) -> str:
    """How the role is made: empty, from a template, or as a clone."""
    return form["way"] if form["way"] in FIELDS else "empty"


def clone_of(source: Role, policy: Policy) -> Origin | None:
    """The source's grants and words; nothing of the owner's role, which cannot be copied."""
    if source.owner:
        return None
    return origin_of(source.grants, source.description, policy, source.policy_text)


def templates_of(policy: Policy) -> Mapping[str, Origin]:
    """Every template that fits the organization's catalogue, as an origin, by `preset.role`."""
    return {
        f"{preset.id}.{role.id}": origin_of(role.grants, role.description, policy)
        for preset in presets_of(policy.catalogue.sources)
        for role in preset.roles
        if not role.owner
    }


def origin_of(grants: Mapping[str, Scope], description: str, policy: Policy, policy_text: str = "") -> Origin:
    """These grants, without what a role made here may not hold."""
    permissions = policy.catalogue.permissions
    known = {key: scope for key, scope in grants.items() if key in permissions}
    kept = {key: scope for key, scope in known.items() if key not in policy.reserved}
    left_out = tuple(permissions[key].title for key in known if key not in kept)
    return Origin(kept, description, policy_text, left_out)


def template_choices(policy: Policy) -> tuple[TemplateChoice, ...]:
    """The templates to choose from, those of the organization's own preset first."""
    presets = sorted(presets_of(policy.catalogue.sources), key=lambda preset: preset.id != policy.preset)
    return tuple(
        TemplateChoice(
            f"{preset.id}.{role.id}", f"{role.name} ({preset.name})", len(role.grants), role.description
        )
        for preset in presets
        for role in preset.roles
        if not role.owner
    )


def new_role(form: Form, origin: Origin, policy: Policy) -> Role:
    """The role the form describes."""
    return Role(
        free_id(form["name"], policy),
        form["name"],
        dict(origin.grants),
        description=form["description"],
        policy_text=form["policy_text"],
    )


def free_id(name: str, policy: Policy) -> str:
    """An id like the name that no role has or ever had."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:ID_LENGTH].strip("-") or "role"
    taken = {*policy.roles, *RESERVED_IDS, *(each.removeprefix("role:") for each in policy.retired)}
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def own_errors(form: Form, origin: Origin | None) -> Mapping[str, str]:
    """What the form lacks that only a page asks for."""
    way, errors = way_of(form), {}
    if not form["description"]:
        errors["description"] = NO_DESCRIPTION
    if origin is None:
        errors[FIELDS[way]] = NO_ORIGIN[way]
    return errors


def refused_page(
    request: Request,
    guard: Guard,
    form: Form,
    origin: Origin | None,
    refusals: tuple[Refusal, ...],
    own: Mapping[str, str],
) -> Response:
    """The form again, with everything that is wrong with it."""
    organization = guard.organization
    errors = {**own, **errors_of(refusals, organization.policy)}
    left_out = () if origin is None else origin.left_out
    notice = refused_beyond_fields(organization, refusals)
    return form_page(request, guard, form, left_out=left_out, errors=errors, notice=notice)


def form_page(
    request: Request,
    guard: Guard,
    form: Form,
    *,
    left_out: tuple[str, ...] = (),
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> Response:
    """The page of the form, filled in with `form`."""
    pane = list_pane(guard, Form())
    rows: tuple[RoleRow, ...] = pane["roles"]  # type: ignore[assignment]
    context = {
        **pane,
        "way": way_of(form),
        "templates": template_choices(guard.organization.policy),
        "sources": [row for row in rows if row.kind != "owner"],
        "form": form,
        "left_out": left_out,
        "errors": errors or {},
    }
    return page_of(request).render(
        request, "role_new.html", context, notice=notice, refused=bool(errors or notice)
    )


def made(role: Role, origin: Origin) -> Notice:
    """What was made, and what comes next."""
    left_out = (
        [f"Left out, because only the owner may hold it: {listed(origin.left_out)}."]
        if origin.left_out
        else []
    )
    todo = "Look through its permissions." if role.grants else "Now choose its permissions."
    return Notice("done", f"{role.name} was made", (*left_out, f"{todo} Then give it to agents."))

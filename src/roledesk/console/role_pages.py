"""The Roles page: the list, and one role with its permissions, holders or history.

Not here: changing a role (role_changes.py), making, describing and deleting one
(role_forms.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.entries import entries_about
from roledesk.console.holders import read_holders
from roledesk.console.names import names_of
from roledesk.console.paging import make_pager, page_number, suffix_of
from roledesk.console.role_editor import Editor, Ticked, areas_of, saved_scopes, ticked_by
from roledesk.console.role_rows import detail_of, get_role, holder_counts, rows_of
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.store.provenance import grants_of
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

PAGE = 50

routes = Routes()


@routes.guarded("GET", "/roles", "role.read")
def list_roles(request: Request) -> Response:
    """The list; while it is searched, beside the role that was open."""
    guard, query = get_asker(request), read_query(request)
    if query["current"] in guard.organization.policy.roles:
        return permissions_page(request, guard, get_role(guard, query["current"]))
    return page_of(request).render(request, "roles.html", {**list_pane(guard, query), "role": None})


@routes.guarded("GET", "/roles/{id}", "role.read")
def show_role(request: Request, id: str) -> Response:
    """What the role opens."""
    guard = get_asker(request)
    return permissions_page(request, guard, get_role(guard, id))


@routes.guarded("GET", "/roles/{id}/holders", "agent.read")
def show_holders(request: Request, id: str) -> Response:
    """Who holds the role, as far as the asker may read agents."""
    guard, query = get_asker(request), read_query(request)
    role, page = get_role(guard, id), page_number(query)
    found = read_holders(guard, id, limit=PAGE, page=page)
    pager = make_pager(f"/roles/{id}/holders", {"q": query["q"]}, page=page, size=PAGE, total=found.total)
    context = {"tab": "holders", "holders": found.holders, "pager": pager}
    return role_page(request, guard, role, "roles.html", context)


@routes.guarded("GET", "/roles/{id}/history", "history.read")
def show_history(request: Request, id: str) -> Response:
    """What was done to the role and with it."""
    guard, query = get_asker(request), read_query(request)
    role = get_role(guard, id)
    guard.require("history.read")
    entries, pager = entries_about(guard, f"role:{id}", f"/roles/{id}/history", query)
    return role_page(
        request, guard, role, "roles.html", {"tab": "history", "entries": entries, "pager": pager}
    )


def permissions_page(
    request: Request,
    guard: Guard,
    role: Role,
    editor: Editor | None = None,
    *,
    notice: Notice | None = None,
    refused: bool = False,
) -> Response:
    """The role with the dual list: as saved, or as `editor` has it."""
    context = {"tab": "permissions", "editor": editor or saved_editor(guard, role)}
    return role_page(request, guard, role, "roles.html", context, notice=notice, refused=refused)


def role_page(
    request: Request,
    guard: Guard,
    role: Role,
    template: str,
    context: Mapping[str, object],
    *,
    notice: Notice | None = None,
    refused: bool = False,
) -> Response:
    """A page about one role, beside the list."""
    query = read_query(request)
    organization = guard.organization
    held = holder_counts(organization.policy.members)
    with organization.database.reading() as connection:
        names = names_of(connection, organization.policy, filter(None, [role.steward]))
    rows = rows_of(organization.policy, held, query["q"], edited=_edited(role, context))
    shown = {**_pane(rows, query), "role": detail_of(guard, role, names, held[role.id]), **context}
    return page_of(request).render(request, template, shown, notice=notice, refused=refused)


def list_pane(guard: Guard, query: Form) -> Mapping[str, object]:
    """What the list pane shows."""
    policy = guard.organization.policy
    return _pane(rows_of(policy, holder_counts(policy.members), query["q"]), query)


def saved_editor(guard: Guard, role: Role) -> Editor:
    """The dual list of a role as it is saved."""
    policy = guard.organization.policy
    areas = areas_of(role, saved_scopes(role, policy), policy, ticked=read_ticked(guard, role))
    return Editor(areas, guard.organization.revision.number)


def read_ticked(guard: Guard, role: Role) -> Mapping[str, Ticked]:
    """When, by whom and why each permission of the role was last ticked."""
    organization = guard.organization
    with organization.database.reading() as connection:
        found = grants_of(connection, organization.id, role.id)
        names = names_of(connection, organization.policy, {each.by for each in found.values()})
    return ticked_by(found, names)


def _pane(rows: object, query: Form) -> Mapping[str, object]:
    return {"roles": rows, "query": query["q"], "suffix": suffix_of({"q": query["q"]})}


def _edited(role: Role, context: Mapping[str, object]) -> str:
    editor = context.get("editor")
    return role.id if isinstance(editor, Editor) and editor.changes else ""

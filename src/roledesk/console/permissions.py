"""The permission reference, written from the catalogue: what each opens, and who holds it.

Open to everybody who is signed in. Holders are named to those who may read agents.
Not here: an agent's own permissions and why (effective.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.names import Person, read_names
from roledesk.console.paging import suffix_of
from roledesk.console.role_editor import is_match, is_switch
from roledesk.console.role_rows import holder_counts
from roledesk.core.catalogue import Opening, Permission
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Role, Scope, Status
from roledesk.engine.guard import Guard
from roledesk.errors import NotFoundError
from roledesk.store.people import Within
from roledesk.web.forms import Form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.phrases import listed
from roledesk.web.routes import Routes
from roledesk.web.visible import within

OPEN = "it is how people read what they may ask for"
SHOWN_HOLDERS = 12

Group = tuple[Standing, frozenset[str]]

routes = Routes()


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission in the list."""

    key: str
    title: str
    scopes: tuple[str, ...]
    is_later: bool


@dataclass(frozen=True, slots=True)
class PermissionArea:
    """The permissions under one heading."""

    title: str
    permissions: tuple[PermissionRow, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """An action that is opened, and what is particular about it."""

    action: str
    note: str


@dataclass(frozen=True, slots=True)
class Need:
    """A permission without which another is of little use."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Having:
    """A role that has the permission, how far, and how many hold it."""

    id: str
    name: str
    scope: str
    holders: int


@dataclass(frozen=True, slots=True)
class PermissionDetail:
    """Everything about one permission; `needs` are sets of which one each suffices."""

    key: str
    title: str
    area: str
    help: str
    without: str
    scopes: tuple[str, ...]
    is_for_tokens: bool
    is_later: bool
    opens: tuple[Opened, ...]
    needs: tuple[tuple[Need, ...], ...]
    roles: tuple[Having, ...]
    holders: tuple[Person, ...] | None
    holder_count: int


@routes.shared("GET", "/permissions", because=OPEN)
def list_permissions(request: Request) -> Response:
    """The list; while it is searched, beside the permission that was open."""
    guard, query = get_asker(request), read_query(request)
    permissions = guard.organization.policy.catalogue.permissions
    return _page(request, guard, query, permissions.get(query["current"]))


@routes.shared("GET", "/permissions/{key}", because=OPEN)
def show_permission(request: Request, key: str) -> Response:
    """One permission."""
    guard = get_asker(request)
    permission = guard.organization.policy.catalogue.permissions.get(key)
    if permission is None:
        raise NotFoundError("permission", key)
    return _page(request, guard, read_query(request), permission)


def _page(request: Request, guard: Guard, query: Form, permission: Permission | None) -> Response:
    context = {
        "areas": areas_of(guard.organization.policy, query["q"]),
        "query": query["q"],
        "suffix": suffix_of({"q": query["q"]}),
        "permission": None if permission is None else detail_of(guard, permission),
    }
    return page_of(request).render(request, "permissions.html", context)


def areas_of(policy: Policy, query: str) -> tuple[PermissionArea, ...]:
    """The permissions that have every word of `query`, under their headings."""
    catalogue = policy.catalogue
    found = (
        PermissionArea(
            area.title,
            tuple(
                PermissionRow(each.key, each.title, scopes_of(each), each.later)
                for each in catalogue.in_area(area.id)
                if is_match(each, query)
            ),
        )
        for area in catalogue.areas
    )
    return tuple(area for area in found if area.permissions)


def scopes_of(permission: Permission) -> tuple[str, ...]:
    """The scopes to choose from; none for a switch."""
    return () if is_switch(permission) else tuple(map(_word, permission.scopes))


def detail_of(guard: Guard, permission: Permission) -> PermissionDetail:
    """Everything about the permission, as far as `guard` may read agents."""
    policy = guard.organization.policy
    catalogue = policy.catalogue
    areas = {area.id: area.title for area in catalogue.areas}
    roles = {role.id: scope for role in policy.roles.values() if (scope := _scope(role, permission, policy))}
    covered = within(guard, "agent.read")
    members = {each: _covered(each, agents, covered) for each, agents in policy.members.items()}
    held = [each for each in members.items() if _holds(each[0], roles)]
    counts = holder_counts(members)
    return PermissionDetail(
        permission.key,
        permission.title,
        areas[permission.area],
        permission.help,
        permission.without,
        scopes_of(permission),
        not permission.scopes,
        permission.later,
        tuple(Opened(each.action, note_of(each)) for each in permission.opens),
        tuple(_needs(permission, policy)),
        tuple(
            Having(id, policy.roles[id].name, "yes" if is_switch(permission) else _word(scope), counts[id])
            for id, scope in roles.items()
        ),
        _holders(guard, held),
        sum(len(agents) for _, agents in held),
    )


def note_of(opening: Opening) -> str:
    """What is particular about an opening: the states it is open in, a reach that does not follow the tick."""
    states = f"while {listed(sorted(opening.states))}" if opening.states is not None else ""
    fixed = f"always {_word(opening.fixed)}" if opening.fixed is not None else ""
    least = f"{_word(opening.at_least)} at least" if opening.at_least else ""
    return ", ".join(filter(None, (states, fixed, least)))


def _needs(permission: Permission, policy: Policy) -> Iterator[tuple[Need, ...]]:
    permissions = policy.catalogue.permissions
    for ways in policy.catalogue.needs_of(permission.key):
        yield tuple(sorted((Need(key, permissions[key].title) for key in ways), key=lambda need: need.title))


def _scope(role: Role, permission: Permission, policy: Policy) -> Scope:
    if role.owner:
        return permission.widest
    return role.grants.get(permission.key, Scope.NONE)


def _holds(standing: Standing, roles: dict[str, Scope]) -> bool:
    return standing.status is not Status.DEACTIVATED and any(
        each.role in roles for each in standing.assignments
    )


def _holders(guard: Guard, held: list[Group]) -> tuple[Person, ...] | None:
    """The first few holders that `guard` may read; None when he may read no agents."""
    if not guard.may("agent.read"):
        return None
    known = sorted(agent for _, agents in held for agent in agents)
    names = read_names(guard.organization, known[:SHOWN_HOLDERS])
    return tuple(map(names.person, known[:SHOWN_HOLDERS]))


def _covered(standing: Standing, agents: frozenset[str], covered: Within | None) -> frozenset[str]:
    if covered is None or not standing.teams.isdisjoint(covered.teams):
        return agents
    return agents & {covered.own}


def _word(scope: Scope) -> str:
    return scope.name.lower()

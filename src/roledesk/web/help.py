"""What a refusal tells that helps: what is missing, which roles give it, whom to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urlencode

from starlette.requests import Request

from roledesk.core.policy import Policy
from roledesk.core.terms import Resource, Scope, Status
from roledesk.engine.guard import Guard
from roledesk.errors import DeniedError
from roledesk.store.people import people
from roledesk.web.identity import find_asker

MOST_HOLDERS = 5


@dataclass(frozen=True, slots=True)
class RoleName:
    """A role as a reader knows it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Help:
    """The permission that is missing, roles that give it, some who hold one of them, and where to ask."""

    title: str
    key: str
    roles: tuple[RoleName, ...]
    holders: tuple[str, ...]
    ask: str
    href: str


def find_help(request: Request, error: DeniedError) -> Help | None:
    """Help for whoever was refused; None when no permission would change the answer."""
    asker = find_asker(request)
    missing = error.decision.missing
    if asker is None or not missing.permissions:
        return None
    key, scope = missing.permissions[0]
    policy = asker.organization.policy
    roles = tuple(RoleName(role, policy.roles[role].name) for role in missing.roles)
    holders = holder_names(asker, missing.roles)
    title = policy.catalogue.get_permission(key).title
    href = ask_address(key, scope, error.decision.resource)
    return Help(title, key, roles, holders, _ask(title, roles), href)


def ask_address(key: str, scope: Scope, resource: Resource | None, *, back: str = "") -> str:
    """Where to ask for a permission that was missing, and to come `back` from."""
    team = "" if resource is None else resource.team or ""
    asked = {"permission": key, "scope": scope.name.lower(), "team": team, "back": back}
    return f"/requests/new?{urlencode({name: value for name, value in asked.items() if value})}"


def holder_names(asker: Guard, roles: Iterable[str]) -> tuple[str, ...]:
    """Some who hold one of `roles`; nobody's name unless `asker` may read agents."""
    if not asker.allows("agent.read"):
        return ()
    policy = asker.organization.policy
    ids = tuple(islice(_holders(policy, frozenset(roles)), MOST_HOLDERS))
    with asker.organization.database.reading() as connection:
        known = people(connection, policy.organization, ids)
    return tuple(sorted(known[id].name for id in ids if id in known))


def _holders(policy: Policy, roles: frozenset[str]) -> chain[str]:
    return chain.from_iterable(
        sorted(agents)
        for standing, agents in policy.members.items()
        if standing.status is Status.ACTIVE and not roles.isdisjoint(standing.roles)
    )


def _ask(title: str, roles: tuple[RoleName, ...]) -> str:
    wanted = f"the role {roles[0].name}" if roles else f"a role with “{title}”"
    return f"Ask whoever gives out roles here for {wanted}."

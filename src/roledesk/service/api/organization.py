"""The organization itself: what it is, what can be ticked, and what is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from roledesk.core.catalogue import Permission
from roledesk.core.refusals import agent_resource
from roledesk.service.api.kit import Asker, api_routes
from roledesk.store import usage

routes = api_routes()


@dataclass(frozen=True, slots=True)
class OrganizationOut:
    """An organization; `actions` are what the asker may do somewhere in it."""

    id: str
    name: str
    preset: str
    revision: str
    agents: int
    reserved: list[str]


@dataclass(frozen=True, slots=True)
class PermissionOut:
    """A permission: what can be ticked, and the actions it opens."""

    key: str
    title: str
    area: str
    help: str
    without: str
    scopes: list[str]
    opens: list[str]


@dataclass(frozen=True, slots=True)
class MeOut:
    """Who asks, and the actions open to him somewhere."""

    id: str
    type: str
    organization: str
    revision: str
    actions: list[str]


@dataclass(frozen=True, slots=True)
class UseOut:
    """How often an agent used a permission, and when last."""

    agent: str
    permission: str
    count: int
    last_day: date


@dataclass(frozen=True, slots=True)
class UsageOut:
    """Use since a day, and the spans of time, in seconds since 1970, in which nobody counted."""

    uses: list[UseOut]
    gaps: list[tuple[float, float]]


@routes.guarded("GET", "/organization", "organization.read")
def get_organization(asker: Asker) -> OrganizationOut:
    """The organization."""
    asker.require("organization.read")
    policy = asker.organization.policy
    return OrganizationOut(
        policy.organization,
        policy.name,
        policy.preset,
        str(asker.organization.revision),
        len(policy.agents),
        sorted(policy.reserved),
    )


@routes.shared("GET", "/permissions", because="the reference is open to every agent")
def list_permissions(asker: Asker) -> list[PermissionOut]:
    """Everything that can be ticked."""
    return [_permission(each) for each in asker.organization.policy.catalogue.permissions.values()]


@routes.shared("GET", "/me", because="everybody may know what is open to himself")
def get_me(asker: Asker) -> MeOut:
    """Who asks."""
    organization, subject = asker.organization, asker.subject
    actions = sorted(filter(asker.may, organization.policy.catalogue.actions))
    return MeOut(subject.id, subject.type, organization.id, str(organization.revision), actions)


@routes.guarded("GET", "/usage", "role.read")
def read_usage(
    asker: Asker, agent: str | None = None, permission: str | None = None, since: date | None = None
) -> UsageOut:
    """Who used which permission, of the agents that the asker may read."""
    organization = asker.organization
    with organization.database.reading() as connection:
        found = usage.read(connection, organization.id, agent=agent, permission=permission, since=since)
        gaps = usage.gaps(connection)
    policy, reached = organization.policy, asker.reach("agent.read")
    visible = {
        who
        for who, _permission in found
        if who in policy.agents and reached.covers(agent_resource(policy, who))
    }
    uses = [UseOut(*key, use.count, use.last_day) for key, use in sorted(found.items()) if key[0] in visible]
    return UsageOut(uses, list(gaps))


def _permission(permission: Permission) -> PermissionOut:
    return PermissionOut(
        permission.key,
        permission.title,
        permission.area,
        permission.help,
        permission.without,
        [scope.name.lower() for scope in permission.scopes],
        [opening.action for opening in permission.opens],
    )

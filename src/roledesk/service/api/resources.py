"""Resources that hosts register, so that they can be asked about by id alone, and searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from roledesk.core.reach import EVERYWHERE, Reach
from roledesk.core.terms import Resource
from roledesk.engine import Organization
from roledesk.errors import InputError
from roledesk.service.api.kit import Asker, Done, Limit, Name, api_routes
from roledesk.service.api.questions import ResourceIO
from roledesk.service.facts import LONGEST_ID
from roledesk.store import organizations, resources

routes = api_routes()

REGISTER = "resource.register"
MOST_AT_ONCE = 10_000
Text = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class ResourcesIn:
    """Resources with all their facts; each replaces what was known of it."""

    resources: Annotated[list[ResourceIO], Field(max_length=MOST_AT_ONCE)]


@dataclass(frozen=True, slots=True)
class RemovedIn:
    """Resources of one kind to forget."""

    kind: Text
    ids: Annotated[list[Text], Field(max_length=MOST_AT_ONCE)]


@dataclass(frozen=True, slots=True)
class ResourcesOut:
    """Registered resources of a kind in order of id; `after` asks for more."""

    resources: list[ResourceIO]
    after: str | None


@routes.guarded("PUT", "/resources", REGISTER)
def register_resources(asker: Asker, given: ResourcesIn) -> Done:
    """Register resources, all or none."""
    organization = asker.organization
    with organization.locked() as connection:
        asker.require(REGISTER)
        found = [_checked(organization, each) for each in given.resources]
        resources.put(connection, organization.id, found)
        organizations.bump_pulse(connection, organization.id)
    organization.pulse_moved()
    return Done(str(organization.revision))


@routes.guarded("POST", "/resources/remove", REGISTER)
def remove_resources(asker: Asker, removed: RemovedIn) -> Done:
    """Forget resources; those that are not known are none already."""
    organization = asker.organization
    with organization.locked() as connection:
        asker.require(REGISTER)
        resources.remove(connection, organization.id, removed.kind, removed.ids)
        organizations.bump_pulse(connection, organization.id)
    organization.pulse_moved()
    return Done(str(organization.revision))


@routes.guarded("GET", "/resources", REGISTER)
def list_resources(asker: Asker, kind: Name, after: Name = "", limit: Limit = 50) -> ResourcesOut:
    """The registered resources of a kind."""
    organization = asker.organization
    asker.require(REGISTER)
    everything = Reach(asker.subject.id, REGISTER, {None: EVERYWHERE})
    with organization.database.reading() as connection:
        found = resources.page(connection, organization.id, kind, everything, after=after, limit=limit)
    listed = [ResourceIO(each.kind, each.id, each.owner, each.team, each.state) for each in found]
    return ResourcesOut(listed, found[-1].id if len(found) == limit else None)


def _checked(organization: Organization, given: ResourceIO) -> Resource:
    """The resource, when the organization has its kind, team and state. Raises InputError, UnknownKindError."""
    kind = organization.policy.catalogue.get_kind(given.kind)
    for name, text in (("id", given.id), ("owner", given.owner or "nobody")):
        if not 1 <= len(text) <= LONGEST_ID or not text.isprintable():
            raise InputError(f"{given.kind} {name}", f"must be 1 to {LONGEST_ID} visible characters")
    where = f"{given.kind} {given.id}"
    if given.team is not None and given.team not in organization.policy.teams:
        raise InputError(where, f"there is no team `{given.team}`; create it first")
    if given.state is not None and given.state not in kind.states:
        raise InputError(where, f"`{given.state}` is no state of `{kind.name}`")
    return Resource(given.kind, given.id, owner=given.owner, team=given.team, state=given.state)

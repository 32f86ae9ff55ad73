"""An organization written down: its Document, from which another just like it can be founded.

Roles that are still as the preset brings them are left to the preset. Passwords,
sign-ins, tokens and history are not part of it.
Not here: the text (document_text.py); a copy of everything is a backup (store/backup.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roledesk.catalogue import load_preset
from roledesk.core.changes import Found, RemoveRole
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Resource, Role, Status, Team
from roledesk.core.wire import change_from_json
from roledesk.engine.document import AgentEntry, Document, RoleEntry, TeamEntry
from roledesk.engine.founding import BUILTIN, role_of
from roledesk.engine.organization import Organization
from roledesk.errors import HistoryError
from roledesk.store import history, people, resources
from roledesk.store.people import Person


def document_of(organization: Organization) -> Document:
    """Everything a policy file can say of the organization, as it is now."""
    policy = organization.policy
    with organization.database.reading() as connection:
        first = history.get(connection, organization.id, 1)
        known = people.people(connection, organization.id, policy.agents)
        registered = tuple(resources.every(connection, organization.id))
    found = change_from_json(first.change).edits[0]
    if not isinstance(found, Found):
        raise HistoryError(1, "does not found the organization; compare it with a backup")
    return document_from(policy, found, known, registered)


def document_from(
    policy: Policy, found: Found, known: Mapping[str, Person], registered: tuple[Resource, ...] = ()
) -> Document:
    """The same of a policy that began with `found`, and of the people and resources beside it."""
    usual = found.catalogue == BUILTIN and not found.catalogue_text
    brought = _brought(policy)
    return Document(
        organization=policy.organization,
        name=policy.name,
        preset=policy.preset,
        builtin=None if usual else found.catalogue,
        catalogue_text=found.catalogue_text,
        reserved=None if policy.reserved == _preset_reserves(policy) else policy.reserved,
        teams=tuple(_team(policy.teams[id]) for id in sorted(policy.teams)),
        roles=tuple(_role(role) for id, role in sorted(policy.roles.items()) if role != brought.get(id)),
        agents=tuple(_agents(policy, known)),
        resources=registered,
        removals=tuple(RemoveRole(role) for role in brought if role not in policy.roles),
    )


def _brought(policy: Policy) -> dict[str, Role]:
    """The roles its preset would bring, were the organization founded again: as they are, they need no writing."""
    if not policy.preset:
        return {}
    return {each.id: role_of(each) for each in load_preset(policy.preset, policy.catalogue).roles}


def _preset_reserves(policy: Policy) -> frozenset[str]:
    return load_preset(policy.preset, policy.catalogue).reserved if policy.preset else frozenset()


def _team(team: Team) -> TeamEntry:
    return TeamEntry(team.id, team.name, team.default)


def _role(role: Role) -> RoleEntry:
    return RoleEntry(
        role.id,
        role.name,
        role.description or None,
        role.policy_text or None,
        role.steward,
        role.givers or None,
        role.owner,
        None if role.owner else role.grants,
    )


def _agents(policy: Policy, known: Mapping[str, Person]) -> Iterator[AgentEntry]:
    for id in sorted(policy.agents):
        yield _agent(id, policy.agents[id], known.get(id), policy.catalogue.subjects[0])


def _agent(id: str, standing: Standing, person: Person | None, usual: str) -> AgentEntry:
    return AgentEntry(
        id,
        person.name or None if person else None,
        person.email or None if person else None,
        None if standing.type == usual else standing.type,
        None if standing.status is Status.ACTIVE else standing.status,
        standing.teams,
        standing.assignments,
    )

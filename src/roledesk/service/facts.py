"""What is known about a resource when only its kind and id are asked about.

Roledesk knows agents, teams and roles itself; a host registers everything else. What was
read is kept until the organization changes in any way, so that most questions are answered
from memory. Ask `unread` again after reading: another request may have started over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from roledesk.core.policy import Policy
from roledesk.core.refusals import agent_resource, role_resource
from roledesk.core.terms import Resource
from roledesk.engine.organization import Organization
from roledesk.store import resources

MOST_KEPT = 200_000
LONGEST_ID = 200
"""Nothing longer can be registered, nor is it worth remembering."""
Key = tuple[str, str]
"""Kind and id of a resource."""


class Asked(Protocol):
    """Anything that names a resource."""

    @property
    def kind(self) -> str:
        """The resource's kind."""

    @property
    def id(self) -> str:
        """The resource's id."""


class Facts:
    """One organization's resources as this process knows them."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self._known: dict[Key, Resource | None] = {}
        self._state = (organization.snapshot, organization.pulse)

    def unread(self, questions: Iterable[Asked | Exception]) -> list[Key]:
        """The resources that have to be read before `questions` can be answered."""
        state = (self.organization.snapshot, self.organization.pulse)
        if self._state != state or len(self._known) > MOST_KEPT:
            # In this order: another thread that finds the new state must find nothing older than it.
            self._known = {}
            self._state = state
        known = self._known
        asked = ((each.kind, each.id) for each in questions if not isinstance(each, Exception))
        return [key for key in asked if key not in known and len(key[1]) <= LONGEST_ID]

    def read(self, keys: Iterable[Key]) -> None:
        """Read the facts of `keys`; blocks."""
        known = self._known
        with self.organization.database.reading() as connection:
            for kind, id in keys:
                own = own_resource(self.organization.policy, kind, id)
                known[kind, id] = own or resources.find(connection, self.organization.id, kind, id)

    def find(self, kind: str, id: str) -> Resource | None:
        """The resource, if it was read and exists."""
        return self._known.get((kind, id))


def own_resource(policy: Policy, kind: str, id: str) -> Resource | None:
    """An agent, team or role of the policy itself, as a resource."""
    match kind:
        case "agent" if id in policy.agents:
            return agent_resource(policy, id)
        case "team" if id in policy.teams:
            return Resource(kind, id, team=id)
        case "role" if id in policy.roles:
            return role_resource(policy, id)
    return None


def own_ids(policy: Policy, kind: str) -> Iterable[str] | None:
    """The ids of every agent, team or role of the policy; None for a kind that hosts register."""
    by_kind: Mapping[str, Iterable[str]] = {
        "agent": policy.agents,
        "team": policy.teams,
        "role": policy.roles,
    }
    return by_kind.get(kind) if kind in policy.catalogue.kinds else None

"""Who holds what in one organization, at one moment.

A Policy is immutable. Agents with the same status, teams and assignments share
one Standing, so that a million agents cost one dictionary entry each, and
everything compiled for them is compiled once.
Not here: how it changes (changes.py), how it answers (snapshot.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roledesk.core.catalogue import Catalogue
from roledesk.core.terms import Assignment, Role, Status, Team

if TYPE_CHECKING:
    from roledesk.core.profile import Profile

AgentRow = tuple[str, Status, str, frozenset[str], tuple[Assignment, ...]]
"""One agent as a store keeps it: id, status, subject type, teams, assignments."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agent stands: status, teams and assignments; shared by all who stand alike."""

    status: Status = Status.INVITED
    teams: frozenset[str] = frozenset()
    assignments: tuple[Assignment, ...] = ()
    type: str = "agent"
    memo: Profile | None = field(default=None, init=False, compare=False, repr=False)
    """What a snapshot last compiled for it; kept here because a dictionary would cost every check a look-up."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles assigned, dated or not, each once."""
        return tuple(dict.fromkeys(assignment.role for assignment in self.assignments))

    def mentions(self, team: str) -> bool:
        """Whether the team is one of his, or bounds one of his assignments."""
        return team in self.teams or any(team in (each.teams or ()) for each in self.assignments)


@dataclass(frozen=True, slots=True)
class Policy:
    """All of one organization's roles, teams and agents.

    `members` is `agents` turned around. `retired` holds `role:id` and `team:id` of
    what was deleted: an id is never used again.
    """

    organization: str
    catalogue: Catalogue
    name: str = ""
    preset: str = ""
    reserved: frozenset[str] = frozenset()
    roles: Mapping[str, Role] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    agents: Mapping[str, Standing] = field(default_factory=dict)
    members: Mapping[Standing, frozenset[str]] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()

    @property
    def founded(self) -> bool:
        """Whether the organization exists yet."""
        return bool(self.roles)

    def holders(self, role: str) -> tuple[str, ...]:
        """The agents assigned `role`, dated or not, in order of id."""
        return tuple(
            sorted(agent for standing in self.standings_of(role) for agent in self.members[standing])
        )

    def standings_of(self, role: str) -> tuple[Standing, ...]:
        """The standings that contain `role`."""
        return tuple(standing for standing in self.members if role in standing.roles)

    def owners(self) -> tuple[str, ...]:
        """The active agents who hold the owner role, in order of id."""
        return tuple(
            agent
            for role in self.roles.values()
            if role.owner
            for agent in self.holders(role.id)
            if self.agents[agent].status is Status.ACTIVE
        )

    def is_owner(self, agent: str) -> bool:
        """Whether `agent` is an active owner."""
        standing = self.agents.get(agent)
        return standing is not None and standing.status is Status.ACTIVE and self.includes_owner(standing)

    def includes_owner(self, standing: Standing) -> bool:
        """Whether the owner role is among the standing's roles, active or not."""
        return any(self.roles[role].owner for role in standing.roles if role in self.roles)


def build_policy(
    *,
    organization: str,
    name: str,
    preset: str,
    catalogue: Catalogue,
    reserved: frozenset[str],
    roles: Iterable[Role],
    teams: Iterable[Team],
    agents: Iterable[AgentRow],
    retired: frozenset[str],
) -> Policy:
    """The policy these rows describe; agents who stand alike share one Standing."""
    placed, members = place(agents)
    return Policy(
        organization,
        catalogue,
        name=name,
        preset=preset,
        reserved=reserved,
        roles={role.id: role for role in roles},
        teams={team.id: team for team in teams},
        agents=placed,
        members=members,
        retired=retired,
    )


def place(rows: Iterable[AgentRow]) -> tuple[dict[str, Standing], dict[Standing, frozenset[str]]]:
    """Every agent's standing, and every standing's agents."""
    standings: dict[tuple[Status, str, frozenset[str], tuple[Assignment, ...]], Standing] = {}
    groups: dict[int, list[str]] = {}
    agents: dict[str, Standing] = {}
    for agent, status, type_, teams, assignments in rows:
        key = (status, type_, teams, assignments)
        standing = standings.get(key)
        if standing is None:
            standing = standings[key] = Standing(status, teams, assignments, type_)
            groups[id(standing)] = []
        agents[agent] = standing
        groups[id(standing)].append(agent)
    return agents, {standing: frozenset(groups[id(standing)]) for standing in standings.values()}

"""A policy being edited: copies what it touches, shares the rest.

Used to apply a change, and to judge each of its edits on top of those before it; a
change of one agent among a million copies two dictionaries and two small sets.
Not here: whether the edit may be made (refusals.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Role, Team


class Draft:
    """The policy as the edits so far have left it."""

    def __init__(self, policy: Policy) -> None:
        self._base = policy
        self.name = policy.name
        self.preset = policy.preset
        self.reserved = policy.reserved
        self.roles = policy.roles
        self.teams = policy.teams
        self.retired = policy.retired
        self.catalogue = policy.catalogue
        self._agents: dict[str, Standing] | None = None
        self._members: dict[Standing, set[str] | frozenset[str]] = dict(policy.members)

    @property
    def founded(self) -> bool:
        """Whether the organization exists by now."""
        return bool(self.roles)

    @property
    def agents(self) -> Mapping[str, Standing]:
        """Where everybody stands by now."""
        return self._base.agents if self._agents is None else self._agents

    def count_holders(self, role: str) -> int:
        """How many agents are assigned `role` by now, dated or not."""
        return sum(len(group) for standing, group in self._members.items() if role in standing.roles)

    def put_role(self, role: Role) -> None:
        self.roles = {**self.roles, role.id: role}

    def drop_role(self, role: str) -> None:
        self.roles = {id: kept for id, kept in self.roles.items() if id != role}
        self.retired |= {f"role:{role}"}

    def put_team(self, team: Team) -> None:
        self.teams = {**self.teams, team.id: team}

    def drop_team(self, team: str) -> None:
        self.teams = {id: kept for id, kept in self.teams.items() if id != team}
        self.retired |= {f"team:{team}"}

    def place(self, agent: str, standing: Standing) -> None:
        """Move one agent to `standing`."""
        before = self.agents.get(agent)
        if before is not None:
            self._leave(before, agent)
        group = self._group(standing)
        peer = next(iter(group), None)
        agents = self._own_agents()
        # All who stand alike share one object, and with it what is compiled for it.
        agents[agent] = standing if peer is None else agents[peer]
        group.add(agent)

    def move_all(self, to: Callable[[Standing], Standing]) -> None:
        """Replace every standing by `to(standing)`; the ones that stay cost nothing."""
        for standing in tuple(self._members):
            target = to(standing)
            if target != standing:
                for agent in tuple(self._members[standing]):
                    self.place(agent, target)

    def policy(self) -> Policy:
        """What it has become."""
        return replace(
            self._base,
            name=self.name,
            preset=self.preset,
            reserved=self.reserved,
            roles=self.roles,
            teams=self.teams,
            agents=self.agents,
            members=self._base.members
            if self._agents is None
            else {standing: frozenset(group) for standing, group in self._members.items()},
            retired=self.retired,
        )

    def _leave(self, standing: Standing, agent: str) -> None:
        group = self._group(standing)
        group.discard(agent)
        if not group:
            del self._members[standing]

    def _own_agents(self) -> dict[str, Standing]:
        if self._agents is None:
            self._agents = dict(self._base.agents)
        return self._agents

    def _group(self, standing: Standing) -> set[str]:
        group = self._members.get(standing, frozenset())
        if not isinstance(group, set):
            group = self._members[standing] = set(group)
        return group

"""One agent as the pages show him: who he is, what he holds and from whom, and which buttons the asker gets.

Not here: what it all amounts to (effective.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.console.agent_rows import AgentRow, row_of, team_names
from roledesk.console.effective import EffectiveArea, Holding, effective_areas
from roledesk.console.names import Person, names_of
from roledesk.core.policy import Standing
from roledesk.core.terms import Assignment, Status
from roledesk.engine.guard import Guard
from roledesk.errors import NotFoundError
from roledesk.store import people, provenance, sign_ins
from roledesk.store.projection import Provenance
from roledesk.web.visible import about_agent

Stamps = Mapping[Assignment, Provenance]


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A role an agent holds, held or will hold; `teams` None is everywhere."""

    role_id: str
    role: str
    teams: tuple[str, ...] | None
    team_ids: frozenset[str] | None
    starts_at: float | None
    ends_at: float | None
    state: str
    given_at: float
    given_by: str
    because: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class AgentDetail:
    """An agent with his roles, and what the asker may do with him."""

    row: AgentRow
    is_owner: bool
    is_me: bool
    assignments: tuple[AssignmentRow, ...]
    team_list: tuple[Person, ...]
    last_seen_at: float | None
    invited_at: float | None
    may_edit: bool
    may_assign: bool
    may_deactivate: bool
    may_reset: bool
    areas: tuple[EffectiveArea, ...]

    @property
    def id(self) -> str:
        """The agent's id."""
        return self.row.id

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.row.name

    @property
    def email(self) -> str:
        """The address he signs in with."""
        return self.row.email

    @property
    def status(self) -> str:
        """Invited, active or deactivated."""
        return self.row.status


def require_agent(guard: Guard, agent: str, *actions: str) -> None:
    """Let pass who may see the agent and take each of the actions on him.

    Raises NotFoundError, and DeniedError, hidden when he may not even see him.
    """
    policy = guard.organization.policy
    if agent not in policy.agents:
        raise NotFoundError("agent", agent)
    for action in ("agent.read", *actions):
        guard.require(action, about_agent(policy, action, agent))


def allows_on(guard: Guard, action: str, agent: str) -> bool:
    """Whether the asker may take `action` on the agent."""
    return guard.allows(action, about_agent(guard.organization.policy, action, agent))


def read_person(guard: Guard, agent: str) -> people.Person:
    """The agent's name and address."""
    organization = guard.organization
    with organization.database.reading() as connection:
        return people.find_person(connection, organization.id, agent) or people.Person(agent, "")


def read_detail(guard: Guard, agent: str) -> AgentDetail:
    """The agent's details; whether the asker may see them was asked before."""
    organization = guard.organization
    policy, now = organization.policy, organization.clock()
    standing = policy.agents[agent]
    with organization.database.reading() as connection:
        person = people.find_person(connection, organization.id, agent) or people.Person(agent, "")
        stamps = provenance.assignments_of(connection, organization.id, agent)
        names = names_of(connection, policy, [agent, *(stamp.by for stamp in stamps.values())])
        last_seen_at = _last_seen(connection, organization.id, agent)
    holding = Holding(policy, standing, stamps, names, now)
    return AgentDetail(
        row=row_of(policy, person),
        is_owner=policy.includes_owner(standing),
        is_me=guard.subject.id == agent,
        assignments=assignment_rows(holding),
        team_list=tuple(Person(team, names.team(team)) for team in _by_name(guard, standing.teams)),
        last_seen_at=last_seen_at,
        invited_at=_invited_at(standing, stamps),
        may_edit=allows_on(guard, "agent.edit", agent),
        may_assign=allows_on(guard, "role.assign", agent),
        may_deactivate=may_switch(guard, agent),
        may_reset=may_reset(guard, agent),
        areas=effective_areas(holding),
    )


def may_switch(guard: Guard, agent: str) -> bool:
    """Whether the asker may deactivate the agent, or reactivate him; never himself."""
    standing = guard.organization.policy.agents[agent]
    action = "agent.reactivate" if standing.status is Status.DEACTIVATED else "agent.deactivate"
    return guard.subject.id != agent and _may_touch(guard, agent, action)


def may_reset(guard: Guard, agent: str) -> bool:
    """Whether the asker may make a link by which the agent signs in."""
    status = guard.organization.policy.agents[agent].status
    if status is Status.DEACTIVATED or guard.subject.id == agent:
        return False
    actions = (
        ("agent.create", "agent.reset_password") if status is Status.INVITED else ("agent.reset_password",)
    )
    return any(_may_touch(guard, agent, action) for action in actions)


def assignment_rows(holding: Holding) -> tuple[AssignmentRow, ...]:
    """The agent's assignments, those in force first."""
    rows = [_assignment_row(each, holding) for each in holding.standing.assignments]
    return tuple(sorted(rows, key=lambda row: ("now", "later", "ended").index(row.state)))


def _assignment_row(assignment: Assignment, holding: Holding) -> AssignmentRow:
    policy = holding.policy
    stamp = holding.provenance.get(assignment, Provenance(0.0, "", ""))
    role = policy.roles.get(assignment.role)
    return AssignmentRow(
        role_id=assignment.role,
        role=holding.names.role(assignment.role),
        teams=None if assignment.teams is None else team_names(policy, assignment.teams),
        team_ids=assignment.teams,
        starts_at=assignment.since,
        ends_at=assignment.until,
        state=_state(assignment, holding.now),
        given_at=stamp.at,
        given_by=holding.names.agent(stamp.by),
        because=stamp.because,
        is_owner=role is not None and role.owner,
    )


def _state(assignment: Assignment, now: float) -> str:
    if assignment.is_active(now):
        return "now"
    return "later" if assignment.since is not None and now < assignment.since else "ended"


def _may_touch(guard: Guard, agent: str, action: str) -> bool:
    return allows_on(guard, action, agent) and guard.organization.may_manage(guard.subject, agent)


def _last_seen(connection: Connection, organization: str, agent: str) -> float | None:
    seen = (each.seen_at for each in sign_ins.sign_ins(connection, organization, agent))
    return max(seen, default=None)


def _invited_at(standing: Standing, stamps: Stamps) -> float | None:
    if standing.status is not Status.INVITED:
        return None
    return min((stamp.at for stamp in stamps.values()), default=None)


def _by_name(guard: Guard, teams: frozenset[str]) -> list[str]:
    return sorted(teams, key=lambda team: guard.organization.policy.teams[team].name.casefold())

"""The tables that say what is now, kept in step with each change.

`touched_by` finds what a change touched without looking at everybody; `write_projection`
writes exactly that, and remembers who ticked a grant or gave an assignment, and why.
Not here: reading it all (loading.py), the history row itself (history.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from roledesk.core.changes import Change, PutAgent, RemoveRole, RemoveTeam, SetAssignments
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Role
from roledesk.store.loading import assignment_of
from roledesk.store.people import add_blank
from roledesk.store.rows import Row, chunks, delete_rows, insert_rows, upsert
from roledesk.store.schema import agents, assignments, grants, memberships, retired_ids, roles, teams

NOWHERE = Standing()


@dataclass(frozen=True, slots=True)
class Provenance:
    """When something was done, by whom and why."""

    at: float
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Touched:
    """The ids of what a change altered."""

    roles: frozenset[str]
    teams: frozenset[str]
    agents: frozenset[str]


def touched_by(change: Change, before: Policy, after: Policy) -> Touched:
    """What differs between the two policies, looking only where `change` can have worked."""
    return Touched(
        _differing(before.roles, after.roles),
        _differing(before.teams, after.teams),
        frozenset(
            agent for agent in _named(change, before) if before.agents.get(agent) != after.agents.get(agent)
        ),
    )


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> frozenset[str]:
    if before is after:
        return frozenset()
    ids = before.keys() | after.keys()
    return frozenset(
        id for id in ids if before.get(id) is not after.get(id) and before.get(id) != after.get(id)
    )


def _named(change: Change, before: Policy) -> frozenset[str]:
    """The agents named in `change`, and those who held or belonged to what it deletes."""
    return frozenset(agent for edit in change.edits for agent in _agents_of(edit, before))


def _agents_of(edit: object, before: Policy) -> Iterator[str]:
    match edit:
        case PutAgent() | SetAssignments():
            yield edit.agent
        case RemoveRole(role):
            yield from _members(before, lambda standing: role in standing.roles)
        case RemoveTeam(team):
            yield from _members(before, lambda standing: standing.mentions(team))


def _members(policy: Policy, wanted: Callable[[Standing], bool]) -> Iterator[str]:
    for standing, members in policy.members.items():
        if wanted(standing):
            yield from members


def write_projection(
    connection: Connection, before: Policy, after: Policy, touched: Touched, stamp: Provenance
) -> None:
    """Make the tables say `after` where they said `before`."""
    writer = _Writer(connection, after.organization, stamp)
    writer.put_teams(after, touched.teams)
    writer.put_roles(before, after, touched.roles)
    writer.put_agents(before, after, touched.agents)
    writer.remove(before, after, touched)


@dataclass(frozen=True, slots=True)
class _Writer:
    connection: Connection
    organization: str
    stamp: Provenance

    def put_teams(self, after: Policy, ids: frozenset[str]) -> None:
        kept = [after.teams[id] for id in sorted(ids) if id in after.teams]
        rows = (self._row(id=team.id, name=team.name, is_default=team.default) for team in kept)
        upsert(self.connection, teams, rows)

    def put_roles(self, before: Policy, after: Policy, ids: frozenset[str]) -> None:
        kept = [after.roles[id] for id in sorted(ids) if id in after.roles]
        upsert(self.connection, roles, map(self._role, kept))
        for role in kept:
            self._put_grants(role, before.roles[role.id].grants if role.id in before.roles else {})

    def put_agents(self, before: Policy, after: Policy, ids: frozenset[str]) -> None:
        for chunk in chunks(sorted(ids)):
            old = {id: before.agents.get(id, NOWHERE) for id in chunk}
            new = {id: after.agents[id] for id in chunk}
            self._put_standings(new)
            self._move(old, new)
            self._reassign(old, new)

    def remove(self, before: Policy, after: Policy, touched: Touched) -> None:
        """Delete what is gone, once nothing refers to it any more."""
        gone = [role for role in touched.roles if role not in after.roles]
        delete_rows(self.connection, grants, [self._row(role=role) for role in gone])
        delete_rows(self.connection, roles, [self._row(id=role) for role in gone])
        delete_rows(
            self.connection, teams, [self._row(id=id) for id in touched.teams if id not in after.teams]
        )
        insert_rows(
            self.connection, retired_ids, [self._row(id=id) for id in sorted(after.retired - before.retired)]
        )

    def _row(self, **columns: object) -> Row:
        return {"organization": self.organization, **columns}

    def _role(self, role: Role) -> Row:
        return self._row(
            id=role.id,
            name=role.name,
            description=role.description,
            policy_text=role.policy_text,
            steward=role.steward,
            givers=sorted(role.givers),
            owner=role.owner,
        )

    def _put_grants(self, role: Role, before: Mapping[str, int]) -> None:
        gone = [self._row(role=role.id, permission=key) for key in before if key not in role.grants]
        delete_rows(self.connection, grants, gone)
        ticked = {"ticked_at": self.stamp.at, "ticked_by": self.stamp.by, "because": self.stamp.because}
        upsert(
            self.connection,
            grants,
            (
                {**self._row(role=role.id, permission=key, scope=int(scope)), **ticked}
                for key, scope in sorted(role.grants.items())
                if before.get(key) != scope
            ),
        )

    def _put_standings(self, new: Mapping[str, Standing]) -> None:
        rows = [self._row(id=id, status=each.status.value, type=each.type) for id, each in new.items()]
        upsert(self.connection, agents, rows)
        add_blank(self.connection, self.organization, new)

    def _move(self, old: Mapping[str, Standing], new: Mapping[str, Standing]) -> None:
        left = [self._row(agent=id, team=team) for id in new for team in old[id].teams - new[id].teams]
        joined = [
            self._row(agent=id, team=team) for id in new for team in sorted(new[id].teams - old[id].teams)
        ]
        delete_rows(self.connection, memberships, left)
        insert_rows(self.connection, memberships, joined)

    def _reassign(self, old: Mapping[str, Standing], new: Mapping[str, Standing]) -> None:
        changed = [id for id in new if old[id].assignments != new[id].assignments]
        given = self._given([id for id in changed if old[id].assignments])
        delete_rows(
            self.connection, assignments, [self._row(agent=id) for id in changed if old[id].assignments]
        )
        insert_rows(
            self.connection,
            assignments,
            (
                self._assignment(id, position, each, given.get((id, each), self.stamp))
                for id in changed
                for position, each in enumerate(new[id].assignments)
            ),
        )

    def _given(self, ids: list[str]) -> dict[tuple[str, Assignment], Provenance]:
        """Who gave each assignment that these agents hold, to be kept if they keep it."""
        columns = assignments.c
        held = select(assignments).where(columns.organization == self.organization, columns.agent.in_(ids))
        return {
            (row.agent, assignment_of(row.role, row.teams, row.since, row.until)): Provenance(
                row.given_at, row.given_by, row.because
            )
            for row in self.connection.execute(held)
        }

    def _assignment(self, agent: str, position: int, assignment: Assignment, given: Provenance) -> Row:
        return self._row(
            agent=agent,
            position=position,
            role=assignment.role,
            teams=None if assignment.teams is None else sorted(assignment.teams),
            since=assignment.since,
            until=assignment.until,
            given_at=given.at,
            given_by=given.by,
            because=given.because,
        )

"""Who ticked a grant and who gave an assignment, when, and why: as it stands now.

Kept for each grant since its scope last changed, and for each assignment since it was
given with these bounds and dates. Not here: everything before (history.py).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from roledesk.core.terms import Assignment
from roledesk.store.loading import assignment_of
from roledesk.store.projection import Provenance
from roledesk.store.schema import assignments, grants


def grants_of(connection: Connection, organization: str, role: str) -> dict[str, Provenance]:
    """Each permission that the role grants, and who ticked it."""
    columns = grants.c
    statement = select(columns.permission, columns.ticked_at, columns.ticked_by, columns.because).where(
        columns.organization == organization, columns.role == role
    )
    return {permission: Provenance(*stamp) for permission, *stamp in connection.execute(statement)}


def assignments_of(connection: Connection, organization: str, agent: str) -> dict[Assignment, Provenance]:
    """Each assignment of the agent in order, and who gave it."""
    columns = assignments.c
    statement = (
        select(assignments)
        .where(columns.organization == organization, columns.agent == agent)
        .order_by(columns.position)
    )
    return {
        assignment_of(row.role, row.teams, row.since, row.until): Provenance(
            row.given_at, row.given_by, row.because
        )
        for row in connection.execute(statement)
    }


def holders_of(
    connection: Connection, organization: str, role: str, agents: Collection[str]
) -> dict[tuple[str, Assignment], Provenance]:
    """Each assignment of `role` to one of these agents, and who gave it."""
    columns = assignments.c
    statement = (
        select(assignments)
        .where(
            columns.organization == organization,
            columns.role == role,
            columns.agent.in_(agents),
        )
        .order_by(columns.agent, columns.position)
    )
    return {
        (row.agent, assignment_of(row.role, row.teams, row.since, row.until)): Provenance(
            row.given_at, row.given_by, row.because
        )
        for row in connection.execute(statement)
    }

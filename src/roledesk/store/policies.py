"""Organizations and their policies: what is there, loading one, writing the next revision.

`append` writes the history row, everything it changes and the new head in the
caller's transaction. Revisions of an organization count 1, 2, 3 without gaps.
Not here: whether the change may be made, applying it (core/), followers (engine/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from roledesk.core.changes import Change, Found, RemoveTeam
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Team
from roledesk.core.wire import assignment_to_json, change_to_json, role_to_json
from roledesk.store import history, resources, tokens
from roledesk.store.history import HistoryRow
from roledesk.store.loading import load_policy
from roledesk.store.organizations import (
    OrganizationRow,
    bump_pulse,
    find_organization,
    found,
    get_head,
    heads,
    list_organizations,
    lock_head,
    move_head,
)
from roledesk.store.projection import Provenance, Touched, touched_by, write_projection

__all__ = [
    "OrganizationRow",
    "append",
    "bump_pulse",
    "changes_since",
    "find_organization",
    "heads",
    "list_organizations",
    "load_policy",
    "lock_head",
]


def append(
    connection: Connection,
    before: Policy,
    after: Policy,
    change: Change,
    *,
    by: str,
    because: str,
    at: float,
) -> int:
    """Write `change`, which led from `before` to `after`, as the next revision; gives its number.

    Raises InputError when it founds an organization that is there already.
    """
    organization = after.organization
    for edit in change.edits:
        if isinstance(edit, Found):
            found(connection, organization, edit, at)
    head = get_head(connection, organization)
    touched = touched_by(change, before, after)
    row = history.write(
        connection,
        HistoryRow(
            organization,
            head.revision + 1,
            at,
            by,
            because,
            change_to_json(change),
            _previous_values(before, touched),
            head.head_hash,
        ),
        sorted(set(_subjects(change, before, after, touched))),
    )
    write_projection(connection, before, after, touched, Provenance(at, by, because))
    _hand_over(connection, organization, change)
    move_head(connection, organization, revision=row.revision, head_hash=row.hash)
    return row.revision


def changes_since(connection: Connection, organization: str, revision: int) -> tuple[HistoryRow, ...]:
    """The history rows after `revision`, oldest first: what a follower applies."""
    return history.after(connection, organization, revision)


def _hand_over(connection: Connection, organization: str, change: Change) -> None:
    """Give what belonged to deleted teams to their receivers."""
    for edit in change.edits:
        if isinstance(edit, RemoveTeam):
            resources.move_team(connection, organization, edit.team, edit.receiver)
            tokens.move_team(connection, organization, edit.team, edit.receiver)
            bump_pulse(connection, organization)


def _previous_values(before: Policy, touched: Touched) -> dict[str, object]:
    roles = {id: before.roles.get(id) for id in touched.roles}
    teams = {id: before.teams.get(id) for id in touched.teams}
    agents = {id: before.agents.get(id) for id in touched.agents}
    return {
        "roles": {id: role and role_to_json(role) for id, role in roles.items()},
        "teams": {id: team and _team_to_json(team) for id, team in teams.items()},
        "agents": {id: standing and _standing_to_json(standing) for id, standing in agents.items()},
    }


def _team_to_json(team: Team) -> dict[str, object]:
    return {"id": team.id, "name": team.name, "default": team.default}


def _standing_to_json(standing: Standing) -> dict[str, object]:
    return {
        "status": standing.status.value,
        "type": standing.type,
        "teams": sorted(standing.teams),
        "assignments": [assignment_to_json(each) for each in standing.assignments],
    }


def _subjects(change: Change, before: Policy, after: Policy, touched: Touched) -> Iterator[str]:
    """What the history row can be found by: `agent:x`, `role:y`, `team:z`, `edit:PutRole`."""
    yield from _named("edit", (type(edit).__name__ for edit in change.edits))
    yield from _named("role", touched.roles)
    yield from _named("team", touched.teams)
    yield from _named("agent", touched.agents)
    pairs = {(before.agents.get(id, Standing()), after.agents[id]) for id in touched.agents}
    for old, new in pairs:
        yield from _named("team", old.teams ^ new.teams)
        yield from _named("role", (each.role for each in set(old.assignments) ^ set(new.assignments)))


def _named(kind: str, ids: Iterable[str]) -> Iterator[str]:
    return (f"{kind}:{id}" for id in ids)

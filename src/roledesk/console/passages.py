"""History rows as sentences: what somebody did, in the words of whoever reads it.

A row holds the change and what it touched; from these the policy before and after is
built again, as far as the row goes, and each edit told as a clause. Whoever may read
only some teams is told only the edits about them and their agents.
Not here: which rows are read (history.py), their difference line by line (differences.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from roledesk.console.names import Names
from roledesk.core.changes import (
    Change,
    Edit,
    Found,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    apply,
)
from roledesk.core.policy import AgentRow, Policy, build_policy
from roledesk.core.terms import Assignment, Role, Status, Team
from roledesk.core.wire import assignment_from_json, change_from_json, role_from_json
from roledesk.store.history import HistoryRow
from roledesk.web.phrases import listed

SHOWN = 3
"""How many clauses a sentence has before the rest is counted."""

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Passage:
    """One history row, with what it touched before and after."""

    row: HistoryRow
    change: Change
    before: Policy
    after: Policy


def read_passage(row: HistoryRow, policy: Policy, shows: Callable[[Edit], bool]) -> Passage:
    """The part of `row` made of the edits that `shows` lets through; `policy` is the present one."""
    change = change_from_json(row.change)
    before = _policy_before(row.before, policy, change)
    shown = Change(tuple(filter(shows, change.edits)))
    return Passage(row, shown, before, apply(before, shown))


def agents_of(row: HistoryRow) -> Iterator[str]:
    """The ids of the agents a sentence about `row` may name."""
    yield row.by
    for edit in change_from_json(row.change).edits[: SHOWN * 2]:
        if isinstance(edit, PutAgent | SetAssignments):
            yield edit.agent


def agents_touched(passage: Passage) -> frozenset[str]:
    """The ids of the agents whose standing the passage tells."""
    stewards = {role.steward for policy in (passage.before, passage.after) for role in policy.roles.values()}
    return frozenset({*passage.before.agents, *passage.after.agents, *filter(None, stewards)})


def sentence(passage: Passage, names: Names) -> str:
    """What was done, without who did it: `gave Ana Ruiz the role Support agent`."""
    clauses = list(_clauses(passage, names))
    if len(clauses) > SHOWN + 1:
        clauses = [*clauses[:SHOWN], f"{len(clauses) - SHOWN} more changes"]
    return listed(clauses) or "changed nothing"


def _clauses(passage: Passage, names: Names) -> Iterator[str]:
    policy, spoken_of = passage.before, ""
    for edit in passage.change.edits:
        if isinstance(edit, Found):
            yield f"founded the organization {edit.name}"
            return
        after = apply(policy, Change((edit,)))
        agent = edit.agent if isinstance(edit, PutAgent | SetAssignments) else ""
        yield from _clause(
            edit, policy, after, names, "them" if agent and agent == spoken_of else "", passage
        )
        policy, spoken_of = after, agent


def _clause(
    edit: Edit, before: Policy, after: Policy, names: Names, them: str, passage: Passage
) -> Iterator[str]:
    match edit:
        case PutRole(role):
            yield f"{'changed' if role.id in before.roles else 'made'} the role {role.name}"
        case RemoveRole():
            yield f"deleted the role {names.role(edit.role, before)}{_succession(edit, names)}"
        case PutTeam(team):
            yield _team_clause(before.teams.get(team.id), team)
        case RemoveTeam(team_id, receiver):
            yield f"deleted the team {names.team(team_id, before)}, all it held going to {names.team(receiver)}"
        case PutAgent(agent):
            yield from _agent_clauses(edit, before, names, them or names.agent(agent), passage.row.by)
        case SetAssignments(agent):
            old = before.agents[agent].assignments if agent in before.agents else ()
            yield from _role_clauses(old, after.agents[agent].assignments, names, them or names.agent(agent))


def _succession(edit: RemoveRole, names: Names) -> str:
    match edit.holders:
        case ReplaceBy(role):
            return f", its holders getting {names.role(role)} instead"
        case MergeInto(role):
            return f", merging it into {names.role(role)}"
    return ""


def _team_clause(before: Team | None, team: Team) -> str:
    return (
        f"made the team {team.name}" if before is None else f"renamed the team {before.name} to {team.name}"
    )


def _agent_clauses(edit: PutAgent, before: Policy, names: Names, whom: str, by: str) -> Iterator[str]:
    standing = before.agents.get(edit.agent)
    if standing is None:
        teams = [names.team(team) for team in sorted(edit.teams)]
        yield f"added {whom}{' to ' + listed(teams) if teams else ''}"
        return
    if edit.status is not standing.status:
        yield _status_clause(standing.status, edit, whom, by)
    if joined := [names.team(team) for team in sorted(edit.teams - standing.teams)]:
        yield f"put {whom} into {listed(joined)}"
    if left := [names.team(team) for team in sorted(standing.teams - edit.teams)]:
        yield f"took {whom} out of {listed(left)}"


def _status_clause(before: Status, edit: PutAgent, whom: str, by: str) -> str:
    if edit.status is Status.DEACTIVATED:
        return f"deactivated {whom}"
    if before is Status.INVITED and by == edit.agent:
        return "accepted the invitation"
    return f"{'reactivated' if before is Status.DEACTIVATED else 'activated'} {whom}"


def _role_clauses(
    before: tuple[Assignment, ...], after: tuple[Assignment, ...], names: Names, whom: str
) -> Iterator[str]:
    old, new = {each.role for each in before}, {each.role for each in after}
    if given := [names.role(role) for role in sorted(new - old)]:
        yield f"gave {whom} {_the_role(given)}"
    if taken := [names.role(role) for role in sorted(old - new)]:
        yield f"took {_the_role(taken)} from {whom}"
    moved = {each.role for each in set(before) ^ set(after)} & old & new
    if limited := [names.role(role) for role in sorted(moved)]:
        yield f"changed for {whom} the limits of {_the_role(limited)}"


def _the_role(roles: list[str]) -> str:
    return f"the {'role' if len(roles) == 1 else 'roles'} {listed(roles)}"


def _policy_before(touched: Json, policy: Policy, change: Change) -> Policy:
    """What a row says was there, and stand-ins for what a merge only points at."""
    roles = [role_from_json(each) for each in _present(touched, "roles")]
    known = {role.id for role in roles}
    merged = {
        edit.holders.role
        for edit in change.edits
        if isinstance(edit, RemoveRole) and isinstance(edit.holders, MergeInto)
    }
    roles += [policy.roles.get(id, Role(id, id)) for id in merged - known]
    return build_policy(
        organization=policy.organization,
        name="",
        preset="",
        catalogue=policy.catalogue,
        reserved=frozenset(),
        roles=roles,
        teams=[_team(each) for each in _present(touched, "teams")],
        agents=[_agent(id, each) for id, each in _section(touched, "agents").items() if each is not None],
        retired=frozenset(),
    )


def _section(touched: Json, name: str) -> Mapping[str, Json | None]:
    return touched.get(name, {})  # type: ignore[return-value]


def _present(touched: Json, name: str) -> Iterator[Json]:
    return (each for each in _section(touched, name).values() if each is not None)


def _team(data: Json) -> Team:
    return Team(str(data["id"]), str(data["name"]), default=bool(data["default"]))


def _agent(id: str, data: Json) -> AgentRow:
    teams: list[str] = data["teams"]  # type: ignore[assignment]
    held: list[Json] = data["assignments"]  # type: ignore[assignment]
    assignments = tuple(map(assignment_from_json, held))
    return id, Status(str(data["status"])), str(data["type"]), frozenset(teams), assignments

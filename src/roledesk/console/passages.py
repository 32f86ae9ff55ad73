"""History rows as sentences: what somebody did, in the words of whoever reads it.

A row holds the change and what it touched; from these the policy before and after is
built again, as far as the row goes, and each edit told as a clause. Whoever may read
only some teams is told only the edits about them and their agents.
Not here: which rows are read (history.py), their difference line by line (differences.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

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
    """The part of a history row that somebody may read, and what it touched before.

    `more` edits beside `edits` were not looked at.
    """

    row: HistoryRow
    edits: tuple[Edit, ...]
    before: Policy
    more: int = 0

    @property
    def after(self) -> Policy:
        """What it touched, afterwards."""
        return apply(self.before, Change(self.edits))


def read_passage(
    row: HistoryRow, policy: Policy, shows: Callable[[Edit], bool], *, most: int | None = None
) -> Passage:
    """The part of `row` made of the edits that `shows` lets through; `policy` is the present one.

    Of a change that made thousands of edits, `most` are enough for a sentence.
    """
    written: list[Json] = row.change["edits"]  # type: ignore[assignment]
    looked_at = change_from_json({"edits": written[:most]})
    edits = tuple(filter(shows, looked_at.edits))
    before = _policy_before(row.before, policy, edits)
    return Passage(row, edits, before, len(written) - len(looked_at.edits))


def agents_of(passage: Passage) -> frozenset[str]:
    """The ids of the agents named in the passage."""
    named = (edit.agent for edit in passage.edits if isinstance(edit, PutAgent | SetAssignments))
    stewards = {edit.role.steward for edit in passage.edits if isinstance(edit, PutRole)}
    before = {role.steward for role in passage.before.roles.values()}
    return frozenset(filter(None, (passage.row.by, *named, *stewards, *before)))


def sentence(passage: Passage, names: Names) -> str:
    """What was done, without who did it: `gave Ana Ruiz the role Support agent`."""
    clauses = list(islice(_clauses(passage, names), SHOWN + 1))
    rest = _left_after(clauses, passage)
    said = [clause.text for clause in clauses[: SHOWN if rest > 1 else None]]
    return listed([*said, f"{rest} more changes"] if rest > 1 else said) or "changed nothing"


@dataclass(frozen=True, slots=True)
class Clause:
    """What one edit did."""

    text: str
    edit: Edit


def _left_after(clauses: list[Clause], passage: Passage) -> int:
    """How many edits are not told when only the first few clauses are."""
    if len(clauses) <= SHOWN:
        return 0
    return len(passage.edits) - passage.edits.index(clauses[SHOWN].edit) + passage.more


def _clauses(passage: Passage, names: Names) -> Iterator[Clause]:
    policy, spoken_of = passage.before, ""
    for edit in passage.edits:
        if isinstance(edit, Found):
            yield Clause(f"founded the organization {edit.name}", edit)
            return
        after = apply(policy, Change((edit,)))
        agent = edit.agent if isinstance(edit, PutAgent | SetAssignments) else ""
        them = "them" if agent and agent == spoken_of else ""
        for text in _clause(edit, policy, after, names, them, passage):
            yield Clause(text, edit)
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


def _policy_before(touched: Json, policy: Policy, edits: tuple[Edit, ...]) -> Policy:
    """What a row says was there of what `edits` name, and stand-ins for what a merge only points at."""
    agents = _section(touched, "agents")
    if not any(isinstance(edit, RemoveRole | RemoveTeam) for edit in edits):
        named = {edit.agent for edit in edits if isinstance(edit, PutAgent | SetAssignments)}
        agents = {id: agents.get(id) for id in named}
    roles = [role_from_json(each) for each in _present(touched, "roles")]
    known = {role.id for role in roles}
    merged = {
        edit.holders.role
        for edit in edits
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
        agents=[_agent(id, each) for id, each in agents.items() if each is not None],
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

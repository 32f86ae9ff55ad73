"""How two policies differ, told so that an administrator can check it.

Not here: who gains and loses by it (core/effects.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Role, Status, Team

DAY_S = 86_400


class Sign(StrEnum):
    """What became of a thing."""

    ADDED = "+"
    CHANGED = "~"
    REMOVED = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """One team, role or agent that differs; `details` say in what."""

    sign: Sign
    what: str
    id: str
    name: str = ""
    details: tuple[str, ...] = ()


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Everything that differs: teams, then roles, then agents, each in order of id."""
    return (*_teams(before, after), *_roles(before, after), *_agents(before, after))


def spelled_assignment(assignment: Assignment) -> str:
    """An assignment in words: `team-lead in billing until 2026-06-30`."""
    within = "" if assignment.teams is None else f" in {', '.join(sorted(assignment.teams)) or 'no team'}"
    since = "" if assignment.since is None else f" from {spelled_moment(assignment.since)}"
    until = "" if assignment.until is None else f" until {spelled_moment(assignment.until)}"
    return f"{assignment.role}{within}{since}{until}"


def spelled_moment(at: float) -> str:
    """A moment in UTC; a midnight is its date."""
    moment = datetime.fromtimestamp(at, UTC)
    return str(moment.date()) if at % DAY_S == 0 else f"{moment:%Y-%m-%d %H:%M} UTC"


def _changed_ids(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    if before is not after:
        yield from sorted(id for id in before.keys() | after.keys() if before.get(id) != after.get(id))


def _teams(before: Policy, after: Policy) -> Iterator[Difference]:
    for id in _changed_ids(before.teams, after.teams):
        old, new = before.teams.get(id), after.teams.get(id)
        details = (f"name {old.name} → {new.name}",) if old and new and old.name != new.name else ()
        yield Difference(_sign(old, new), "team", id, _name(old, new), details)


def _roles(before: Policy, after: Policy) -> Iterator[Difference]:
    for id in _changed_ids(before.roles, after.roles):
        old, new = before.roles.get(id), after.roles.get(id)
        details = tuple(_role_details(old, new)) if new else ()
        yield Difference(_sign(old, new), "role", id, _name(old, new), details)


def _role_details(old: Role | None, new: Role) -> Iterator[str]:
    if old is None:
        yield (
            "holds everything"
            if new.owner
            else "1 permission"
            if len(new.grants) == 1
            else f"{len(new.grants)} permissions"
        )
        return
    for key in sorted(new.grants.keys() - old.grants.keys()):
        yield f"+ {key} at {new.grants[key].name.lower()}"
    for key in sorted(new.grants.keys() & old.grants.keys()):
        if new.grants[key] is not old.grants[key]:
            yield f"{key} {old.grants[key].name.lower()} → {new.grants[key].name.lower()}"
    yield from (f"- {key}" for key in sorted(old.grants.keys() - new.grants.keys()))
    yield from _moved("name", old.name, new.name)
    yield from _moved("steward", old.steward, new.steward)
    yield from _moved("given by", ", ".join(sorted(old.givers)), ", ".join(sorted(new.givers)))
    if old.description != new.description:
        yield "description rewritten"
    if old.policy_text != new.policy_text:
        yield "policy text rewritten"


def _moved(what: str, old: str | None, new: str | None) -> Iterator[str]:
    if old != new:
        yield f"{what} {old or 'nobody'} → {new or 'nobody'}"


def _agents(before: Policy, after: Policy) -> Iterator[Difference]:
    for id in _changed_ids(before.agents, after.agents):
        old, new = before.agents.get(id), after.agents.get(id)
        details = tuple(_agent_details(old or Standing(Status.ACTIVE), new)) if new else ()
        yield Difference(_sign(old, new), "agent", id, "", details)


def _agent_details(old: Standing, new: Standing) -> Iterator[str]:
    if old.status is not new.status:
        yield str(new.status)
    yield from (
        f"+ role {spelled_assignment(each)}" for each in new.assignments if each not in old.assignments
    )
    yield from (
        f"- role {spelled_assignment(each)}" for each in old.assignments if each not in new.assignments
    )
    if set(old.assignments) == set(new.assignments) and old.assignments != new.assignments:
        yield "roles in another order"
    yield from (f"+ team {team}" for team in sorted(new.teams - old.teams))
    yield from (f"- team {team}" for team in sorted(old.teams - new.teams))


def _sign(old: object, new: object) -> Sign:
    return Sign.ADDED if old is None else Sign.REMOVED if new is None else Sign.CHANGED


def _name(old: Team | Role | None, new: Team | Role | None) -> str:
    return new.name if new else old.name if old else ""

"""What differs between two policies, line by line, for somebody who reads the history.

Not here: who gains or loses by it (core/effects.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from roledesk.console.names import Names
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Role, Scope
from roledesk.web.phrases import day, listed

SCOPE_NAMES = {Scope.NONE: "", Scope.OWN: "own", Scope.TEAM: "team", Scope.ALL: "all"}
SHOWN = 400
"""How many lines a change shows; a long import is better read in its file."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was added, removed or altered; `kind` says which way it goes."""

    sign: str
    kind: str
    title: str
    key: str
    before: str
    after: str


def lines_between(before: Policy, after: Policy, names: Names) -> Iterator[Line]:
    """Every line of the difference: roles, then teams, then agents."""
    roles = sorted(before.roles.keys() | after.roles.keys())
    is_one = len(roles) == 1 and not (before.agents or after.agents or before.teams or after.teams)
    for id in roles:
        whose = "" if is_one else f"{names.role(id, before if id in before.roles else after)}: "
        yield from _role_lines(before.roles.get(id), after.roles.get(id), whose, after, names)
    for id in sorted(before.teams.keys() | after.teams.keys()):
        old, new = before.teams.get(id), after.teams.get(id)
        yield from _line("Team", "", old.name if old else "", new.name if new else "")
    for id in sorted(before.agents.keys() | after.agents.keys()):
        yield from _agent_lines(names.agent(id), before.agents.get(id), after.agents.get(id), before, names)


def _role_lines(
    old: Role | None, new: Role | None, whose: str, policy: Policy, names: Names
) -> Iterator[Line]:
    old, new = old or Role("", ""), new or Role("", "")
    yield from _line(f"{whose}Name", "", old.name, new.name)
    yield from _line(f"{whose}Description", "", old.description, new.description)
    yield from _line(f"{whose}Policy text", "", old.policy_text, new.policy_text)
    yield from _line(f"{whose}Steward", "", _agent(old.steward, names), _agent(new.steward, names))
    yield from _line(f"{whose}May be given by", "", _roles(old.givers, names), _roles(new.givers, names))
    for key in sorted(old.grants.keys() | new.grants.keys()):
        yield from _grant_line(
            key, whose, old.grants.get(key, Scope.NONE), new.grants.get(key, Scope.NONE), policy
        )


def _grant_line(key: str, whose: str, old: Scope, new: Scope, policy: Policy) -> Iterator[Line]:
    permission = policy.catalogue.permissions.get(key)
    is_switch = permission is not None and len(permission.scopes) == 1
    said = {scope: "on" if is_switch and scope else name for scope, name in SCOPE_NAMES.items()}
    if old is not new:
        kind = "gain" if new > old else "lose"
        title = whose + (permission.title if permission else key)
        yield Line(_sign(said[old], said[new]), kind, title, key, said[old], said[new])


def _agent_lines(
    name: str, old: Standing | None, new: Standing | None, then: Policy, names: Names
) -> Iterator[Line]:
    yield from _line(f"{name}: status", "", old.status.value if old else "", new.status.value if new else "")
    old, new = old or Standing(), new or Standing()
    for team in sorted(old.teams | new.teams):
        called = names.team(team, then)
        yield from _line(
            f"{name}: team", "", called if team in old.teams else "", called if team in new.teams else ""
        )
    for role in sorted({*old.roles, *new.roles}):
        title = f"{name}: role {names.role(role, then)}"
        yield from _line(title, "", _held(old, role, then, names), _held(new, role, then, names))


def _held(standing: Standing, role: str, then: Policy, names: Names) -> str:
    """How the role is held, all its assignments in one phrase; empty when it is not."""
    return "; ".join(_terms(each, then, names) for each in standing.assignments if each.role == role)


def _terms(assignment: Assignment, then: Policy, names: Names) -> str:
    if assignment.teams is None:
        where = "everywhere"
    else:
        where = f"in {listed([names.team(team, then) for team in sorted(assignment.teams)]) or 'no team'}"
    since = f", from {day(assignment.since)}" if assignment.since is not None else ""
    until = f", until {day(assignment.until)}" if assignment.until is not None else ""
    return where + since + until


def _agent(id: str | None, names: Names) -> str:
    return "" if id is None else names.agent(id)


def _roles(ids: frozenset[str], names: Names) -> str:
    return listed([names.role(id) for id in sorted(ids)])


def _line(title: str, key: str, before: str, after: str) -> Iterator[Line]:
    if before != after:
        yield Line(_sign(before, after), _kind(before, after), title, key, before, after)


def _kind(before: str, after: str) -> str:
    return "same" if before and after else "gain" if after else "lose"


def _sign(before: str, after: str) -> str:
    return "±" if before and after else "+" if after else "−"

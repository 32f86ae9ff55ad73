"""Whether an edit makes sense at all, whoever makes it.

Not here: who may make it (refusals.py), what it would give (giving.py), how names
are spelled in text from outside (engine/names.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from roledesk.core.catalogue import ReachKind
from roledesk.core.changes import (
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
    merged,
)
from roledesk.core.draft import Draft
from roledesk.core.terms import LAST_MOMENT, Assignment, Role, Scope, Status

Skeleton = Callable[[str], str]

MOST_ASSIGNMENTS = 50
"""Each one's dates are moments at which everything that changes is judged again."""


class Refusal(NamedTuple):
    """One reason why a change may not be made; `where` names the place in it."""

    code: str
    message: str
    where: str = ""


def unsound(draft: Draft, edit: Edit, skeleton: Skeleton) -> Iterator[Refusal]:
    """What is wrong with `edit` on top of `draft`; nothing when it can be applied."""
    match edit:
        case Found():
            if draft.founded:
                yield Refusal("already_founded", "the organization exists already")
        case PutRole(role):
            yield from _put_role(draft, role, skeleton)
        case RemoveRole():
            yield from _remove_role(draft, edit)
        case PutTeam():
            yield from _put_team(draft, edit, skeleton)
        case RemoveTeam():
            yield from _remove_team(draft, edit)
        case PutAgent():
            yield from _put_agent(draft, edit)
        case SetAssignments():
            yield from _set_assignments(draft, edit)


def _put_role(draft: Draft, role: Role, skeleton: Skeleton) -> Iterator[Refusal]:
    where = f"role {role.id}"
    before = draft.roles.get(role.id)
    if draft.roles and (role.owner or (before is not None and before.owner)):
        owner_exists = any(each.owner for each in draft.roles.values())
        if owner_exists:
            yield Refusal(
                "owner_role_fixed", "the owner role holds everything and cannot be edited or copied", where
            )
    if f"role:{role.id}" in draft.retired:
        yield Refusal("id_retired", f"the id `{role.id}` belonged to a deleted role; choose another", where)
    yield from _twins(
        role.id, role.name, ((each.id, each.name) for each in draft.roles.values()), "role", skeleton
    )
    yield from _grants(draft, role, before)
    yield from _unknown(sorted(role.givers), draft.roles, "role", where)
    if role.steward is not None:
        yield from _unknown([role.steward], draft.agents, "agent", where)


def _twins(
    id: str, name: str, others: Iterable[tuple[str, str]], what: str, skeleton: Skeleton
) -> Iterator[Refusal]:
    """A second name that people could not tell from the first."""
    mine = skeleton(name)
    if not mine:
        yield Refusal("no_name", f"a {what} needs a name", f"{what} {id}")
    for other, taken in others:
        if other != id and skeleton(taken) == mine:
            yield Refusal(
                "name_taken",
                f"there is a {what} called `{taken}` already; choose another name",
                f"{what} {id}",
            )


def _grants(draft: Draft, role: Role, before: Role | None) -> Iterator[Refusal]:
    where = f"role {role.id}"
    for key, scope in role.grants.items():
        permission = draft.catalogue.permissions.get(key)
        kept = before is not None and before.grants.get(key) is scope
        if permission is None and not kept:
            yield Refusal(
                "unknown_permission", f"there is no permission `{key}`; see the permission reference", where
            )
        elif permission is not None and permission.reach is ReachKind.TOKEN:
            yield Refusal("token_only", f"`{key}` is for service tokens only; no role can hold it", where)
        elif permission is not None and scope not in permission.scopes:
            yield Refusal(
                "impossible_scope",
                f"`{key}` cannot be given at {_name(scope)}; {_choices(permission.scopes)}",
                where,
            )
        elif key in draft.reserved and not kept:
            yield Refusal("reserved", f"`{key}` is reserved for the owner in this organization", where)


def _name(scope: Scope) -> str:
    return f"`{scope.name.lower()}`"


def _choices(scopes: tuple[Scope, ...]) -> str:
    return "choose " + " or ".join(_name(scope) for scope in scopes)


def _remove_role(draft: Draft, edit: RemoveRole) -> Iterator[Refusal]:
    where = f"role {edit.role}"
    yield from _unknown([edit.role], draft.roles, "role", where)
    if edit.role not in draft.roles:
        return
    if draft.roles[edit.role].owner:
        yield Refusal("owner_role_fixed", "the owner role cannot be deleted", where)
    held = draft.count_holders(edit.role)
    if edit.holders is None and held:
        text = f"it is still held, by {held}; say whether to take it away, replace it or merge it"
        yield Refusal("role_held", text, where)
    if isinstance(edit.holders, ReplaceBy | MergeInto):
        yield from _successor(draft, edit.role, edit.holders)


def _successor(draft: Draft, role: str, holders: ReplaceBy | MergeInto) -> Iterator[Refusal]:
    where = f"role {role}"
    yield from _unknown([holders.role], draft.roles, "role", where)
    if holders.role == role:
        yield Refusal("same_role", "choose another role than the one being deleted", where)
    elif holders.role in draft.roles and draft.roles[holders.role].owner:
        yield Refusal(
            "owner_role_fixed", "a role cannot be replaced by the owner role or merged into it", where
        )
    elif isinstance(holders, MergeInto) and {role, holders.role} <= draft.roles.keys():
        into = draft.roles[holders.role]
        yield from _grants(draft, merged(into, draft.roles[role]), into)


def _put_team(draft: Draft, edit: PutTeam, skeleton: Skeleton) -> Iterator[Refusal]:
    team, where = edit.team, f"team {edit.team.id}"
    if f"team:{team.id}" in draft.retired:
        yield Refusal("id_retired", f"the id `{team.id}` belonged to a deleted team; choose another", where)
    yield from _twins(
        team.id, team.name, ((each.id, each.name) for each in draft.teams.values()), "team", skeleton
    )
    defaults = {each.id for each in draft.teams.values() if each.default}
    if defaults and team.default != (team.id in defaults):
        yield Refusal(
            "one_default_team", "an organization has exactly one default team, from its first day", where
        )


def _remove_team(draft: Draft, edit: RemoveTeam) -> Iterator[Refusal]:
    where = f"team {edit.team}"
    yield from _unknown([edit.team, edit.receiver], draft.teams, "team", where)
    if edit.team in draft.teams and draft.teams[edit.team].default:
        yield Refusal("one_default_team", "the default team cannot be deleted", where)
    if edit.team == edit.receiver:
        yield Refusal("same_team", "choose another team to receive what this one holds", where)


def _put_agent(draft: Draft, edit: PutAgent) -> Iterator[Refusal]:
    where = f"agent {edit.agent}"
    yield from _unknown(sorted(edit.teams), draft.teams, "team", where)
    if edit.type not in draft.catalogue.subjects:
        yield Refusal("unknown_type", f"there is no subject type `{edit.type}` in the catalogue", where)
    before = draft.agents.get(edit.agent)
    if before is not None and edit.status is Status.INVITED and before.status is not Status.INVITED:
        yield Refusal(
            "already_accepted",
            "somebody who has signed in cannot become invited again; deactivate him instead",
            where,
        )


def _set_assignments(draft: Draft, edit: SetAssignments) -> Iterator[Refusal]:
    where = f"agent {edit.agent}"
    yield from _unknown([edit.agent], draft.agents, "agent", where)
    if len(edit.assignments) > MOST_ASSIGNMENTS:
        text = f"an agent holds at most {MOST_ASSIGNMENTS} roles; these are {len(edit.assignments)}"
        yield Refusal("too_many_roles", text, where)
        return
    for assignment in edit.assignments:
        yield from _unknown([assignment.role], draft.roles, "role", where)
        yield from _unknown(sorted(assignment.teams or ()), draft.teams, "team", where)
        yield from _bounds(draft, assignment, where)


def _bounds(draft: Draft, assignment: Assignment, where: str) -> Iterator[Refusal]:
    since, until = assignment.since, assignment.until
    if not all(date is None or 0 <= date <= LAST_MOMENT for date in (since, until)):
        text = f"`{assignment.role}` has a date outside the years 1970 to 9999; leave it out"
        yield Refusal("no_date", text, where)
    if since is not None and until is not None and since >= until:
        yield Refusal(
            "dates_reversed", f"`{assignment.role}` would end before it begins; set a later end", where
        )
    role = draft.roles.get(assignment.role)
    if role is not None and role.owner and (assignment.is_dated or assignment.teams is not None):
        yield Refusal("owner_unbounded", "the owner role is given without teams and dates", where)


def _unknown(names: Iterable[str], known: Iterable[str], what: str, where: str) -> Iterator[Refusal]:
    present = known if isinstance(known, dict) else frozenset(known)
    for name in names:
        if name not in present:
            yield Refusal(f"unknown_{what}", f"there is no {what} `{name}`", where)

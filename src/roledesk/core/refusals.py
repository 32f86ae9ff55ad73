"""Why a change may not be made: every reason at once.

Three questions: is the edit sound (soundness.py), may `by` make this kind of edit
(the same rule as any other door), and could `by` himself give and take what the
change gives and takes, pair by pair, by whichever road.
Not here: writing the change down (engine/organization.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from roledesk.core.changes import (
    Change,
    Edit,
    Found,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    SetAssignments,
    apply_edit,
)
from roledesk.core.draft import Draft
from roledesk.core.giving import unearned
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Cut, Profile, compile_profile
from roledesk.core.soundness import Refusal, unsound
from roledesk.core.terms import OPERATOR, Resource, Status, Subject

__all__ = ["Refusal", "plain_skeleton", "refusals"]


def plain_skeleton(name: str) -> str:
    """The same for names that differ by case, width or spacing alone."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def refusals(
    policy: Policy,
    change: Change,
    *,
    by: Subject,
    because: str,
    now: float,
    skeleton: Callable[[str], str] = plain_skeleton,
) -> tuple[Refusal, ...]:
    """Every reason why `by` may not make `change` at `now`; empty when he may.

    `skeleton` maps names that look alike to the same text.
    """
    found: list[Refusal] = [*_not_a_start(policy, change)]
    draft, sound = Draft(policy), list[Edit]()
    profile, skeleton = _profile_of(policy, by, now), cache(skeleton)
    for edit in change.edits:
        problems = [*unsound(draft, edit, skeleton), *_closed_door(policy, draft, edit, by, profile)]
        found += problems
        if not problems:
            apply_edit(draft, edit)
            sound.append(edit)
    found += _missing_reason(change, because)
    after = draft.policy()
    found += unearned(policy, after, Change(tuple(sound)), by=by, now=now)
    if len(sound) == len(change.edits):
        found += _incomplete(after)
    return tuple(dict.fromkeys(found))


def _not_a_start(policy: Policy, change: Change) -> Iterator[Refusal]:
    if not change.edits:
        yield Refusal("no_edits", "there is nothing to change; name at least one edit")
    elif not policy.founded and not isinstance(change.edits[0], Found):
        yield Refusal("not_founded", "the organization does not exist yet; found it first")
    if any(isinstance(edit, Found) for edit in change.edits[1:]):
        yield Refusal("already_founded", "founding comes first and once")


def _missing_reason(change: Change, because: str) -> Iterator[Refusal]:
    needing = PutRole | RemoveRole | SetAssignments
    if not because.strip() and any(isinstance(edit, needing) for edit in change.edits):
        yield Refusal("missing_reason", "say why; the reason is kept in the history", "reason")


def _incomplete(after: Policy) -> Iterator[Refusal]:
    """What every organization always has: an owner who stays, and a default team."""
    if not any(team.default for team in after.teams.values()):
        yield Refusal(
            "one_default_team", "an organization has exactly one default team, from its first day", ""
        )
    undated = (
        agent
        for agent in after.owners()
        if any(
            after.roles[each.role].owner and not each.is_dated and each.teams is None
            for each in after.agents[agent].assignments
            if each.role in after.roles
        )
    )
    if next(undated, None) is None:
        yield Refusal(
            "last_owner",
            "an organization keeps at least one active owner; make somebody else owner first",
            "",
        )


def _closed_door(
    policy: Policy, draft: Draft, edit: Edit, by: Subject, profile: Profile
) -> Iterator[Refusal]:
    """The actions this kind of edit asks for and `by` may not take."""
    if by == OPERATOR or isinstance(edit, Found):
        if policy.founded or by != OPERATOR:
            yield Refusal(
                "not_founding", "only a new organization can be founded, by whoever runs the server", ""
            )
        return
    if _accepts_invitation(draft, edit, by):
        return
    for action, resource in _doors(policy, draft, edit):
        if not _is_open(policy, profile, by, action, resource):
            where = "" if resource is None else f"{resource.kind} {resource.id}"
            yield Refusal("closed_door", f"you may not do this here: it needs `{action}`", where)


def _accepts_invitation(draft: Draft, edit: Edit, by: Subject) -> bool:
    """An invited agent, known by his one-time link, becomes active himself and changes nothing else."""
    before = draft.agents.get(by.id)
    if before is None or not isinstance(edit, PutAgent) or edit.agent != by.id or by.is_cut:
        return False
    accepted = PutAgent(by.id, Status.ACTIVE, before.teams, type=before.type)
    return before.status is Status.INVITED and edit == accepted


def _profile_of(policy: Policy, by: Subject, now: float) -> Profile:
    standing = policy.agents.get(by.id, Standing()) if by.actions is None else Standing()
    return compile_profile(standing, policy.roles, policy.catalogue, now, Cut(by.permissions, by.teams))


def _is_open(policy: Policy, profile: Profile, by: Subject, action: str, resource: Resource | None) -> bool:
    if action not in policy.catalogue.actions:
        # A host's catalogue may do without our actions: then only owners change anything.
        return policy.is_owner(by.id) and not by.is_cut
    if resource is None:
        return action in profile.everywhere
    return profile.extent(action, None).covers(by.id, resource)


def _doors(policy: Policy, draft: Draft, edit: Edit) -> Iterator[tuple[str, Resource | None]]:
    match edit:
        case PutRole(role):
            yield ("role.edit" if role.id in draft.roles else "role.create"), None
        case RemoveRole():
            yield "role.delete", None
        case PutTeam(team):
            yield (
                ("team.edit" if team.id in draft.teams else "team.create"),
                Resource("team", team.id, team=team.id),
            )
        case RemoveTeam(team_id):
            yield "team.delete", Resource("team", team_id, team=team_id)
        case PutAgent():
            yield from _agent_doors(draft, edit)
        case SetAssignments(agent):
            # Whoever adds an agent says with which roles; what he may give is judged pair by pair all the same.
            action = "role.assign" if agent in policy.agents else "agent.create"
            yield from ((action, resource) for resource in _agent_resources(draft, agent))


def _agent_doors(draft: Draft, edit: PutAgent) -> Iterator[tuple[str, Resource | None]]:
    before = draft.agents.get(edit.agent)
    if before is None:
        teams = [Resource("agent", edit.agent, team=team) for team in sorted(edit.teams)]
        yield from (("agent.create", resource) for resource in teams or [Resource("agent", edit.agent)])
        return
    if edit.status is not before.status:
        action = "agent.deactivate" if edit.status is Status.DEACTIVATED else "agent.reactivate"
        yield from ((action, resource) for resource in _agent_resources(draft, edit.agent))
    if edit.status is before.status or (edit.teams, edit.type) != (before.teams, before.type):
        yield from (("agent.edit", resource) for resource in _agent_resources(draft, edit.agent))
        moved = sorted(edit.teams ^ before.teams)
        yield from (("agent.edit", Resource("agent", edit.agent, team=team)) for team in moved)


def _agent_resources(draft: Draft, agent: str) -> Iterator[Resource]:
    if agent in draft.agents:
        yield agent_resource(draft, agent)


def agent_resource(policy: Policy | Draft, agent: str) -> Resource:
    """An agent as something asked about: his own, and in every team of his."""
    return Resource("agent", agent, owner=agent, teams=policy.agents[agent].teams)


def role_resource(policy: Policy, role: str) -> Resource:
    """A role as something asked about: it can be given in every team, so it is in all of them."""
    return Resource("role", role, teams=frozenset(policy.teams))

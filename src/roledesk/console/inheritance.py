"""Who gains when a team is deleted: whoever reaches the team that receives what it held.

Nobody's roles change by that, so no comparison of policies finds it.
Not here: whether that may be (core/giving.py).
"""

from __future__ import annotations

from itertools import islice

from roledesk.console.effects import SHOWN_GROUPS, SHOWN_PEOPLE, Effect
from roledesk.console.names import read_names
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import grants_of
from roledesk.core.terms import Status
from roledesk.engine.guard import Guard
from roledesk.store.people import Within
from roledesk.web.visible import within


def heirs_of(guard: Guard, team: str, receiver: str) -> tuple[tuple[Effect, ...], int]:
    """Who gets to do what with the team's things once they are the receiver's: the largest groups, and how many."""
    policy = guard.organization.policy
    groups: dict[tuple[str, ...], list[str]] = {}
    for standing, agents in policy.members.items():
        # Nothing of the receiver's is reached by whom it does not concern: that spares looking at most agents.
        if standing.status is Status.ACTIVE and standing.mentions(receiver):
            groups.setdefault(_gained(guard, standing, team, receiver), []).extend(agents)
    groups.pop((), None)
    largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    shown = tuple(_effect(guard, titles, sorted(agents)) for titles, agents in largest[:SHOWN_GROUPS])
    return shown, sum(map(len, groups.values()))


def _gained(guard: Guard, standing: Standing, team: str, receiver: str) -> tuple[str, ...]:
    """What somebody who stands so may do in the receiving team and not in the deleted one, by title."""
    policy = guard.organization.policy
    profile = guard.organization.snapshot.profile(standing)
    roles = (policy.roles[role] for role in standing.roles if role in policy.roles)
    held = {
        permission.key for role in roles for permission, scope in grants_of(role, policy.catalogue) if scope
    }
    actions = {
        action
        for extents in profile.by_state.values()
        for action, extent in extents.items()
        if receiver in extent.teams and team not in extent.teams
    }
    openers = (each for action in actions for each in policy.catalogue.openers(action))
    return tuple(sorted({opener.title for opener in openers if opener.key in held}))


def _effect(guard: Guard, titles: tuple[str, ...], agents: list[str]) -> Effect:
    policy, covered = guard.organization.policy, within(guard, "agent.read")
    named = list(islice((agent for agent in agents if _is_named(policy, agent, covered)), SHOWN_PEOPLE))
    names = read_names(guard.organization, named)
    people = tuple(map(names.person, named))
    return Effect(people, len(agents) - len(named), titles)


def _is_named(policy: Policy, agent: str, covered: Within | None) -> bool:
    if covered is None or agent == covered.own:
        return True
    return not policy.agents[agent].teams.isdisjoint(covered.teams)

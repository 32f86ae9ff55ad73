"""The rule written down a second time: slow, plain, one check after the other.

Made from the words of the access model alone, to hold the real code against. It knows
the catalogue and the policy as data and compiles, indexes and remembers nothing. Not
here: reasons, and things in several teams at once whose kind has a viewing action.
"""

from collections.abc import Iterator

from roledesk.core.catalogue import Opening, Permission, ReachKind
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Subject

Bounds = list[frozenset[str]]


def allowed(policy: Policy, subject: Subject, action: str, resource: Resource | None, now: float) -> bool:
    if subject.actions is not None:
        return action in subject.actions
    needed = [action]
    if (view := viewing_action(policy, action)) is not None:
        needed.append(view)
    if resource is None:
        return all(
            has_reach_all(policy, subject, each, state, now)
            for each in needed
            for state in policy.catalogue.actions[action].states
        )
    states = policy.catalogue.kinds[resource.kind].states
    if states and resource.state not in states:
        return False
    state = resource.state if states else None
    return all(is_covered(policy, subject, each, state, resource, now) for each in needed)


def viewing_action(policy: Policy, action: str) -> str | None:
    """The action of seeing the thing, when `action` reaches no further than it."""
    kind = policy.catalogue.kinds[policy.catalogue.actions[action].kind]
    return None if action == kind.view or action in kind.beyond_view else kind.view


def has_reach_all(policy: Policy, subject: Subject, action: str, state: str | None, now: float) -> bool:
    return any(
        scope is Scope.ALL and not bounds for scope, bounds in scopes(policy, subject, action, state, now)
    )


def is_covered(
    policy: Policy, subject: Subject, action: str, state: str | None, resource: Resource, now: float
) -> bool:
    standing = policy.agents.get(subject.id, Standing())
    return any(
        reaches(scope, bounds, subject.id, standing.teams, resource)
        for scope, bounds in scopes(policy, subject, action, state, now)
    )


def reaches(scope: Scope, bounds: Bounds, agent: str, teams: frozenset[str], resource: Resource) -> bool:
    places = set(resource.teams)
    if resource.team is not None:
        places.add(resource.team)
    for bound in bounds:
        places &= bound
    if bounds and not places:
        return False
    if scope is Scope.ALL:
        return True
    if resource.owner == agent:
        return True
    return scope is Scope.TEAM and bool(places & teams)


def scopes(
    policy: Policy, subject: Subject, action: str, state: str | None, now: float
) -> Iterator[tuple[Scope, Bounds]]:
    """How far each active grant opens `action` in `state`, and within which bounds."""
    standing = policy.agents.get(subject.id)
    if standing is None or standing.status is not Status.ACTIVE:
        return
    for assignment in standing.assignments:
        role = policy.roles.get(assignment.role)
        if role is None or not in_force(assignment, now):
            continue
        bounds = [bound for bound in (assignment.teams, subject.teams) if bound is not None]
        for opening, ticked in openings(policy, role, subject.permissions, bounds):
            if opening.action == action and is_open(opening, state):
                yield scope_of(opening, ticked), bounds
        is_possible = state in policy.catalogue.actions[action].states
        if role.owner and is_possible and not bounds and subject.permissions is None:
            yield Scope.ALL, bounds


def openings(
    policy: Policy, role: Role, chosen: frozenset[str] | None, bounds: Bounds
) -> Iterator[tuple[Opening, Scope]]:
    for permission, ticked in ticks(policy, role):
        left_out = chosen is not None and permission.key not in chosen
        means_nothing = permission.reach is ReachKind.ORGANIZATION and bounds
        if not left_out and not means_nothing:
            for opening in permission.opens:
                yield opening, ticked


def in_force(assignment: Assignment, now: float) -> bool:
    if assignment.since is not None and now < assignment.since:
        return False
    return assignment.until is None or now < assignment.until


def ticks(policy: Policy, role: Role) -> Iterator[tuple[Permission, Scope]]:
    for permission in policy.catalogue.permissions.values():
        if role.owner and permission.scopes:
            yield permission, max(permission.scopes)
        elif not role.owner and permission.key in role.grants:
            yield permission, role.grants[permission.key]


def is_open(opening: Opening, state: str | None) -> bool:
    return opening.states is None or state in opening.states


def scope_of(opening: Opening, ticked: Scope) -> Scope:
    if opening.fixed is not None:
        return opening.fixed
    return opening.at_least if opening.at_least > ticked else ticked

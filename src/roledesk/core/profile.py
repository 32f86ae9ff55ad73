"""What one standing amounts to: grants compiled into extents.

This is the rule. An active agent's assignments in force each open actions in
states; extents of the same (action, state) pair are joined, never across pairs;
then every action on a kind with a viewing action is met with viewing in that
state.
Not here: asking (snapshot.py, decide.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from roledesk.core.catalogue import Action, Catalogue, Opening, Permission, ReachKind
from roledesk.core.policy import Standing
from roledesk.core.reach import EVERYWHERE, NOWHERE, Extent, extent
from roledesk.core.terms import Assignment, Grant, Resource, Role, Scope, Status

State = str | None
Extents = dict[State, dict[str, Extent]]
Roles = Mapping[str, Role]

EVERY_PERMISSION = "*"
"""The permission named by the owner role's grant, which needs no tick."""


@dataclass(frozen=True, slots=True)
class Deciders:
    """The grants that open an action in a state, or let one view what it is done to.

    `always` holds them all when none can be spared, whatever the resource: one opens
    it, and one at most lets one view.
    """

    grants: tuple[tuple[Grant, Extent], ...]
    always: tuple[Grant, ...]

    def of(self, agent: str, resource: Resource) -> tuple[Grant, ...]:
        """Those on which a yes to `agent` about `resource` rests, each once."""
        if self.always:
            return self.always
        return tuple(
            dict.fromkeys([grant for grant, extent in self.grants if extent.covers(agent, resource)])
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """What a personal token leaves of its owner's entitlements."""

    permissions: frozenset[str] | None = None
    teams: frozenset[str] | None = None

    def keeps(self, permission: str) -> bool:
        """Whether the token was made with `permission`."""
        return self.permissions is None or permission in self.permissions


def narrowed(bound: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """What two bounds leave together; None is unbounded."""
    if bound is None or other is None:
        return other if bound is None else bound
    return bound & other


WHOLE = Cut()


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The extents of a standing from `since` until `until`, for the roles it was compiled from.

    `everywhere` holds the actions allowed in the whole organization in every
    state; `by_state` the extent of each (state, action), nowhere left out.
    """

    standing: Standing
    cut: Cut
    roles: Roles
    moment: float
    since: float
    until: float
    valid_until: float | None
    dated: bool
    everywhere: frozenset[str]
    by_state: Mapping[State, Mapping[str, Extent]]
    deciders: dict[tuple[str, State], Deciders] = field(default_factory=dict)
    """Which grants each answer rests on; filled when a decision first needs it."""

    def still_holds(self, roles: Roles, now: float) -> bool:
        """Whether compiling anew at `now` would say the same."""
        same = self.roles is roles or all(
            self.roles.get(role) is roles.get(role) for role in self.standing.roles
        )
        return same and self.since <= now < self.until

    def extent(self, action: str, state: State) -> Extent:
        """Where `action` is allowed in `state`."""
        of_state = self.by_state.get(state)
        return NOWHERE if of_state is None else of_state.get(action, NOWHERE)

    def extents(self, action: str) -> Mapping[State, Extent]:
        """Where `action` is allowed, in each state in which it is allowed anywhere."""
        return {state: table[action] for state, table in self.by_state.items() if action in table}


def compile_profile(
    standing: Standing, roles: Roles, catalogue: Catalogue, now: float, cut: Cut = WHOLE
) -> Profile:
    """What `standing` is allowed at `now`, and until when that holds."""
    table: Extents = {}
    for _, action, state, part in parts(standing, roles, catalogue, now, cut):
        of_state = table.setdefault(state, {})
        of_state[action] = of_state.get(action, NOWHERE).joined(part)
    by_state = {state: _limited_by_viewing(extents, catalogue) for state, extents in table.items()}
    since, until = window(standing, now)
    wide = {name for extents in by_state.values() for name, extent in extents.items() if extent.everything}
    everywhere = frozenset(name for name in wide if _is_everywhere(catalogue.actions[name], by_state))
    dated, ends = (since, until) != (-inf, inf), until if until < inf else None
    return Profile(standing, cut, roles, now, since, until, ends, dated, everywhere, by_state)


def parts(
    standing: Standing, roles: Roles, catalogue: Catalogue, now: float, cut: Cut = WHOLE
) -> Iterator[tuple[Grant, str, State, Extent]]:
    """Every (grant, action, state) an active standing holds at `now`, and how far it goes by itself."""
    if standing.status is not Status.ACTIVE:
        return
    for assignment in standing.assignments:
        role = roles.get(assignment.role)
        if role is not None and assignment.is_active(now):
            bound = narrowed(assignment.teams, cut.teams)
            yield from _parts_of(role, assignment, standing, catalogue, bound, cut)


def _parts_of(
    role: Role,
    assignment: Assignment,
    standing: Standing,
    catalogue: Catalogue,
    bound: frozenset[str] | None,
    cut: Cut,
) -> Iterator[tuple[Grant, str, State, Extent]]:
    if role.owner and cut.permissions is None and bound is None:
        grant = Grant(role.id, EVERY_PERMISSION, Scope.ALL, until=assignment.until)
        for action in catalogue.actions.values():
            yield from ((grant, action.name, state, EVERYWHERE) for state in action.states)
        return
    for permission, scope in grants_of(role, catalogue):
        if (
            scope
            and cut.keeps(permission.key)
            and not (permission.reach is ReachKind.ORGANIZATION and bound is not None)
        ):
            grant = Grant(role.id, permission.key, scope, bound, assignment.until)
            for opening in permission.opens:
                part = opened_extent(opening, scope, standing.teams, bound)
                for state in states_of(opening, catalogue):
                    yield grant, opening.action, state, part


def grants_of(role: Role, catalogue: Catalogue) -> Iterator[tuple[Permission, Scope]]:
    """The permissions a role gives, each at its scope; the owner's at their widest."""
    if role.owner:
        yield from ((permission, permission.widest) for permission in catalogue.permissions.values())
        return
    for key, scope in role.grants.items():
        # A grant may outlive its permission's catalogue entry; it then opens nothing.
        if (permission := catalogue.permissions.get(key)) is not None:
            yield permission, scope


def opened_extent(
    opening: Opening, scope: Scope, teams: frozenset[str], bound: frozenset[str] | None
) -> Extent:
    """How far an opening goes for an agent of `teams` whose assignment is bounded to `bound`."""
    scope = opening.scope(scope)
    if scope is Scope.ALL:
        return EVERYWHERE if bound is None else extent(False, bound, False, frozenset())
    mine = teams if bound is None else teams & bound
    reached = mine if scope is Scope.TEAM else frozenset()
    return extent(False, reached, bound is None, frozenset() if bound is None else bound)


def states_of(opening: Opening, catalogue: Catalogue) -> tuple[State, ...]:
    """The states an opening is open in; every state of the kind when it names none."""
    if opening.states is not None:
        return tuple(sorted(opening.states))
    return catalogue.kinds[catalogue.actions[opening.action].kind].states or (None,)


def _limited_by_viewing(extents: dict[str, Extent], catalogue: Catalogue) -> dict[str, Extent]:
    """Each extent met with its viewing action's, nowhere left out."""
    limited = {}
    for name, part in extents.items():
        viewed_by = catalogue.actions[name].viewed_by
        seen = part if viewed_by is None else part.met(extents.get(viewed_by, NOWHERE))
        if seen != NOWHERE:
            limited[name] = seen
    return limited


def _is_everywhere(action: Action, by_state: Mapping[State, Mapping[str, Extent]]) -> bool:
    nothing: dict[str, Extent] = {}
    return all(by_state.get(state, nothing).get(action.name, NOWHERE).everything for state in action.states)


def fill_deciders(profile: Profile, catalogue: Catalogue) -> None:
    """Note for each pair the grants that open it, and those that let one view what it is done to."""
    found: dict[tuple[str, State], dict[tuple[Grant, Extent], None]] = {}
    for grant, action, state, part in parts(
        profile.standing, profile.roles, catalogue, profile.moment, profile.cut
    ):
        found.setdefault((action, state), {})[grant, part] = None
    filled: dict[tuple[str, State], Deciders] = {}
    for (action, state), openers in found.items():
        viewed_by = catalogue.actions[action].viewed_by
        viewers = {} if viewed_by is None else found.get((viewed_by, state), {})
        held = tuple({**openers, **viewers})
        needed = len(openers) == 1 and len(viewers) <= 1
        filled[action, state] = Deciders(held, tuple(dict(held)) if needed else ())
    # At one stroke: another thread takes whatever it finds here for all of it.
    profile.deciders.update(filled)


def window(standing: Standing, now: float) -> tuple[float, float]:
    """The moments between which the same assignments are in force as at `now`."""
    edges = boundaries(standing)
    return max((edge for edge in edges if edge <= now), default=-inf), min(
        (e for e in edges if e > now), default=inf
    )


def boundaries(standing: Standing) -> tuple[float, ...]:
    """The moments at which one of its assignments begins or ends, in order."""
    dates = {date for assignment in standing.assignments for date in (assignment.since, assignment.until)}
    return tuple(sorted(date for date in dates if date is not None))

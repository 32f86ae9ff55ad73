"""Who gains and who loses what, from comparing two policies.

There is no second engine: a preview is the change applied and the difference
looked at, so a preview equals the effect.
Not here: whether the change may be made (refusals.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Profile, boundaries, compile_profile
from roledesk.core.reach import NOWHERE, Extent
from roledesk.core.snapshot import NOBODY
from roledesk.core.terms import Status


class Pair(NamedTuple):
    """One action in one state, and how far."""

    action: str
    state: str | None
    extent: Extent


@dataclass(frozen=True, slots=True)
class Effect:
    """What these agents gain and lose alike; `extent` is only the part that is new or gone."""

    agents: tuple[str, ...]
    gains: tuple[Pair, ...]
    losses: tuple[Pair, ...]


class Shift(NamedTuple):
    """Agents whose reach of one action changes alike, with how far it goes in each state."""

    agents: frozenset[str]
    before: Mapping[str | None, Extent]
    after: Mapping[str | None, Extent]


class Move(NamedTuple):
    """Agents who stood at `before` and stand at `after`, or whose roles changed under them."""

    before: Standing
    after: Standing
    agents: frozenset[str]


def effects(before: Policy, after: Policy, *, now: float) -> tuple[Effect, ...]:
    """Everybody whose reach differs at `now`, grouped by what differs; the largest group first."""
    alike: dict[tuple[tuple[Pair, ...], tuple[Pair, ...]], list[str]] = {}
    for move in moves(before, after):
        old = compile_profile(move.before, before.roles, before.catalogue, now)
        new = compile_profile(move.after, after.roles, after.catalogue, now)
        if (difference := (gained(old, new), gained(new, old))) != ((), ()):
            alike.setdefault(difference, []).extend(move.agents)
    found = (Effect(tuple(sorted(agents)), *difference) for difference, agents in alike.items())
    return tuple(sorted(found, key=lambda effect: (-len(effect.agents), effect.agents)))


def shifts(action: str, before: Policy, after: Policy, *, now: float) -> Iterator[Shift]:
    """Everybody whose reach of `action` differs at `now`."""
    for move in moves(before, after):
        old = compile_profile(move.before, before.roles, before.catalogue, now).extents(action)
        new = compile_profile(move.after, after.roles, after.catalogue, now).extents(action)
        if old != new:
            yield Shift(move.agents, old, new)


def moves(before: Policy, after: Policy) -> Iterator[Move]:
    """The agents a change touched, with where they stood; costs nothing for the rest."""
    roles = {
        role for role in (*before.roles, *after.roles) if before.roles.get(role) != after.roles.get(role)
    }
    same = after.members is before.members
    for standing, agents in after.members.items():
        known = agents if same else before.members.get(standing, frozenset())
        stayed = agents if known is agents else known & agents
        if stayed and not roles.isdisjoint(standing.roles):
            yield Move(standing, standing, stayed)
        if known is not agents:
            yield from moves_to(standing, agents - known, before)


def moves_to(standing: Standing, agents: frozenset[str], before: Policy) -> Iterator[Move]:
    """How `agents`, who now stand at `standing`, came there; a stay is a move as well."""
    origins: dict[Standing, set[str]] = {}
    for agent in agents:
        origins.setdefault(before.agents.get(agent, NOBODY), set()).add(agent)
    yield from (Move(origin, standing, frozenset(group)) for origin, group in origins.items())


def gained(old: Profile, new: Profile) -> tuple[Pair, ...]:
    """What `new` allows and `old` does not, in order of action and state."""
    found = [
        Pair(action, state, more)
        for state, extents in new.by_state.items()
        for action, extent in extents.items()
        if (more := extent.without(old.extent(action, state))) != NOWHERE
    ]
    return tuple(sorted(found, key=lambda pair: (pair.action, pair.state or "")))


def moments(move: Move, now: float) -> tuple[float, ...]:
    """Now, and every later moment at which time alone changes what these agents hold."""
    later = {edge for standing in (move.before, move.after) for edge in boundaries(standing) if edge > now}
    return (now, *sorted(later))


def later_moments(before: Policy, after: Policy, *, now: float) -> tuple[float, ...]:
    """The moments after `now` at which the change takes a further effect by itself."""
    return tuple(sorted({moment for move in moves(before, after) for moment in moments(move, now)[1:]}))


def as_if_active(standing: Standing) -> Standing:
    """What an invitation promises counts as held; what a deactivated agent held does not."""
    return replace(standing, status=Status.ACTIVE) if standing.status is Status.INVITED else standing

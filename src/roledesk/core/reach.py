"""How far an entitlement goes: extents, and how they join, meet and differ.

An Extent is where one (action, state) pair is allowed: everywhere, or in some
teams, plus what the agent owns. A Reach is an agent's extents of one action in
every state: what a list is filtered by.
Not here: how grants become extents (profile.py), SQL (store/predicates.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from roledesk.core.terms import Resource

NO_TEAMS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Extent:
    """Where one action is allowed in one state; the default is nowhere.

    `own` covers whatever the agent owns, `own_within` only what he owns in those
    teams. Made by `extent`, which keeps one form for each meaning.
    """

    everything: bool = False
    teams: frozenset[str] = NO_TEAMS
    own: bool = False
    own_within: frozenset[str] = NO_TEAMS

    def covers(self, agent: str, resource: Resource | None) -> bool:
        """Whether it includes `resource` for `agent`; None is the organization itself."""
        if self.everything:
            return True
        if resource is None:
            return False
        if resource.team in self.teams:
            return True
        if resource.owner == agent and (self.own or resource.within(self.own_within)):
            return True
        return bool(resource.teams) and resource.within(self.teams)

    def joined(self, other: Extent) -> Extent:
        """Where either allows."""
        return extent(
            self.everything or other.everything,
            self.teams | other.teams,
            self.own or other.own,
            self.own_within | other.own_within,
        )

    def met(self, other: Extent) -> Extent:
        """Where both allow: exactly so for things in one team, never further for things in several."""
        if self.everything:
            return other
        if other.everything:
            return self
        owned = self.owned if other.own else other.owned if self.own else self.owned & other.owned
        return extent(False, self.teams & other.teams, self.own and other.own, owned)

    @property
    def owned(self) -> frozenset[str]:
        """The teams in which it covers the agent's own things, `own` aside."""
        return self.teams | self.own_within

    def without(self, other: Extent) -> Extent:
        """The part of this one that lies outside `other`; empty when `other` holds it all."""
        if other.everything:
            return NOWHERE
        if self.everything:
            return self
        own_within = NO_TEAMS if other.own else self.own_within - other.owned
        return extent(False, self.teams - other.teams, self.own and not other.own, own_within)


def extent(everything: bool, teams: frozenset[str], own: bool, own_within: frozenset[str]) -> Extent:
    """The one form of this meaning: what a wider part covers is not said twice."""
    if everything:
        return EVERYWHERE
    return Extent(False, teams, own, NO_TEAMS if own else own_within - teams)


NOWHERE = Extent()
EVERYWHERE = Extent(everything=True)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far `agent` may go with `action`, by the resource's state.

    `by_state` has the key None for a kind without states. Empty, and false, when
    the action is allowed nowhere. `also` is another agent's reach that must cover a thing
    as well: what one sees of what another sees.
    """

    agent: str
    action: str
    by_state: Mapping[str | None, Extent] = field(default_factory=dict)
    also: Reach | None = None

    def __bool__(self) -> bool:
        return any(extent != NOWHERE for extent in self.by_state.values())

    def covers(self, resource: Resource) -> bool:
        """Whether it includes `resource`: the same answer as `decide`, for a live event."""
        state = None if None in self.by_state else resource.state
        covered = self.by_state.get(state, NOWHERE).covers(self.agent, resource)
        return covered and (self.also is None or self.also.covers(resource))

    @property
    def everything(self) -> bool:
        """Whether it covers the whole organization, in each state in which it covers anything."""
        wide = bool(self.by_state) and all(extent.everything for extent in self.by_state.values())
        return wide and (self.also is None or self.also.everything)

    def seen_by(self, other: Reach) -> Reach:
        """The part of it that `other`, which may be another agent's, covers as well."""
        both = {state: extent for state, extent in self.by_state.items() if state in other.by_state}
        return Reach(self.agent, self.action, both, other)

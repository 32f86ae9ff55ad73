"""A policy that can be asked.

A Snapshot is one organization's policy at one revision. It never changes; a new
revision makes a new Snapshot, which shares everything that did not change. What a
standing amounts to is compiled at the first question and kept until a role in it
changes or one of its dates passes.
Not here: answers with reasons (decide.py), questions asked backwards (search.py),
keeping it fresh (engine/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Cut, Deciders, Profile, compile_profile, fill_deciders
from roledesk.core.reach import EVERYWHERE, NOWHERE, Extent
from roledesk.core.terms import Resource, Revision, Subject
from roledesk.errors import KindMismatchError

NOBODY = Standing()


class Snapshot:
    """One organization's policy at one revision, indexed for questions.

    `clock` gives the moment of a question, in seconds since 1970 UTC; it is read
    only for agents who hold something that starts or ends by itself.
    """

    __slots__ = ("_actions", "_agents", "_cuts", "_roles", "catalogue", "clock", "policy", "revision")

    def __init__(self, policy: Policy, revision: Revision, clock: Callable[[], float]) -> None:
        self.policy = policy
        self.revision = revision
        self.clock = clock
        self.catalogue = policy.catalogue
        self._agents = policy.agents
        self._roles = policy.roles
        self._actions = policy.catalogue.actions
        self._cuts: dict[tuple[Standing, Cut], Profile] = {}

    def allows(self, agent: str | Subject, action: str, resource: Resource | None = None) -> bool:
        """Whether `agent` may take `action` on `resource`; without one, on the organization itself.

        The same answer as `decide`, without the reasons. False for an unknown agent.
        Raises UnknownActionError.
        """
        try:
            profile = self._agents[agent].memo  # type: ignore[index]  # a Subject is never a key
        except KeyError:
            return self._allows_subject(agent, action, resource)
        if (
            profile is None
            or profile.roles is not self._roles
            or (profile.dated and not profile.since <= self.clock() < profile.until)
        ):
            profile = self.profile(self._agents[agent])  # type: ignore[index]
        if resource is None:
            return action in profile.everywhere or (action not in self._actions and self._refuses(action))
        known = self._actions.get(action)
        if known is None or resource.kind != known.kind:
            self.state_of(action, resource)
            return False
        extents = profile.by_state.get(resource.state if known.has_states else None)
        extent = None if extents is None else extents.get(action)
        if extent is None:
            return False
        # `extent.covers`, written out for the common case of a resource in one team.
        return (
            extent.everything
            or resource.team in extent.teams
            or (resource.owner == agent and (extent.own or resource.team in extent.own_within))
            or (bool(resource.teams) and extent.covers(agent, resource))  # type: ignore[arg-type]
        )

    def standing(self, subject: Subject) -> Standing:
        """Where the subject stands; with nothing at all for an unknown one or a service token."""
        return self._agents.get(subject.id, NOBODY) if subject.actions is None else NOBODY

    def profile(self, standing: Standing, now: float | None = None) -> Profile:
        """What `standing` is allowed at `now`, by default the moment of the question."""
        profile = standing.memo
        if profile is not None and profile.roles is self._roles and not profile.dated:
            return profile
        now = self.clock() if now is None else now
        if profile is None or not profile.still_holds(self._roles, now):
            profile = compile_profile(standing, self._roles, self.catalogue, now)
        elif profile.roles is self._roles:
            return profile
        else:
            profile = replace(profile, roles=self._roles)
        object.__setattr__(standing, "memo", profile)
        return profile

    def extent(self, subject: Subject, action: str, state: str | None, now: float | None = None) -> Extent:
        """Where `subject` may take `action` in `state`."""
        if subject.actions is not None:
            return EVERYWHERE if action in subject.actions else NOWHERE
        return self.profile_of(subject, now).extent(action, state)

    def profile_of(self, subject: Subject, now: float | None = None) -> Profile:
        """What `subject` is allowed: an agent's profile, cut when asked through a personal token."""
        standing = self.standing(subject)
        if subject.permissions is None and subject.teams is None:
            profile = standing.memo
            if profile is not None and profile.roles is self._roles and not profile.dated:
                return profile
            return self.profile(standing, now)
        return self._cut_profile(standing, Cut(subject.permissions, subject.teams), now)

    def state_of(self, action: str, resource: Resource | None) -> str | None:
        """The state that matters for `action`: None for a kind without states.

        Raises UnknownActionError, UnknownKindError, KindMismatchError.
        """
        known = self._actions.get(action) or self.catalogue.get_action(action)
        if resource is None:
            return None
        if resource.kind != known.kind:
            raise KindMismatchError(action, known.kind, self.catalogue.get_kind(resource.kind).name)
        return resource.state if known.has_states else None

    def deciders(self, profile: Profile) -> Mapping[tuple[str, str | None], Deciders]:
        """Which grants each of the profile's answers rests on."""
        if not profile.deciders:
            fill_deciders(profile, self.catalogue)
        return profile.deciders

    def allows_everywhere(self, subject: Subject, action: str, now: float | None = None) -> bool:
        """Whether `subject` may take `action` on the organization itself."""
        if subject.actions is not None:
            return action in subject.actions
        return action in self.profile_of(subject, now).everywhere

    def _cut_profile(self, standing: Standing, cut: Cut, now: float | None) -> Profile:
        now = self.clock() if now is None else now
        profile = self._cuts.get((standing, cut))
        if profile is None or not profile.since <= now < profile.until:
            profile = compile_profile(standing, self._roles, self.catalogue, now, cut)
            self._cuts[standing, cut] = profile
        return profile

    def _allows_subject(self, agent: str | Subject, action: str, resource: Resource | None) -> bool:
        state = self.state_of(action, resource)
        if isinstance(agent, str):
            return False
        if resource is None:
            return self.allows_everywhere(agent, action)
        return self.extent(agent, action, state).covers(agent.id, resource)

    def _refuses(self, action: str) -> bool:
        self.catalogue.get_action(action)
        return False

"""Who gains and who loses by a change, in titles and names instead of actions and ids.

Agents to whom the same happens are told of together. Whoever may not read an agent is
not told his name; he is counted all the same.
Not here: finding the effects (core/effects.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from roledesk.console.names import Names, Person, read_names
from roledesk.console.wording import reach_words
from roledesk.core import effects as core
from roledesk.core.catalogue import Permission, ReachKind
from roledesk.core.effects import Pair
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Profile, compile_profile, grants_of
from roledesk.core.snapshot import NOBODY
from roledesk.core.terms import Scope
from roledesk.engine.guard import Guard
from roledesk.engine.organization import MOST_REACHED, Preview
from roledesk.store.people import Within
from roledesk.web import phrases
from roledesk.web.visible import within

SHOWN_GROUPS = 6
SHOWN_PEOPLE = 4
SHOWN_PAIRS = 8
TOLD = 40
"""How many different effects are looked at; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to some agents alike; `others` of them are not named."""

    people: tuple[Person, ...]
    others: int
    phrases: tuple[str, ...]

    @property
    def pairs(self) -> tuple[str, ...]:
        """What is shown at once."""
        return self.phrases[:SHOWN_PAIRS]

    @property
    def rest(self) -> tuple[str, ...]:
        """What is shown to who asks for it."""
        return self.phrases[SHOWN_PAIRS:]

    @property
    def count(self) -> int:
        """How many agents it happens to."""
        return len(self.people) + self.others


@dataclass(frozen=True, slots=True)
class Outcome:
    """The largest groups that gain and lose, and how many agents do in all."""

    gains: tuple[Effect, ...]
    losses: tuple[Effect, ...]
    gain_count: int
    lose_count: int


def outcome_of(guard: Guard, preview: Preview) -> Outcome:
    """What `preview` found, as far as `guard` may read it."""
    gaining = [effect for effect in preview.effects if effect.gains]
    losing = [effect for effect in preview.effects if effect.losses]
    policy = guard.organization.policy
    teller = _Teller(preview.before, preview.after, Names(policy, {}), guard.organization.clock())
    gains, losses = teller.groups(gaining, gains=True), teller.groups(losing, gains=False)
    covered = within(guard, "agent.read")
    people = {group: _readable(group.agents, preview.after, covered) for group in (*gains, *losses)}
    names = read_names(guard.organization, {agent for agents in people.values() for agent in agents})
    return Outcome(
        tuple(group.told(people[group], names) for group in gains),
        tuple(group.told(people[group], names) for group in losses),
        count(gaining),
        count(losing),
    )


def reached_words(guard: Guard, preview: Preview) -> tuple[str, ...]:
    """How many conversations come into somebody's reach and leave it; nothing when none does."""
    found = guard.organization.reached(preview, by=guard)
    parts = ((each, each.gained, "becomes reachable", "become reachable") for each in found)
    lost = ((each, each.lost, "leaves their reach", "leave their reach") for each in found)
    return tuple(
        f"{_number(number, each.kind)} {one if number == 1 else many}"
        for each, number, one, many in (*parts, *lost)
        if number
    )


def _number(number: int, noun: str) -> str:
    return f"{MOST_REACHED:,}+ {noun}s" if number > MOST_REACHED else phrases.count(number, noun)


def count(effects: Iterable[core.Effect]) -> int:
    """How many agents these effects are about."""
    return sum(len(effect.agents) for effect in effects)


def _readable(agents: Sequence[str], policy: Policy, covered: Within | None) -> tuple[str, ...]:
    """The first few of `agents` that may be named."""
    if covered is None:
        return tuple(agents[:SHOWN_PEOPLE])
    known = (
        agent
        for agent in agents
        if agent == covered.own or not policy.agents[agent].teams.isdisjoint(covered.teams)
    )
    return tuple(agent for agent, _ in zip(known, range(SHOWN_PEOPLE), strict=False))


@dataclass(frozen=True, slots=True)
class _Group:
    """Agents of whom the same is said."""

    agents: tuple[str, ...]
    phrases: tuple[str, ...]

    def told(self, people: tuple[str, ...], names: Names) -> Effect:
        return Effect(tuple(map(names.person, people)), len(self.agents) - len(people), self.phrases)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Turns pairs into phrases by looking at one agent before and after."""

    before: Policy
    after: Policy
    names: Names
    now: float

    def groups(self, effects: Sequence[core.Effect], *, gains: bool) -> list[_Group]:
        """The agents of whom the same is said, the largest groups first."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for effect in effects[:TOLD]:
            agent = effect.agents[0]
            old, new = self.before.agents.get(agent, NOBODY), self.after.agents.get(agent, NOBODY)
            pairs = effect.gains if gains else effect.losses
            phrases = tuple(self._phrases(pairs, old, new, gains=gains).values())
            alike.setdefault(phrases, []).extend(effect.agents)
        groups = [_Group(tuple(agents), phrases) for phrases, agents in alike.items()]
        return sorted(groups, key=lambda group: -len(group.agents))[:SHOWN_GROUPS]

    def _phrases(
        self, pairs: Iterable[Pair], old: Standing, new: Standing, *, gains: bool
    ) -> Mapping[str, str]:
        """One phrase for each permission, by its title."""
        was, becomes = self._compiled(old, self.before), self._compiled(new, self.after)
        held, kept = _held(old, self.before), _held(new, self.after)
        changed = [key for key in {**held, **kept} if held.get(key) != kept.get(key)]
        preferred = (*changed, *(kept if gains else held))
        phrases: dict[str, str] = {}
        for title, permission, pair in sorted(self._titled(pairs, preferred), key=self._by_main_action):
            before = reach_words(was.extent(pair.action, pair.state), old.teams, self.names)
            after = reach_words(becomes.extent(pair.action, pair.state), new.teams, self.names)
            phrases.setdefault(title, _phrase(title, permission, before, after))
        return phrases

    def _titled(
        self, pairs: Iterable[Pair], preferred: Sequence[str]
    ) -> Iterator[tuple[str, Permission | None, Pair]]:
        """Each pair with the permission that most likely brought it about."""
        for pair in pairs:
            openers = {each.key: each for each in self.after.catalogue.openers(pair.action)}
            found = [openers[key] for key in (*preferred, *openers) if key in openers]
            mainly = [each for each in found if each.key in preferred and self._main(each) == pair.action]
            best = next(iter((*mainly, *found)), None)
            yield (pair.action if best is None else best.title, best, pair)

    def _main(self, permission: Permission) -> str:
        """What a permission is about: its first action that is more than viewing."""
        actions = [each.action for each in permission.opens]
        return next((each for each in actions if self.after.catalogue.actions[each].viewed_by), actions[0])

    def _by_main_action(self, titled: tuple[str, Permission | None, Pair]) -> tuple[str, bool]:
        title, permission, pair = titled
        return title, permission is not None and pair.action != self._main(permission)

    def _compiled(self, standing: Standing, policy: Policy) -> Profile:
        return compile_profile(standing, policy.roles, policy.catalogue, self.now)


def _held(standing: Standing, policy: Policy) -> dict[str, Scope]:
    """The widest scope of each permission among the standing's roles."""
    widest: dict[str, Scope] = {}
    for role in standing.roles:
        if role in policy.roles:
            for permission, scope in grants_of(policy.roles[role], policy.catalogue):
                widest[permission.key] = max(scope, widest.get(permission.key, Scope.NONE))
    return widest


def _phrase(title: str, permission: Permission | None, before: str, after: str) -> str:
    if not after:
        return f"{title}: no longer"
    if permission is None or permission.reach is not ReachKind.SCOPED:
        return title
    return f"{title}: {before} → {after}" if before and before != after else f"{title}: {after}"

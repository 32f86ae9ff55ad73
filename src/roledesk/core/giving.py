"""Nobody gives what he does not hold, by whichever road.

Judged on concrete pairs: for every agent a change touches, at every moment it
makes a difference, what he holds after minus before must lie within what the
giver holds without dates; what he loses likewise; and nobody widens himself.
Not here: whether the edit is sound or its door open (soundness.py, refusals.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from roledesk.core.changes import Change, PutRole, RemoveTeam
from roledesk.core.effects import Move, Pair, as_if_active, gained, moments, moves
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import Cut, Profile, compile_profile
from roledesk.core.reach import NOWHERE, Extent, extent
from roledesk.core.soundness import Refusal
from roledesk.core.terms import OPERATOR, Status, Subject

SHOWN = 3
"""How many pairs a refusal names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Giver:
    """What somebody may give and take: his undated entitlements, and roles he was named a giver of."""

    subject: Subject
    profile: Profile
    assigns: Extent
    owner: bool
    lendable: frozenset[str]


def unearned(
    before: Policy, after: Policy, change: Change, *, by: Subject, now: float
) -> tuple[Refusal, ...]:
    """What the change gives or takes beyond what `by` holds; `after` is `before` with it applied."""
    if by == OPERATOR:
        return ()
    giver = giver_of(before, by, now)
    found = [*_givers_named(before, change, giver), *_received(before, change, giver, now)]
    for move in moves(before, after):
        found += _judged(move, before, after, giver, now)
    return tuple(found)


def giver_of(policy: Policy, by: Subject, now: float) -> Giver:
    """What `by` may give under `policy`."""
    standing = _undated(policy.agents.get(by.id, Standing()) if by.actions is None else Standing())
    profile = compile_profile(standing, policy.roles, policy.catalogue, now, Cut(by.permissions, by.teams))
    held = frozenset(standing.roles) if by.permissions is None and by.teams is None else frozenset()
    lendable = frozenset(role.id for role in policy.roles.values() if not held.isdisjoint(role.givers))
    owner = policy.is_owner(by.id) and bool(held)
    return Giver(by, profile, profile.extent("role.assign", None), owner, lendable)


def may_manage(policy: Policy, by: Subject, agent: str, *, now: float) -> bool:
    """Whether `agent` holds nothing, now or later, that `by` does not hold without dates.

    Asked before resetting a password, changing sign-in data, or ending sign-ins and
    tokens; about oneself it is always so.
    """
    if by.id == agent:
        return True
    giver = giver_of(policy, by, now)
    standing = as_if_active(policy.agents[agent])
    move = Move(Standing(), standing, frozenset((agent,)))
    return not (policy.includes_owner(standing) and not giver.owner) and not any(
        _beyond(gained(NOTHING, _compiled(standing, policy, moment)), giver.profile.by_state)
        for moment in moments(move, now)
    )


def _undated(standing: Standing) -> Standing:
    return replace(standing, assignments=tuple(each for each in standing.assignments if not each.is_dated))


def _compiled(standing: Standing, policy: Policy, moment: float) -> Profile:
    return compile_profile(as_if_active(standing), policy.roles, policy.catalogue, moment)


NOTHING = Profile({}, 0.0, 0.0, 0.0, True, frozenset(), {})


def _judged(move: Move, before: Policy, after: Policy, giver: Giver, now: float) -> Iterator[Refusal]:
    gains: dict[Pair, None] = {}
    losses: dict[Pair, None] = {}
    for moment in moments(move, now):
        old, new = _compiled(move.before, before, moment), _compiled(move.after, after, moment)
        gains |= dict.fromkeys(gained(old, new))
        losses |= dict.fromkeys(gained(new, old))
    yield from _owners_only(move, before, after, giver)
    yield from _gains_refused(move, after, tuple(gains), giver, now)
    others = move.agents - {giver.subject.id}
    if others and (beyond := _beyond(losses, giver.profile.by_state)):
        yield _refusal("beyond_taker", "you cannot take away what you do not hold", others, beyond, before)


def _owners_only(move: Move, before: Policy, after: Policy, giver: Giver) -> Iterator[Refusal]:
    if giver.owner:
        return
    if before.includes_owner(move.before) or after.includes_owner(move.after):
        yield Refusal("owners_only", "only an owner can make, change or unmake an owner", _named(move.agents))


def _gains_refused(
    move: Move, after: Policy, gains: Iterable[Pair], giver: Giver, now: float
) -> Iterator[Refusal]:
    gains = tuple(gains)
    if gains and giver.subject.id in move.agents:
        yield _refusal("widens_self", "you cannot widen your own access", {giver.subject.id}, gains, after)
    others = move.agents - {giver.subject.id}
    beyond = _beyond(gains, giver.profile.by_state) if others else ()
    if beyond and giver.lendable:
        beyond = _beyond(beyond, _lent(move.after, after, giver, now))
    if beyond:
        yield _refusal("beyond_giver", "you cannot give what you do not hold", others, beyond, after)


def _lent(standing: Standing, after: Policy, giver: Giver, now: float) -> dict[str | None, dict[str, Extent]]:
    """What the giver holds, joined with the roles he was named a giver of, as this agent would hold them."""
    within = standing.teams if giver.assigns.everything else standing.teams & giver.assigns.teams
    roles = tuple(each for each in standing.assignments if each.role in giver.lendable)
    bounded = tuple(
        replace(each, since=None, until=None, teams=_bound(each.teams, giver.assigns)) for each in roles
    )
    lent = compile_profile(
        Standing(Status.ACTIVE, within, bounded), after.roles, after.catalogue, now
    ).by_state
    states = {*lent, *giver.profile.by_state}
    return {state: _joined(lent.get(state, {}), giver.profile.by_state.get(state, {})) for state in states}


def _bound(teams: frozenset[str] | None, assigns: Extent) -> frozenset[str] | None:
    if assigns.everything:
        return teams
    return assigns.teams if teams is None else teams & assigns.teams


def _joined(one: Mapping[str, Extent], other: Mapping[str, Extent]) -> dict[str, Extent]:
    return {action: one.get(action, NOWHERE).joined(other.get(action, NOWHERE)) for action in {*one, *other}}


def _beyond(pairs: Iterable[Pair], held: Mapping[str | None, Mapping[str, Extent]]) -> tuple[Pair, ...]:
    """The part of `pairs` that lies outside what is held."""
    rest = (
        pair._replace(extent=pair.extent.without(held.get(pair.state, {}).get(pair.action, NOWHERE)))
        for pair in pairs
    )
    return tuple(pair for pair in rest if pair.extent != NOWHERE)


def _givers_named(before: Policy, change: Change, giver: Giver) -> Iterator[Refusal]:
    for edit in change.edits:
        if isinstance(edit, PutRole) and not giver.owner:
            known = before.roles.get(edit.role.id)
            if edit.role.givers != (frozenset() if known is None else known.givers):
                yield Refusal(
                    "owners_only", "only an owner names who may give a role", f"role {edit.role.id}"
                )


def _received(before: Policy, change: Change, giver: Giver, now: float) -> Iterator[Refusal]:
    """Deleting a team gives what it held to whoever reaches the receiving team."""
    for edit in change.edits:
        if isinstance(edit, RemoveTeam):
            for standing, agents in before.members.items():
                if gains := _inherited(_compiled(standing, before, now), edit):
                    yield from _gains_refused(Move(standing, standing, agents), before, gains, giver, now)


def _inherited(profile: Profile, edit: RemoveTeam) -> tuple[Pair, ...]:
    """What somebody who reaches the receiver, but not the deleted team, gains."""
    moved = frozenset((edit.team,))
    return tuple(
        Pair(action, state, extent(False, moved, False, frozenset()))
        for state, extents in profile.by_state.items()
        for action, part in extents.items()
        if edit.receiver in part.teams and edit.team not in part.teams
    )


def _refusal(code: str, text: str, agents: Iterable[str], pairs: tuple[Pair, ...], policy: Policy) -> Refusal:
    named = ", ".join(_spelled(pair, policy) for pair in pairs[:SHOWN])
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return Refusal(code, f"{text}: {named}{more}", _named(agents))


def _named(agents: Iterable[str]) -> str:
    names = sorted(agents)
    return f"agent {names[0]}" if len(names) == 1 else f"{len(names)} agents"


def _spelled(pair: Pair, policy: Policy) -> str:
    openers = policy.catalogue.openers(pair.action)
    title = openers[0].title if openers else pair.action
    state = f" while {pair.state}" if pair.state else ""
    return f"{title} (`{pair.action}`{state}, {spelled_extent(pair.extent)})"


def spelled_extent(part: Extent) -> str:
    """How far, in words: `everything`, `team billing`, `own`."""
    if part.everything:
        return "everything"
    teams = [f"team {team}" for team in sorted(part.teams)]
    own = ["own"] if part.own else [f"own in {', '.join(sorted(part.own_within))}"] if part.own_within else []
    return " and ".join([*teams, *own]) or "nowhere"

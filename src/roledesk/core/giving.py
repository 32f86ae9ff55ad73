"""Nobody gives what he does not hold, by whichever road.

Judged on concrete pairs: for every agent a change touches, at every moment it
makes a difference, what he holds after minus before must lie within what the
giver holds without dates; what he loses likewise; and nobody widens himself.
Being named a giver of a role counts as holding it, for giving; so making somebody
such a giver, or such a role wider, is giving too.
Not here: whether the edit is sound or its door open (soundness.py, refusals.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from roledesk.core.changes import Change, PutAgent, RemoveTeam, SetAssignments
from roledesk.core.effects import Move, Pair, as_if_active, gained, moments, moves, moves_to
from roledesk.core.policy import Policy, Standing
from roledesk.core.profile import WHOLE, Cut, Profile, compile_profile, narrowed
from roledesk.core.reach import NO_TEAMS, NOWHERE, Extent, extent
from roledesk.core.soundness import Refusal
from roledesk.core.terms import OPERATOR, Assignment, Status, Subject

SHOWN = 3
"""How many pairs a refusal names before it counts the rest."""

Table = Mapping[str | None, Mapping[str, Extent]]
Lendings = Mapping[str, frozenset[str] | None]
"""Roles somebody was named a giver of, and where; None is everywhere."""

NOTHING = Profile(Standing(), WHOLE, {}, 0.0, 0.0, 0.0, None, True, frozenset(), {})


@dataclass(frozen=True, slots=True)
class Giver:
    """What somebody may give and take: what he holds without dates, and roles he was named a giver of.

    `lends` says where he may give each of those; `power` is all that could come of it, in any hands.
    """

    subject: Subject
    held: Table
    lends: Lendings
    power: Table
    owner: bool


def unearned(
    before: Policy, after: Policy, change: Change, *, by: Subject, now: float
) -> tuple[Refusal, ...]:
    """What the change gives or takes beyond what `by` holds; `after` is `before` with it applied."""
    if by == OPERATOR:
        return ()
    giver = giver_of(before, by, now)
    found = [*_received(before, after, change, giver, now)]
    if not giver.owner:
        found += [*_owners_only(before, after, change), *_givers_named(before, after)]
        found += _lending(before, after, giver, now)
    for move in moves(before, after):
        found += _judged(move, before, after, giver, now)
    return tuple(found)


def giver_of(policy: Policy, by: Subject, now: float) -> Giver:
    """What `by` may give under `policy`."""
    standing = _undated(policy.agents.get(by.id, Standing()) if by.actions is None else Standing())
    profile = compile_profile(standing, policy.roles, policy.catalogue, now, Cut(by.permissions, by.teams))
    if by.is_cut or standing.status is not Status.ACTIVE:
        return Giver(by, profile.by_state, {}, profile.by_state, owner=False)
    assigns = profile.extent("role.assign", None)
    reached = None if assigns.everything else assigns.teams
    lends = {role: narrowed(bound, reached) for role, bound in _lendings(standing, policy).items()}
    power = _power(standing, policy, frozenset(policy.teams), now)
    return Giver(
        by, profile.by_state, lends, _joined(profile.by_state, power.by_state), policy.is_owner(by.id)
    )


def may_manage(policy: Policy, by: Subject, agent: str, *, now: float) -> bool:
    """Whether `agent` holds and may give nothing, now or later, that `by` does not without dates.

    Asked before resetting a password, changing sign-in data, or ending sign-ins and
    tokens; about oneself it is always so. A deactivated agent counts as active: who
    manages his sign-in would have it when he comes back.
    """
    return _covers(replace(giver_of(policy, by, now), lends={}), policy, agent, now)


def may_let_in(policy: Policy, by: Subject, agent: str, *, now: float) -> bool:
    """Whether `agent` holds and may give nothing that `by` could not give him.

    Asked when a link is used that `by` made: he may still know it.
    """
    return _covers(giver_of(policy, by, now), policy, agent, now)


def _covers(giver: Giver, policy: Policy, agent: str, now: float) -> bool:
    """Whether all that `agent` holds and may give, now or later, is the giver's to give."""
    if giver.subject.id == agent and not giver.subject.is_cut:
        return True
    if agent not in policy.agents:
        return False
    standing = policy.agents[agent]
    move = Move(Standing(), standing, frozenset((agent,)))
    powers = _power(standing, policy, frozenset(policy.teams), now)
    return (giver.owner or not policy.includes_owner(standing)) and not (
        _beyond(gained(NOTHING, powers), giver.power)
        or any(
            _beyond_giver(gained(NOTHING, _compiled(standing, policy, moment)), standing, policy, giver, now)
            for moment in moments(move, now)
        )
    )


def _undated(standing: Standing) -> Standing:
    return replace(standing, assignments=tuple(each for each in standing.assignments if not each.is_dated))


def _compiled(standing: Standing, policy: Policy, moment: float) -> Profile:
    """What the standing is worth, whether the agent is active just now or not."""
    active = replace(standing, status=Status.ACTIVE)
    return compile_profile(active, policy.roles, policy.catalogue, moment)


def _judged(move: Move, before: Policy, after: Policy, giver: Giver, now: float) -> Iterator[Refusal]:
    gains: dict[Pair, None] = {}
    losses: dict[Pair, None] = {}
    for moment in moments(move, now):
        old, new = _compiled(move.before, before, moment), _compiled(move.after, after, moment)
        gains |= dict.fromkeys(gained(NOTHING if _rises(move.before, move.after) else old, new))
        losses |= dict.fromkeys(gained(NOTHING if _rises(move.after, move.before) else new, old))
    yield from _gains_refused(move, before, gains, giver, now)
    others = move.agents - {giver.subject.id}
    beyond = _beyond_giver(losses, move.before, before, giver, now)
    if others and beyond:
        yield _refusal("beyond_taker", "you cannot take away what you do not hold", others, beyond, before)


def _rises(one: Standing, other: Standing) -> bool:
    """Whether all that `other` is worth comes with leaving deactivation."""
    return one.status is Status.DEACTIVATED and other.status is not Status.DEACTIVATED


def _gains_refused(
    move: Move, before: Policy, gains: Iterable[Pair], giver: Giver, now: float
) -> Iterator[Refusal]:
    gains = tuple(gains)
    if gains and giver.subject.id in move.agents:
        yield _refusal("widens_self", "you cannot widen your own access", {giver.subject.id}, gains, before)
    others = move.agents - {giver.subject.id}
    beyond = _beyond_giver(gains, move.after, before, giver, now)
    if others and beyond:
        yield _refusal("beyond_giver", "you cannot give what you do not hold", others, beyond, before)


def _beyond_giver(
    pairs: Iterable[Pair], standing: Standing, before: Policy, giver: Giver, now: float
) -> tuple[Pair, ...]:
    """The part of `pairs` that the giver neither holds nor may lend to somebody who stands at `standing`."""
    beyond = _beyond(pairs, giver.held)
    return _beyond(beyond, _lent(standing, before, giver, now)) if beyond and giver.lends else beyond


def _lent(standing: Standing, before: Policy, giver: Giver, now: float) -> Table:
    """What the giver holds, joined with the roles he was named a giver of, as this agent would hold them.

    The roles are taken as they were before the change, which may not widen what it lends.
    """
    lent = tuple(
        Assignment(each.role, teams=narrowed(each.teams, giver.lends[each.role]))
        for each in standing.assignments
        if each.role in giver.lends
    )
    return _joined(giver.held, _compiled(replace(standing, assignments=lent), before, now).by_state)


def _lendings(standing: Standing, policy: Policy) -> Lendings:
    """The roles whose givers the standing belongs to without dates, within the bounds of that."""
    found: dict[str, frozenset[str] | None] = {}
    for role in policy.roles.values():
        for each in standing.assignments:
            if each.role in role.givers and not each.is_dated:
                known = found.get(role.id, NO_TEAMS)
                found[role.id] = None if known is None or each.teams is None else known | each.teams
    return found


def _power(standing: Standing, policy: Policy, teams: frozenset[str], now: float) -> Profile:
    """All that the roles he was named a giver of could give anybody in any of `teams`."""
    lent = (Assignment(role, teams=bound) for role, bound in _lendings(standing, policy).items())
    return _compiled(Standing(teams=teams, assignments=tuple(lent)), policy, now)


def _givers_named(before: Policy, after: Policy) -> Iterator[Refusal]:
    for role in after.roles.values():
        known = before.roles.get(role.id)
        # A deleted role stops being a giver by itself.
        named = frozenset() if known is None else known.givers & after.roles.keys()
        if role is not known and role.givers != named:
            yield Refusal("owners_only", "only an owner names who may give a role", f"role {role.id}")


def _lending(before: Policy, after: Policy, giver: Giver, now: float) -> Iterator[Refusal]:
    """What somebody may lend grows only by those who could lend or give it themselves."""
    teams = frozenset((*before.teams, *after.teams))
    givers = frozenset[str]().union(*(role.givers for role in after.roles.values()))
    for standing, agents in after.members.items():
        if givers.isdisjoint(standing.roles):
            continue
        for move in moves_to(standing, agents, before):
            old = _power(move.before, before, teams, now)
            beyond = _beyond(gained(old, _power(standing, after, teams, now)), giver.power)
            if beyond:
                text = "you cannot let somebody give what you could not give"
                yield _refusal("beyond_giver", text, move.agents, beyond, before)


def _joined(one: Table, other: Table) -> Table:
    none: Mapping[str, Extent] = {}
    return {state: _joined_in_state(one.get(state, none), other.get(state, none)) for state in {*one, *other}}


def _joined_in_state(one: Mapping[str, Extent], other: Mapping[str, Extent]) -> dict[str, Extent]:
    return {action: one.get(action, NOWHERE).joined(other.get(action, NOWHERE)) for action in {*one, *other}}


def _beyond(pairs: Iterable[Pair], held: Table) -> tuple[Pair, ...]:
    """The part of `pairs` that lies outside what is held."""
    rest = (
        pair._replace(extent=pair.extent.without(held.get(pair.state, {}).get(pair.action, NOWHERE)))
        for pair in pairs
    )
    return tuple(pair for pair in rest if pair.extent != NOWHERE)


def _owners_only(before: Policy, after: Policy, change: Change) -> Iterator[Refusal]:
    """Nobody else makes, unmakes or edits an owner; accepting an invitation changes nothing about him."""
    edited = (edit.agent for edit in change.edits if isinstance(edit, PutAgent | SetAssignments))
    for agent in dict.fromkeys(edited):
        old, new = before.agents.get(agent, Standing()), after.agents[agent]
        is_owner = before.includes_owner(old) or after.includes_owner(new)
        if is_owner and as_if_active(old) != as_if_active(new):
            yield Refusal(
                "owners_only", "only an owner can make, change or unmake an owner", f"agent {agent}"
            )


def _received(before: Policy, after: Policy, change: Change, giver: Giver, now: float) -> Iterator[Refusal]:
    """Deleting a team gives what it held to whoever reaches the receiving team."""
    receivers = _receivers(change)
    for standing, agents in after.members.items() if receivers else ():
        if not any(map(standing.mentions, receivers.values())):
            continue
        for move in moves_to(standing, agents, before):
            gains: dict[Pair, None] = {}
            for moment in moments(move, now):
                old, new = _compiled(move.before, before, moment), _compiled(standing, after, moment)
                for team, receiver in receivers.items():
                    gains |= dict.fromkeys(_inherited(old, new, team, receiver))
            yield from _gains_refused(move, before, gains, giver, now)


def _receivers(change: Change) -> dict[str, str]:
    """The deleted teams, each with the team that has its things in the end."""
    found: dict[str, str] = {}
    for edit in change.edits:
        if isinstance(edit, RemoveTeam):
            passed_on = {team: edit.receiver for team, receiver in found.items() if receiver == edit.team}
            found |= {**passed_on, edit.team: edit.receiver}
    return found


def _inherited(old: Profile, new: Profile, team: str, receiver: str) -> Iterator[Pair]:
    """What somebody who reaches `receiver` from now on, and did not reach `team`, gains by its things."""
    moved = frozenset((team,))
    for state, extents in new.by_state.items():
        for action, part in extents.items():
            teams = moved if receiver in part.teams else NO_TEAMS
            owned = moved if receiver in part.own_within else NO_TEAMS
            more = extent(False, teams, False, owned).without(old.extent(action, state))
            if more != NOWHERE:
                yield Pair(action, state, more)


def _refusal(code: str, text: str, agents: Iterable[str], pairs: tuple[Pair, ...], policy: Policy) -> Refusal:
    named = ", ".join(_spelled(pair, policy) for pair in pairs[:SHOWN])
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return Refusal(code, f"{text}: {named}{more}", _named(agents))


def _named(agents: Iterable[str]) -> str:
    names = sorted(agents)
    return f"agent {names[0]}" if len(names) == 1 else f"{len(names)} agents"


def _spelled(pair: Pair, policy: Policy) -> str:
    title = policy.catalogue.title_of(pair.action)
    state = f" while {pair.state}" if pair.state else ""
    return f"{title} (`{pair.action}`{state}, {spelled_extent(pair.extent)})"


def spelled_extent(part: Extent) -> str:
    """How far, in words: `everything`, `team billing`, `own`."""
    if part.everything:
        return "everything"
    teams = [f"team {team}" for team in sorted(part.teams)]
    own = ["own"] if part.own else [f"own in {', '.join(sorted(part.own_within))}"] if part.own_within else []
    return " and ".join([*teams, *own]) or "nowhere"

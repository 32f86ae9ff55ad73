"""Asking for access, and deciding about it.

Everybody may ask; nobody decides about himself. What is granted is a role, for as long as
was asked and in the team that was asked for, given through `Organization.commit` and all its
refusals: whoever decides gives nothing that he could not give by hand. A request that
nobody decided within a week lapses.
Not here: how a refusal leads to asking (web/help.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import Connection

from roledesk.core.changes import Change, Edit, PutRole, SetAssignments
from roledesk.core.policy import Policy
from roledesk.core.refusals import Refusal
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status
from roledesk.engine.guard import Guard
from roledesk.engine.names import bad_text
from roledesk.engine.organization import Organization, Preview
from roledesk.engine.secret import new_id
from roledesk.errors import InputError, NotFoundError
from roledesk.store import activity, requests
from roledesk.store.people import Within
from roledesk.store.requests import AccessRequest, State

DECIDE = "access_request.decide"
HOUR_S = 3600
LASTS_S = {"hour": HOUR_S, "day": 24 * HOUR_S, "week": 7 * 24 * HOUR_S, "month": 30 * 24 * HOUR_S}
WAITS_S = 7 * 24 * HOUR_S
MOST_WAITING = 10
MOST_SHOWN = 100
ON_REQUEST = "on-request"
SCOPE_WORDS = {Scope.OWN: "own", Scope.TEAM: "team", Scope.ALL: "all"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A role that would give what was asked; `is_made` when it is made on the spot.

    `preview` says what else it would give, and why it cannot be given, if so.
    """

    role: Role
    is_made: bool
    preview: Preview

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Why this cannot be given by who decides; empty when it can."""
        return self.preview.refusals


def ask(
    guard: Guard, permission: str, *, scope: Scope, because: str, lasts_s: int, team: str | None = None
) -> AccessRequest:
    """Ask for a permission; the same again while it waits is the same request. Raises InputError."""
    organization, agent = guard.organization, guard.subject.id
    wanted = AccessRequest(
        new_id("request"), agent, permission, scope, because.strip(), lasts_s, organization.clock(), team
    )
    _check(guard, wanted)
    with organization.locked() as connection:
        if guard.subject.is_cut or organization.policy.agents[agent].status is not Status.ACTIVE:
            raise InputError("agent", "only an agent who is signed in himself can ask")
        mine = requests.of_agent(connection, organization.id, agent, limit=MOST_SHOWN)
        waiting = [each for each in mine if is_waiting(each, wanted.made_at)]
        for each in waiting:
            if (each.permission, each.scope, each.team) == (permission, scope, team):
                return each
        if len(waiting) >= MOST_WAITING:
            raise InputError("permission", f"{MOST_WAITING} requests of yours wait; have those decided first")
        requests.add(connection, organization.id, wanted)
        _note(connection, organization, wanted, by=agent, event="access.requested")
    return wanted


def own(guard: Guard) -> tuple[AccessRequest, ...]:
    """What one asked for, the newest first."""
    organization = guard.organization
    with organization.database.reading() as connection:
        return requests.of_agent(connection, organization.id, guard.subject.id, limit=MOST_SHOWN)


def listed(guard: Guard, *, waiting: bool) -> tuple[AccessRequest, ...]:
    """The requests that one may decide, or those that were decided; never one's own."""
    organization = guard.organization
    since = organization.clock() - WAITS_S if waiting else None
    with organization.database.reading() as connection:
        return requests.listed(
            connection,
            organization.id,
            _within(guard),
            but=guard.subject.id,
            waiting_since=since,
            limit=MOST_SHOWN,
        )


def count_waiting(guard: Guard) -> int:
    """How many requests one may decide."""
    organization = guard.organization
    with organization.database.reading() as connection:
        return requests.count_waiting(
            connection,
            organization.id,
            _within(guard),
            but=guard.subject.id,
            since=organization.clock() - WAITS_S,
        )


def get(guard: Guard, id: str) -> AccessRequest:
    """A request that one may decide. Raises NotFoundError, for one's own too."""
    with guard.organization.database.reading() as connection:
        found = requests.find(connection, guard.organization.id, id)
    if found is None or found.agent == guard.subject.id or not guard.allows(DECIDE, _resource(guard, found)):
        raise NotFoundError("access request", id)
    return found


def is_waiting(request: AccessRequest, now: float) -> bool:
    """Whether a request can still be decided."""
    return request.state is State.WAITING and now < request.made_at + WAITS_S


def choices(guard: Guard, request: AccessRequest) -> tuple[Choice, ...]:
    """The roles that would give what was asked: the narrowest first, made on the spot if there is none."""
    organization = guard.organization
    policy = organization.policy
    roles = sorted(_giving(policy, request), key=lambda role: (len(role.grants), role.name))
    made = _made(policy, request)
    offered = ([(made, True)] if made.id not in policy.roles else []) + [(role, False) for role in roles]
    now = organization.clock()
    return tuple(
        Choice(role, is_made, organization.preview(_change(policy, request, role, now), by=guard.subject))
        for role, is_made in offered
    )


def grant(guard: Guard, id: str, role: str, *, because: str) -> AccessRequest:
    """Give what was asked by this role, until the time asked for is over.

    Raises NotFoundError, InputError for one decided already, ChangeRefusedError.
    """
    request, organization = get(guard, id), guard.organization
    policy = organization.policy
    made = _made(policy, request)
    # The role made for an earlier request may have been changed since: then it counts as what it is now.
    offered = () if made.id in policy.roles else (made,)
    known = {each.id: each for each in (*offered, *_giving(policy, request))}
    if role not in known:
        raise InputError("role", "this role does not give what was asked; choose another")
    now = organization.clock()
    decided = _decided(guard, request, State.GRANTED, because or request.because, role)
    organization.commit(
        lambda policy: _change(policy, request, policy.roles.get(role, known[role]), now),
        by=guard.subject,
        because=f"Asked for: {request.because}",
        also=(lambda connection: _keep(connection, guard, decided, "access.granted"),),
    )
    return decided


def turn_down(guard: Guard, id: str, *, because: str) -> AccessRequest:
    """Refuse, and say why. Raises NotFoundError, InputError."""
    request, organization = get(guard, id), guard.organization
    if not because.strip():
        raise InputError("because", "say why; who asked will read it")
    decided = _decided(guard, request, State.TURNED_DOWN, because)
    with organization.locked() as connection:
        _keep(connection, guard, decided, "access.turned_down")
    return decided


def may_name(guard: Guard, team: str) -> bool:
    """Whether one may know of this team: it is his, or he may read it or see conversations of it."""
    standing = guard.organization.policy.agents.get(guard.subject.id)
    if team not in guard.organization.policy.teams:
        return False
    if standing is not None and team in standing.teams:
        return True
    extents = [
        *guard.reach("team.read").by_state.values(),
        *guard.reach("conversation.view").by_state.values(),
    ]
    return any(extent.everything or team in extent.teams for extent in extents)


def _check(guard: Guard, wanted: AccessRequest) -> None:
    catalogue = guard.organization.policy.catalogue
    if wanted.permission not in catalogue.permissions:
        raise InputError("permission", f"there is no permission `{wanted.permission}`; choose another")
    if wanted.scope not in catalogue.permissions[wanted.permission].scopes:
        raise InputError("scope", "this permission has no such scope; choose another")
    if wanted.team is not None and not may_name(guard, wanted.team):
        raise InputError("team", f"there is no team `{wanted.team}`; choose another")
    if wanted.lasts_s not in LASTS_S.values():
        raise InputError("lasts", "choose how long you need it")
    if not wanted.because:
        raise InputError("because", "say what you need it for; whoever decides will read it")
    if refused := next(bad_text(wanted.because, "because"), None):
        raise InputError("because", refused.message)


def _giving(policy: Policy, request: AccessRequest) -> Iterator[Role]:
    """The roles that hold the permission at that scope or a wider one; never the owner's."""
    for role in policy.roles.values():
        if not role.owner and role.grants.get(request.permission, Scope.NONE) >= request.scope:
            yield role


def _made(policy: Policy, request: AccessRequest) -> Role:
    """The role of this one permission; the one made for an earlier request, unless it was changed since."""
    permission = policy.catalogue.get_permission(request.permission)
    scope = SCOPE_WORDS[request.scope]
    name = f"{permission.title} ({scope}), {ON_REQUEST.replace('-', ' ')}"
    id = f"{ON_REQUEST}-{request.permission.lower()}-{scope}"
    about = f"Only “{permission.title}”, given for a time to whoever asked for it."
    grants = {request.permission: request.scope}
    numbered = ((f"{id}-{n}" if n > 1 else id, f"{name} {n}" if n > 1 else name) for n in count(1))
    made = (policy.roles.get(id, Role(id, name, grants, description=about)) for id, name in numbered)
    return next(role for role in made if role.grants == grants)


def _change(policy: Policy, request: AccessRequest, role: Role, now: float) -> Change:
    standing = policy.agents.get(request.agent)
    held = () if standing is None else standing.assignments
    teams = None if request.team is None else frozenset({request.team})
    given = Assignment(role.id, teams=teams, until=now + request.lasts_s)
    edits: list[Edit] = [] if role.id in policy.roles else [PutRole(role)]
    return Change((*edits, SetAssignments(request.agent, (*held, given))))


def _decided(
    guard: Guard, request: AccessRequest, state: State, answer: str, role: str | None = None
) -> AccessRequest:
    now = guard.organization.clock()
    if not is_waiting(request, now):
        raise InputError("request", "was decided already, or waited too long; nothing was done")
    standing = guard.organization.policy.agents.get(request.agent)
    if state is State.GRANTED and (standing is None or standing.status is not Status.ACTIVE):
        raise InputError("request", "whoever asked is not active any more; nothing was given")
    return replace(
        request, state=state, answer=answer.strip(), decided_by=guard.subject.id, decided_at=now, role=role
    )


def _keep(connection: Connection, guard: Guard, decided: AccessRequest, event: str) -> None:
    """Keep a decision, in its transaction: of two who decide at once one is first."""
    organization = guard.organization
    known = requests.find(connection, organization.id, decided.id)
    if known is None or known.state is not State.WAITING:
        raise InputError("request", "was decided by somebody else meanwhile; nothing was done")
    guard.require(DECIDE, _resource(guard, decided))
    requests.put(connection, organization.id, decided)
    _note(connection, organization, decided, by=guard.subject.id, event=event)


def _note(
    connection: Connection, organization: Organization, request: AccessRequest, *, by: str, event: str
) -> None:
    activity.record(
        connection,
        organization.id,
        at=organization.clock(),
        by=by,
        event=event,
        about=f"agent:{request.agent}",
        detail={"permission": request.permission, "scope": SCOPE_WORDS[request.scope], "request": request.id},
        teams=organization.policy.agents[request.agent].teams,
    )


def _resource(guard: Guard, request: AccessRequest) -> Resource:
    standing = guard.organization.policy.agents.get(request.agent)
    teams = frozenset() if standing is None else standing.teams
    return Resource("access_request", request.id, owner=request.agent, teams=teams)


def _within(guard: Guard) -> Within | None:
    extent = guard.reach(DECIDE).by_state.get(None)
    if extent is None:
        return Within(frozenset())
    return None if extent.everything else Within(extent.teams)

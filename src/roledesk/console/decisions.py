"""A decision in words: the answer, the grants behind it, and what is missing when it is no.

Not here: deciding (core/decide.py), asking (explain.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.console.names import Names, names_of
from roledesk.console.role_editor import Ticked, is_switch, ticked_by
from roledesk.console.wording import title_of
from roledesk.core.decide import Decision, Missing
from roledesk.core.policy import Policy
from roledesk.core.profile import EVERY_PERMISSION
from roledesk.core.terms import Assignment, Grant, Reason, Scope
from roledesk.engine.guard import Guard
from roledesk.store import provenance
from roledesk.store.projection import Provenance
from roledesk.web.help import RoleName, holder_names
from roledesk.web.phrases import listed

BECAUSE: Mapping[Reason, str] = {
    Reason.NO_GRANT: "No role of theirs opens it.",
    Reason.NOT_IN_FORCE: "A role of theirs opens it, but is not in force now: it has ended or not begun.",
    Reason.WRONG_STATE: "Their roles open it in another state only.",
    Reason.OUT_OF_SCOPE: "Their roles open it, but do not reach this far.",
    Reason.NOT_VIEWABLE: "Their roles open it, but they may not see this, and nobody acts on what they cannot see.",
    Reason.MISSING_FACTS: "Not enough is known about it: say its state, team and who it is assigned to.",
    Reason.INACTIVE: "They are not active, and only an active agent may do anything.",
}
SHOWN_ROLES = 6
NOT_EVERYWHERE = (
    "Their roles open it, but not in the whole organization. Name a team, an owner or an id to ask about one."
)


@dataclass(frozen=True, slots=True)
class DecidingGrant:
    """A grant that decided: which role has what, how far, since when, from whom and why."""

    role: str
    role_id: str
    permission: str
    key: str
    scope: str
    bound: str
    since: float | None
    by: str
    because: str
    ticked: Ticked | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A permission that would do, at these scopes, and roles that have it; `more` of them are not named."""

    title: str
    key: str
    scopes: str
    roles: tuple[RoleName, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing: any one of `permissions` would do; who holds a role that does; how to ask."""

    permissions: tuple[Wanted, ...]
    holders: tuple[str, ...]
    ask: str


@dataclass(frozen=True, slots=True)
class Told:
    """A decision as it is shown."""

    is_allowed: bool
    reason: str
    sentence: str
    grants: tuple[DecidingGrant, ...]
    missing: Lack | None
    revision: str
    valid_until: float | None


def tell(guard: Guard, decision: Decision) -> Told:
    """The decision in words, as far as `guard` may know the people in it."""
    policy = guard.organization.policy
    agent = decision.subject.id
    with guard.organization.database.reading() as connection:
        given = provenance.assignments_of(connection, policy.organization, agent)
        ticks = _read_ticks(connection, policy, decision.grants)
        people = [
            each.by
            for each in (*given.values(), *(tick for role in ticks.values() for tick in role.values()))
        ]
        owner = [decision.resource.owner] if decision.resource and decision.resource.owner else []
        names = names_of(connection, policy, {agent, *people, *owner})
    return Told(
        decision.allowed,
        decision.reason.value,
        sentence_of(decision, names),
        tuple(_grant(each, given, ticks, names) for each in decision.grants),
        None if decision.allowed else _lack(guard, decision),
        str(decision.revision.number),
        decision.valid_until,
    )


def sentence_of(decision: Decision, names: Names) -> str:
    """The answer in one or two sentences."""
    may = "may" if decision.allowed else "may not"
    asked = f"“{title_of(decision.action, names.policy)}” ({decision.action}) {_where(decision, names)}"
    answer = f"{names.agent(decision.subject.id)} {may} do {asked}."
    return answer if decision.allowed else f"{answer} {_because(decision)}"


def _because(decision: Decision) -> str:
    if decision.reason is Reason.OUT_OF_SCOPE and decision.resource is None:
        return NOT_EVERYWHERE
    return BECAUSE.get(decision.reason, "")


def _where(decision: Decision, names: Names) -> str:
    resource = decision.resource
    if resource is None:
        return "in the whole organization"
    kind = names.policy.catalogue.kinds[resource.kind]
    facts = [
        f"in {names.team(resource.team)}" if resource.team else "",
        f"assigned to {names.agent(resource.owner)}" if resource.owner and kind.name != "agent" else "",
        resource.state or "",
    ]
    told = ", ".join(filter(None, facts))
    what = f"{kind.title.lower()} {resource.id}" if resource.id else f"some {kind.title.lower()}"
    return f"on {what} ({told})" if told else f"on {what}"


def _read_ticks(
    connection: Connection, policy: Policy, grants: tuple[Grant, ...]
) -> dict[str, dict[str, Provenance]]:
    roles = dict.fromkeys(grant.role for grant in grants)
    return {role: provenance.grants_of(connection, policy.organization, role) for role in roles}


def _grant(
    grant: Grant,
    given: Mapping[Assignment, Provenance],
    ticks: Mapping[str, Mapping[str, Provenance]],
    names: Names,
) -> DecidingGrant:
    permission = names.policy.catalogue.permissions.get(grant.permission)
    stamp = next((stamp for each, stamp in given.items() if _is_of(grant, each)), None)
    title = "everything" if grant.permission == EVERY_PERMISSION else grant.permission
    return DecidingGrant(
        names.role(grant.role),
        grant.role,
        permission.title if permission else title,
        permission.key if permission else "",
        "" if permission is None or is_switch(permission) else grant.scope.name.lower(),
        "" if grant.teams is None else listed(sorted(map(names.team, grant.teams))) or "no team",
        stamp.at if stamp else None,
        names.agent(stamp.by) if stamp else "",
        stamp.because if stamp else "",
        ticked_by(ticks[grant.role], names).get(grant.permission),
    )


def _is_of(grant: Grant, assignment: Assignment) -> bool:
    return (assignment.role, assignment.teams, assignment.until) == (grant.role, grant.teams, grant.until)


def _lack(guard: Guard, decision: Decision) -> Lack | None:
    """What would turn the answer; None when no permission would."""
    policy, missing = guard.organization.policy, decision.missing
    if not missing.permissions:
        return None
    wanted = tuple(_wanted(policy, missing))
    roles = [RoleName(role, policy.roles[role].name) for role in missing.roles]
    usual = next((role for role in roles if not policy.roles[role.id].owner), None)
    what = f"the role {usual.name}" if usual else f"a role with “{wanted[0].title}”"
    return Lack(wanted, holder_names(guard, missing.roles), f"Ask whoever gives out roles here for {what}.")


def _wanted(policy: Policy, missing: Missing) -> Iterator[Wanted]:
    for key, narrowest in missing.permissions:
        permission = policy.catalogue.permissions[key]
        scopes = [scope.name.lower() for scope in permission.scopes if scope >= narrowest]
        having = tuple(
            RoleName(role, policy.roles[role].name)
            for role in missing.roles
            if policy.roles[role].grants.get(key, Scope.NONE) >= narrowest or policy.roles[role].owner
        )
        yield Wanted(
            permission.title,
            key,
            "" if is_switch(permission) else " or ".join(filter(None, (", ".join(scopes[:-1]), scopes[-1]))),
            having[:SHOWN_ROLES],
            max(0, len(having) - SHOWN_ROLES),
        )

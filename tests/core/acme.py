"""One small organization that people try to change: who may, and who may not.

Olga owns it. Ada the admin holds all there is in every team, less what only owners do
and `Make`. Lena leads team a, Wim works in a, Bob in b; Dora was in a and has left; Ivy
is invited. Seniors are given by whoever lends them.
"""

from tests.core.worlds import OWNER, WITH_DOORS, policy_of

from roledesk.core.changes import Change, Edit, apply
from roledesk.core.policy import Policy
from roledesk.core.refusals import refusals
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Assignment, Role, Scope, Status, Subject

TEAM, ALL, OWN = Scope.TEAM, Scope.ALL, Scope.OWN
NOW = 100.0
HOUR = 3600.0

ADMIN = Role(
    "admin",
    "Admin",
    {each.key: each.widest for each in WITH_DOORS.permissions.values() if each.scopes and each.key != "Make"},
)
LEADING = {
    "AdminBusinessUnit": TEAM,
    "AgentManagementAddAgent": TEAM,
    "AgentManagementEditAgent": TEAM,
    "AgentDeactivate": TEAM,
    "RoleAssign": TEAM,
}
LEAD = Role("lead", "Lead", {**LEADING, "See": TEAM, "Answer": TEAM, "Fill": TEAM})
WORKER = Role("worker", "Worker", {"See": OWN, "Answer": OWN})
SENIOR = Role("senior", "Senior", {"See": ALL, "Answer": ALL, "Remark": ALL}, givers=frozenset({"lender"}))
LENDER = Role(
    "lender", "Lender", {"RoleAssign": ALL, "AgentManagementEditAgent": ALL, "AgentDeactivate": ALL}
)
MAKER = Role("maker", "Maker", {"Make": ALL})
SPARE = Role("spare", "Spare", {"Fill": TEAM})
ROLES = (OWNER, ADMIN, LEAD, WORKER, SENIOR, LENDER, MAKER, SPARE)

A, B, MAIN, NOWHERE = frozenset({"a"}), frozenset({"b"}), frozenset({"main"}), frozenset()


def row(agent: str, teams: frozenset[str], *roles: str | Assignment, status: Status = Status.ACTIVE):
    held = tuple(each if isinstance(each, Assignment) else Assignment(each) for each in roles)
    return agent, status, "agent", teams, held


ROWS = (
    row("olga", A, "owner"),
    row("ada", MAIN, "admin"),
    row("lena", A, "lead"),
    row("wim", A, "worker"),
    row("bob", B, "worker"),
    row("dora", A, "senior", status=Status.DEACTIVATED),
    row("ivy", A, "worker", status=Status.INVITED),
)
ACME = policy_of(
    WITH_DOORS,
    roles=ROLES,
    agents=ROWS,
    teams=("main", "a", "b"),
    reserved=frozenset({"DeveloperSettings"}),
)


def acme(*edits: Edit) -> Policy:
    """The organization after some edits that nobody was asked about."""
    return apply(ACME, Change(edits))


def refused(
    *edits: Edit, by: str | Subject, of: Policy = ACME, because: str = "because", now: float = NOW
) -> tuple[Refusal, ...]:
    """Every reason why `by` may not do these edits together."""
    subject = Subject(by) if isinstance(by, str) else by
    return refusals(of, Change(edits), by=subject, because=because, now=now)


def codes(*edits: Edit, by: str | Subject, of: Policy = ACME, because: str = "because") -> list[str]:
    """The codes of those reasons, each once, in order."""
    return sorted({each.code for each in refused(*edits, by=by, of=of, because=because)})

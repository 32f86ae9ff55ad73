"""The organization of the tests: two teams, two owners, an administrator, agents; and words to change it with."""

from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Resource, Revision, Role, Scope, Status, Subject, Team
from roledesk.engine import Organization
from roledesk.store.schema import metadata

OWNER = Role("owner", "Owner", owner=True)
ADMIN = Role(
    "admin",
    "Admin",
    {
        "AdminRolesAndPermissions": Scope.ALL,
        "AdminBusinessUnit": Scope.ALL,
        "AgentManagementAddAgent": Scope.ALL,
        "AgentManagementEditAgent": Scope.ALL,
        "AgentDeactivate": Scope.ALL,
        "AgentProfileEditing": Scope.OWN,
        "ConvrsAPI": Scope.OWN,
        "DeveloperSettings": Scope.ALL,
        "ConversationView": Scope.ALL,
        "AgentChat": Scope.ALL,
    },
)
AGENT = Role(
    "agent",
    "Agent",
    {
        "ConversationView": Scope.TEAM,
        "AgentChat": Scope.OWN,
        "ConvrsAPI": Scope.OWN,
        "AgentProfileEditing": Scope.OWN,
    },
)
HELD = {"olu": "owner", "oda": "owner", "ada": "admin", "bo": "agent", "cy": "agent"}
PLACES = {"olu": "main", "oda": "main", "ada": "main", "bo": "main", "cy": "billing"}
FOUNDED = Change(
    (
        Found("Acme"),
        *map(PutRole, (OWNER, ADMIN, AGENT)),
        PutTeam(Team("main", "Main", default=True)),
        PutTeam(Team("billing", "Billing")),
        *(PutAgent(agent, Status.ACTIVE, frozenset({team})) for agent, team in PLACES.items()),
        *(SetAssignments(agent, (Assignment(role),)) for agent, role in HELD.items()),
    )
)
OLU = Subject("olu")
IN_MAIN = Resource("conversation", "c-1", team="main", owner="oda", state="open")
IN_BILLING = Resource("conversation", "c-2", team="billing", state="open")
WIDER = replace(AGENT, grants={**AGENT.grants, "ConversationView": Scope.ALL})
"""The role of the agents, with every conversation in view."""


@dataclass
class Wall:
    """The clock on the wall: shows what it was set to."""

    now: float = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


def put(organization: Organization, *edits: object, by: str = "olu", because: str = "As asked") -> Revision:
    """Make one change."""
    return organization.commit(Change(edits), by=Subject(by), because=because)  # type: ignore[arg-type]


def give(organization: Organization, agent: str, *assignments: Assignment, by: str = "olu") -> Revision:
    """Give an agent these roles instead of his."""
    return put(organization, SetAssignments(agent, assignments), by=by)


def empty_postgres(url: str) -> None:
    """Leave nothing in the tables of a PostgreSQL database but its epoch."""
    emptied = [sql.Identifier(name) for name in metadata.tables if name != "meta"]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(emptied)))

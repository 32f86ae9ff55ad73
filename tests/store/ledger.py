"""An organization to change in tests: two teams, three roles, two agents."""

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.changes import Change, Edit, Found, PutAgent, PutRole, PutTeam, SetAssignments, apply
from roledesk.core.policy import Policy
from roledesk.core.terms import Assignment, Role, Scope, Status, Team
from roledesk.store import policies
from roledesk.store.database import Database

CATALOGUE = parse_catalogue(load_builtin())
OWNER = Role("owner", "Owner", owner=True)
AGENT = Role(
    "agent", "Agent", {"ConversationView": Scope.TEAM, "AgentChat": Scope.OWN}, description="Answers"
)
LEAD = Role(
    "lead",
    "Lead",
    {"ConversationView": Scope.ALL},
    policy_text="Leads",
    steward="amal",
    givers=frozenset({"owner"}),
)
FOUNDED = Change(
    (
        Found("Acme", "convrs", ("access", "desk"), "", frozenset({"BotManagement"})),
        PutTeam(Team("main", "Main", default=True)),
        PutTeam(Team("billing", "Billing")),
        PutRole(OWNER),
        PutRole(AGENT),
        PutRole(LEAD),
        PutAgent("amal", Status.ACTIVE, frozenset({"main"})),
        PutAgent("bo", Status.ACTIVE, frozenset({"main", "billing"})),
        SetAssignments("amal", (Assignment("owner"),)),
        SetAssignments(
            "bo",
            (
                Assignment("agent", teams=frozenset({"billing"}), until=1_800_000_000.1234567),
                Assignment("lead", since=1_700_000_000.5),
                Assignment("agent", teams=frozenset()),
            ),
        ),
    )
)


class Ledger:
    """Applies and appends changes to one organization, remembering its policy."""

    def __init__(self, database: Database, organization: str = "acme") -> None:
        self.database = database
        self.policy = Policy(organization, CATALOGUE)
        self.at = 1_700_000_000.25

    def commit(self, *edits: Edit, by: str = "amal", because: str = "as asked") -> int:
        """Make one change and give its revision."""
        change = Change(edits)
        after = apply(self.policy, change)
        self.at += 1
        with self.database.writing() as connection:
            policies.lock_head(connection, self.policy.organization)
            revision = policies.append(
                connection, self.policy, after, change, by=by, because=because, at=self.at
            )
        self.policy = after
        return revision

    def stored(self) -> tuple[Policy, int]:
        """What the tables say."""
        with self.database.reading() as connection:
            return policies.load_policy(connection, self.policy.organization)

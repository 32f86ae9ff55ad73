"""The desk of the tests: teams A and B, agents who reach differently, and short words for what happens."""

from dataclasses import dataclass, field, replace
from itertools import count

from roledesk import (
    Assignment,
    Change,
    Found,
    Guard,
    Organization,
    PutAgent,
    PutRole,
    PutTeam,
    Role,
    Scope,
    SetAssignments,
    Status,
    Subject,
    Team,
)
from roledesk.desk import conversations, visitors
from roledesk.desk.facts import Conversation, Message
from roledesk.desk.store import presence, settings, widgets
from roledesk.desk.store.presence import Presence, PresenceStatus
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.desk.store.widgets import Widget

OWN, TEAM, ALL = Scope.OWN, Scope.TEAM, Scope.ALL
ROLES = (
    Role("owner", "Owner", owner=True),
    Role(
        "agent",
        "Agent",
        {
            "AgentChat": TEAM,
            "AgentChatAllowTransfer": OWN,
            "AgentChatAllowCloseAll": OWN,
            "AgentChatDeleteMessage": OWN,
            "AgentChatAllowUserPanel": TEAM,
            "ChatsMy": ALL,
            "PrivateNoteAdd": TEAM,
            "PrivateNoteView": TEAM,
            "TagAddRemove": TEAM,
            "Users": TEAM,
        },
    ),
    Role("narrow", "Narrow agent", {"AgentChat": OWN, "ChatsMy": ALL, "AgentChatAllowTransfer": OWN}),
    Role("intern", "Intern", {"ConversationView": TEAM}),
    Role(
        "lead",
        "Lead",
        {
            "AgentChat": TEAM,
            "AcceptWaiting": TEAM,
            "AgentSupervise": ALL,
            "AgentChatAllowTransfer": TEAM,
            "ChatsAll": TEAM,
            "PrivateNoteView": TEAM,
            "AgentChatDeleteMessage": TEAM,
            "Users": TEAM,
            "CustomerEdit": TEAM,
            "AgentBlockUser": TEAM,
            "AgentUnblockUser": TEAM,
            "DeleteUser": TEAM,
            "UnstickUser": TEAM,
            "CustomerSensitiveFields": TEAM,
        },
    ),
)
# Agent: his role and his team.
AGENTS = {
    "olu": ("owner", "a"),
    "a1": ("agent", "a"),
    "a2": ("agent", "a"),
    "an": ("narrow", "a"),
    "ai": ("intern", "a"),
    "al": ("lead", "a"),
    "b1": ("agent", "b"),
}
FOUNDED = Change(
    (
        Found("Acme"),
        *map(PutRole, ROLES),
        PutTeam(Team("a", "Team A", default=True)),
        PutTeam(Team("b", "Team B")),
        *(PutAgent(agent, Status.ACTIVE, frozenset({team})) for agent, (_, team) in AGENTS.items()),
        *(SetAssignments(agent, (Assignment(role),)) for agent, (role, _) in AGENTS.items()),
    )
)


@dataclass
class Wall:
    """The clock on the wall: a second passes whenever it is looked at."""

    now: float = 1_900_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@dataclass
class World:
    """One organization with its desk."""

    organization: Organization
    wall: Wall
    _number: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        with self.organization.locked() as connection:
            settings.keep(connection, self.organization.id, DeskSettings(handling=Handling.PULL))
            for team in ("a", "b"):
                widget = Widget(
                    f"{self.organization.id}-{team}", f"Widget {team}", team, (), "signing-secret"
                )
                widgets.keep(connection, self.organization.id, widget)

    def guard(self, agent: str) -> Guard:
        return self.organization.guard(agent)

    def key(self) -> str:
        return f"key-{next(self._number)}"

    def widget(self, team: str) -> Widget:
        with self.organization.database.reading() as connection:
            found = widgets.find(connection, self.organization.id, f"{self.organization.id}-{team}")
        assert found is not None
        return found

    def settings(self, **changes: object) -> None:
        with self.organization.locked() as connection:
            now = settings.find(connection, self.organization.id)
            settings.keep(connection, self.organization.id, replace(now, **changes))  # type: ignore[arg-type]

    def online(self, *agents: str, status: PresenceStatus = PresenceStatus.ONLINE) -> None:
        now = self.wall()
        with self.organization.locked() as connection:
            for agent in agents:
                presence.keep(connection, self.organization.id, Presence(agent, status, now, now))

    def customer(self, name: str = "Xenia") -> str:
        return visitors.arrive(self.organization, name=name).customer.id

    def start(self, team: str = "a", text: str = "hello", *, customer: str | None = None) -> Conversation:
        """A conversation begun by a customer in a team."""
        who = customer or self.customer()
        return visitors.start(self.organization, self.widget(team), who, text, client_key=self.key())

    def opened(self, agent: str, text: str = "hello", *, customer: str | None = None) -> Conversation:
        """A conversation that an agent has accepted in his team."""
        begun = self.start(AGENTS[agent][1], text, customer=customer)
        return conversations.accept(self.guard(agent), begun.id)

    def reply(self, agent: str, conversation: str, text: str) -> Message:
        return conversations.reply(self.guard(agent), conversation, text, client_key=self.key())

    def put(self, *edits: object) -> None:
        """Change the policy as the owner."""
        self.organization.commit(Change(edits), by=Subject("olu"), because="As asked")  # type: ignore[arg-type]

    def give(self, agent: str, **grants: Scope) -> None:
        """Let an agent hold exactly these permissions."""
        self.put(
            PutRole(Role(f"only-{agent}", f"Only {agent}", grants)),
            SetAssignments(agent, (Assignment(f"only-{agent}"),)),
        )

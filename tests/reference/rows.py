"""The rows of the reference: for each permission what opens with it, and how far at each scope.

`needs` is what is held besides in both worlds, so that a refusal is this permission's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.reference.desk import BY_SCOPE, WHOSE, Row

from roledesk import Scope
from roledesk.desk.facts import State

OWN, TEAM, ALL = Scope.OWN, Scope.TEAM, Scope.ALL
SEES = {"ConversationView": ALL, "ChatsAll": ALL}
Reached = Callable[[Row], set[str]]


@dataclass(frozen=True)
class Permission:
    """One row: what is reached with it at each of its scopes; nothing without it."""

    reached: Reached
    scopes: Mapping[Scope, set[str]]
    needs: Mapping[str, Scope] = field(default_factory=dict)
    state: State | None = State.OPEN
    kept: bool = False
    page: str = ""
    without: set[str] = field(default_factory=set)


def each(call: str, body: object = None) -> Reached:
    """Whose things a call does something to; `{}` is the thing."""

    def reached(row: Row) -> set[str]:
        return {whose for whose in WHOSE if row.api(call.format(whose), body) == 200}

    return reached


def listed(path: str, key: str = "conversations") -> Reached:
    """Whose things a list holds."""

    def reached(row: Row) -> set[str]:
        if row.api(f"GET {path}") != 200:
            return set()
        found = row.json(path)[key]
        return {one["id"].removeprefix("x-") for one in found}  # type: ignore[attr-defined]

    return reached


def for_teams(call: str, **body: object) -> Reached:
    """For which teams something can be made; `everybody` without one."""

    def reached(row: Row) -> set[str]:
        teams = {"a": "a", "b": "b", "everybody": None}
        return {
            name
            for name, team in teams.items()
            if row.api(call, {**body, "name": f"For {name}", "title": f"For {name}", "team": team}) == 200
        }

    return reached


def of_team(call: str, body: object = None) -> Reached:
    """Whose team's settings can be changed; `{}` is the team."""
    return lambda row: {team for team in ("a", "b") if row.api(call.format(team), body) == 200}


def opens(path: str) -> Reached:
    """Whether a page opens at all."""
    return lambda row: {"opens"} if row.page(path) else set()


def agents(path: str) -> Reached:
    """Which agents a list names."""

    def reached(row: Row) -> set[str]:
        if row.api(f"GET {path}") != 200:
            return set()
        return {one["agent"] for one in row.json(path)["agents"]}  # type: ignore[attr-defined]

    return reached


def on_agents(call: str, body: object = None) -> Reached:
    """To which agents something can be done; `{}` is the agent."""
    return lambda row: {agent for agent in ("mate", "other") if row.api(call.format(agent), body) == 200}


SWITCH = {ALL: {"opens"}}
SELF = {OWN: {"opens"}}
SCOPED = BY_SCOPE
WIDE = {TEAM: BY_SCOPE[TEAM], ALL: BY_SCOPE[ALL]}
TEAMS = {TEAM: {"a"}, ALL: {"a", "b"}}
TEAMS_AND_ALL = {TEAM: {"a"}, ALL: {"a", "b", "everybody"}}
COLLEAGUES = {TEAM: {"mate"}, ALL: {"mate", "other"}}
PERIOD = "since=0&until=86400"


def counted(row: Row) -> set[str]:
    """How many conversations a report counts, as whose they must be."""
    if row.api(f"GET report?{PERIOD}&by=agent") != 200:
        return set()
    lines = row.json(f"report?{PERIOD}&by=agent")["lines"]
    by_agent = {agent: whose for whose, (agent, _) in WHOSE.items()}
    return {by_agent[line["key"]] for line in lines if line["started"]}  # type: ignore[attr-defined]


def home(row: Row) -> set[str]:
    if row.api("GET dashboard?since=0") != 200:
        return set()
    return {f"{row.json('dashboard?since=0')['customers']} customers"}


def decided(row: Row) -> set[str]:
    """Whose requests show to who decides."""
    from roledesk.engine import requests

    for agent in ("mate", "other"):
        requests.ask(row.organization.guard(agent), "AgentChat", scope=OWN, because="x", lasts_s=3600)
    if row.api("GET access-requests") != 200:
        return set()
    return {one["agent"] for one in row.json("access-requests")["requests"]}  # type: ignore[attr-defined]


def renamed(row: Row) -> set[str]:
    """Which teams can be renamed."""
    return {
        team
        for team in ("a", "b")
        if row.api(f"PUT teams/{team}", {"name": f"Renamed {team}", "because": "x"}) == 200
    }


def beside(row: Row) -> set[str]:
    """Whose panel shows a customer."""
    answers = {whose: row.program.get(f"/api/v1/conversations/{whose}/customer") for whose in WHOSE}
    return {
        whose for whose, answer in answers.items() if answer.status_code == 200 and answer.json() is not None
    }


def exported(row: Row) -> set[str]:
    """Whose customers an export holds."""
    if row.api("GET customers-export") != 200:
        return set()
    _head, *rows = row.json("customers-export")["rows"]  # type: ignore[misc]
    return {one[0].removeprefix("x-") for one in rows}


def had(row: Row) -> set[str]:
    """Whose conversations show in the history of their agents."""
    found = set()
    for whose, (agent, _) in WHOSE.items():
        path = f"agents/{agent}/conversations"
        if row.api(f"GET {path}") == 200 and row.json(path)["conversations"]:
            found.add(whose)
    return found


def unstuck(row: Row) -> set[str]:
    """Whose customers can be released."""
    path = "/api/v1/customers/unstick"
    answers = {whose: row.program.post(path, json={"ids": [f"x-{whose}"]}) for whose in WHOSE}
    return {whose for whose, answer in answers.items() if answer.status_code == 200 and answer.json()["done"]}


def looked(row: Row) -> set[str]:
    """As whom one may look at the desk."""
    sent = {agent: row.program.post("/view-as", data={"agent": agent}) for agent in ("mate", "other")}
    return {agent for agent, answer in sent.items() if answer.status_code == 303}


PERMISSIONS: Mapping[str, Permission] = {
    "AdminBusinessUnit": Permission(renamed, TEAMS, page="/teams"),
    "AdminChatCategorization": Permission(for_teams("POST categories"), TEAMS_AND_ALL, page="/categories"),
    "AdminOrganization": Permission(of_team("PUT teams/{}/hours", {"hours": {}}), TEAMS),
    "AdminRolesAndPermissions": Permission(opens("/roles/new"), SWITCH, page="/roles"),
    "OrganizationDashboard": Permission(home, {TEAM: {"2 customers"}, ALL: {"3 customers"}}, page="/home"),
    "Reports": Permission(counted, SCOPED, page="/reports"),
    "TagManagement": Permission(for_teams("POST tags"), TEAMS_AND_ALL, page="/tags"),
    "AgentManagementAddAgent": Permission(
        opens("/agents/new"), {TEAM: {"opens"}, ALL: {"opens"}}, page="/agents"
    ),
    "AgentManagementAgentStatus": Permission(
        agents("presence/agents"),
        {TEAM: {"me", "mate"}, ALL: {"me", "mate", "other", "olu"}},
        page="/agent-status",
    ),
    "AgentManagementBulkAdd": Permission(
        opens("/agents/import"), {TEAM: {"opens"}, ALL: {"opens"}}, page="/agents/import"
    ),
    "AgentManagementChatHistory": Permission(had, WIDE, page="/chat-history/agents"),
    "AgentManagementEditAgent": Permission(
        on_agents("PUT agents/{}/limit", {"max_open": 3}), COLLEAGUES, page="/agents"
    ),
    "AgentManagementReplies": Permission(
        for_teams("POST standard-replies", text="Hello"), TEAMS_AND_ALL, page="/standard-replies"
    ),
    "AgentManagementUserChatHistory": Permission(
        each("GET customers/x-{}/conversations"), SCOPED, page="/chat-history/customers"
    ),
    "AgentProfileEditing": Permission(
        lambda row: {"opens"} if ">Save</button>" in row.page("/profile") else set(), SELF
    ),
    "TeamStatus": Permission(opens("/profile"), {TEAM: {"opens"}, ALL: {"opens"}}, without={"opens"}),
    "AcceptWaiting": Permission(
        each("POST conversations/{}/accept-sticky"),
        {TEAM: {"mine", "mates"}, ALL: {"mine", "mates", "theirs"}},
        state=State.WAITING,
        kept=True,
        needs={"AgentChat": OWN},
        page="/queue",
        without=set(),
    ),
    "AgentChat": Permission(
        each("POST conversations/{}/reply", {"text": "hi"}), SCOPED, needs={}, page="/inbox"
    ),
    "AgentChatAllowCloseAll": Permission(
        lambda row: {"opens"} if row.api("POST conversations/close-all") == 200 else set(),
        SELF,
        needs={"AgentChat": OWN},
    ),
    "AgentChatAllowOwnReplies": Permission(
        lambda row: (
            {"opens"} if row.api("POST own-replies", {"title": "Hi", "text": "Hello"}) == 200 else set()
        ),
        SELF,
        page="/replies",
    ),
    "AgentChatAllowTransfer": Permission(
        each("POST conversations/{}/transfer", {"team": "c"}), SCOPED, needs={**SEES, "AgentChat": OWN}
    ),
    "AgentChatAllowUserPanel": Permission(beside, SCOPED, needs=SEES),
    "AgentChatDeleteMessage": Permission(each("DELETE conversations/{}/messages/1"), SCOPED, needs=SEES),
    "AgentSupervise": Permission(
        each("POST conversations/{}/whispers", {"text": "psst"}),
        {ALL: {"mine", "mates"}},
        needs=SEES,
        page="/supervise",
    ),
    "AgentSuperviseSeeAllChats": Permission(
        listed("supervised-conversations"), {ALL: {"mine", "mates", "theirs"}}, page="/supervise"
    ),
    "ChatsAll": Permission(each("GET conversations/{}"), WIDE, state=State.CLOSED, page="/closed"),
    "ChatsMy": Permission(each("GET conversations/{}"), {ALL: {"mine"}}, state=State.CLOSED, page="/closed"),
    "AgentBlockUser": Permission(each("POST customers/x-{}/block"), SCOPED, needs=SEES),
    "AgentUnblockUser": Permission(each("POST customers/x-{}/unblock"), SCOPED, needs=SEES),
    "DeleteUser": Permission(each("DELETE customers/x-{}"), WIDE, needs=SEES),
    "TagAddRemove": Permission(each("POST conversations/{}/tags", {"tag": "tag"}), SCOPED, needs=SEES),
    "UnstickUser": Permission(unstuck, WIDE, needs=SEES, page="/customers/unstick"),
    "Users": Permission(listed("customers", "customers"), SCOPED, needs=SEES, page="/customers"),
    "WebWidget": Permission(
        lambda row: {
            team
            for team in ("a", "b")
            if row.api("POST widgets", {"name": f"For {team}", "team": team, "origins": []}) == 200
        },
        TEAMS,
        page="/widgets",
    ),
    "ConvrsAPI": Permission(opens("/tokens"), SELF, page="/tokens"),
    "ConversationView": Permission(each("GET conversations/{}"), SCOPED, page="/inbox"),
    "PrivateNoteAdd": Permission(each("POST conversations/{}/notes", {"text": "noted"}), SCOPED, needs=SEES),
    "PrivateNoteView": Permission(each("GET conversations/{}/notes"), SCOPED, needs=SEES),
    "AgentDeactivate": Permission(
        on_agents("POST agents/{}/deactivate", {"because": "left"}), COLLEAGUES, page="/agents"
    ),
    "RoleAssign": Permission(opens("/agents/mate/roles"), {TEAM: {"opens"}, ALL: {"opens"}}),
    "CustomerEdit": Permission(each("PATCH customers/x-{}", {"language": "nl"}), SCOPED, needs=SEES),
    "CustomerImport": Permission(
        lambda row: (
            {"opens"} if row.api("POST customers-import", {"lines": [{"name": "New"}]}) == 200 else set()
        ),
        SWITCH,
        page="/customers/import",
    ),
    "CustomerExport": Permission(exported, WIDE, needs=SEES),
    "CustomerSensitiveFields": Permission(each("GET customers/x-{}/sensitive"), SCOPED, needs=SEES),
    "WebhookManage": Permission(opens("/webhooks/new"), {TEAM: {"opens"}, ALL: {"opens"}}, page="/webhooks"),
    "DeveloperSettings": Permission(opens("/technical-settings"), SWITCH, page="/technical-settings"),
    "ConversationExport": Permission(each("GET conversations/{}/transcript"), SCOPED, needs=SEES),
    "HistoryView": Permission(opens("/activity"), {TEAM: {"opens"}, ALL: {"opens"}}, page="/history"),
    "AccessRequestDecide": Permission(decided, COLLEAGUES, page="/requests"),
    "ViewAs": Permission(looked, COLLEAGUES, needs=SEES, page="/view-as"),
    "SettingsView": Permission(opens("/widgets"), {TEAM: {"opens"}, ALL: {"opens"}}, page="/tags"),
}

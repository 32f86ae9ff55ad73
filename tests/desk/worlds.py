"""Random desks: roles of random grants, bounded and not, and conversations in every state.

What is shown of them is compared with what the guard says about each thing by itself. The
answers of that comparison stand here too: which conversations a filter wants, which customers
an action covers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.desk.world import World

from roledesk import (
    Assignment,
    Change,
    Guard,
    PutAgent,
    PutRole,
    Resource,
    Role,
    Scope,
    SetAssignments,
    Status,
    Subject,
)
from roledesk.desk.facts import (
    AuthorKind,
    Conversation,
    Customer,
    Message,
    MessageKind,
    State,
    customer_resource,
    resource_of,
)
from roledesk.desk.reading import View
from roledesk.desk.store import conversations as talks
from roledesk.desk.store import customers as known
from roledesk.desk.store import labels, messages
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.labels import Category, Tag

ME, MATE = "me", "a2"
TEAMS = ("a", "b", "c")
TAGS = ("tag-a", "tag-b")
CATEGORIES = ("cat-a", "cat-b")
CUSTOMERS = tuple(f"x{n}" for n in range(6))
BLOCKED = frozenset({"x0", "x2", "x4"})
WORDS = ("refund", "parcel", "退款申请", "สวัสดี", "Straße")
FIRST = 21_988 * 86_400.0
"""The beginning of a day, UTC, two days before the clock of the tests."""
STEP_S = 34_560.0
ANSWERS_S = 90.0
SCOPED = {
    "AgentChat": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "ConversationView": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "AcceptWaiting": (Scope.TEAM, Scope.ALL),
    "ChatsAll": (Scope.TEAM, Scope.ALL),
    "ChatsMy": (Scope.ALL,),
    "AgentSupervise": (Scope.ALL,),
    "AgentSuperviseSeeAllChats": (Scope.ALL,),
    "AgentManagementBotChatHistory": (Scope.TEAM, Scope.ALL),
    "AgentManagementChatHistory": (Scope.TEAM, Scope.ALL),
    "AgentManagementUserChatHistory": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "PrivateNoteView": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "ConversationExport": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "Users": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "CustomerSensitiveFields": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "CustomerExport": (Scope.TEAM, Scope.ALL),
    "DeleteUser": (Scope.TEAM, Scope.ALL),
    "AgentUnblockUser": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "Reports": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "OrganizationDashboard": (Scope.TEAM, Scope.ALL),
    "TeamStatus": (Scope.TEAM, Scope.ALL),
}


@dataclass(frozen=True)
class Drawn:
    """A conversation that is to be put in."""

    state: State
    team: str
    assignee: str | None
    customer: str
    step: int
    words: frozenset[str]
    tags: frozenset[str]
    category: str | None
    noted: bool
    answered: bool

    @property
    def at(self) -> float:
        """When it began."""
        return FIRST + self.step * STEP_S


Held = list[tuple[dict[str, Scope], frozenset[str] | None]]
COMMON = (
    "AcceptWaiting",
    "AgentChat",
    "AgentManagementChatHistory",
    "AgentSupervise",
    "ChatsAll",
    "ConversationView",
)


def ticked(keys: Iterable[str], most: int) -> st.SearchStrategy[dict[str, Scope]]:
    """Some of these permissions, each at one of its scopes."""
    return st.dictionaries(st.sampled_from(sorted(keys)), st.integers(0, 2), max_size=most).map(
        lambda drawn: {key: SCOPED[key][n % len(SCOPED[key])] for key, n in drawn.items()}
    )


# Who views and takes nothing finds every list empty: so most may do something of that.
GRANTS = st.tuples(ticked(COMMON, 2), ticked(SCOPED, 5)).map(lambda both: both[0] | both[1])
BOUNDS = st.none() | st.frozensets(st.sampled_from(TEAMS), min_size=1)
ROLES = st.lists(st.tuples(GRANTS, BOUNDS), min_size=1, max_size=3)
MEMBERSHIPS = st.sets(st.sampled_from(TEAMS))
TALKS = st.lists(
    st.builds(
        Drawn,
        st.sampled_from(list(State)),
        st.sampled_from(TEAMS),
        st.sampled_from([None, ME, MATE]),
        st.sampled_from(CUSTOMERS[:5]),
        st.integers(0, 3),
        st.frozensets(st.sampled_from(WORDS), min_size=1),
        st.frozensets(st.sampled_from(TAGS)),
        st.sampled_from([None, *CATEGORIES]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)
STEPS = st.none() | st.integers(0, 4).map(lambda step: FIRST + step * STEP_S)
FILTERS = st.builds(
    Filter,
    states=st.none() | st.frozensets(st.sampled_from(list(State))),
    team=st.sampled_from([None, None, *TEAMS]),
    assignee=st.sampled_from([None, None, ME, MATE]),
    unassigned=st.sampled_from([False, False, True]),
    tag=st.sampled_from([None, None, *TAGS]),
    category=st.sampled_from([None, None, *CATEGORIES]),
    customer=st.sampled_from([None, None, *CUSTOMERS[:3]]),
    since=STEPS,
    until=STEPS,
)
any_world = settings(
    suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture]
)
"""Each example founds an organization of its own in the database of the test."""


def stand(world: World, held: Held, teams: Iterable[str], agent: str = ME) -> Guard:
    """Let an agent hold these roles."""
    roles = [
        Role(f"{agent}-{n}", f"{agent.capitalize()} {'abc'[n]}", grants) for n, (grants, _) in enumerate(held)
    ]
    given = tuple(Assignment(role.id, teams=bound) for role, (_, bound) in zip(roles, held, strict=True))
    edits = (
        *map(PutRole, roles),
        PutAgent(agent, Status.ACTIVE, frozenset(teams)),
        SetAssignments(agent, given),
    )
    world.organization.commit(Change(edits), by=Subject("olu"), because="As asked")
    return world.guard(agent)


def fill(world: World, drawn: list[Drawn]) -> list[Conversation]:
    """Put these conversations in, each with what was said, a note, a whisper and a deleted message."""
    organization, made = world.organization, []
    with organization.locked() as connection:
        for tag in TAGS:
            labels.put_tag(connection, organization.id, Tag(tag, tag.capitalize()))
        for category in CATEGORIES:
            labels.add_category(connection, organization.id, Category(category, category.capitalize()))
        for n, id in enumerate(CUSTOMERS):
            person = Customer(id, f"Name {n}", float(n), f"secret{n}@example.com", f"+31 {n}{n}{n}")
            kept = replace(person, blocked_at=1.0) if id in BLOCKED else person
            known.add(connection, organization.id, kept)
        for n, each in enumerate(drawn):
            made.append(conversation_of(f"t{n}", each))
            talks.add(connection, organization.id, made[-1])
            messages.add_many(connection, organization.id, said_in(f"t{n}", each))
            gone = Message(f"t{n}", 9, each.at, AuthorKind.CUSTOMER, MessageKind.TEXT, "erased")
            messages.add(connection, organization.id, gone)
            messages.blank(connection, organization.id, gone, at=1.0, by="olu")
            for tag in each.tags:
                labels.tag_conversation(connection, organization.id, f"t{n}", tag)
    return made


def conversation_of(id: str, each: Drawn) -> Conversation:
    """What was drawn as a conversation; an open one is always somebody's."""
    return Conversation(
        id,
        each.customer,
        "web",
        each.team,
        each.state,
        each.at,
        each.at,
        assignee=each.assignee or (ME if each.state is State.OPEN else None),
        category=each.category,
        waiting_since=each.at,
        closed_at=each.at + STEP_S if each.state is State.CLOSED else None,
        answered_at=each.at + ANSWERS_S if each.answered else None,
    )


def said_in(id: str, each: Drawn) -> list[Message]:
    """What was said in it, beside the message that was deleted."""
    customer, agent, at = AuthorKind.CUSTOMER, AuthorKind.AGENT, each.at
    said = [
        Message(id, 1, at, customer, MessageKind.TEXT, words_of(each), client_key="1"),
        Message(id, 2, at, agent, MessageKind.WHISPER, "hushed refund", author="al", to_agent="a1"),
    ]
    if each.noted:
        said.append(Message(id, 3, at, agent, MessageKind.NOTE, "noted", author="a1"))
    if each.answered:
        said.append(Message(id, 4, at + ANSWERS_S, agent, MessageKind.TEXT, "answered", author="a1"))
    return said


def words_of(each: Drawn) -> str:
    return " ".join(sorted(each.words))


def drawn_of(drawn: list[Drawn], conversation: Conversation) -> Drawn:
    return drawn[int(conversation.id[1:])]


def viewable(guard: Guard, made: list[Conversation]) -> list[Conversation]:
    """Those that may be viewed, each asked about by itself."""
    return [each for each in made if guard.allows("conversation.view", resource_of(each))]


def newest(made: Iterable[Conversation]) -> list[str]:
    """Their ids, the one with the latest message first."""
    return [each.id for each in sorted(made, key=lambda each: (each.last_at, each.id), reverse=True)]


def walked(ask: Callable[[object], object]) -> list[str]:
    """The ids of every page of a list, one after the other."""
    found, after = [], None
    while True:
        page = ask(after)
        found += [row.conversation.id for row in page.rows]  # type: ignore[attr-defined]
        after = page.next  # type: ignore[attr-defined]
        if after is None:
            return found


def in_view(view: View, each: Conversation) -> bool:
    return {
        View.ALL: each.state is not State.CLOSED,
        View.MINE: each.state in (State.OPEN, State.WAITING) and each.assignee == ME,
        View.WAITING: each.state is State.WAITING,
        View.UNASSIGNED: each.state is State.WAITING and each.assignee is None,
        View.BOT: each.state is State.BOT,
    }[view]


def wants(filter: Filter, each: Conversation, drawn: list[Drawn]) -> bool:
    """Whether a conversation is one of those that a filter asks for."""
    return (
        (filter.states is None or each.state in filter.states)
        and filter.team in (None, each.team)
        and filter.assignee in (None, each.assignee)
        and not (filter.unassigned and each.assignee is not None)
        and (filter.tag is None or filter.tag in drawn_of(drawn, each).tags)
        and filter.category in (None, each.category)
        and filter.customer in (None, each.customer)
        and (filter.since is None or each.last_at >= filter.since)
        and (filter.until is None or each.last_at < filter.until)
    )


def is_takeable(guard: Guard, each: Conversation, online: Iterable[str] = ()) -> bool:
    """Whether the queue holds it for this agent, while these are online."""
    if each.state is not State.WAITING:
        return False
    is_left = each.assignee is not None and each.assignee not in online
    free = each.assignee in (None, ME) and guard.allows("conversation.accept", resource_of(each))
    return free or (is_left and guard.allows("conversation.accept_sticky", resource_of(each)))


def covered(guard: Guard, action: str, made: list[Conversation], customer: str) -> list[bool]:
    """Of each of his conversations, whether it may be viewed and is within the action's reach."""
    return [
        guard.allows("conversation.view", resource_of(each)) and guard.allows(action, customer_resource(each))
        for each in made
        if each.customer == customer
    ]


def covers(guard: Guard, action: str, made: list[Conversation]) -> set[str]:
    """The customers whom an action reaches through one of their conversations."""
    return {
        id
        for id in CUSTOMERS
        if any(hits := covered(guard, action, made, id)) or (not hits and guard.allows(action))
    }


def counted(guard: Guard, action: str, kind: str, made: list[Conversation]) -> list[Conversation]:
    """The conversations whose numbers an action may count."""
    return [
        each for each in made if guard.allows(action, Resource(kind, owner=each.assignee, team=each.team))
    ]

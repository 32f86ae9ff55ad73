"""Every list, count and search holds exactly what `decide` allows, one by one.

Worlds are random: roles of random grants, bounded and unbounded, teams, and conversations
in every state. The truth is asked of the guard about each conversation by itself.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desk.world import FOUNDED, Wall, World

from roledesk import (
    Assignment,
    Change,
    DeniedError,
    Engine,
    Guard,
    PutAgent,
    PutRole,
    PutTeam,
    Resource,
    Role,
    Scope,
    SetAssignments,
    Status,
    Subject,
    Team,
    as_agent,
    as_role,
)
from roledesk.desk import customer_files, customers, reading, reports
from roledesk.desk.customers import Choice
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
from roledesk.desk.store.customers import Order
from roledesk.desk.store.labels import Tag
from roledesk.desk.store.reports import Period

TEAMS = ("a", "b", "c")
WORDS = ("refund", "parcel", "退款申请", "สวัสดี", "Straße")
SCOPED = {
    "AgentChat": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "ConversationView": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "AcceptWaiting": (Scope.TEAM, Scope.ALL),
    "ChatsAll": (Scope.TEAM, Scope.ALL),
    "ChatsMy": (Scope.ALL,),
    "AgentSupervise": (Scope.ALL,),
    "AgentManagementBotChatHistory": (Scope.TEAM, Scope.ALL),
    "PrivateNoteView": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "Users": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "CustomerSensitiveFields": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "CustomerExport": (Scope.TEAM, Scope.ALL),
    "DeleteUser": (Scope.TEAM, Scope.ALL),
    "AgentUnblockUser": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "Reports": (Scope.OWN, Scope.TEAM, Scope.ALL),
    "OrganizationDashboard": (Scope.TEAM, Scope.ALL),
}
ME = "me"
PERIOD = Period(-86_400.0, 86_400.0)
GRANTS = st.dictionaries(st.sampled_from(sorted(SCOPED)), st.integers(0, 2), max_size=6).map(
    lambda ticked: {key: SCOPED[key][n % len(SCOPED[key])] for key, n in ticked.items()}
)
BOUNDS = st.none() | st.frozensets(st.sampled_from(TEAMS), min_size=1)
TALKS = st.tuples(
    st.sampled_from(list(State)),
    st.sampled_from(TEAMS),
    st.sampled_from([None, ME, "a2"]),
    st.integers(0, 4),
    st.integers(0, 3),
    st.sets(st.sampled_from(WORDS), min_size=1),
    st.booleans(),
)


@pytest.fixture
def many(engine: Engine, wall: Wall) -> Callable[[], World]:
    """A fresh organization for each example, in one database."""
    made = 0

    def make() -> World:
        nonlocal made
        made += 1
        world = World(engine.found(f"acme-{made}", FOUNDED, because="It opens"), wall)
        world.put(PutTeam(Team("c", "Team C")))
        return world

    return make


def stand(world: World, held: list[tuple[dict[str, Scope], frozenset[str] | None]], teams: set[str]) -> Guard:
    """Let `me` hold these roles."""
    roles = [Role(f"r{n}", f"Role {'abc'[n]}", grants) for n, (grants, _) in enumerate(held)]
    given = tuple(Assignment(f"r{n}", teams=bound) for n, (_, bound) in enumerate(held))
    edits = (
        *map(PutRole, roles),
        PutAgent(ME, Status.ACTIVE, frozenset(teams)),
        SetAssignments(ME, given),
    )
    world.organization.commit(Change(edits), by=Subject("olu"), because="As asked")
    return world.guard(ME)


def fill(
    world: World, drawn: list[tuple[State, str, str | None, int, int, set[str], bool]]
) -> list[Conversation]:
    """Put these conversations in, each with what was said, a note and a deleted message."""
    organization, made = world.organization, []
    with organization.locked() as connection:
        for team in TEAMS:
            labels.put_tag(connection, organization.id, Tag(f"tag-{team}", f"Tag {team}"))
        for n in range(6):
            person = Customer(f"x{n}", f"Name {n}", float(n), f"secret{n}@example.com", f"+31 {n}{n}{n}")
            known.add(connection, organization.id, person if n % 2 else blocked(person))
        for n, (state, team, assignee, customer, at, words, noted) in enumerate(drawn):
            owner = assignee if state is not State.OPEN or assignee else ME
            made.append(
                Conversation(
                    f"t{n}", f"x{customer}", "web", team, state, at, at, assignee=owner, waiting_since=at
                )
            )
            talks.add(connection, organization.id, made[-1])
            said = [(MessageKind.TEXT, " ".join(sorted(words))), (MessageKind.WHISPER, "hushed refund")]
            said += [(MessageKind.NOTE, "noted")] if noted else []
            for seq, (kind, text) in enumerate(said, 1):
                message = Message(f"t{n}", seq, at, AuthorKind.CUSTOMER, kind, text, client_key=str(seq))
                messages.add(connection, organization.id, message)
            gone = Message(f"t{n}", 9, at, AuthorKind.CUSTOMER, MessageKind.TEXT, "erased")
            messages.add(connection, organization.id, gone)
            messages.blank(connection, organization.id, gone, at=1.0, by="olu")
            if n % 2:
                labels.tag_conversation(connection, organization.id, f"t{n}", f"tag-{team}")
    return made


def blocked(customer: Customer) -> Customer:
    return Customer(
        customer.id, customer.name, customer.created_at, customer.email, customer.phone, blocked_at=1.0
    )


def walked(ask: Callable[[object], object]) -> list[str]:
    """The ids of every page of a list, one after the other."""
    found, after = [], None
    while True:
        page = ask(after)
        found += [row.conversation.id for row in page.rows]  # type: ignore[attr-defined]
        after = page.next  # type: ignore[attr-defined]
        if after is None:
            return found


def newest(made: list[Conversation]) -> list[str]:
    return [each.id for each in sorted(made, key=lambda each: (each.last_at, each.id), reverse=True)]


def in_view(view: View, each: Conversation) -> bool:
    return {
        View.ALL: each.state is not State.CLOSED,
        View.MINE: each.state in (State.OPEN, State.WAITING) and each.assignee == ME,
        View.WAITING: each.state is State.WAITING,
        View.UNASSIGNED: each.state is State.WAITING and each.assignee is None,
        View.BOT: each.state is State.BOT,
    }[view]


@settings(suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_lists_counts_and_searches_hold_what_is_allowed_one_by_one(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    held = data.draw(st.lists(st.tuples(GRANTS, BOUNDS), min_size=1, max_size=3))
    guard = stand(world, held, data.draw(st.sets(st.sampled_from(TEAMS))))
    made = fill(world, data.draw(st.lists(TALKS, max_size=14)))
    viewable = [each for each in made if guard.allows("conversation.view", resource_of(each))]
    check_inbox(guard, viewable)
    check_closed(guard, viewable)
    check_queue(guard, made)
    check_search(guard, viewable, world)
    check_customers(guard, made)
    check_reports(guard, made)
    check_home(guard, made)


@settings(suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_preview_shows_what_both_may_see_and_nothing_else(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    held = data.draw(st.lists(st.tuples(GRANTS, BOUNDS), min_size=1, max_size=2))
    viewer = stand(world, held, data.draw(st.sets(st.sampled_from(TEAMS))))
    role = Role("seen", "Seen", data.draw(GRANTS))
    world.put(PutRole(role), SetAssignments("a2", (Assignment("seen"),)))
    made = fill(world, data.draw(st.lists(TALKS, max_size=14)))
    teams = data.draw(st.sets(st.sampled_from(TEAMS), min_size=1))
    for preview, alone in (
        (as_agent(viewer, "a2"), world.guard("a2")),
        (as_role(viewer, "seen", frozenset(teams)), None),
    ):
        check_preview(preview, viewer, alone, made)


def check_preview(preview: Guard, viewer: Guard, alone: Guard | None, made: list[Conversation]) -> None:
    viewable = [each for each in made if preview.allows("conversation.view", resource_of(each))]
    for each in made:
        for action in ("conversation.view", "conversation.reply", "note.read", "conversation.accept"):
            both = viewer.allows(action, resource_of(each)) and (
                alone is None or alone.allows(action, resource_of(each))
            )
            assert preview.allows(action, resource_of(each)) <= both
            if alone is not None:
                assert preview.allows(action, resource_of(each)) == both
            assert preview.reach(action).covers(resource_of(each)) == preview.allows(
                action, resource_of(each)
            )
    assert walked(lambda after: reading.inbox(preview, after=after, limit=2)) == newest(
        [each for each in viewable if in_view(View.ALL, each)]
    )
    assert walked(lambda after: reading.closed(preview, mine=False, after=after, limit=2)) == newest(
        [each for each in viewable if each.state is State.CLOSED]
    )
    hits = {hit.conversation.id for hit in reading.find_messages(preview, "hushed").hits}
    assert hits == set()
    readable = {row.customer.id for row in customers.list_customers(preview).rows}
    assert readable <= {row.customer.id for row in customers.list_customers(viewer).rows}
    bare = {row.customer.id for row in customers.list_customers(preview).rows if not row.masked}
    assert bare <= {row.customer.id for row in customers.list_customers(viewer).rows if not row.masked}


def check_inbox(guard: Guard, viewable: list[Conversation]) -> None:
    counts = reading.inbox_counts(guard)
    for view in View:
        expected = newest([each for each in viewable if in_view(view, each)])
        assert walked(lambda after, view=view: reading.inbox(guard, view, after=after, limit=2)) == expected
        assert counts[view] == len(expected)
    overseen = [each for each in viewable if each.state is State.OPEN]
    assert reading.count_supervised(guard) == len(overseen)
    if guard.may("supervision.open"):
        assert walked(lambda after: reading.supervised(guard, after=after, limit=2)) == newest(overseen)
    had = newest([each for each in viewable if each.assignee == "a2"])
    assert walked(lambda after: reading.conversations_with(guard, "a2", after=after, limit=2)) == had
    for wanted, wants in (
        (Filter(team="b"), lambda each: each.team == "b"),
        (Filter(tag="tag-a"), lambda each: each.team == "a" and int(each.id[1:]) % 2 == 1),
        (Filter(states=frozenset({State.OPEN})), lambda each: each.state is State.OPEN),
    ):
        expected = newest([each for each in viewable if in_view(View.ALL, each) and wants(each)])
        page = reading.inbox(guard, wanted=wanted)
        assert [row.conversation.id for row in page.rows] == expected
        assert page.counts[View.ALL] == len(expected)


def check_closed(guard: Guard, viewable: list[Conversation]) -> None:
    done = [each for each in viewable if each.state is State.CLOSED]
    for mine in (False, True):
        expected = newest([each for each in done if not mine or each.assignee == ME])
        assert (
            walked(lambda after, mine=mine: reading.closed(guard, mine=mine, after=after, limit=2))
            == expected
        )
        assert reading.count_closed(guard, mine=mine) == len(expected)


def check_queue(guard: Guard, made: list[Conversation]) -> None:
    def takeable(each: Conversation) -> bool:
        kept = each.assignee not in (None, ME)
        action = "conversation.accept_sticky" if kept else "conversation.accept"
        if each.assignee == ME and guard.allows("conversation.accept_sticky", resource_of(each)):
            return True
        return guard.allows(action, resource_of(each))

    expected = {each.id for each in made if each.state is State.WAITING and takeable(each)}
    shown = reading.queue(guard)
    assert {each.id for each in shown} == expected
    assert reading.count_queue(guard) == len(expected)
    for each in shown:
        conversation = next(one for one in made if one.id == each.id)
        assert each.visible == guard.allows("conversation.view", resource_of(conversation))


def first_text(world: World, conversation: Conversation) -> str:
    with world.organization.database.reading() as connection:
        found = messages.find(connection, world.organization.id, conversation.id, 1)
    assert found is not None
    return found.text


def check_search(guard: Guard, viewable: list[Conversation], world: World) -> None:
    for sought, said in (
        ("refund", "refund"),
        ("退款", "退款申请"),
        ("申请", "退款申请"),
        ("strasse", "Straße"),
        ("สวัส", "สวัสดี"),
    ):
        found = reading.find_messages(guard, sought, limit=100)
        expected = {each.id for each in viewable if said in first_text(world, each)}
        assert {hit.conversation.id for hit in found.hits} == expected
        assert {hit.message.kind for hit in found.hits} <= {MessageKind.TEXT}
    with world.organization.database.reading() as connection:
        noted = {each.id for each in viewable if messages.find(connection, world.organization.id, each.id, 3)}
    readable = {each.id for each in viewable if guard.allows("note.read", resource_of(each))}
    assert {hit.conversation.id for hit in reading.find_messages(guard, "noted").hits} == noted & readable
    for nothing in ("erased", "hushed", "", "!"):
        assert reading.find_messages(guard, nothing).hits == ()


def covered(guard: Guard, action: str, made: list[Conversation], customer: str) -> list[bool]:
    """Of each of his conversations, whether it may be viewed and is within the action's reach."""
    return [
        guard.allows("conversation.view", resource_of(each)) and guard.allows(action, customer_resource(each))
        for each in made
        if each.customer == customer
    ]


def one(guard: Guard, action: str, made: list[Conversation], customer: str) -> bool:
    hits = covered(guard, action, made, customer)
    return any(hits) if hits else guard.allows(action)


def check_customers(guard: Guard, made: list[Conversation]) -> None:
    ids = [f"x{n}" for n in range(6)]
    readable = {id for id in ids if one(guard, "customer.read", made, id)}
    bare = {id for id in ids if one(guard, "customer.read_sensitive", made, id)}
    for order in Order:
        page = customers.list_customers(guard, order=order)
        shown = [row.customer.id for row in page.rows]
        assert shown == sorted(readable, reverse=order is Order.NEWEST)
        assert customers.count_customers(guard) == len(readable)
        assert {row.customer.id for row in page.rows if not row.masked} == readable & bare
    assert customers.count_customers(guard, Choice("secret")) == len(readable & bare)
    assert customers.count_customers(guard, Choice("name")) == len(readable)
    exportable = {id for id in ids if one(guard, "customer.export", made, id)}
    if guard.may("customer.export"):
        taken = {row.customer.id: row for row in customer_files.export(guard)}
        assert set(taken) == exportable
        assert {id for id, row in taken.items() if not row.masked} == exportable & bare
    else:
        assert not exportable
    freeable = {id for id in ids if one(guard, "customer.unblock", made, id)}
    listed = customers.list_customers(guard, Choice(blocked=True))
    assert {row.customer.id for row in listed.rows} == readable & freeable & {"x0", "x2", "x4"}
    wholly = {
        id
        for id in ids
        if all(covered(guard, "customer.delete", made, id))
        and (guard.allows("customer.delete") or covered(guard, "customer.delete", made, id))
    }
    with guard.organization.database.reading() as connection:
        reaches = known.Reaches(guard.reach("customer.delete"), guard.reach("conversation.view"))
        assert known.wholly_covered(connection, guard.organization.id, ids, reaches) == wholly


def counted(guard: Guard, action: str, kind: str, made: list[Conversation]) -> list[Conversation]:
    return [
        each for each in made if guard.allows(action, Resource(kind, owner=each.assignee, team=each.team))
    ]


def check_reports(guard: Guard, made: list[Conversation]) -> None:
    if not guard.may("report.run"):
        with pytest.raises(DeniedError):
            reports.run(guard, PERIOD, by="team")
        return
    mine = counted(guard, "report.run", "report", made)
    viewable = {each.id for each in mine if guard.allows("conversation.view", resource_of(each))}
    for by, key_of in (
        ("team", lambda each: each.team),
        ("agent", lambda each: each.assignee),
        ("day", None),
    ):
        report = reports.run(guard, PERIOD, by=by)
        assert (report.total.started, report.total.inbound) == (len(mine), 2 * len(mine))
        if key_of is not None:
            expected = Counter(map(key_of, mine))
            assert {line.key: line.started for line in report.lines if line.started} == expected
            for key in expected:
                behind = {row.conversation.id for row in reports.behind(guard, PERIOD, by=by, key=key).rows}
                assert behind == {each.id for each in mine if key_of(each) == key} & viewable
    tagged = reports.run(guard, PERIOD, by="tag")
    assert tagged.total.started == len(mine)


def check_home(guard: Guard, made: list[Conversation]) -> None:
    if not guard.may("dashboard.read"):
        with pytest.raises(DeniedError):
            reports.counters(guard, since=0.0)
        return
    mine, everywhere = counted(guard, "dashboard.read", "dashboard", made), guard.allows("dashboard.read")
    found = reports.counters(guard, since=-1.0)
    assert found.customers == (6 if everywhere else len({each.customer for each in mine}))
    assert (found.inbound, found.outbound) == (2 * len(mine), 0)
    agents = guard.organization.policy.agents
    assert found.agents == sum(
        guard.allows("dashboard.read", Resource("dashboard", teams=standing.teams))
        for standing in agents.values()
    )

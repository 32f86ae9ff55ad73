"""No list of the desk reads a whole table, and its first page is not sorted out of everything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import event, text
from tests.desk.world import World

from roledesk import DeniedError, Guard, Scope
from roledesk.desk import customer_files, customers, presence, reading, reports, transcripts
from roledesk.desk.customers import Choice
from roledesk.desk.facts import AuthorKind
from roledesk.desk.reading import View
from roledesk.desk.reports import DIMENSIONS
from roledesk.desk.store import events, messages
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.customers import Order
from roledesk.desk.store.reports import Period

BIG = {
    "conversations",
    "messages",
    "customers",
    "events",
    "attachments",
    "reads",
    "conversation_tags",
    "customer_tags",
    "his",
}
"""Tables that grow with what is said; `his` are the conversations of a customer."""
Said = list[tuple[str, object]]

LISTS: dict[str, Callable[[Guard], object]] = {
    "inbox": lambda guard: reading.inbox(guard, after=(1.0, "c")),
    "mine": lambda guard: reading.inbox(guard, View.MINE),
    "unassigned": lambda guard: reading.inbox(guard, View.UNASSIGNED),
    "of a team": lambda guard: reading.inbox(guard, wanted=Filter(team="a")),
    "closed": lambda guard: reading.closed(guard, mine=False, after=(1.0, "c")),
    "my closed": lambda guard: reading.closed(guard, mine=True),
}
OTHERS: dict[str, Callable[[Guard], object]] = {
    "badges": reading.count_mine,
    "queue": reading.queue,
    "count of the queue": reading.count_queue,
    "search": lambda guard: reading.find_messages(guard, "hello"),
    "search without spaces": lambda guard: reading.find_messages(guard, "退款", before=9),
    "customers": customers.list_customers,
    "blocked customers": lambda guard: customers.list_customers(guard, Choice("x", blocked=True)),
    "conversations of a customer": lambda guard: reading.conversations_of(guard, "x"),
    "conversations with an agent": lambda guard: reading.conversations_with(guard, "a1", since=1.0),
    "statuses": presence.agent_statuses,
}
PERIOD = Period(1_899_000_000.0, 1_901_000_000.0)
FILTERS = {
    "team": Filter(team="a"),
    "agent": Filter(assignee="a1"),
    "tag": Filter(tag="t"),
    "category": Filter(category="c"),
    "days": Filter(since=1.0, until=2e9),
    "everything": Filter(team="a", assignee="a1", tag="t", category="c", since=1.0, until=2e9),
}
NARROWED: dict[str, Callable[[Guard], object]] = {
    f"{name} by {what}": lambda guard, ask=ask, wanted=wanted: ask(guard, wanted)
    for what, wanted in FILTERS.items()
    for name, ask in {
        "inbox": lambda guard, wanted: reading.inbox(guard, wanted=wanted),
        "closed": lambda guard, wanted: reading.closed(guard, mine=False, wanted=wanted),
        "count of closed": lambda guard, wanted: reading.count_closed(guard, mine=True, wanted=wanted),
        "search": lambda guard, wanted: reading.find_messages(guard, "hello", wanted=wanted),
    }.items()
}
SUPERVISED: dict[str, Callable[[Guard], object]] = {
    "supervised": lambda guard: reading.supervised(guard, wanted=Filter(team="a")),
    "count of supervised": reading.count_supervised,
}
NUMBERS: dict[str, Callable[[Guard], object]] = {
    "home": lambda guard: reports.counters(guard, since=PERIOD.since),
    **{f"report by {by}": lambda guard, by=by: reports.run(guard, PERIOD, by=by) for by in DIMENSIONS},
    "report of a team": lambda guard: reports.run(guard, replace(PERIOD, team="a"), by="day"),
    "report of an agent": lambda guard: reports.run(guard, replace(PERIOD, agent="a1"), by="day"),
    **{
        f"chats behind {by}": lambda guard, by=by: reports.behind(guard, PERIOD, by=by, key="a")
        for by in DIMENSIONS
    },
    "chats without a tag": lambda guard: reports.behind(guard, PERIOD, by="tag", key=None),
}
TAKEN: dict[str, Callable[[Guard], object]] = {
    "customer export": lambda guard: [*customer_files.export(guard)],
    "customers by tag": lambda guard: customers.list_customers(guard, Choice(tag="t")),
    "customers by name": lambda guard: customers.list_customers(guard, order=Order.NAME, after=("x", "x")),
    "customers to release": lambda guard: customers.list_customers(
        guard, Choice(sticky=True), action="customer.unstick"
    ),
    "count of customers": lambda guard: customers.count_customers(guard, upto=1000),
    "customers with a history": lambda guard: customers.list_customers(guard, action="customer.read_history"),
    "history of a customer": lambda guard: transcripts.history_of(guard, "x", after=(1.0, "c")),
}
HOLDING: dict[str, dict[str, Scope]] = {
    "own": {"Reports": Scope.OWN, "Users": Scope.OWN, "AgentChat": Scope.OWN, "ChatsMy": Scope.ALL},
    "team": {
        "Reports": Scope.TEAM,
        "OrganizationDashboard": Scope.TEAM,
        "Users": Scope.TEAM,
        "CustomerExport": Scope.TEAM,
        "AgentSupervise": Scope.ALL,
        "AgentChat": Scope.TEAM,
        "ChatsAll": Scope.TEAM,
        "ConversationExport": Scope.TEAM,
        "AgentManagementUserChatHistory": Scope.TEAM,
        "UnstickUser": Scope.TEAM,
    },
}


@contextmanager
def heard(world: World) -> Iterator[Said]:
    """Every statement that is run meanwhile."""
    said: Said = []

    def listen(*args: object) -> None:
        said.append((str(args[2]), args[3]))

    engine = world.organization.database.engine
    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


@pytest.fixture
def sized(world: World) -> World:
    """A little of everything, and a planner that believes it to be much."""
    for team, agent in (("a", "a1"), ("b", "b1")):
        for _ in range(3):
            world.start(team)
            world.opened(agent, "hello 退款申请")
    with world.organization.database.writing() as connection:
        connection.execute(text("ANALYZE"))
        if connection.dialect.name == "sqlite":
            enlarged = "UPDATE sqlite_stat1 SET stat = '1000000' || substr(stat, instr(stat, ' '))"
            connection.execute(text(enlarged))
    if world.organization.database.dialect == "sqlite":
        world.organization.database.engine.dispose()
    return world


def plans_of(world: World, said: Said) -> list[str]:
    """How the database finds the rows of what was said; PostgreSQL as it would if reading a table whole were dear."""
    is_sqlite = world.organization.database.dialect == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    plan: list[str] = []
    with world.organization.database.writing() as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in said:
            if statement.lstrip().startswith("SELECT"):
                rows = connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
                plan += [str(row[-1]) for row in rows]
    return plan


def read_whole(plan: list[str]) -> set[str]:
    words = [line.split() for line in plan if line.startswith("SCAN") or "Seq Scan on" in line]
    named = {line[1] if line[0] == "SCAN" else line[line.index("on") + 1] for line in words}
    return named & BIG


@pytest.mark.parametrize("agent", ["a1", "an", "olu"])
@pytest.mark.parametrize("name", [*LISTS, *OTHERS])
def test_no_list_reads_a_whole_table(sized: World, name: str, agent: str) -> None:
    with heard(sized) as said:
        {**LISTS, **OTHERS}[name](sized.guard(agent))
    plan = plans_of(sized, said)
    assert plan
    assert read_whole(plan) == set(), "\n".join(plan)


@pytest.mark.parametrize("reach", ["own", "team", "all"])
@pytest.mark.parametrize(
    "lists", [NARROWED, SUPERVISED, NUMBERS, TAKEN], ids=["narrowed", "supervised", "numbers", "taken"]
)
def test_whatever_is_narrowed_counted_or_taken_is_found_by_an_index(
    sized: World, lists: dict[str, Callable[[Guard], object]], reach: str
) -> None:
    if reach != "all":
        sized.give("a1", **HOLDING[reach])
    guard = sized.guard("olu" if reach == "all" else "a1")
    whole = {}
    for name, ask in lists.items():
        with heard(sized) as said, suppress(DeniedError):
            ask(guard)
        plan = plans_of(sized, said)
        if found := read_whole(plan):
            whole[name] = (found, plan)
    assert whole == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("by", DIMENSIONS)
def test_a_report_reads_its_period_and_no_more(sized: World, by: str) -> None:
    """PostgreSQL takes any index while there is so little; its columns are the same."""
    with heard(sized) as said:
        reports.run(sized.guard("olu"), PERIOD, by=by)
    plan = "\n".join(plans_of(sized, said))
    for index in (
        "ix_conversations_organization_created_at_id (organization=? AND created_at>? AND created_at<?)",
        "ix_conversations_organization_closed_at_id (organization=? AND closed_at>? AND closed_at<?)",
        "ix_messages_organization_at (organization=? AND at>? AND at<?)",
    ):
        assert index in plan


@pytest.mark.parametrize("agent", ["a1", "olu"])
def test_the_conversations_of_a_customer_are_found_by_him(sized: World, agent: str) -> None:
    conversation = sized.opened("a1")
    with heard(sized) as said:
        reading.conversations_of(sized.guard(agent), conversation.customer, after=(2e9, "c"))
        reading.earlier_conversations(sized.guard(agent), conversation.id)
    plan = plans_of(sized, said)
    assert any("ix_conversations_organization_customer_created_at" in line for line in plan)
    assert not any("ix_conversations_organization_state" in line for line in plan)


def test_a_transcript_is_read_by_its_conversation(sized: World) -> None:
    conversation = sized.opened("a1")
    with heard(sized) as said:
        assert [*transcripts.export(sized.guard("olu"), conversation.id)]
    plan = plans_of(sized, said)
    assert read_whole(plan) == set(), "\n".join(plan)


def test_a_thread_and_the_feed_are_read_by_their_number(sized: World) -> None:
    conversation = sized.opened("a1")
    with heard(sized) as said, sized.organization.database.reading() as connection:
        reading.thread(sized.guard("a1"), conversation.id)
        events.since(connection, "acme", 3, limit=5)
        events.last_move(connection, "acme", conversation.id)
        messages.find_sent(connection, "acme", conversation.id, "k", kind=AuthorKind.AGENT, author="a1")
    plan = plans_of(sized, said)
    assert read_whole(plan) == set(), "\n".join(plan)


@pytest.mark.parametrize("name", ["inbox", "closed"])
def test_a_page_comes_in_order_from_an_index_for_each_state_and_team(sized: World, name: str) -> None:
    sized.give("a1", AgentChat=Scope.TEAM, ChatsAll=Scope.TEAM)
    with heard(sized) as said:
        LISTS[name](sized.guard("a1"))
    used = [
        line
        for line in plans_of(sized, said)
        if "ix_conversations_organization_state_team_last_at_id" in line
    ]
    assert used

"""No list of the desk reads a whole table, and its first page is not sorted out of everything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from tests.desk.world import World

from roledesk import Guard, Scope
from roledesk.desk import customers, presence, reading
from roledesk.desk.customers import Choice
from roledesk.desk.facts import AuthorKind
from roledesk.desk.reading import View
from roledesk.desk.store import events, messages
from roledesk.desk.store.conversations import Filter

BIG = {"conversations", "messages", "customers", "events", "attachments", "reads", "conversation_tags"}
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
    "badges": reading.inbox_counts,
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

"""Every list, count and search holds exactly what `decide` allows, one by one.

Worlds are random (worlds.py). The truth is asked of the guard about each conversation by
itself. Every list is walked to its end by its cursors: no gap, nothing twice.
"""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.desk.world import World
from tests.desk.worlds import (
    BLOCKED,
    CUSTOMERS,
    FILTERS,
    GRANTS,
    MATE,
    ME,
    MEMBERSHIPS,
    ROLES,
    STEPS,
    TALKS,
    TEAMS,
    Drawn,
    any_world,
    covered,
    covers,
    drawn_of,
    fill,
    in_view,
    is_takeable,
    newest,
    stand,
    viewable,
    walked,
    wants,
    words_of,
)

from roledesk import DeniedError, Guard, PutRole, Role, as_agent, as_role
from roledesk.desk import customers, reading
from roledesk.desk.customers import Choice
from roledesk.desk.facts import Conversation, MessageKind, State, resource_of
from roledesk.desk.reading import View
from roledesk.desk.store import customers as known
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.customers import Order

SOUGHT = (
    ("refund", "refund"),
    ("退款", "退款申请"),
    ("申请", "退款申请"),
    ("strasse", "Straße"),
    ("สวัส", "สวัสดี"),
)


@any_world
@given(data=st.data())
def test_lists_counts_and_searches_hold_what_is_allowed_one_by_one(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    guard = stand(world, data.draw(ROLES), data.draw(MEMBERSHIPS))
    drawn = data.draw(TALKS)
    made = fill(world, drawn)
    check_inbox(guard, viewable(guard, made))
    assert reading.count_mine(guard) == reading.inbox(guard).counts[View.MINE]
    check_closed(guard, viewable(guard, made))
    check_search(guard, viewable(guard, made), drawn)
    check_customers(guard, made)
    online = data.draw(st.sets(st.sampled_from([ME, MATE])))
    world.online(*online)
    check_queue(guard, made, online)


@any_world
@given(data=st.data())
def test_what_narrows_a_list_never_widens_it(many: Callable[[], World], data: st.DataObject) -> None:
    world = many()
    guard = stand(world, data.draw(ROLES), data.draw(MEMBERSHIPS))
    drawn = data.draw(TALKS)
    seen = viewable(guard, fill(world, drawn))
    wanted = data.draw(FILTERS)
    check_inbox(guard, [each for each in seen if wants(wanted, each, drawn)], wanted)
    anyhow = replace(wanted, states=None)
    check_closed(guard, [each for each in seen if wants(anyhow, each, drawn)], wanted)
    check_supervised(guard, seen, drawn, Filter(team=wanted.team, assignee=wanted.assignee, tag=wanted.tag))
    check_found(guard, seen, drawn, wanted)
    check_histories(guard, seen, since=data.draw(STEPS), until=data.draw(STEPS))


@any_world
@given(data=st.data())
def test_a_preview_shows_what_both_may_see_and_nothing_else(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    viewer = stand(world, data.draw(ROLES), data.draw(MEMBERSHIPS))
    role = Role("seen", "Seen", data.draw(GRANTS))
    world.put(PutRole(role))
    alone = stand(world, [(role.grants, None)], {"a"}, MATE)
    made = fill(world, data.draw(TALKS))
    teams = data.draw(st.sets(st.sampled_from(TEAMS), min_size=1))
    check_preview(as_agent(viewer, MATE), viewer, alone, made)
    check_preview(as_role(viewer, "seen", frozenset(teams)), viewer, None, made)


def check_preview(preview: Guard, viewer: Guard, alone: Guard | None, made: list[Conversation]) -> None:
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
    seen = viewable(preview, made)
    assert walked(lambda after: reading.inbox(preview, after=after, limit=2)) == newest(
        [each for each in seen if in_view(View.ALL, each)]
    )
    assert walked(lambda after: reading.closed(preview, mine=False, after=after, limit=2)) == newest(
        [each for each in seen if each.state is State.CLOSED]
    )
    assert reading.find_messages(preview, "hushed").hits == ()
    readable = {row.customer.id for row in customers.list_customers(preview).rows}
    assert readable <= {row.customer.id for row in customers.list_customers(viewer).rows}
    bare = {row.customer.id for row in customers.list_customers(preview).rows if not row.masked}
    assert bare <= {row.customer.id for row in customers.list_customers(viewer).rows if not row.masked}


def check_inbox(guard: Guard, matching: list[Conversation], wanted: Filter | None = None) -> None:
    counts = reading.inbox(guard, wanted=wanted).counts
    for view in View:
        expected = newest([each for each in matching if in_view(view, each)])
        assert expected == walked(
            lambda after, view=view: reading.inbox(guard, view, wanted=wanted, after=after, limit=2)
        )
        assert counts[view] == len(expected)


def check_closed(guard: Guard, matching: list[Conversation], wanted: Filter | None = None) -> None:
    done = [each for each in matching if each.state is State.CLOSED]
    for mine in (False, True):
        expected = newest([each for each in done if not mine or each.assignee == ME])
        assert expected == walked(
            lambda after, mine=mine: reading.closed(guard, mine=mine, wanted=wanted, after=after, limit=2)
        )
        assert reading.count_closed(guard, mine=mine, wanted=wanted) == len(expected)


def check_supervised(guard: Guard, seen: list[Conversation], drawn: list[Drawn], wanted: Filter) -> None:
    overseen = [each for each in seen if each.state is State.OPEN]
    assert reading.count_supervised(guard) == len(overseen)
    expected = newest([each for each in overseen if wants(wanted, each, drawn)])
    try:
        shown = walked(lambda after: reading.supervised(guard, wanted=wanted, after=after, limit=2))
    except DeniedError:
        assert not guard.allows("supervision.open")
    else:
        assert guard.allows("supervision.open")
        assert shown == expected


def check_histories(
    guard: Guard, seen: list[Conversation], *, since: float | None, until: float | None
) -> None:
    for agent in (ME, MATE):
        within = Filter(assignee=agent, since=since, until=until)
        expected = newest([each for each in seen if wants(within, each, [])])
        assert expected == walked(
            lambda after, agent=agent: reading.conversations_with(
                guard, agent, since=since, until=until, after=after, limit=2
            )
        )
    for customer in CUSTOMERS:
        expected = newest([each for each in seen if each.customer == customer])
        assert expected == walked(
            lambda after, customer=customer: reading.conversations_of(guard, customer, after=after, limit=2)
        )
    for here in seen:
        others = [each for each in seen if each.customer == here.customer and each.id != here.id]
        beside = reading.earlier_conversations(guard, here.id)
        assert [row.conversation.id for row in beside] == newest(others)


def check_queue(guard: Guard, made: list[Conversation], online: set[str]) -> None:
    expected = {each.id: each for each in made if is_takeable(guard, each, online)}
    shown = reading.queue(guard)
    assert [each.id for each in shown] == sorted(expected, key=lambda id: (expected[id].waiting_since, id))
    assert reading.count_queue(guard) == len(expected)
    for each in shown:
        assert each.visible == guard.allows("conversation.view", resource_of(expected[each.id]))
        assert each.kept_for == expected[each.id].assignee


def check_search(guard: Guard, seen: list[Conversation], drawn: list[Drawn]) -> None:
    for sought, said in SOUGHT:
        found = reading.find_messages(guard, sought, limit=100)
        expected = {each.id for each in seen if said in words_of(drawn_of(drawn, each))}
        assert {hit.conversation.id for hit in found.hits} == expected
        assert {hit.message.kind for hit in found.hits} <= {MessageKind.TEXT}
    noted = {
        each.id
        for each in seen
        if drawn_of(drawn, each).noted and guard.allows("note.read", resource_of(each))
    }
    assert {hit.conversation.id for hit in reading.find_messages(guard, "noted").hits} == noted
    for nothing in ("erased", "hushed", "", "!"):
        assert reading.find_messages(guard, nothing).hits == ()


def check_found(guard: Guard, seen: list[Conversation], drawn: list[Drawn], wanted: Filter) -> None:
    """What is found by words is narrowed as lists are, and its pages follow each other."""
    expected = {
        each.id for each in seen if "refund" in words_of(drawn_of(drawn, each)) and wants(wanted, each, drawn)
    }
    hits, before = [], None
    while True:
        found = reading.find_messages(guard, "refund", wanted=wanted, before=before, limit=2)
        hits += [(hit.id, hit.conversation.id) for hit in found.hits]
        if (before := found.next) is None:
            break
    assert hits == sorted(set(hits), reverse=True)
    assert {id for _, id in hits} == expected
    assert len(hits) == len(expected)


def check_customers(guard: Guard, made: list[Conversation]) -> None:
    readable, bare = covers(guard, "customer.read", made), covers(guard, "customer.read_sensitive", made)
    for order in Order:
        rows = walked_customers(
            lambda after, order=order: customers.list_customers(guard, order=order, after=after, limit=2)
        )
        assert [row.customer.id for row in rows] == sorted(readable, reverse=order is Order.NEWEST)
        assert {row.customer.id for row in rows if not row.masked} == readable & bare
    assert customers.count_customers(guard) == len(readable)
    assert customers.count_customers(guard, Choice("secret")) == len(readable & bare)
    assert customers.count_customers(guard, Choice("name")) == len(readable)
    freeable = covers(guard, "customer.unblock", made)
    listed = customers.list_customers(guard, Choice(blocked=True))
    assert {row.customer.id for row in listed.rows} == readable & freeable & BLOCKED
    readers = covers(guard, "customer.read_history", made)
    history = customers.list_customers(guard, action="customer.read_history")
    assert {row.customer.id for row in history.rows} == readers
    check_wholly_covered(guard, made)


def check_wholly_covered(guard: Guard, made: list[Conversation]) -> None:
    wholly = {
        id
        for id in CUSTOMERS
        if all(covered(guard, "customer.delete", made, id))
        and (guard.allows("customer.delete") or covered(guard, "customer.delete", made, id))
    }
    with guard.organization.database.reading() as connection:
        reaches = known.Reaches(guard.reach("customer.delete"), guard.reach("conversation.view"))
        assert known.wholly_covered(connection, guard.organization.id, CUSTOMERS, reaches) == wholly


def walked_customers(ask: Callable[[object], customers.CustomerPage]) -> list[customers.CustomerRow]:
    found, after = [], None
    while True:
        page = ask(after)
        found += page.rows
        if (after := page.next) is None:
            return found

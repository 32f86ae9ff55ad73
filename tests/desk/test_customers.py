"""Customers are read through one conversation, and dealt with only through all of them."""

from collections.abc import Callable

import pytest
from tests.desk.world import OWN, TEAM, World

from roledesk import BlockedError, DeniedError, InputError, NotFoundError, Scope
from roledesk.desk import conversations, customers, reading, visitors
from roledesk.desk.customers import MASK, Choice, Correction
from roledesk.desk.store import customers as known


def x_in_both_teams(world: World) -> str:
    """One customer with an open conversation in team A and one in team B."""
    customer = world.customer("Xenia")
    world.opened("a1", "here", customer=customer)
    world.opened("b1", "marker in b", customer=customer)
    return customer


def corrected(world: World, customer: str, **fields: str) -> None:
    customers.edit(world.guard("olu"), customer, Correction(**fields))


def test_a_customer_is_listed_through_one_conversation(world: World) -> None:
    both, only_b = x_in_both_teams(world), world.start("b").customer
    assert [row.customer.id for row in customers.list_customers(world.guard("a2")).rows] == [both]
    with pytest.raises(NotFoundError):
        customers.get_customer(world.guard("a2"), only_b)
    shown = [row.conversation.team for row in reading.conversations_of(world.guard("a2"), both).rows]
    assert shown == ["a"]


WHOLE: dict[str, Callable[[World, str, str], object]] = {
    "block": lambda world, agent, id: customers.block(world.guard(agent), id),
    "unblock": lambda world, agent, id: customers.unblock(world.guard(agent), id),
    "delete": lambda world, agent, id: customers.delete(world.guard(agent), id),
}


@pytest.mark.parametrize("command", WHOLE)
def test_what_concerns_the_whole_customer_needs_all_his_conversations(world: World, command: str) -> None:
    both, only_a, only_b = x_in_both_teams(world), world.opened("a1").customer, world.start("b").customer
    with pytest.raises(DeniedError) as raised:
        WHOLE[command](world, "al", both)
    assert not raised.value.hidden
    assert not raised.value.decision.allowed
    with pytest.raises(NotFoundError):
        WHOLE[command](world, "al", only_b)
    WHOLE[command](world, "al", only_a)
    WHOLE[command](world, "olu", both)


def test_whom_a_customer_is_used_to_is_told_with_a_chat_of_theirs_in_sight(world: World) -> None:
    both = x_in_both_teams(world)
    seen = {
        agent: customers.get_customer(world.guard(agent), both).customer.sticky_agent
        for agent in ("a1", "al", "b1", "olu")
    }
    assert seen == {"a1": None, "al": None, "b1": "b1", "olu": "b1"}
    [mine] = [row.conversation.id for row in reading.conversations_of(world.guard("a1"), both).rows]
    panel = customers.customer_panel(world.guard("a1"), mine)
    assert panel is not None
    assert panel.customer.sticky_agent is None
    only_a = world.opened("a1").customer
    assert customers.get_customer(world.guard("a2"), only_a).customer.sticky_agent == "a1"


def test_unsticking_many_does_what_it_may_and_names_the_rest(world: World) -> None:
    both, only_a = x_in_both_teams(world), world.opened("a1").customer
    offered = customers.list_releasable(world.guard("al"), limit=10)
    assert [row.customer.id for row in offered] == [only_a]
    outcome = customers.unstick(world.guard("al"), [both, only_a, "customer-none"])
    assert (outcome.done, outcome.refused) == ((only_a,), (both, "customer-none"))
    with world.organization.database.reading() as connection:
        sticky = [known.find(connection, "acme", id).sticky_agent for id in (both, only_a)]  # type: ignore[union-attr]
    assert sticky == ["b1", None]


def test_phone_and_email_are_masked_without_the_permission(world: World) -> None:
    customer = world.opened("a1").customer
    corrected(world, customer, email="xenia@example.com", phone="+31 6 1234")
    rows = {agent: customers.get_customer(world.guard(agent), customer) for agent in ("a1", "al")}
    assert (rows["a1"].customer.email, rows["a1"].customer.phone, rows["a1"].masked) == (MASK, MASK, True)
    assert (rows["al"].customer.email, rows["al"].masked) == ("xenia@example.com", False)
    found = {agent: customers.count_customers(world.guard(agent), Choice("1234")) for agent in rows}
    assert found == {"a1": 0, "al": 1}
    panel = customers.customer_panel(
        world.guard("a1"), reading.inbox(world.guard("a1")).rows[0].conversation.id
    )
    assert panel is not None
    assert panel.customer.email == MASK


def test_what_is_masked_cannot_be_edited(world: World) -> None:
    conversation = world.opened("a1")
    corrected(world, conversation.customer, email="xenia@example.com")
    customers.edit_panel(world.guard("a1"), conversation.id, Correction(name="Xenia X"))
    with pytest.raises(DeniedError):
        customers.edit_panel(world.guard("a1"), conversation.id, Correction(email="mine@example.com"))
    with pytest.raises(InputError):
        customers.edit(world.guard("al"), conversation.customer, Correction(email=MASK))
    shown = customers.get_customer(world.guard("al"), conversation.customer).customer
    assert (shown.name, shown.email) == ("Xenia X", "xenia@example.com")


def test_without_the_panel_only_the_name_is_there(world: World) -> None:
    conversation = world.opened("an")
    assert customers.customer_panel(world.guard("an"), conversation.id) is None
    assert reading.get_conversation(world.guard("an"), conversation.id).customer_name == "Xenia"
    with pytest.raises(NotFoundError):
        customers.customer_panel(world.guard("b1"), conversation.id)


def test_a_blocked_customers_messages_are_refused_and_counted(world: World) -> None:
    conversation = world.opened("a1")
    customers.block(world.guard("al"), conversation.customer)
    for n in range(3):
        with pytest.raises(BlockedError):
            visitors.say_as_customer(
                world.organization, conversation.customer, conversation.id, "hi", client_key=f"b{n}"
            )
    with pytest.raises(BlockedError):
        world.start("a", customer=conversation.customer)
    assert customers.get_customer(world.guard("al"), conversation.customer).customer.refused_messages == 4
    customers.unblock(world.guard("al"), conversation.customer)
    world.start("a", customer=conversation.customer)


def test_a_deleted_customer_leaves_lists_threads_and_search(world: World) -> None:
    conversation = world.opened("a1", "marker")
    conversations.note(world.guard("a1"), conversation.id, "marker note", client_key="n")
    customers.delete(world.guard("al"), conversation.customer)
    owner = world.guard("olu")
    assert reading.inbox(owner).rows == ()
    assert reading.find_messages(owner, "marker").hits == ()
    assert customers.count_customers(owner) == 0
    with pytest.raises(NotFoundError):
        reading.thread(owner, conversation.id)


def test_one_without_conversations_is_there_only_for_a_reach_over_everything(world: World) -> None:
    alone = world.customer("Alone")
    for scope, listed in ((OWN, 0), (TEAM, 0), (Scope.ALL, 1)):
        listing = {"Users": scope}
        world.give("a2", **listing)
        assert customers.count_customers(world.guard("a2")) == listed
    assert customers.get_customer(world.guard("a2"), alone).customer.name == "Alone"


def test_pages_of_customers_hold_each_of_them_once(world: World) -> None:
    ids = {world.start("a", customer=world.customer(f"Name {n % 3}")).customer for n in range(7)}
    for order in known.Order:
        found: list[str] = []
        after = None
        while True:
            page = customers.list_customers(world.guard("a1"), order=order, after=after, limit=2)
            found += [row.customer.id for row in page.rows]
            if (after := page.next) is None:
                break
        assert len(found) == len(ids)
        assert set(found) == ids

"""Customers come in exactly as was shown, and a file asks and overwrites nothing its sender may not read."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.desk.world import ALL, OWN, TEAM, World

from roledesk import DeniedError, NotFoundError, file_imports
from roledesk.desk import customer_files, customer_import, customers, tags
from roledesk.desk.customer_files import COLUMNS, cells_of
from roledesk.desk.customers import EVERYBODY, MASK, Choice, Correction
from roledesk.desk.store import customers as rows
from roledesk.store import activity
from roledesk.store.imports import Counts, Import, ImportLine
from roledesk.web.csv_files import Line, read, written

READING = {"Users": ALL}
FULL = {
    "CustomerImport": ALL,
    "Users": ALL,
    "CustomerEdit": ALL,
    "TagAddRemove": ALL,
    "ConversationView": ALL,
    "ChatsAll": ALL,
}


def sent(*lines: dict[str, str]) -> tuple[Line, ...]:
    columns = customer_import.COLUMNS
    return received([columns, *([line.get(name, "") for name in columns] for line in lines)])


def received(rows: Sequence[Sequence[object]]) -> tuple[Line, ...]:
    """What comes in when these rows are written to a file and sent."""
    return read("".join(written(rows)).encode(), customer_import.COLUMNS)


def shown(world: World, id: str) -> list[tuple[str, str]]:
    return [(each.verdict.value, each.note) for each in lines_of(world, id)]


def lines_of(world: World, id: str) -> tuple[ImportLine, ...]:
    with world.organization.database.reading() as connection:
        return file_imports.lines(connection, "acme", id)


def found(world: World, id: str, agent: str) -> tuple[Import | None, Counts]:
    with world.organization.database.reading() as connection:
        return (
            file_imports.find(connection, "acme", id, agent=agent, kind="customers"),
            file_imports.count(connection, "acme", id),
        )


def run(world: World, agent: str, id: str) -> list[tuple[str, str]]:
    """Go on to the end; gives what became of each line."""
    for _ in range(20):
        customer_import.go_on(world.guard(agent), id)
        sent_by, _ = found(world, id, agent)
        if sent_by is not None and sent_by.ended_at is not None:
            break
    return [(str(each.outcome), each.note) for each in lines_of(world, id)]


def known(world: World, **fields: str) -> str:
    """A customer with a conversation in team A."""
    customer = world.opened("a1").customer
    customers.edit(world.guard("olu"), customer, Correction(**fields))
    return customer


def events(world: World) -> list[tuple[str, object]]:
    with world.organization.database.reading() as connection:
        entries = activity.page(connection, "acme", limit=50)
    return [(each.event, each.detail.get("name")) for each in entries if each.event.startswith("customers.")]


def test_nothing_happens_before_a_yes_and_then_what_was_shown(world: World) -> None:
    ana = known(world, name="Ana", email="ana@example.com", phone="+1")
    vip = tags.create_tag(world.guard("olu"), "VIP")
    content = sent(
        {"name": "Bo", "email": "bo@example.com", "tags": "vip"},
        {"email": "ANA@example.com", "phone": "+2", "tags": "VIP"},
        {"id": ana},
        {"id": "customer-none", "name": "Nobody"},
        {"email": "cy@example.com"},
        {"name": "=cmd()"},
        {"name": "Di", "tags": "VIP|Unheard"},
        {"name": "Ed", "email": "no address"},
        {"name": "Bo again", "email": "Bo@Example.com"},
    )
    made = customer_import.try_out(world.guard("olu"), content)
    assert shown(world, made) == [
        ("new", ""),
        ("change", "phone, tag VIP"),
        ("refused", "line 3 is about the same customer already"),
        ("refused", "id: there is no customer with this id"),
        ("refused", "name: a new customer needs one"),
        ("refused", "name: a name cannot begin with `=`, `+`, `-` or `@`: a spreadsheet would run it"),
        ("refused", "tags: there is no tag `Unheard` of everybody's; make it first"),
        ("refused", "email: has no @; write it like `ana@example.com`"),
        ("refused", "line 2 is about the same customer already"),
    ]
    assert customers.count_customers(world.guard("olu")) == 1
    assert [outcome for outcome, _ in run(world, "olu", made)] == ["done", "done", *["refused"] * 7]
    rows = {row.customer.name: row for row in customers.list_customers(world.guard("olu")).rows}
    assert set(rows) == {"Ana", "Bo"}
    assert (rows["Bo"].customer.email, rows["Bo"].tags) == ("bo@example.com", (vip,))
    assert (rows["Ana"].customer.phone, rows["Ana"].tags) == ("+2", (vip,))
    assert events(world) == [("customers.imported", "2 of 9 lines")]


def test_the_same_file_again_changes_nothing(world: World) -> None:
    content = sent({"name": "Bo", "email": "bo@example.com", "language": "en"})
    run(world, "olu", customer_import.try_out(world.guard("olu"), content))
    again = customer_import.try_out(world.guard("olu"), content)
    assert shown(world, again) == [("same", "")]
    assert run(world, "olu", again) == [("skipped", "")]


def test_an_import_is_its_senders_and_needs_the_permission_to_its_end(world: World) -> None:
    world.give("a2", **FULL)
    world.give("a1", **FULL)
    made = customer_import.try_out(world.guard("a2"), sent({"name": "Bo"}))
    with pytest.raises(NotFoundError):
        customer_import.go_on(world.guard("a1"), made)
    world.give("a2", **READING)
    steps = (
        lambda: customer_import.go_on(world.guard("a2"), made),
        lambda: customer_import.try_out(world.guard("a2"), sent({"name": "Bo"})),
    )
    for refused in steps:
        with pytest.raises(DeniedError):
            refused()
    assert customers.count_customers(world.guard("olu")) == 0
    world.give("a2", **FULL)
    assert run(world, "a2", made) == [("done", "")]


@pytest.mark.parametrize("sees", [False, True], ids=["masked", "in full"])
def test_what_is_masked_is_neither_found_nor_written_over(world: World, sees: bool) -> None:
    world.give("a2", **FULL, **({"CustomerSensitiveFields": ALL} if sees else {}))
    ana = known(world, name="Ana", email="ana@example.com", phone="+1")
    content = sent(
        {"name": "Guess", "email": "ana@example.com"},
        {"name": "Guess 2", "email": "nobody@example.com"},
        {"id": ana, "email": "mine@example.com"},
        {"id": ana, "phone": "+1"},
        {"id": ana, "name": "Ana L", "email": MASK, "phone": MASK},
    )
    made = customer_import.try_out(world.guard("a2"), content)
    hidden = ("refused", "you may not see this customer's e-mail and phone; leave both empty")
    twice = ("refused", "line 2 is about the same customer already")
    expected = {
        False: [("new", ""), ("new", ""), hidden, hidden, ("change", "name")],
        True: [("change", "name"), ("new", ""), twice, twice, twice],
    }
    assert shown(world, made) == expected[sees]
    run(world, "a2", made)
    after = customers.get_customer(world.guard("olu"), ana).customer
    assert (after.name, after.email, after.phone) == ("Guess" if sees else "Ana L", "ana@example.com", "+1")


@pytest.mark.parametrize(
    ("grants", "verdicts"),
    [
        pytest.param(FULL, ["change", "refused", "new", "refused", "refused"], id="reads everybody"),
        pytest.param({**FULL, "Users": TEAM}, ["refused"] * 5, id="reads a team"),
    ],
)
def test_an_identity_is_given_once_and_never_changed(
    world: World, grants: dict[str, object], verdicts: list[str]
) -> None:
    world.give("a2", **grants)  # type: ignore[arg-type]
    ana, bo = known(world, name="Ana"), known(world, name="Bo")
    with world.organization.locked() as connection:
        signed = replace(rows.find(connection, "acme", ana), identity="customer-1")  # type: ignore[type-var]
        rows.put(connection, "acme", signed)
    content = sent(
        {"identity": "customer-1", "name": "Ana L"},
        {"id": bo, "identity": "customer-1", "name": "Bo C"},
        {"identity": "customer-2", "name": "New"},
        {"identity": "customer-2", "name": "New again"},
        {"identity": "x" * 300, "name": "Long"},
    )
    made = customer_import.try_out(world.guard("a2"), content)
    assert [verdict for verdict, _ in shown(world, made)] == verdicts
    run(world, "a2", made)
    with world.organization.database.reading() as connection:
        found = rows.find_by_identities(connection, "acme", ["customer-1", "customer-2"])
    expected = {"customer-1": "Ana L", "customer-2": "New"} if grants is FULL else {"customer-1": "Ana"}
    assert {identity: each.name for identity, each in found.items()} == expected


def test_two_with_one_address_are_told_apart_by_id(world: World) -> None:
    one, two = (known(world, name=name, email="both@example.com") for name in ("One", "Two"))
    content = sent({"name": "Which", "email": "both@example.com"}, {"id": two, "name": "Second"})
    made = customer_import.try_out(world.guard("olu"), content)
    assert shown(world, made) == [
        ("refused", "email: 2 customers have it; name the one you mean by id"),
        ("change", "name"),
    ]
    run(world, "olu", made)
    names = [customers.get_customer(world.guard("olu"), id).customer.name for id in (one, two)]
    assert names == ["One", "Second"]


@pytest.mark.parametrize(
    ("lacking", "verdicts"),
    [
        pytest.param("", ["new", "change", "change", "new"], id="everything"),
        pytest.param("CustomerEdit", ["new", "refused", "change", "new"], id="no editing"),
        pytest.param("TagAddRemove", ["new", "change", "refused", "refused"], id="no tagging"),
        pytest.param("Users", ["new", "refused", "refused", "new"], id="no customers"),
    ],
)
def test_each_line_is_held_to_what_its_sender_may_do_by_hand(
    world: World, lacking: str, verdicts: list[str]
) -> None:
    one, two = (known(world, name=name) for name in ("One", "Two"))
    tags.create_tag(world.guard("olu"), "VIP")
    world.give("a2", **{key: scope for key, scope in FULL.items() if key != lacking})
    content = sent(
        {"name": "New"},
        {"id": one, "name": "Uno"},
        {"id": two, "tags": "VIP"},
        {"name": "Tagged", "tags": "VIP"},
    )
    made = customer_import.try_out(world.guard("a2"), content)
    assert [verdict for verdict, _ in shown(world, made)] == verdicts
    expected = ["refused" if each == "refused" else "done" for each in verdicts]
    assert [outcome for outcome, _ in run(world, "a2", made)] == expected


def test_what_changed_since_it_was_shown_is_left_alone(world: World) -> None:
    ana, bo = known(world, name="Ana"), known(world, name="Bo", email="bo@example.com")
    content = sent({"id": ana, "name": "Ana L"}, {"email": "bo@example.com", "name": "Bo C"}, {"name": "New"})
    made = customer_import.try_out(world.guard("olu"), content)
    customers.delete(world.guard("olu"), ana)
    customers.edit(world.guard("olu"), bo, Correction(email="other@example.com"))
    later = "something changed since this was shown; send the line again"
    assert run(world, "olu", made) == [
        ("refused", "was deleted meanwhile"),
        ("refused", later),
        ("done", ""),
    ]
    assert lines_of(world, made)[0].cells == {}


def test_a_long_file_is_worked_off_in_parts_and_goes_on_where_it_was(world: World) -> None:
    number = customer_import.AT_ONCE * 2 + 5
    content = sent(*({"name": f"Name {n}", "email": f"n{n}@example.com"} for n in range(number)))
    made = customer_import.try_out(world.guard("olu"), content)
    for waiting in (number - customer_import.AT_ONCE, 5, 0, 0):
        customer_import.go_on(world.guard("olu"), made)
        assert found(world, made, "olu")[1].waiting == waiting
    assert customers.count_customers(world.guard("olu")) == number
    assert events(world) == [("customers.imported", f"{number} of {number} lines")]


def test_another_file_takes_the_place_of_one_that_was_not_begun(world: World) -> None:
    first = customer_import.try_out(world.guard("olu"), sent({"name": "One"}))
    second = customer_import.try_out(world.guard("olu"), sent({"name": "Two"}))
    run(world, "olu", second)
    third = customer_import.try_out(world.guard("olu"), sent({"name": "Three"}))
    kept = [found(world, id, "olu")[0] is not None for id in (first, second, third)]
    assert kept == [False, True, True]


def exported(world: World, agent: str, choice: Choice = EVERYBODY) -> list[dict[str, str]]:
    rows = map(cells_of, customer_files.export(world.guard(agent), choice))
    text = "".join(written([COLUMNS, *rows]))
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("grants", "names"),
    [
        pytest.param({"CustomerExport": TEAM, "AgentChat": TEAM}, ["Ana"], id="of the team"),
        pytest.param(
            {"CustomerExport": ALL, "AgentChat": TEAM}, ["Alone", "Ana"], id="of all, viewing the team"
        ),
        pytest.param({"CustomerExport": ALL, "AgentChat": ALL}, ["Alone", "Bea", "Ana"], id="of all"),
        pytest.param({"CustomerExport": ALL, "AgentChat": OWN}, ["Alone"], id="of all, viewing one's own"),
        pytest.param({"AgentChat": ALL, "Users": ALL}, None, id="no export"),
    ],
)
def test_an_export_holds_the_customers_within_reach(
    world: World, grants: dict[str, object], names: list[str] | None
) -> None:
    known(world, name="Ana", email="=ana@example.com")
    customers.edit(world.guard("olu"), world.opened("b1").customer, Correction(name="Bea"))
    world.customer("Alone")
    world.give("a2", **grants)  # type: ignore[arg-type]
    if names is None:
        with pytest.raises(DeniedError):
            exported(world, "a2")
        assert events(world) == []
        return
    assert [row["name"] for row in exported(world, "a2")] == names
    assert {row["email"] for row in exported(world, "a2")} == {""}
    assert events(world)[0] == ("customers.exported", f"{len(names)} customers")


def test_an_export_is_masked_where_the_page_is_and_runs_nowhere(world: World) -> None:
    known(world, name="Ana", email="=ana@example.com", phone="+31 6")
    assert [row["email"] for row in exported(world, "olu")] == ["'=ana@example.com"]
    assert [row["phone"] for row in exported(world, "olu")] == ["'+31 6"]
    world.give("a2", CustomerExport=TEAM, AgentChat=TEAM, CustomerSensitiveFields=OWN)
    assert [(row["email"], row["phone"]) for row in exported(world, "a2")] == [("", "")]
    assert exported(world, "a2", Choice("31 6")) == []


def test_an_export_ends_when_the_permission_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_files, "AT_ONCE", 2)
    for n in range(5):
        known(world, name=f"Name {n}")
    world.give("a2", CustomerExport=TEAM, AgentChat=TEAM)
    rows = customer_files.export(world.guard("a2"))
    assert [next(rows).customer.name for _ in range(2)] == ["Name 4", "Name 3"]
    world.give("a2", AgentChat=TEAM)
    with pytest.raises(DeniedError):
        next(rows)


def test_an_export_can_be_sent_back_and_changes_nothing(world: World) -> None:
    known(world, name="Ana", email="ana@example.com", phone="+31 6")
    for agent in ("olu", "a2"):
        world.give("a2", **FULL, CustomerExport=ALL)
        rows = [cells_of(row) for row in customer_files.export(world.guard(agent))]
        made = customer_import.try_out(world.guard(agent), received([COLUMNS, *rows]))
        assert [verdict for verdict, _ in shown(world, made)] == ["same"]

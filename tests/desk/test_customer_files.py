"""Customers from and as files: a trial says what becomes of each line, and nothing is found out or written over by it."""

from dataclasses import replace

import pytest
from tests.desk.world import ALL, TEAM, World

from roledesk import DeniedError, InputError
from roledesk.desk import customer_files, customers
from roledesk.desk.customer_files import Verdict
from roledesk.desk.customers import Choice, Correction
from roledesk.desk.store import customers as known

FULL = {
    "CustomerImport": ALL,
    "CustomerEdit": ALL,
    "Users": ALL,
    "CustomerSensitiveFields": ALL,
    "ConversationView": ALL,
    "ChatsAll": ALL,
}


def row(
    name: str = "", email: str = "", phone: str = "", language: str = "", identity: str = ""
) -> dict[str, str]:
    return {"name": name, "email": email, "phone": phone, "language": language, "identity": identity}


def verdicts(trial: customer_files.Trial) -> list[Verdict]:
    return [line.verdict for line in trial.lines]


@pytest.fixture
def desk(world: World) -> World:
    """Xenia is known by her e-mail and identity; she has a conversation in team B."""
    talk = world.start("b")
    customers.edit(world.guard("olu"), talk.customer, Correction(email="xenia@example.com"))
    with world.organization.locked() as connection:
        xenia = known.find(connection, "acme", talk.customer)
        known.put(connection, "acme", replace(xenia, identity="x-1"))  # type: ignore[type-var]
    return world


def test_a_trial_writes_nothing_and_the_import_does_what_it_said(desk: World) -> None:
    desk.give("a1", **FULL)
    guard = desk.guard("a1")
    rows = [
        row("New One", "new@example.com"),
        row("Xenia Two", "xenia@example.com"),
        row("", identity="x-2"),
        row("Bad", "a" * 300),
        row("Xenia", identity="x-1"),
    ]
    trial = customer_files.try_import(guard, rows)
    assert verdicts(trial)[:4] == [Verdict.NEW, Verdict.CHANGED, Verdict.REFUSED, Verdict.REFUSED]
    assert customers.count_customers(guard) == 1
    customer_files.take_import(guard, rows, trial.mark)
    names = {each.customer.name for each in customers.list_customers(guard).rows}
    assert "New One" in names
    assert len(names) == 2


def test_an_import_that_would_be_another_by_now_is_refused_whole(desk: World) -> None:
    desk.give("a1", **FULL)
    guard = desk.guard("a1")
    rows = [row("Xenia", "xenia@example.com"), row("New One", "new@example.com")]
    trial = customer_files.try_import(guard, rows)
    [xenia] = customers.list_customers(guard).rows
    customers.edit(guard, xenia.customer.id, Correction(language="nl"))
    with pytest.raises(InputError, match="look at the trial again"):
        customer_files.take_import(guard, rows, trial.mark)
    assert customers.count_customers(guard) == 1


def test_who_may_not_read_addresses_neither_finds_nor_overwrites_them(desk: World) -> None:
    desk.give("a1", **{key: scope for key, scope in FULL.items() if key != "CustomerSensitiveFields"})
    guard = desk.guard("a1")
    assert verdicts(customer_files.try_import(guard, [row("Probe", "xenia@example.com")])) == [Verdict.NEW]
    assert verdicts(customer_files.try_import(guard, [row("Probe", "nobody@example.com")])) == [Verdict.NEW]
    [line] = customer_files.try_import(guard, [row("Xenia", "other@example.com", identity="x-1")]).lines
    assert (line.verdict, "may not change" in line.problem) == (Verdict.REFUSED, True)


def test_who_may_not_edit_a_customer_does_not_change_him_by_a_file(desk: World) -> None:
    desk.give("a1", **{**FULL, "CustomerEdit": TEAM})
    trial = customer_files.try_import(desk.guard("a1"), [row("Xenia Two", "xenia@example.com")])
    assert verdicts(trial) == [Verdict.REFUSED]


def test_importing_takes_the_permission(desk: World) -> None:
    desk.give("a1", **{key: scope for key, scope in FULL.items() if key != "CustomerImport"})
    for attempt in (
        lambda: customer_files.try_import(desk.guard("a1"), [row("New")]),
        lambda: customer_files.take_import(desk.guard("a1"), [row("New")], ""),
    ):
        with pytest.raises(DeniedError):
            attempt()


@pytest.mark.parametrize(("sees", "shown"), [(True, "xenia@example.com"), (False, "")])
def test_an_export_holds_what_is_within_reach_masked_as_the_list_is(
    desk: World, sees: bool, shown: str
) -> None:
    desk.start("a", customer=desk.customer("Carl"))
    grants = {
        "CustomerExport": ALL,
        "ConversationView": ALL,
        **({"CustomerSensitiveFields": ALL} if sees else {}),
    }
    desk.give("a1", **grants)
    head, *rows = customer_files.export(desk.guard("a1"), Choice())
    assert head == customer_files.EXPORTED
    assert {each[1]: each[2] for each in rows}["Xenia"] == shown
    desk.give("a1", **{**grants, "CustomerExport": TEAM})
    assert [each[1] for each in list(customer_files.export(desk.guard("a1"), Choice()))[1:]] == ["Carl"]
    desk.give("a1", ConversationView=ALL)
    with pytest.raises(DeniedError):
        customer_files.export(desk.guard("a1"), Choice())

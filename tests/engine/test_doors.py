"""A function behind an action runs for those who may, and not a line of it for the others."""

from collections.abc import Callable

import pytest
from tests.engine.desk import IN_BILLING, IN_MAIN

from roledesk.core.terms import Resource
from roledesk.engine import Guard, Organization
from roledesk.engine.doors import protect
from roledesk.errors import DeniedError


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do: nothing here depends on it."""
    return sqlite_url


def test_a_protected_function_runs_only_for_those_who_may(acme: Organization) -> None:
    asker = [acme.guard("olu")]
    ran: list[str] = []

    @protect("role.edit", lambda: asker[0])
    def edit(name: str, *, loud: bool = False) -> str:
        """Edit it."""
        ran.append(name)
        return name.upper() if loud else name

    assert edit("a") == "a"
    assert edit("b", loud=True) == "B"
    asker[0] = acme.guard("bo")
    with pytest.raises(DeniedError) as refused:
        edit("c")
    assert not refused.value.hidden
    assert ran == ["a", "b"]
    assert (edit.__name__, edit.__doc__) == ("edit", "Edit it.")


def test_the_resource_is_made_from_the_arguments(acme: Organization) -> None:
    conversations = {"c-1": IN_MAIN, "c-2": IN_BILLING}

    def found(id: str) -> Resource:
        return conversations[id]

    guard: Callable[[], Guard] = lambda: acme.guard("bo")  # noqa: E731

    @protect("conversation.view", guard, found)
    def show(id: str) -> str:
        return f"shown {id}"

    assert show("c-1") == "shown c-1"
    with pytest.raises(DeniedError) as refused:
        show(id="c-2")
    assert refused.value.hidden

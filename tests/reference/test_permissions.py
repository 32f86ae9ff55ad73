"""The executable reference: each permission opens what its row says, as far as its scope says, and nothing without it."""

from collections.abc import Iterator

import pytest
from tests.reference.desk import Desk
from tests.reference.rows import PERMISSIONS

from roledesk import Scope
from roledesk.catalogue import load_builtin
from roledesk.core.catalogue_file import parse_catalogue

CATALOGUE = parse_catalogue(load_builtin())
# Held by service tokens only; tests/service proves what it opens.
FOR_TOKENS = {"DecisionService"}


def rows() -> Iterator[object]:
    for key, row in PERMISSIONS.items():
        for scope, reached in row.scopes.items():
            yield pytest.param(key, scope, reached, id=f"{key}-{scope.name.lower()}")


def test_every_permission_that_is_open_has_its_row() -> None:
    opened = {key for key, each in CATALOGUE.permissions.items() if not each.later}
    assert set(PERMISSIONS) == opened - FOR_TOKENS
    for key, row in PERMISSIONS.items():
        assert set(row.scopes) == set(CATALOGUE.permissions[key].scopes), key


@pytest.mark.parametrize(("key", "scope", "reached"), [*rows()])
def test_with_it_and_without_it(desk: Desk, key: str, scope: Scope, reached: set[str]) -> None:
    row = PERMISSIONS[key]
    needs = {held: at for held, at in row.needs.items() if held != key}
    without = desk.row(needs, row.state, kept=row.kept)
    assert row.reached(without) == row.without, "without it"
    with_it = desk.row({**needs, key: scope}, row.state, kept=row.kept)
    assert row.reached(with_it) == reached, "with it"


@pytest.mark.parametrize("key", [key for key, row in PERMISSIONS.items() if row.page])
def test_its_page_opens_with_it_and_is_refused_without(desk: Desk, key: str) -> None:
    page = PERMISSIONS[key].page
    assert desk.row({}).page(page) == "" or page in ("/tokens",)
    widest = CATALOGUE.permissions[key].widest
    assert desk.row({key: widest}).page(page) != ""

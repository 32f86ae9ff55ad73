"""Customers from a file through their pages: a verdict for each line, then what was shown is done."""

import csv
import re

import pytest
from tests.desk.site import Site

from roledesk import Scope
from roledesk.desk import customers

CUSTOMERS = "name,email\nAna Lima,ana@example.com\n,bo@example.com\n"


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """What becomes of a line is tried on both databases elsewhere."""
    return sqlite_desk


def badges(page: str) -> list[str]:
    """The verdict of each line, in order."""
    body = re.search(r"<tbody>.*?</tbody>", page, re.DOTALL)
    return re.findall(r'<span class="badge[^"]*">(.*?)</span>', body[0] if body else "")


def names(site: Site) -> set[str]:
    return {row.customer.name for row in customers.list_customers(site.world.guard("olu")).rows}


def test_each_line_of_customers_has_its_verdict_and_only_then_is_brought_in(site: Site) -> None:
    site.world.give("a1", CustomerImport=Scope.ALL)
    client = site.as_("a1")
    sent = client.post("/customers/import", files={"file": ("people.csv", CUSTOMERS, "text/csv")})
    path = sent.headers["location"]
    page = client.get(path).text
    assert badges(page) == ["new", "refused"]
    assert "Nothing is imported yet" in page
    assert "Ana Lima" not in names(site)
    client.post(f"{path}/go")
    assert badges(client.get(path).text) == ["imported", "refused"]
    assert names(site) == {"Ana Lima"}
    [_, *lines] = csv.reader(client.get(f"{path}/result.csv").text.lstrip("\ufeff").splitlines())
    assert len(lines) == 2
    assert site.as_("olu").get(path).status_code == 404


def test_without_the_permission_no_file_is_taken(site: Site) -> None:
    client = site.as_("a1")
    assert client.get("/customers/import").status_code == 403
    answer = client.post("/customers/import", files={"file": ("people.csv", CUSTOMERS, "text/csv")})
    assert answer.status_code == 403
    assert names(site) == set()

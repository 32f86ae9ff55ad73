"""Home and reports as their pages show them: numbers at each reach, and nothing without the permission."""

import csv
import re

import pytest
from tests.desk.numbers import rows_of
from tests.desk.site import Site

from roledesk import Scope
from roledesk.desk import conversations

OWN, TEAM, ALL = Scope.OWN, Scope.TEAM, Scope.ALL
TOLD = {OWN: 1, TEAM: 2, ALL: 3}
"""How many chats are the agent's own, his team's, and everybody's."""


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """The numbers are compared on both databases elsewhere."""
    return sqlite_desk


@pytest.fixture
def talked(site: Site) -> Site:
    """A chat of a1 in team A, one of a2 there, and one of b1 in team B; each answered once, the first closed."""
    for agent in ("a1", "a2", "b1"):
        begun = site.world.opened(agent, "a question")
        site.world.reply(agent, begun.id, "an answer")
        if agent == "a1":
            conversations.close(site.world.guard("a1"), begun.id)
    return site


def report(page: str) -> dict[str, list[str]]:
    """The rows of a report by their labels."""
    return {label: cells for label, *cells in rows_of(page)}


def counters(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {name: re.sub("<[^>]*>", "", number) for name, number in found}


@pytest.mark.parametrize("scope", [OWN, TEAM, ALL])
def test_a_report_and_its_file_count_as_far_as_the_permission_goes(talked: Site, scope: Scope) -> None:
    talked.world.give("a1", Reports=scope)
    client = talked.as_("a1")
    rows = report(client.get("/reports?by=team").text)
    teams = {"Team A": min(2, TOLD[scope]), "Team B": TOLD[scope] // 3, "In all": TOLD[scope]}
    expected = {label: [str(count), str(count)] for label, count in teams.items() if count}
    assert {label: [cells[0], cells[2]] for label, cells in rows.items()} == expected
    assert rows["In all"][1] == "1"
    answer = client.get("/reports.csv?by=team")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    [head, *lines] = csv.reader(answer.text.lstrip("\ufeff").splitlines())
    assert head[:5] == ["Team", "Started", "Closed", "In", "Out"]
    assert {line[0]: line[1:5] for line in lines} == {label: cells[:4] for label, cells in rows.items()}


def test_the_chats_behind_a_number_are_those_that_may_be_opened(talked: Site) -> None:
    talked.world.give("a1", Reports=ALL, ConversationView=TEAM)
    page = talked.as_("a1").get("/reports/chats?by=channel&key=web").text
    assert "3 chats were counted" in page
    assert len(re.findall(r'class="talk" href="/inbox/', page)) == 1


@pytest.mark.parametrize(
    ("scope", "expected"), [(TEAM, ("6", "2", "2", "2")), (ALL, ("7", "3", "3", "3"))], ids=["team", "all"]
)
def test_home_counts_as_far_as_the_permission_goes(
    talked: Site, scope: Scope, expected: tuple[str, ...]
) -> None:
    talked.world.give("a1", OrganizationDashboard=scope)
    found = counters(talked.as_("a1").get("/home").text)
    assert found == dict(zip(("Agents", "Customers", "Messages in", "Messages out"), expected, strict=True))


def test_without_the_permission_home_and_reports_are_refused_and_stand_nowhere(talked: Site) -> None:
    client = talked.as_("a1")
    for path in ("/home", "/reports", "/reports.csv", "/reports/chats?by=team&key=a"):
        assert client.get(path).status_code == 403
    page = client.get("/inbox").text
    assert 'href="/home"' not in page
    assert 'href="/reports"' not in page

"""What pages, the JSON API and downloads serve is what `decide` allows, one by one: rows, cursors, counts, files."""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.desk.numbers import plain_rows, plain_total, rows_of
from tests.desk.site import SETTINGS, Site
from tests.desk.world import World
from tests.desk.worlds import (
    CATEGORIES,
    CUSTOMERS,
    FIRST,
    MATE,
    ME,
    MEMBERSHIPS,
    ROLES,
    TAGS,
    TALKS,
    TEAMS,
    Drawn,
    any_world,
    counted,
    covers,
    drawn_of,
    fill,
    in_view,
    is_takeable,
    newest,
    stand,
    viewable,
    wants,
    words_of,
)

from roledesk import Engine, Guard, Scope, agent_resource
from roledesk.app import create_app
from roledesk.desk.facts import Conversation, State, resource_of
from roledesk.desk.reading import View
from roledesk.desk.store.conversations import Filter
from roledesk.desk.store.reports import Period

DAY_S = 86_400.0
SPAN = {"from": "2030-03-15", "to": "2030-03-17"}
"""The days in which everything of a world happened."""
COUNTING = st.dictionaries(
    st.sampled_from(["Reports", "OrganizationDashboard"]), st.sampled_from([Scope.TEAM, Scope.ALL])
)
OPTIONS = {
    "team": TEAMS,
    "tag": TAGS,
    "category": CATEGORIES,
    "agent": (ME, MATE),
    "from": ("2030-03-16",),
    "to": ("2030-03-15",),
}
# Few at once: who chooses in every field finds nothing, whatever a field does.
CHOSEN = st.lists(st.sampled_from(list(OPTIONS)), unique=True, max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(OPTIONS[name]) for name in names})
)


@pytest.fixture
def database_url(sqlite_desk: str) -> str:
    """What the database is asked is compared elsewhere: one kind is enough."""
    return sqlite_desk


@settings(any_world, max_examples=any_world.max_examples // 2)
@given(data=st.data())
def test_what_is_served_is_what_is_allowed_one_by_one(
    many: Callable[[], World], engine: Engine, data: st.DataObject
) -> None:
    world = many()
    held = [*data.draw(ROLES)[:2], (data.draw(COUNTING), None)]
    guard = stand(world, held, data.draw(MEMBERSHIPS))
    drawn = data.draw(TALKS)
    made = fill(world, drawn)
    browser = Site(world, create_app(SETTINGS, engine)).as_(ME)
    check_pages(browser, guard, made, drawn, data.draw(CHOSEN))
    check_api_lists(browser, guard, made, drawn)
    check_one_by_one(browser, guard, made)
    check_customers(browser, guard, made)
    check_report(browser, guard, made, drawn)


def check_pages(
    browser: TestClient, guard: Guard, made: list[Conversation], drawn: list[Drawn], chosen: dict[str, str]
) -> None:
    """The lists as they stand on their pages, narrowed as their fields were filled."""
    wanted = filter_of(chosen)
    seen = [each for each in viewable(guard, made) if wants(wanted, each, drawn)]
    views = guard.may("conversation.view")
    for view in ("mine", "all", "waiting"):
        expected = newest(each for each in seen if in_view(View(view), each))
        assert rows_on(browser, "/inbox", view=view, **chosen) == (expected if views else None)
    found = {each.id for each in seen if "refund" in words_of(drawn_of(drawn, each))}
    live = {each.id for each in seen if each.state is not State.CLOSED}
    shown = rows_on(browser, "/inbox", view="all", q="refund", **chosen)
    assert (set(shown) == found & live) if shown is not None else not views
    done = [each for each in seen if each.state is State.CLOSED]
    for whose, own in (("all", False), ("", True)):
        expected = newest(each for each in done if not own or each.assignee == ME)
        assert rows_on(browser, "/closed", whose=whose, **chosen) == (expected if views else None)
    by_team = {name: chosen[name] for name in ("team", "agent", "tag") if name in chosen}
    seen = [each for each in viewable(guard, made) if wants(filter_of(by_team), each, drawn)]
    overseen = newest(each for each in seen if each.state is State.OPEN)
    shown = rows_on(browser, "/supervise", **by_team)
    assert shown == (overseen if guard.may("supervision.open") else None)


def filter_of(chosen: dict[str, str]) -> Filter:
    return Filter(
        team=chosen.get("team"),
        tag=chosen.get("tag"),
        category=chosen.get("category"),
        assignee=chosen.get("agent"),
        since=FIRST + DAY_S if "from" in chosen else None,
        until=FIRST + DAY_S if "to" in chosen else None,
    )


def rows_on(browser: TestClient, path: str, **query: str) -> list[str] | None:
    """The chats on a page, in order; None when it is refused."""
    answer = browser.get(f"{path}?{urlencode(query)}")
    assert answer.status_code in (200, 403), answer.text
    return None if answer.status_code == 403 else re.findall(r'data-chat="([^"]*)"', answer.text)


def check_api_lists(browser: TestClient, guard: Guard, made: list[Conversation], drawn: list[Drawn]) -> None:
    seen = viewable(guard, made)
    done = [each for each in seen if each.state is State.CLOSED]
    reaches = guard.allows("agent.read_history", agent_resource(guard.organization.policy, MATE))
    lists = {
        "closed-conversations": ("conversation.view", done),
        "closed-conversations?mine=true": ("conversation.view", [e for e in done if e.assignee == ME]),
        "closed-conversations?tag=tag-a": (
            "conversation.view",
            [each for each in done if "tag-a" in drawn_of(drawn, each).tags],
        ),
        "supervised-conversations": ("supervision.open", [e for e in seen if e.state is State.OPEN]),
        f"agents/{MATE}/conversations": (
            "agent.read_history",
            [each for each in seen if each.assignee == MATE and reaches],
        ),
        **{
            f"conversations?view={view}": ("conversation.view", [e for e in seen if in_view(view, e)])
            for view in View
        },
    }
    for path, (action, expected) in lists.items():
        found = [each["id"] for each in walked(browser, path, "conversations")]
        assert found == (newest(expected) if guard.may(action) else []), path
    for path, action in (("queue", "conversation.accept"), ("queue/kept", "conversation.accept_sticky")):
        if guard.may(action):
            waiting = asked(browser, path)
            takeable = {each.id for each in made if is_takeable(guard, each)}
            assert {each["id"] for each in waiting["waiting"]} == takeable
            assert waiting["count"] == len(takeable)
    if guard.may("conversation.view"):
        hits = asked(browser, "messages?q=refund&limit=100")["hits"]
        said = {each.id for each in seen if "refund" in words_of(drawn_of(drawn, each))}
        assert {hit["conversation"] for hit in hits} == said


def check_one_by_one(browser: TestClient, guard: Guard, made: list[Conversation]) -> None:
    for each in made:
        views = guard.allows("conversation.view", resource_of(each))
        exports = views and guard.allows("conversation.export", resource_of(each))
        for path, opens in ((f"/inbox/{each.id}", views), (f"/inbox/{each.id}/transcript.txt", exports)):
            answer = browser.get(path)
            assert (answer.status_code == 200) == opens, (path, answer.status_code)
            assert "hushed" not in answer.text
            assert "noted" not in answer.text or guard.allows("note.read", resource_of(each))


def check_customers(browser: TestClient, guard: Guard, made: list[Conversation]) -> None:
    readable, bare = covers(guard, "customer.read", made), covers(guard, "customer.read_sensitive", made)
    rows = walked(browser, "customers", "customers")
    assert [row["id"] for row in rows] == (sorted(readable, reverse=True) if rows else [])
    assert bool(rows) == (bool(readable) and guard.may("customer.read"))
    assert {row["id"] for row in rows if row["email"]} == ({row["id"] for row in rows} & bare)
    for id in CUSTOMERS:
        expected = newest(each for each in viewable(guard, made) if each.customer == id)
        shown = [each["id"] for each in walked(browser, f"customers/{id}/conversations", "conversations")]
        assert shown == (expected if id in covers(guard, "customer.read_history", made) else [])
    if guard.may("customer.export"):
        lines = list(csv.DictReader(browser.get("/customers/export.csv").text.lstrip("\ufeff").splitlines()))
        assert {line["id"] for line in lines} == covers(guard, "customer.export", made)
        assert {line["id"] for line in lines if line["email"]} == {line["id"] for line in lines} & bare
        # A table program would take "+31" for a formula, so the file quotes it.
        plain = [[cell.lstrip("'") for cell in line.values()] for line in lines]
        rows = asked(browser, "customers-export")["rows"][1:]
        assert [[cell or "" for cell in row] for row in rows] == plain
    else:
        assert browser.get("/customers/export.csv").status_code == 403


def check_report(browser: TestClient, guard: Guard, made: list[Conversation], drawn: list[Drawn]) -> None:
    if not guard.may("report.run"):
        for path in ("/reports", "/reports.csv", "/api/v1/report?since=0&until=9"):
            assert browser.get(path).status_code == 403
        return
    mine = counted(guard, "report.run", "report", made)
    period = Period(FIRST, FIRST + 3 * DAY_S)
    for by in ("team", "agent", "tag", "day"):
        query = urlencode({"by": by, **SPAN})
        page = rows_of(browser.get(f"/reports?{query}").text)
        [_, *file] = csv.reader(browser.get(f"/reports.csv?{query}").text.lstrip("\ufeff").splitlines())
        told = asked(browser, f"report?since={period.since}&until={period.until}&by={by}")
        total = plain_total(mine, drawn, period)
        plain = plain_rows(mine, drawn, period, by, ZoneInfo("UTC"))
        numbers = [(each.started, each.closed, each.inbound, each.outbound) for each in plain.values()]
        taken = [tuple(map(int, line[1:5])) for line in file]
        assert sorted(line for line in taken[:-1] if any(line)) == sorted(numbers)
        assert taken[-1] == (total.started, total.closed, total.inbound, total.outbound)
        assert taken == [tuple(each[name] for name in NUMBERS) for each in (*told["lines"], told["total"])]
        if any(taken[-1]):
            assert [row[1:5] for row in page] == [tuple(map(str, line)) for line in taken]
            if by != "day":
                assert [row[0] for row in page] == [line[0] for line in file]
        else:
            assert page == []


NUMBERS = ("started", "closed", "inbound", "outbound")


def asked(browser: TestClient, path: str) -> Any:
    answer = browser.get(f"/api/v1/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def walked(browser: TestClient, path: str, key: str) -> list[Any]:
    """What every page of a list holds, two at a time; nothing when it is refused."""
    return list(_walked(browser, path, key))


def _walked(browser: TestClient, path: str, key: str) -> Iterator[Any]:
    after = ""
    joint = "&" if "?" in path else "?"
    while True:
        query = urlencode({"limit": 2, "after": after})
        answer = browser.get(f"/api/v1/{path}{joint}{query}", headers={"Accept": "application/json"})
        assert answer.status_code in (200, 403, 404), answer.text
        if answer.status_code != 200:
            return
        yield from answer.json()[key]
        if (after := answer.json()["next"]) is None:
            return

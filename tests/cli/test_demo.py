"""The demo is worth looking at: every page of the desk has something of each kind to show."""

import time
from collections import Counter

import pytest

from roledesk import Organization
from roledesk.cli.demo import ORGANIZATION, make_demo
from roledesk.composition import open_server_engine
from roledesk.desk import customers, reading, replies
from roledesk.desk.customers import Choice
from roledesk.desk.facts import Conversation, State
from roledesk.desk.store.conversations import Filter

DAY_S = 86_400.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Organization:
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.sqlite3'}"
    make_demo(url, now=time.time())
    return open_server_engine(url).organization(ORGANIZATION)


@pytest.fixture(scope="module")
def told(made: Organization) -> list[Conversation]:
    owner = made.guard("maya")
    pages = (reading.inbox(owner, limit=500), reading.closed(owner, mine=False, limit=500))
    return [row.conversation for page in pages for row in page.rows]


def test_three_teams_have_open_waiting_and_closed_chats_of_a_month(
    made: Organization, told: list[Conversation]
) -> None:
    assert len(told) > 100
    states = Counter((each.team, each.state) for each in told)
    assert set(states) >= {
        (team, state) for team in made.policy.teams for state in (State.OPEN, State.WAITING, State.CLOSED)
    }
    assert len(made.policy.teams) == 3
    days = {int(each.created_at // DAY_S) for each in told}
    assert len(days) > 20
    assert max(each.last_at for each in told) < made.clock(), "nothing happens later than now"


def test_customers_write_in_many_languages_and_some_come_back(
    made: Organization, told: list[Conversation]
) -> None:
    owner = made.guard("maya")
    languages = {row.customer.language for row in customers.list_customers(owner, limit=500).rows}
    assert len(languages) > 15
    assert max(Counter(each.customer for each in told).values()) > 1
    assert reading.find_messages(owner, "退款申请", wanted=Filter()).hits


def test_replies_notes_categories_and_a_blocked_customer_are_there(
    made: Organization, told: list[Conversation]
) -> None:
    owner = made.guard("maya")
    assert len(replies.standard_replies(owner)) >= 4
    assert replies.own_replies(made.guard("amal"))
    assert customers.count_customers(owner, Choice(blocked=True)) == 1
    assert {each.category for each in told if each.state is State.CLOSED} - {None}

"""Threads that ask while others commit: every answer is that of a revision in force while it was asked."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from tests.engine.desk import AGENT, IN_BILLING, WIDER, give, put

from roledesk.core.changes import PutRole
from roledesk.core.terms import Assignment, Subject
from roledesk.engine import Organization

VIEW = "conversation.view"
COMMITS = 60
CUT = Subject("bo", permissions=frozenset({"ConversationView"}))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do: the threads share its snapshots, not its transactions."""
    return sqlite_url


@pytest.fixture(autouse=True)
def nervous() -> Iterator[None]:
    """Threads change places as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_every_answer_is_that_of_a_revision_in_force_while_it_was_asked(acme: Organization) -> None:
    guard, token = acme.guard("bo"), acme.guard(CUT)
    question = guard.question("role.edit")
    # At odd revisions `bo` views his team's conversations, at even ones all of them.
    asks: list[Callable[[], bool]] = [
        lambda: guard.allows(VIEW, IN_BILLING),
        lambda: token.allows(VIEW, IN_BILLING),
        lambda: acme.allows("bo", VIEW, IN_BILLING),
        lambda: bool(guard.decide(VIEW, IN_BILLING)),
        lambda: guard.reach(VIEW).covers(IN_BILLING),
        lambda: "bo" in acme.who_can(VIEW, IN_BILLING),
        lambda: VIEW in guard.actions_of(IN_BILLING),
    ]
    done = Event()

    def hammer(number: int) -> int:
        asked = 0
        while not done.is_set():
            ask = asks[(asked + number) % len(asks)]
            first = acme.revision.number
            answer = ask()
            last = acme.revision.number
            assert answer in {revision % 2 == 0 for revision in range(first, last + 1)}, (first, last)
            assert not question()
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        hammers = [pool.submit(hammer, number) for number in range(4)]
        try:
            for number in range(COMMITS):
                put(acme, PutRole(AGENT if number % 2 else WIDER))
        finally:
            done.set()
        assert all(each.result() > 100 for each in hammers)
    assert acme.revision.number == 1 + COMMITS


def test_a_decision_is_of_one_revision_with_its_reasons(acme: Organization) -> None:
    done = Event()

    def hammer() -> int:
        asked = 0
        while not done.is_set():
            decision = acme.decide("bo", VIEW, IN_BILLING)
            wide = decision.revision.number % 2 == 0
            assert decision.allowed is wide
            assert [grant.scope.name for grant in decision.grants] == (["ALL"] if wide else [])
            assert decision.reason == ("granted" if wide else "out_of_scope")
            assert ("owner" in decision.missing.roles) is not wide
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        hammers = [pool.submit(hammer) for _ in range(4)]
        try:
            for number in range(COMMITS):
                put(acme, PutRole(AGENT if number % 2 else WIDER))
        finally:
            done.set()
        assert all(each.result() > 100 for each in hammers)


def test_threads_that_commit_at_once_lose_nothing(acme: Organization) -> None:
    agents = ("bo", "cy", "ada", "oda")

    def work(agent: str) -> None:
        for number in range(10):
            give(acme, agent, Assignment("agent" if number % 2 else "admin"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, agents))
    assert acme.revision.number == 1 + 40
    assert acme.verify().rows == 41
    assert {acme.policy.agents[agent].roles for agent in agents} == {("agent",)}
    assert acme.at(41).policy == acme.policy

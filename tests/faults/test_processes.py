"""Several processes on one database act as one."""

from collections.abc import Callable
from time import monotonic, sleep

from tests.engine.desk import AGENT, WIDER, give, put
from tests.faults.worker import PATIENCE_S, Worker

from roledesk.core.changes import PutRole
from roledesk.core.terms import Assignment
from roledesk.engine import Organization
from roledesk.engine.links import make_link

ROUNDS = 10
QUESTIONS = 200
Start = Callable[[], Worker]


def test_a_change_in_one_is_obeyed_by_the_others(acme: Organization, start: Start) -> None:
    others = [start(), start()]
    for number in range(6):
        put(acme, PutRole(AGENT if number % 2 else WIDER))
        for other in others:
            end = monotonic() + PATIENCE_S
            while other.do("views", None) != (number % 2 == 0, acme.revision.number) and monotonic() < end:
                sleep(0.001)
            assert other.do("views", None) == (number % 2 == 0, acme.revision.number)


def test_a_question_with_a_revision_is_never_answered_from_an_older_one(
    acme: Organization, start: Start
) -> None:
    other = start()
    for number in range(QUESTIONS):
        revision = put(acme, PutRole(AGENT if number % 2 else WIDER))
        assert other.do("views", str(revision)) == (number % 2 == 0, revision.number)
    assert other.do("views", f"{acme.revision.epoch}.{acme.revision.number + 1}") == "StaleRevisionError"
    assert other.do("views", f"feed.{acme.revision.number}") == "StaleRevisionError"


def test_writers_at_once_leave_no_gap_and_lose_nothing(acme: Organization, start: Start) -> None:
    others = {name: start() for name in ("one", "two", "three")}
    for name, other in others.items():
        other.tell("put_teams", name, 20)
    numbers = [number for other in others.values() for number in other.answer()]  # type: ignore[attr-defined]
    assert sorted(numbers) == list(range(2, 62))
    acme.refresh()
    assert len(acme.policy.teams) == 2 + 60
    assert acme.verify().rows == 61
    assert acme.at(61).policy == acme.policy


def test_of_two_who_save_the_same_role_the_second_is_told(acme: Organization, start: Start) -> None:
    others = {name: start() for name in ("one", "two")}
    for _ in range(ROUNDS):
        acme.refresh()
        read = acme.revision
        for name, other in others.items():
            other.tell("save_role", name, str(read))
        answers = {name: other.answer() for name, other in others.items()}
        (told,) = [name for name, answer in answers.items() if answer == "ConflictError"]
        (saved,) = answers.keys() - {told}
        acme.refresh()
        assert answers[saved] == acme.revision.number == read.number + 1
        assert acme.policy.roles["agent"].description == saved


def test_two_owners_who_demote_each_other_at_once_leave_one(acme: Organization, start: Start) -> None:
    others = {("olu", "oda"): start(), ("oda", "olu"): start()}
    for _ in range(ROUNDS):
        for (agent, by), other in others.items():
            other.tell("demote", agent, by)
        answers = [other.answer() for other in others.values()]
        assert answers.count("ChangeRefusedError") == 1, answers
        acme.refresh()
        (left,) = acme.policy.owners()
        (gone,) = {"olu", "oda"} - {left}
        give(acme, gone, Assignment("owner"), by=left)


def test_a_link_used_by_two_at_once_lets_one_in(acme: Organization, start: Start) -> None:
    others = [start(), start()]
    for number in range(3):
        secret = make_link(acme, "bo", by=acme.guard("olu")).secret
        for name, other in enumerate(others):
            other.tell("link", secret, f"password of {name}, {number}")
        assert sorted(str(other.answer()) for other in others) == ["LinkGoneError", "bo"]

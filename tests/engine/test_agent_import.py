"""Agents from a file: each line is judged as by hand, and those that can be added are added at once."""

import pytest
from tests.engine.desk import give, put

from roledesk.core.changes import PutAgent, PutRole
from roledesk.core.terms import Assignment, Role, Scope, Status
from roledesk.engine import Organization, agent_import
from roledesk.engine.agent_import import Verdict
from roledesk.errors import DeniedError, InputError
from roledesk.store.people import Person, put_person


def row(name: str, email: str, teams: str = "main", roles: str = "") -> dict[str, str]:
    return {"name": name, "email": email, "teams": teams, "roles": roles}


def lines(*rows: dict[str, str]) -> dict[int, dict[str, str]]:
    return dict(enumerate(rows, 2))


@pytest.fixture
def desk(acme: Organization) -> Organization:
    """Lee may add agents to `main` from a file, and holds what an agent holds there."""
    adds = {
        "AgentManagementAddAgent": Scope.TEAM,
        "AgentManagementBulkAdd": Scope.TEAM,
        "ConversationView": Scope.TEAM,
        "AgentChat": Scope.TEAM,
        "ConvrsAPI": Scope.OWN,
        "AgentProfileEditing": Scope.OWN,
    }
    put(acme, PutRole(Role("lead", "Lead", adds)), PutAgent("lee", Status.ACTIVE, frozenset({"main"})))
    give(acme, "lee", Assignment("lead"))
    with acme.locked() as connection:
        put_person(connection, "acme", Person("bo", "Bo", "bo@example.com"))
    return acme


def test_lines_that_fail_do_nothing_to_the_others(desk: Organization) -> None:
    lee = desk.guard("lee")
    rows = lines(
        row("Ana", "ana@example.com", "Main", "Agent"),
        row("Bob", "bo@example.com"),
        row("Ana Again", "ANA@example.com"),
        row("Eve", "eve@example.com", "main", "admin"),
        row("Ulf", "ulf@example.com", "billing"),
        row("Zoe", "no address"),
        row("Kim", "kim@example.com", "main", "nothing"),
    )
    trial = agent_import.try_import(lee, rows)
    assert [line.verdict for line in trial.lines] == [Verdict.NEW] + [Verdict.REFUSED] * 6
    assert all(line.problem for line in trial.lines[1:])
    before = set(desk.policy.agents)
    [invited] = agent_import.take_import(lee, rows, trial.mark, because="New colleagues")
    assert set(desk.policy.agents) - before == {invited.person.agent}
    standing = desk.policy.agents[invited.person.agent]
    assert (standing.status, standing.teams) == (Status.INVITED, frozenset({"main"}))
    assert set(standing.roles) == {"agent"}


def test_a_file_gives_no_more_than_one_could_give_by_hand(desk: Organization) -> None:
    [line] = agent_import.try_import(
        desk.guard("lee"), lines(row("Eve", "eve@example.com", "main", "owner"))
    ).lines
    assert line.verdict is Verdict.REFUSED


def test_what_changed_since_the_trial_is_not_imported(desk: Organization) -> None:
    rows = lines(row("Ana", "ana@example.com", "main", "agent"))
    trial = agent_import.try_import(desk.guard("lee"), rows)
    give(desk, "lee", Assignment("lead", teams=frozenset({"billing"})))
    with pytest.raises((InputError, DeniedError)):
        agent_import.take_import(desk.guard("lee"), rows, trial.mark, because="x")
    assert not any(agent.startswith("agent-") for agent in desk.policy.agents)


def test_importing_takes_the_permission(desk: Organization) -> None:
    with pytest.raises(DeniedError):
        agent_import.try_import(desk.guard("bo"), lines(row("Ana", "ana@example.com")))


@pytest.mark.parametrize(("scope", "verdict"), [(Scope.TEAM, Verdict.REFUSED), (Scope.ALL, Verdict.NEW)])
def test_a_file_adds_agents_as_far_as_the_import_reaches(
    desk: Organization, scope: Scope, verdict: Verdict
) -> None:
    adds = {"AgentManagementAddAgent": Scope.ALL, "AgentManagementBulkAdd": scope}
    put(desk, PutRole(Role("adder", "Adder", adds)))
    give(desk, "lee", Assignment("adder"))
    rows = lines(row("Ana", "ana@example.com"), row("Ulf", "ulf@example.com", "billing"))
    found = [line.verdict for line in agent_import.try_import(desk.guard("lee"), rows).lines]
    assert found == [Verdict.NEW, verdict]

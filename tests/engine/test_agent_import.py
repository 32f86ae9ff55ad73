"""Agents from a file: each line is judged as by hand, when it is shown and again when it is carried out."""

import pytest
from tests.engine.desk import give, put

from roledesk.core.changes import PutAgent, PutRole
from roledesk.core.terms import Assignment, Role, Scope, Status
from roledesk.engine import Organization, agent_import, importing
from roledesk.errors import DeniedError, InputError, NotFoundError
from roledesk.store import activity, history, imports
from roledesk.store.imports import ImportLine
from roledesk.store.people import Person, find_person, put_person

LEADING = {
    "AgentManagementAddAgent": Scope.TEAM,
    "AgentManagementBulkAdd": Scope.TEAM,
    "ConversationView": Scope.TEAM,
    "AgentChat": Scope.TEAM,
    "ConvrsAPI": Scope.OWN,
    "AgentProfileEditing": Scope.OWN,
}
TAKEN = ("refused", "email: is another agent's here; use an address of his own")


def row(name: str, email: str, teams: str = "main", roles: str = "") -> dict[str, str]:
    return {"name": name, "email": email, "teams": teams, "roles": roles}


@pytest.fixture
def desk(acme: Organization) -> Organization:
    """Lee may add agents to `main` from a file, and holds what an agent holds there."""
    put(acme, PutRole(Role("lead", "Lead", LEADING)), PutAgent("lee", Status.ACTIVE, frozenset({"main"})))
    give(acme, "lee", Assignment("lead"))
    with acme.locked() as connection:
        for agent in ("bo", "cy"):
            put_person(connection, "acme", Person(agent, agent.title(), f"{agent}@example.com"))
    return acme


def sent(desk: Organization, agent: str, *rows: dict[str, str], because: str = "New colleagues") -> str:
    return agent_import.try_out(desk.guard(agent), enumerate(rows, 2), because=because)


def lines_of(desk: Organization, id: str) -> tuple[ImportLine, ...]:
    with desk.database.reading() as connection:
        return imports.lines(connection, "acme", id)


def shown(desk: Organization, id: str) -> list[tuple[str, str]]:
    return [(line.verdict.value, line.note) for line in lines_of(desk, id)]


def run(desk: Organization, agent: str, id: str) -> list[tuple[str, str]]:
    """Go on to the end; gives what became of each line."""
    while not agent_import.go_on(desk.guard(agent), id):
        pass
    return [(str(line.outcome), line.note) for line in lines_of(desk, id)]


def added(desk: Organization) -> set[str]:
    """The agents whom no test founded."""
    return {agent for agent in desk.policy.agents if agent.startswith("agent-")}


def test_lines_that_fail_do_nothing_to_the_others(desk: Organization) -> None:
    made = sent(
        desk,
        "lee",
        row("Ana", "ana@example.com", "Main", "Agent"),
        row("Cy", "cy@example.com"),
        row("Ana Again", "ANA@example.com"),
        row("Eve", "eve@example.com", "main", "admin"),
        row("Ulf", "ulf@example.com", "billing"),
        row("Zoe", "no address"),
        row("Kim", "kim@example.com", "main", "nothing"),
        row("", "nameless@example.com"),
        row("Nowhere", "nowhere@example.com", ""),
    )
    verdicts = shown(desk, made)
    assert verdicts[:3] == [("new", ""), TAKEN, ("refused", "line 2 is about the same agent already")]
    assert [verdict for verdict, _ in verdicts[3:]] == ["refused"] * 6
    assert all(note for _, note in verdicts[1:])
    assert added(desk) == set(), "nothing is kept before a yes"
    assert [outcome for outcome, _ in run(desk, "lee", made)] == ["done", *["refused"] * 8]
    [ana] = added(desk)
    standing = desk.policy.agents[ana]
    assert (standing.status, standing.teams) == (Status.INVITED, frozenset({"main"}))
    assert standing.assignments == (Assignment("agent"),)
    with desk.database.reading() as connection:
        assert find_person(connection, "acme", ana) == Person(ana, "Ana", "ana@example.com")
        entries = activity.page(connection, "acme", limit=1, event="agents.imported")
    assert [(each.by, each.detail["name"]) for each in entries] == [("lee", "1 of 9 lines")]


def test_each_line_is_a_change_of_its_own_with_the_reason(desk: Organization) -> None:
    made = sent(desk, "lee", row("Ana", "ana@example.com"), row("Bea", "bea@example.com"))
    before = desk.revision.number
    run(desk, "lee", made)
    with desk.database.reading() as connection:
        rows = [history.get(connection, "acme", number) for number in (before + 1, before + 2)]
    assert [(each.by, each.because) for each in rows] == [("lee", "New colleagues")] * 2
    assert desk.revision.number == before + 2
    assert desk.verify().rows == before + 2


@pytest.mark.parametrize("because", ["", "  ", "no\u202ereason", "x" * 5000])
def test_a_file_without_a_fit_reason_is_not_taken(desk: Organization, because: str) -> None:
    with pytest.raises(InputError) as refused:
        sent(desk, "lee", row("Ana", "ana@example.com"), because=because)
    assert refused.value.where == "because"


def test_a_file_gives_no_more_than_one_could_give_by_hand(desk: Organization) -> None:
    made = sent(desk, "lee", row("Eve", "eve@example.com", "main", "owner"))
    assert [verdict for verdict, _ in shown(desk, made)] == ["refused"]
    run(desk, "lee", made)
    assert added(desk) == set()


def test_what_changed_since_it_was_shown_is_judged_again(desk: Organization) -> None:
    rows = [row("Ana", "ana@example.com", "main", "agent"), row("Bea", "bea@example.com")]
    made = sent(desk, "lee", *rows, row("Cleo", "cleo@example.com"))
    less = {key: scope for key, scope in LEADING.items() if key != "ConvrsAPI"}
    put(desk, PutRole(Role("lead", "Lead", less)))
    with desk.locked() as connection:
        put_person(connection, "acme", Person("ada", "Bea", "bea@example.com"))
    outcomes = run(desk, "lee", made)
    assert [outcome for outcome, _ in outcomes] == ["refused", "refused", "done"]
    assert "do not hold" in outcomes[0][1], "a refused line says why"
    assert outcomes[1] == ("refused", importing.CHANGED)
    assert len(added(desk)) == 1


def test_importing_takes_the_permission_to_its_end(desk: Organization) -> None:
    made = sent(desk, "lee", row("Ana", "ana@example.com"))
    give(desk, "lee", Assignment("lead", teams=frozenset()))
    steps = (
        lambda: agent_import.go_on(desk.guard("lee"), made),
        lambda: agent_import.make_links(desk.guard("lee"), made),
        lambda: sent(desk, "lee", row("Bea", "bea@example.com")),
        lambda: sent(desk, "bo", row("Bea", "bea@example.com")),
    )
    for step in steps:
        with pytest.raises(DeniedError):
            step()
    assert added(desk) == set()
    give(desk, "lee", Assignment("lead"))
    assert run(desk, "lee", made) == [("done", "")]


def test_an_import_is_its_senders(desk: Organization) -> None:
    made = sent(desk, "lee", row("Ana", "ana@example.com"))
    for step in (agent_import.go_on, agent_import.awaited, agent_import.make_links):
        with pytest.raises(NotFoundError):
            step(desk.guard("olu"), made)


@pytest.mark.parametrize(("scope", "verdict"), [(Scope.TEAM, "refused"), (Scope.ALL, "new")])
@pytest.mark.parametrize("teams", ["billing", "main; billing", ""])
def test_a_file_adds_agents_as_far_as_the_import_reaches(
    desk: Organization, scope: Scope, verdict: str, teams: str
) -> None:
    adds = {"AgentManagementAddAgent": Scope.ALL, "AgentManagementBulkAdd": scope}
    put(desk, PutRole(Role("adder", "Adder", adds)))
    give(desk, "lee", Assignment("adder"))
    made = sent(desk, "lee", row("Ana", "ana@example.com"), row("Ulf", "ulf@example.com", teams))
    assert [each for each, _ in shown(desk, made)] == ["new", verdict]


def test_the_same_file_again_changes_nothing(desk: Organization) -> None:
    rows = [row("Ana", "ana@example.com", "main", "agent"), row("Bea", "bea@example.com")]
    run(desk, "lee", sent(desk, "lee", *rows))
    before = desk.revision
    again = sent(desk, "lee", *rows)
    assert shown(desk, again) == [("same", ""), ("same", "")]
    assert run(desk, "lee", again) == [("skipped", ""), ("skipped", "")]
    assert desk.revision == before
    assert agent_import.make_links(desk.guard("lee"), again) == (), "nobody was added by it"


def test_a_known_agent_gains_what_the_file_names_and_loses_nothing(desk: Organization) -> None:
    put(desk, PutRole(Role("night", "Night", {"ConversationView": Scope.TEAM})))
    made = sent(
        desk,
        "olu",
        row("Bo Chen", "BO@example.com", "Billing", "Night; agent"),
        row("", "cy@example.com", "", ""),
    )
    assert shown(desk, made) == [("change", "name, team Billing, role Night"), ("same", "")]
    assert run(desk, "olu", made)[0] == ("done", "name, team Billing, role Night")
    bo = desk.policy.agents["bo"]
    assert (bo.status, bo.teams) == (Status.ACTIVE, frozenset({"main", "billing"}))
    assert bo.assignments == (Assignment("agent"), Assignment("night"))
    with desk.database.reading() as connection:
        assert find_person(connection, "acme", "bo") == Person("bo", "Bo Chen", "bo@example.com")
    assert agent_import.awaited(desk.guard("olu"), made) == ()


@pytest.mark.parametrize(
    ("grants", "verdict"),
    [
        pytest.param({"AgentManagementEditAgent": Scope.TEAM}, "change", id="edits agents"),
        pytest.param({}, "refused", id="adds agents only"),
    ],
)
@pytest.mark.parametrize("cells", [row("Bo Chen", "bo@example.com"), row("", "bo@example.com", "", "night")])
def test_a_known_agent_is_changed_by_whoever_may_do_so_by_hand(
    desk: Organization, grants: dict[str, Scope], verdict: str, cells: dict[str, str]
) -> None:
    put(
        desk,
        PutRole(Role("night", "Night", {"ConversationView": Scope.TEAM})),
        PutRole(Role("lead", "Lead", {**LEADING, **grants})),
    )
    made = sent(desk, "lee", cells)
    assert [each for each, _ in shown(desk, made)] == [verdict]
    [(outcome, _)] = run(desk, "lee", made)
    assert outcome == ("done" if verdict == "change" else "refused")


def test_a_known_agent_gains_no_more_than_by_hand(desk: Organization) -> None:
    put(desk, PutRole(Role("lead", "Lead", {**LEADING, "AgentManagementEditAgent": Scope.TEAM})))
    with desk.locked() as connection:
        put_person(connection, "acme", Person("lee", "Lee", "lee@example.com"))
    rows = [
        row("", "bo@example.com", "", "admin"),
        row("", "bo@example.com", "billing"),
        row("", "lee@example.com", "", "agent; admin"),
    ]
    made = sent(desk, "lee", *rows)
    assert [verdict for verdict, _ in shown(desk, made)] == ["refused"] * 3
    before = desk.policy
    run(desk, "lee", made)
    assert desk.policy == before


def test_a_bounded_role_is_not_widened_and_nobody_is_brought_back(desk: Organization) -> None:
    bounded = Assignment("agent", teams=frozenset({"billing"}))
    give(desk, "cy", bounded)
    put(desk, PutAgent("bo", Status.DEACTIVATED, frozenset({"main"})))
    made = sent(
        desk, "olu", row("", "cy@example.com", "", "agent"), row("Bo", "bo@example.com", "main", "agent")
    )
    assert shown(desk, made) == [
        ("refused", "roles: `Agent` is held in some teams or for a time; change that by hand"),
        ("refused", "email: is a deactivated agent's; reactivate them on their page first"),
    ]


@pytest.mark.parametrize(
    ("imports_at", "grants"),
    [
        pytest.param(Scope.TEAM, {}, id="neither"),
        pytest.param(Scope.TEAM, {"SettingsView": Scope.ALL}, id="reads everybody"),
        pytest.param(Scope.ALL, {}, id="imports everybody"),
    ],
)
def test_an_agent_out_of_reach_is_only_an_address_that_is_taken(
    desk: Organization, imports_at: Scope, grants: dict[str, Scope]
) -> None:
    put(desk, PutRole(Role("lead", "Lead", {**LEADING, **grants, "AgentManagementBulkAdd": imports_at})))
    same = row("Cy", "cy@example.com", "billing", "agent")
    other = row("Other", "bo@example.com")
    put(desk, PutAgent("bo", Status.DEACTIVATED, frozenset({"billing"})))
    assert shown(desk, sent(desk, "lee", same, other)) == [TAKEN, TAKEN]
    assert [verdict for verdict, _ in shown(desk, sent(desk, "olu", same))] == ["same"]


def test_a_long_file_is_worked_off_in_parts_and_goes_on_where_it_was(desk: Organization) -> None:
    number = agent_import.AT_ONCE + 3
    made = sent(desk, "lee", *(row(f"Name {n}", f"n{n}@example.com") for n in range(number)))
    assert not agent_import.go_on(desk.guard("lee"), made)
    assert len(added(desk)) == agent_import.AT_ONCE
    assert agent_import.go_on(desk.guard("lee"), made), "it ends with them"
    assert len(added(desk)) == number
    assert not agent_import.go_on(desk.guard("lee"), made), "and only once"


def test_links_are_made_for_those_added_until_they_come_in(desk: Organization) -> None:
    made = sent(
        desk, "lee", row("Ana", "ana@example.com"), row("Bea", "bea@example.com"), row("Bo", "bo@x.y")
    )
    run(desk, "lee", made)
    first = agent_import.make_links(desk.guard("lee"), made)
    assert {each.person.name for each in first} == {"Ana", "Bea", "Bo"}
    ana, bea = (next(each.person for each in first if each.person.name == name) for name in ("Ana", "Bea"))
    change = PutAgent(ana.agent, Status.ACTIVE, frozenset({"main"}))
    put(desk, change, by=ana.agent, because="Accepted the invitation")
    give(desk, bea.agent, Assignment("admin"))
    assert {each.name for each in agent_import.awaited(desk.guard("lee"), made)} == {"Bea", "Bo"}
    again = agent_import.make_links(desk.guard("lee"), made)
    assert {each.person.name for each in again} == {"Bo"}, "none for whoever holds more than the sender"

"""A policy file says everything a policy is: import(export(policy)) = policy, and export is deterministic."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.worlds import AGENTS, ROLES, SMALL, SMALL_FILE, policies, ticks

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.changes import (
    Found,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
    apply,
)
from roledesk.core.policy import Policy, build_policy
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Team
from roledesk.engine.document import Document, read_document
from roledesk.engine.document_text import write_document
from roledesk.engine.export import document_from
from roledesk.engine.plan import Known, Plan, catalogue_of, plan
from roledesk.store.people import Person

OWN = Found("Acme", catalogue=(), catalogue_text=SMALL_FILE.text)
LETTERS = st.characters(exclude_categories=("C", "Z"), exclude_characters="<>=+-@")
NAMES = st.text(LETTERS | st.sampled_from(" \"'\\#[]{}"), min_size=1, max_size=12).filter(
    lambda name: name.strip() and name.strip()[0] not in "=+-@"
)
TEXTS = st.text(LETTERS | st.sampled_from(" \"'\\\n\t\r#="), max_size=30)
IDS = st.text(string.ascii_letters + string.digits + "._@-", min_size=1, max_size=8).filter(
    lambda id: id[0] in string.ascii_letters + string.digits
)
EMAILS = st.none() | IDS.map(lambda id: f"{id.strip('.@')}x@example.com".replace("..", "."))
PLACES = st.sampled_from((None, "t1", "t2"))


@st.composite
def named_policies(draw: st.DrawFn) -> Policy:
    """Any policy with an owner, its roles with every text and bound there is."""
    policy = draw(policies(SMALL))
    roles = dict(policy.roles)
    for id in ROLES:
        grants = draw(ticks(SMALL))
        givers = draw(st.frozensets(st.sampled_from((*ROLES, "owner"))))
        texts = {"description": draw(TEXTS), "policy_text": draw(TEXTS)}
        steward = draw(st.none() | st.sampled_from(AGENTS))
        roles[id] = Role(id, draw(NAMES), grants, givers=givers, steward=steward, **texts)
    rows = [(id, each.status, each.type, each.teams, each.assignments) for id, each in policy.agents.items()]
    id, _, _, teams, held = rows[0]
    rows[0] = (id, Status.ACTIVE, "guest", teams, tuple(dict.fromkeys((Assignment("owner"), *held))))
    return build_policy(
        organization="acme",
        name="Acme",
        preset="",
        catalogue=SMALL,
        reserved=draw(st.frozensets(st.sampled_from(sorted(SMALL.permissions)), max_size=2)),
        roles=roles.values(),
        teams=[replace(team, name=draw(NAMES)) for team in policy.teams.values()],
        agents=[(*row[:4], tuple(dict.fromkeys(row[4]))) for row in rows],
        retired=frozenset(),
    )


def shown(policy: Policy) -> tuple[object, ...]:
    """Everything of a policy that its organization would notice."""
    return (
        policy.name,
        policy.preset,
        policy.reserved,
        policy.roles,
        policy.teams,
        policy.agents,
        policy.members,
    )


def planned(document: Document, before: Policy | None = None) -> Plan:
    empty = Policy(document.organization, catalogue_of(document))
    return plan(document, Known(before or empty, {}, {}))


def imported(document: Document) -> Policy:
    made = planned(document)
    return apply(made.before, made.change)


@given(
    named_policies(),
    st.lists(st.builds(Person, st.sampled_from(AGENTS), NAMES, EMAILS), unique_by=lambda each: each.agent),
    st.lists(
        st.builds(
            Resource,
            st.sampled_from(("ticket", "shelf")),
            NAMES,
            owner=st.sampled_from((None, *AGENTS)),
            team=PLACES,
        ),
        unique_by=lambda each: (each.kind, each.id),
    ),
)
def test_an_export_read_again_is_the_same_policy_and_the_same_text(policy, people, resources):
    emails = [each.email and each.email.casefold() for each in people]
    people = [each for n, each in enumerate(people) if not each.email or emails[n] not in emails[:n]]
    known = {each.agent: each for each in people}
    text = write_document(document_from(policy, OWN, known, tuple(resources)))
    document = read_document(Source("acme.toml", text))
    made = planned(document)
    assert shown(apply(made.before, made.change)) == shown(policy)
    assert {each.agent: each for each in made.people} == known
    assert set(made.resources) == set(resources)
    assert write_document(document) == text


@given(named_policies())
def test_an_export_applied_to_its_own_policy_changes_nothing(policy):
    document = read_document(Source("x", write_document(document_from(policy, OWN, {}))))
    assert planned(document, policy).change.edits == ()


@given(named_policies(), named_policies())
def test_applied_twice_a_file_changes_nothing(policy, before):
    document = read_document(Source("x", write_document(document_from(policy, OWN, {}))))
    document = replace(document, reserved=None)
    made = planned(document, before)
    after = apply(before, made.change)
    assert planned(document, after).change.edits == ()


@pytest.mark.parametrize(
    ("written", "at"),
    [
        pytest.param("2026-06-30", 1_782_777_600.0, id="a day begins at midnight, UTC"),
        pytest.param("2026-06-30T12:00:00Z", 1_782_820_800.0, id="a time"),
        pytest.param("2026-06-30T00:00:00.250000Z", 1_782_777_600.25, id="parts of a second"),
        pytest.param("1969-12-31", -86_400.0, id="long ago"),
    ],
)
def test_a_moment_keeps_its_spelling(written, at):
    text = f'organization = "a"\n\n[agents.x]\nroles = [{{ role = "r", until = {written} }}]\n'
    document = read_document(Source("x", text))
    assert document.agents[0].roles == (Assignment("r", until=at),)
    assert write_document(document) == text


DESK = parse_catalogue(load_builtin())
BEFORE = build_policy(
    organization="acme",
    name="Acme",
    preset="",
    catalogue=DESK,
    reserved=frozenset(),
    roles=[
        Role("owner", "Owner", owner=True),
        Role("agent", "Agent", {"AgentChat": Scope.OWN}, description="Chats", givers=frozenset({"owner"})),
    ],
    teams=[Team("care", "Care", default=True), Team("sales", "Sales")],
    agents=[
        ("olga", Status.ACTIVE, "agent", frozenset({"care"}), (Assignment("owner"),)),
        ("bo", Status.DEACTIVATED, "agent", frozenset({"sales"}), (Assignment("agent"),)),
    ],
    retired=frozenset({"role:gone"}),
)
AGENT = BEFORE.roles["agent"]


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("[roles.agent]", (), id="a role without fields stays as it is"),
        pytest.param(
            "[roles.agent]\ndescription = ''", (PutRole(replace(AGENT, description="")),), id="written is set"
        ),
        pytest.param(
            "[roles.agent.grants]\nChatsMy = 'all'",
            (PutRole(replace(AGENT, grants={"ChatsMy": Scope.ALL})),),
            id="grants are whole",
        ),
        pytest.param(
            "[roles.agent]\ngivers = []", (PutRole(replace(AGENT, givers=frozenset())),), id="givers emptied"
        ),
        pytest.param("[agents.bo]\nname = 'Bo'", (), id="a name is no edit; he stays deactivated"),
        pytest.param(
            "[agents.bo]\nstatus = 'active'",
            (PutAgent("bo", Status.ACTIVE, frozenset({"sales"})),),
            id="status",
        ),
        pytest.param("[agents.bo]\nstatus = 'invited'", (), id="nobody is invited again"),
        pytest.param("[agents.bo]\nroles = []", (SetAssignments("bo", ()),), id="roles are whole"),
        pytest.param("[agents.bo]\nroles = ['agent', 'agent']", (), id="the same role twice is once"),
        pytest.param(
            "[agents.kai]\nteams = ['sales']\nroles = ['agent']",
            (
                PutAgent("kai", Status.ACTIVE, frozenset({"sales"})),
                SetAssignments("kai", (Assignment("agent"),)),
            ),
            id="a new agent is active",
        ),
        pytest.param(
            "[agents.kai]\nstatus = 'invited'",
            (PutAgent("kai", Status.INVITED, frozenset()),),
            id="or invited",
        ),
        pytest.param(
            "[teams.sales]\nname = 'Shop'", (PutTeam(Team("sales", "Shop")),), id="a team is renamed"
        ),
        pytest.param("[teams.care]\nname = 'Care'", (), id="the default team stays the default"),
        pytest.param(
            "[roles.lead]\nname = 'Lead'\ngivers = ['lead']\nsteward = 'olga'",
            (
                PutRole(Role("lead", "Lead")),
                PutRole(Role("lead", "Lead", givers=frozenset({"lead"}), steward="olga")),
            ),
            id="a new role may name what comes later",
        ),
        pytest.param("[remove]\nroles = ['gone']", (), id="removed already"),
        pytest.param("[remove]\nroles = ['agent']", (RemoveRole("agent"),), id="removed last"),
    ],
)
def test_what_is_written_is_set_whole_and_what_is_left_out_stays(text, edits):
    document = read_document(Source("x", f'organization = "acme"\n{text}\n'))
    assert planned(document, BEFORE).change.edits == edits


PRESET = 'organization = "acme"\nname = "Acme"\npreset = "convrs"\n[agents.olga]\nroles = ["owner"]\n'


def test_a_preset_brings_its_roles_less_those_removed():
    roles = imported(
        read_document(Source("x", PRESET + "[roles.agent]\nname = 'Care'\n[remove]\nroles = ['admin']"))
    ).roles
    assert {id: role.name for id, role in roles.items()} == {"owner": "Owner", "agent": "Care"}
    assert roles["agent"].grants["AgentChat"] is Scope.OWN


@pytest.mark.parametrize(
    ("teams", "default"),
    [
        pytest.param("", "general", id="none written"),
        pytest.param("[teams.b]\nname = 'B'\n[teams.a]\nname = 'A'", "b", id="the first"),
        pytest.param(
            "[teams.b]\nname = 'B'\n[teams.a]\nname = 'A'\ndefault = true", "a", id="the one that says so"
        ),
    ],
)
def test_a_new_organization_has_one_default_team(teams, default):
    found = imported(read_document(Source("x", f"{PRESET}{teams}\n"))).teams.values()
    assert [team.id for team in found if team.default] == [default]


def test_a_role_untouched_since_the_preset_is_left_to_the_preset():
    policy = imported(read_document(Source("x", PRESET)))
    text = write_document(document_from(policy, Found("Acme", "convrs"), {}))
    assert "[roles." not in text
    assert shown(imported(read_document(Source("x", text)))) == shown(policy)


def test_resources_may_be_written_as_rows():
    rows = (
        '[[resources]]\nkind = "ticket"\nid = "t 1"\nteam = "a"\n[[resources]]\nkind = "ticket"\nid = "t2"\n'
    )
    tables = '[resources.ticket]\n"t 1" = { team = "a" }\nt2 = {}\n'
    one, other = (read_document(Source("x", f'organization = "acme"\n{text}')) for text in (rows, tables))
    assert one.resources == other.resources == (Resource("ticket", "t 1", team="a"), Resource("ticket", "t2"))


def test_every_way_to_remove_keeps_its_spelling():
    text = (
        'organization = "acme"\n\n[remove]\nroles = ["a", { role = "b", take_away = true }, '
        '{ role = "c", replace_by = "d" }, { role = "e", merge_into = "f" }]\n'
        'teams = [{ team = "x", receiver = "y" }]\n'
    )
    document = read_document(Source("x", text))
    assert document.removals == (
        RemoveRole("a"),
        RemoveRole("b", TakeAway()),
        RemoveRole("c", ReplaceBy("d")),
        RemoveRole("e", MergeInto("f")),
        RemoveTeam("x", "y"),
    )
    assert write_document(document) == text

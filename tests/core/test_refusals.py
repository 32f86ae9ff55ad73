"""Every refusal there is, beside the nearest thing that is allowed."""

import re
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from tests.core.acme import (
    ACME,
    ALL,
    LEAD,
    NOW,
    OWN,
    ROWS,
    SENIOR,
    TEAM,
    WORKER,
    A,
    B,
    acme,
    codes,
    refused,
    row,
)
from tests.core.worlds import OWNER, WITH_DOORS

from roledesk.core import refusals
from roledesk.core.changes import (
    Change,
    Edit,
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
)
from roledesk.core.policy import Policy, place
from roledesk.core.terms import LAST_MOMENT, OPERATOR, Assignment, Role, Status, Subject, Team

CORE = Path(refusals.__file__).parent
NEW = Role("new", "New")
ORGANIZATION = (
    Found("Other"),
    PutRole(OWNER),
    PutTeam(Team("main", "Main", default=True)),
    PutAgent("olga", Status.ACTIVE),
    SetAssignments("olga", (Assignment("owner"),)),
)


def give(agent: str, *held: str | Assignment) -> SetAssignments:
    return SetAssignments(agent, tuple(Assignment(each) if isinstance(each, str) else each for each in held))


def put(role: str = "new", name: str = "New", **ticks) -> PutRole:
    return PutRole(Role(role, name, ticks))


LEAVES = PutAgent("olga", Status.DEACTIVATED, A)


def lent(*by: str) -> PutRole:
    return PutRole(replace(NEW, givers=frozenset(by)))


def lead(*teams: str, since: float | None = None, until: float | None = None) -> Assignment:
    return Assignment("lead", teams=frozenset(teams), since=since, until=until)


def leads(count: int) -> list[Assignment]:
    """The same role so many times, each until another day."""
    return [lead("a", until=1e10 + number) for number in range(count)]


# Codes, who acts, what is refused, and the nearest thing that is not.
PAIRS = [
    ("no_edits", "olga", (), (put(),)),
    ("closed_door", "wim", (PutTeam(Team("c", "C")),), None),
    ("closed_door", "lena", (put(),), None),
    ("closed_door", "lena", (PutTeam(Team("b", "Bee")),), (PutTeam(Team("a", "Ay")),)),
    ("closed_door", "lena", (PutTeam(Team("c", "C")),), None),
    ("closed_door", "lena", (RemoveTeam("b", "a"),), None),
    ("closed_door", "lena", (PutAgent("new", teams=B),), (PutAgent("new", teams=A),)),
    ("closed_door", "lena", (PutAgent("new", teams=A | B),), (PutAgent("new", teams=A),)),
    ("closed_door", "lena", (PutAgent("new"),), (PutAgent("new", teams=A),)),
    ("closed_door", "lena", (give("bob"),), (give("wim"),)),
    ("closed_door", "lena", (PutAgent("wim", Status.ACTIVE, A | B),), (PutAgent("wim", Status.ACTIVE, A),)),
    ("closed_door", "lena", (PutAgent("bob", Status.DEACTIVATED, B),), (PutAgent("wim", Status.DEACTIVATED, A),)),
    ("closed_door", "wim", (PutAgent("bob", Status.ACTIVE, B, type="guest"),), None),
    ("closed_door", "wim", (PutAgent("bob", Status.ACTIVE, B),), None),
    ("closed_door", "wim", (PutAgent("ivy", Status.ACTIVE, A),), None),
    ("closed_door", "ivy", (PutAgent("ivy", Status.ACTIVE, A | B),), (PutAgent("ivy", Status.ACTIVE, A),)),
    ("closed_door", "ivy", (give("ivy", "worker"),), (PutAgent("ivy", Status.ACTIVE, A),)),
    ("closed_door", "dora", (PutAgent("dora", Status.ACTIVE, A),), None),
    ("closed_door", "ghost", (put(),), None),
    ("missing_reason", "olga", (put(),), (PutTeam(Team("c", "C")),)),
    ("last_owner", "olga", (give("olga", "admin"),), (give("ada", "owner"), give("olga", "admin"))),
    ("last_owner", "olga", (LEAVES,), (give("ada", "owner"), LEAVES)),
    ("already_founded not_founding", "olga", (Found("Again"),), (put(),)),
    ("already_founded not_founding", "olga", (put(), Found("Again")), (put(),)),
    ("owner_role_fixed", "olga", (PutRole(Role("owner", "Boss", owner=True)),), (put("worker", "Boss"),)),
    ("owner_role_fixed", "olga", (PutRole(Role("owner", "Owner")),), (put("worker", "Worker"),)),
    ("owner_role_fixed", "olga", (PutRole(Role("second", "Second", owner=True)),), (put("second", "Second"),)),
    ("owner_role_fixed", "olga", (RemoveRole("owner", TakeAway()),), (RemoveRole("worker", TakeAway()),)),
    ("owner_role_fixed", "olga", (RemoveRole("worker", ReplaceBy("owner")),), (RemoveRole("worker", ReplaceBy("spare")),)),
    ("owner_role_fixed", "olga", (RemoveRole("worker", MergeInto("owner")),), (RemoveRole("worker", MergeInto("spare")),)),
    ("id_retired", "olga", (RemoveRole("spare"), put("spare", "Spare")), (RemoveRole("spare"), put("spare2", "Spare"))),
    ("id_retired", "olga", (RemoveTeam("b", "a"), PutTeam(Team("b", "B"))), (RemoveTeam("b", "a"), PutTeam(Team("b2", "B")))),
    ("no_name", "olga", (put(name=" \t "),), (put(name="N"),)),
    ("no_name", "olga", (PutTeam(Team("a", "")),), (PutTeam(Team("a", "a")),)),
    ("name_taken", "olga", (put(name="wORKER "),), (put("worker", "wORKER "),)),
    ("name_taken", "olga", (put(name="\uff37orker"),), (put(name="Workers"),)),
    ("name_taken", "olga", (PutTeam(Team("c", "a")),), (RemoveTeam("a", "b"), PutTeam(Team("c", "a")))),
    ("name_taken", "olga", (put("new", "One"), put("new2", "one")), (put("new", "One"), put("new2", "two"))),
    ("unknown_permission", "olga", (put(Seee=OWN),), (put(See=OWN),)),
    ("token_only", "olga", (put(Ask=ALL),), (put(Fill=ALL),)),
    ("impossible_scope", "olga", (put(Fill=OWN),), (put(Fill=TEAM),)),
    ("impossible_scope", "olga", (put(Watch=TEAM),), (put(Watch=ALL),)),
    ("reserved", "olga", (put(DeveloperSettings=ALL),), (PutRole(replace(ACME.roles["admin"], name="Chief")),)),
    ("reserved", "olga", (RemoveRole("admin", MergeInto("spare")),), (RemoveRole("admin", ReplaceBy("spare")),)),
    ("role_held", "olga", (RemoveRole("worker"),), (RemoveRole("spare"),)),
    ("same_role", "olga", (RemoveRole("worker", ReplaceBy("worker")),), (RemoveRole("worker", ReplaceBy("lead")),)),
    ("one_default_team", "olga", (PutTeam(Team("c", "C", default=True)),), (PutTeam(Team("c", "C")),)),
    ("one_default_team", "olga", (PutTeam(Team("main", "Main")),), (PutTeam(Team("main", "Mine", default=True)),)),
    ("one_default_team", "olga", (RemoveTeam("main", "a"),), (RemoveTeam("b", "a"),)),
    ("same_team", "olga", (RemoveTeam("b", "b"),), (RemoveTeam("b", "main"),)),
    ("unknown_type", "olga", (PutAgent("new", type="robot"),), (PutAgent("new", type="guest"),)),
    ("unknown_role", "olga", (give("wim", "boss"),), (give("wim", "lead"),)),
    ("unknown_role", "olga", (RemoveRole("boss"),), (RemoveRole("spare"),)),
    ("unknown_role", "olga", (RemoveRole("worker", ReplaceBy("boss")),), (RemoveRole("worker", ReplaceBy("lead")),)),
    ("unknown_role", "olga", (lent("boss"),), (lent("lead"),)),
    ("unknown_team", "olga", (give("wim", lead("c")),), (give("wim", lead()),)),
    ("unknown_team", "olga", (PutAgent("wim", Status.ACTIVE, frozenset({"c"})),), (PutAgent("wim", Status.ACTIVE, B),)),
    ("unknown_team", "olga", (RemoveTeam("c", "a"),), (RemoveTeam("b", "a"),)),
    ("unknown_team", "olga", (RemoveTeam("b", "c"),), (RemoveTeam("b", "a"),)),
    ("unknown_agent", "olga", (give("ghost", "worker"),), (PutAgent("ghost"), give("ghost", "worker"))),
    ("unknown_agent", "olga", (PutRole(replace(NEW, steward="ghost")),), (PutRole(replace(NEW, steward="wim")),)),
    ("already_accepted", "olga", (PutAgent("wim", Status.INVITED, A),), (PutAgent("ivy", Status.INVITED, A),)),
    ("already_accepted", "olga", (PutAgent("dora", Status.INVITED, A),), (PutAgent("dora", Status.ACTIVE, A),)),
    ("dates_reversed", "olga", (give("wim", lead(since=5.0, until=5.0)),), (give("wim", lead(since=5.0, until=6.0)),)),
    ("no_date", "olga", (give("wim", Assignment("lead", until=float("nan"))),), (give("wim", Assignment("lead", until=1e10)),)),
    ("no_date", "olga", (give("wim", Assignment("lead", until=float("inf"))),), (give("wim", Assignment("lead")),)),
    ("no_date", "olga", (give("wim", Assignment("lead", until=1e300)),), (give("wim", Assignment("lead", until=LAST_MOMENT)),)),
    ("no_date", "olga", (give("wim", Assignment("lead", since=-1e300)),), (give("wim", Assignment("lead", since=0.0)),)),
    ("too_many_roles", "olga", (give("wim", *leads(51)),), (give("wim", *leads(50)),)),
    ("owner_unbounded", "olga", (give("ada", Assignment("owner", until=1e10)),), (give("ada", "owner"),)),
    ("owner_unbounded", "olga", (give("ada", Assignment("owner", teams=A)),), (give("ada", "owner"),)),
    ("beyond_giver owners_only", "ada", (give("wim", "owner"),), (give("wim", "lead"),)),
    ("owners_only", "ada", (PutRole(replace(SENIOR, givers=frozenset({"worker"}))),), (PutRole(replace(SENIOR, name="Elder")),)),
    ("widens_self", "ada", (give("ada", "admin", "maker"),), (give("ada", "admin", "lead"),)),
    ("beyond_giver", "ada", (give("wim", "maker"),), (give("wim", "senior"),)),
    ("beyond_taker", "ada", (give("dora"),), (give("wim"),)),
]  # fmt: skip

# Where the organization has to be another one first.
BEFORE = {
    "beyond_taker": acme(give("dora", "maker")),
}


@pytest.mark.parametrize(
    ("code", "by", "edits", "allowed"),
    PAIRS,
    ids=[f"{each[0]}-{number}" for number, each in enumerate(PAIRS)],
)
def test_what_is_refused_stands_next_to_what_is_not(code, by, edits, allowed):
    of = BEFORE.get(code, ACME)
    assert codes(*edits, by=by, of=of, because="" if code == "missing_reason" else "why") == code.split()
    if allowed is not None:
        assert refused(*allowed, by=by, of=of, because="" if code == "missing_reason" else "why") == ()


EMPTY = Policy("other", WITH_DOORS)


@pytest.mark.parametrize(
    ("code", "by", "edits"),
    [
        pytest.param(None, OPERATOR, ORGANIZATION, id="founded"),
        pytest.param("not_founding", Subject("olga"), ORGANIZATION, id="by somebody else"),
        pytest.param("not_founded", OPERATOR, ORGANIZATION[1:], id="not founded"),
        pytest.param("already_founded", OPERATOR, (*ORGANIZATION, ORGANIZATION[0]), id="founded twice"),
        pytest.param("last_owner", OPERATOR, ORGANIZATION[:-1], id="nobody owns it"),
        pytest.param(
            "last_owner",
            OPERATOR,
            (*ORGANIZATION, PutAgent("olga", Status.DEACTIVATED)),
            id="its owner is out",
        ),
        pytest.param(
            "one_default_team", OPERATOR, (*ORGANIZATION[:2], *ORGANIZATION[3:]), id="no default team"
        ),
        pytest.param(
            "one_default_team",
            OPERATOR,
            (*ORGANIZATION, PutTeam(Team("b", "B", default=True))),
            id="two of them",
        ),
        pytest.param("missing_reason", OPERATOR, ORGANIZATION, id="no reason"),
    ],
)
def test_an_organization_is_founded_once_whole_and_by_whoever_runs_the_server(code, by, edits):
    found = codes(*edits, by=by, of=EMPTY, because="" if code == "missing_reason" else "why")
    assert code in found if code else found == []


@pytest.mark.parametrize("edit", [put(), give("wim", "lead"), PutAgent("olga", Status.ACTIVE, B)])
def test_whoever_runs_the_server_changes_nothing_once_it_is_founded(edit: Edit):
    assert codes(edit, by=OPERATOR) == ["not_founding"]


def test_every_reason_is_named_at_once():
    edits = [
        put(name=""),
        give("ghost", "worker"),
        PutTeam(Team("c", "C")),
        give("wim", "maker"),
        give("ada", "maker"),
    ]
    expected = ["beyond_giver", "missing_reason", "no_name", "unknown_agent", "widens_self"]
    assert codes(*edits, by="ada", because=" ") == expected


def test_every_refusal_is_one_plain_line_that_says_where():
    found = [refused(*edits, by=by, of=BEFORE.get(code, ACME), because="") for code, by, edits, _ in PAIRS]
    for refusal in (each for some in found for each in some):
        assert re.fullmatch(r"[a-z`].*[^.]", refusal.message), refusal
        assert refusal.where or refusal.code in {
            "no_edits",
            "last_owner",
            "already_founded",
            "not_founding",
            "closed_door",
        }


def test_every_code_in_the_core_is_in_the_table():
    texts = [(CORE / name).read_text() for name in ("refusals.py", "soundness.py", "giving.py")]
    written = {code for text in texts for code in re.findall(r'(?:Refusal|_refusal)\(\s*"(\w+)"', text)}
    unknown = {f"unknown_{what}" for what in ("role", "team", "agent")}
    assert {code for each in PAIRS for code in each[0].split()} | {"not_founded"} == written | unknown


def test_names_that_only_look_different_can_be_told_by_a_stricter_skeleton():
    change = Change((put(name="W0rker"),))
    found = refusals.refusals(
        ACME,
        change,
        by=Subject("olga"),
        because="why",
        now=NOW,
        skeleton=lambda name: name.replace("0", "o").lower(),
    )
    assert [each.code for each in found] == ["name_taken"]


def test_the_same_name_again_starts_empty():
    policy = acme(RemoveRole("worker", TakeAway()), put("worker2", "Worker", See=ALL))
    assert policy.holders("worker2") == ()
    assert (policy.agents["wim"].assignments, LEAD.name, WORKER.id) == ((), "Lead", "worker")


def test_a_long_change_takes_its_length_and_not_the_square_of_it():
    """Agents and their roles by turns, as an import writes them, in a large organization."""
    rows = (row(f"agent{number}", A, "worker") for number in range(50_000))
    large = replace(ACME, **dict(zip(("agents", "members"), place((*ROWS, *rows)), strict=True)))
    edits = [
        edit
        for number in range(2_000)
        for edit in (PutAgent(f"new{number}", teams=A), give(f"new{number}", "worker"))
    ]
    began = process_time()
    assert refused(*edits, by="ada", of=large) == ()
    assert process_time() - began < 5.0

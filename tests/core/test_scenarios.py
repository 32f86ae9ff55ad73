"""The walked examples of the access model, as files that anybody can read.

A file names teams (the first is the default), roles, agents and things, and then walks
through steps: a question with the reason of its answer, or a change with the codes of
its refusals; one that is not refused is made.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from tests.core.worlds import DESK, OWNER, policy_of, snapshot_of

from roledesk.catalogue import load_preset
from roledesk.core.changes import Change, Edit, PutAgent, PutRole, PutTeam, RemoveTeam, SetAssignments, apply
from roledesk.core.decide import decide
from roledesk.core.effects import effects
from roledesk.core.giving import may_manage
from roledesk.core.policy import Policy
from roledesk.core.reach import Extent
from roledesk.core.refusals import refusals
from roledesk.core.search import reach
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Subject, Team

FOLDER = Path(__file__).parent.parent / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
Table = Mapping[str, object]


@dataclass
class Scene:
    """The organization as the steps so far have left it, and what is asked about."""

    policy: Policy
    things: Mapping[str, Resource]
    now: float


def moment(value: datetime | None, default: float = 0.0) -> float:
    return default if value is None else value.timestamp()


def grants(table: Mapping[str, str]) -> dict[str, Scope]:
    return {key: Scope[scope.upper()] for key, scope in table.items()}


def assignment(written) -> Assignment:
    if isinstance(written, str):
        return Assignment(written)
    teams = frozenset(written["teams"]) if "teams" in written else None
    dates = {key: moment(written[key]) for key in ("since", "until") if key in written}
    return Assignment(written["role"], teams=teams, **dates)


def assignments(written) -> tuple[Assignment, ...]:
    return tuple(assignment(each) for each in written)


def roles_of(file) -> list[Role]:
    own = [Role(id, id.title(), grants(table["grants"])) for id, table in file.get("roles", {}).items()]
    if "preset" not in file:
        return [OWNER, *own]
    templates = load_preset(file["preset"], DESK).roles
    return [*(Role(each.id, each.name, each.grants, owner=each.owner) for each in templates), *own]


def scene_of(file) -> Scene:
    rows = [
        (
            id,
            Status(table.get("status", "active")),
            "agent",
            frozenset(table["teams"]),
            assignments(table["roles"]),
        )
        for id, table in file["agents"].items()
    ]
    things = {
        name: Resource(**{"id": name, **table, "teams": frozenset(table.get("teams", ()))})
        for name, table in file.get("things", {}).items()
    }
    policy = policy_of(DESK, roles=roles_of(file), agents=rows, teams=tuple(file["teams"]))
    return Scene(policy, things, moment(file.get("now")))


def every(value) -> list:
    return value if isinstance(value, list) else [value]


def ask(scene: Scene, step, now: float) -> None:
    question, snapshot = step["ask"], snapshot_of(scene.policy, now)
    for who in every(question["who"]):
        for name in every(question.get("on")):
            thing = None if name is None else scene.things[name]
            decision = decide(snapshot, Subject(who), question["action"], thing, now=now)
            assert str(decision.reason) == step["answer"]
            assert snapshot.allows(who, question["action"], thing) == decision.allowed
            if "by_grants" in step:
                assert [each.permission for each in decision.grants] == step["by_grants"]
            if "valid_until" in step:
                assert decision.valid_until == moment(step["valid_until"])
            if "hidden" in step and thing is not None:
                view = DESK.kinds[thing.kind].view
                assert snapshot.allows(who, str(view), thing) != step["hidden"]


def ask_reach(scene: Scene, step, now: float) -> None:
    found = reach(
        snapshot_of(scene.policy, now), Subject(step["reach"]["who"]), step["reach"]["action"], now=now
    )
    expected = Extent(teams=frozenset(step["teams"]))
    assert set(found.by_state.values()) == ({expected} if step["teams"] else set())


def ask_manages(scene: Scene, step, now: float) -> None:
    question = step["manages"]
    assert may_manage(scene.policy, Subject(question["who"]), question["agent"], now=now) == step["allowed"]


def look(scene: Scene, step, now: float) -> None:
    held = scene.policy.agents[step["assignments"]["of"]].assignments
    assert held == assignments(step["assignments"]["are"])


def edits_of(step) -> list[Edit]:
    edits: list[Edit] = []
    if "put_role" in step:
        table = step["put_role"]
        edits.append(PutRole(Role(table["id"], table["name"], grants(table["grants"]))))
    if "put_team" in step:
        edits.append(PutTeam(Team(**step["put_team"])))
    if "remove_team" in step:
        edits.append(RemoveTeam(**step["remove_team"]))
    if "put_agent" in step:
        table = step["put_agent"]
        edits.append(PutAgent(table["id"], Status(table.get("status", "active")), frozenset(table["teams"])))
    edits += [SetAssignments(agent, assignments(held)) for agent, held in step.get("give", {}).items()]
    return edits


def attempt(scene: Scene, step, now: float) -> None:
    change = Change(tuple(edits_of(step)))
    found = refusals(scene.policy, change, by=Subject(step["by"]), because="scenario", now=now)
    assert sorted({each.code for each in found}) == step["refused"]
    assert all(word in found[0].message for word in step.get("naming", ()))
    if not found:
        after = apply(scene.policy, change)
        losing = {
            agent for each in effects(scene.policy, after, now=now) if each.losses for agent in each.agents
        }
        assert sorted(losing) == step.get("losing", sorted(losing))
        scene.policy = after


STEPS = {"ask": ask, "reach": ask_reach, "manages": ask_manages, "assignments": look, "by": attempt}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_walked_example_ends_as_it_is_told(path):
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    scene = scene_of(file)
    for step in file["step"]:
        do = next(STEPS[key] for key in STEPS if key in step)
        try:
            do(scene, step, moment(step.get("at"), scene.now))
        except AssertionError as error:
            error.add_note(f"{file['title']}: {step['says']}")
            raise


def test_there_is_a_scenario_for_each_example_that_the_core_can_walk():
    assert len(FILES) >= 11

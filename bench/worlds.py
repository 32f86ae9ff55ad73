"""The policies that are asked: the real catalogue, roles and agents by the thousand."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from roledesk import Organization
from roledesk.catalogue import load_builtin
from roledesk.composition import open_server_engine
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.changes import Change, Edit, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.policy import AgentRow, Policy, build_policy
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Resource, Revision, Role, Status, Team

CATALOGUE = parse_catalogue(load_builtin("access", "desk"))
STATES = ("waiting", "open", "closed")
FAR_S = 10_000_000.0


def roles(count: int, *, seed: int = 1) -> list[Role]:
    """Roles of about a dozen permissions each, at random scopes."""
    dice = random.Random(seed)
    tickable = [permission for permission in CATALOGUE.permissions.values() if permission.scopes]
    made = []
    for number in range(count):
        ticked = dice.sample(tickable, 14)
        made.append(
            Role(f"role-{number}", f"Role {number}", {each.key: dice.choice(each.scopes) for each in ticked})
        )
    return [Role("owner", "Owner", owner=True), *made]


def agent_rows(
    count: int, role_count: int, team_count: int, *, kinds: int = 200, dated: bool = False
) -> Iterator[AgentRow]:
    """Agents of one or two teams and one or two roles; `kinds` is how many stand differently."""
    dice = random.Random(2)
    standings = [
        _standing(dice, role_count, team_count, dated and number % 4 == 0) for number in range(kinds)
    ]
    yield "agent-owner", Status.ACTIVE, "agent", frozenset(), (Assignment("owner"),)
    for number in range(count - 1):
        teams, assignments = standings[number % kinds]
        yield f"agent-{number}", Status.ACTIVE, "agent", teams, assignments


def _standing(
    dice: random.Random, role_count: int, team_count: int, dated: bool
) -> tuple[frozenset[str], tuple[Assignment, ...]]:
    teams = frozenset(f"team-{dice.randrange(team_count)}" for _ in range(dice.choice((1, 1, 2))))
    bound = frozenset({f"team-{dice.randrange(team_count)}"}) if dice.random() < 0.2 else None
    until = time.time() + FAR_S if dated else None
    first = Assignment(f"role-{dice.randrange(role_count)}", teams=bound, until=until)
    more = (Assignment(f"role-{dice.randrange(role_count)}"),) if dice.random() < 0.4 else ()
    return teams, (first, *more)


def policy(agents: int, role_count: int, teams: int = 20, *, dated: bool = False) -> Policy:
    """A policy of that size."""
    return build_policy(
        organization="bench",
        name="Bench",
        preset="",
        catalogue=CATALOGUE,
        reserved=frozenset(),
        roles=roles(role_count),
        teams=(Team(f"team-{number}", f"Team {number}", default=number == 0) for number in range(teams)),
        agents=agent_rows(agents, role_count, teams, dated=dated),
        retired=frozenset(),
    )


def snapshot(agents: int, role_count: int, teams: int = 20, *, dated: bool = False) -> Snapshot:
    """The same, ready to be asked; every standing is compiled beforehand, as in a server that runs."""
    made = Snapshot(policy(agents, role_count, teams, dated=dated), Revision("bench", 1), time.time)
    for standing in made.policy.members:
        made.profile(standing)
    return made


def plain_questions(agents: int, count: int = 2000) -> list[tuple[str, str]]:
    """(agent, action) pairs, about the organization itself."""
    dice = random.Random(3)
    actions = sorted(CATALOGUE.actions)
    return [(f"agent-{dice.randrange(agents - 1)}", dice.choice(actions)) for _ in range(count)]


def scoped_questions(agents: int, teams: int = 20, count: int = 2000) -> list[tuple[str, str, Resource]]:
    """(agent, action, conversation) triples; one in three conversations is the agent's own."""
    dice = random.Random(4)
    actions = sorted(name for name, action in CATALOGUE.actions.items() if action.kind == "conversation")
    asked = []
    for number in range(count):
        agent = f"agent-{dice.randrange(agents - 1)}"
        owner = agent if dice.random() < 0.33 else "agent-owner"
        resource = Resource(
            "conversation",
            f"c-{number}",
            owner=owner,
            team=f"team-{dice.randrange(teams)}",
            state=dice.choice(STATES),
        )
        asked.append((agent, dice.choice(actions), resource))
    return asked


@contextmanager
def engine_with(agents: int, role_count: int, *, url: str = "sqlite://") -> Iterator[Organization]:
    """The same as an organization of a real engine."""
    made = policy(agents, role_count)
    edits: list[Edit] = [
        Found("Bench"),
        *map(PutTeam, made.teams.values()),
        *map(PutRole, made.roles.values()),
    ]
    for agent, standing in made.agents.items():
        edits += [
            PutAgent(agent, standing.status, standing.teams),
            SetAssignments(agent, standing.assignments),
        ]
    with open_server_engine(url, create=True) as engine:
        yield engine.found("bench", Change(tuple(edits)), because="to be measured")

"""The check as a library call, against the floor: two look-ups by string and a bit test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.table import Row
from bench.timing import Candidate, costs_ns
from bench.worlds import CATALOGUE, engine_with, plain_questions, scoped_questions, snapshot
from roledesk.core.decide import decide
from roledesk.core.terms import Subject

AGENTS, ROLES = 1_000, 20


def floor_of(agents: int) -> Callable[[str, str], int]:
    """The least a check can cost in Python, with as many agents."""
    bits = {action: number for number, action in enumerate(sorted(CATALOGUE.actions))}
    masks = {f"agent-{number}": 0x5555_5555_5555 for number in range(agents)}

    def floor(agent: str, action: str) -> int:
        return masks[agent] >> bits[action] & 1

    return floor


def rows() -> Iterator[Row]:
    """Every row about one process asking its own memory."""
    yield from _plain()
    yield from _scoped()
    yield from _growth()


def _plain() -> Iterator[Row]:
    asked = plain_questions(AGENTS)
    with engine_with(AGENTS, ROLES) as organization:
        guards = {agent: organization.guard(agent) for agent, _ in asked}
        costs = costs_ns(
            {
                "floor": Candidate("call(agent, action)", "agent, action", asked, floor_of(AGENTS)),
                "strings": Candidate("call(agent, action)", "agent, action", asked, organization.allows),
                "guard": Candidate(
                    "guard.allows(action)", "guard, action", [(guards[a], b) for a, b in asked]
                ),
                "question": Candidate("ask()", "ask", [guards[a].question(b) for a, b in asked]),
            }
        )
    floor = costs["floor"]
    yield Row("floor: two look-ups and a bit test", floor, "ns")
    yield Row("allows(agent, action), by strings", costs["strings"] / floor, "floors", 1.5)
    yield Row("the same with a held guard", costs["guard"] / floor, "floors", 0.85)
    yield Row("the same with guard and action held", costs["question"] / floor, "floors", 0.7)


def _scoped() -> Iterator[Row]:
    made = snapshot(AGENTS, ROLES, dated=True)
    asked = scoped_questions(AGENTS)
    as_subjects = [(Subject(agent), action, resource) for agent, action, resource in asked]
    allowed = [each for each in as_subjects if decide(made, *each)]
    costs = costs_ns(
        {
            "floor": Candidate(
                "call(agent, action)", "agent, action", [(a, b) for a, b, _ in asked], floor_of(AGENTS)
            ),
            "allows": Candidate(
                "call(agent, action, resource)", "agent, action, resource", asked, made.allows
            ),
            "decide": Candidate(
                "call(made, agent, action, resource).grants",
                "made, agent, action, resource",
                [(made, *each) for each in allowed],
                decide,
            ),
            "refuse": Candidate(
                "call(made, agent, action, resource).reason",
                "made, agent, action, resource",
                [(made, *each) for each in as_subjects if each not in allowed],
                decide,
            ),
        }
    )
    floor = costs["floor"]
    yield Row(
        "scoped allows: bounds, states, expiring assignments",
        costs["allows"] / floor,
        "floors",
        3.0,
        note=f"{len(allowed)} of {len(asked)} allowed",
    )
    yield Row("decide with reasons, allowed", costs["decide"] / floor, "floors", 15.0)
    yield Row("decide with reasons, refused", costs["refuse"] / floor, "floors", 15.0)


def _growth() -> Iterator[Row]:
    yield Row("growth from 20 to 2,000 roles", _in_floors(1_000, 2_000) / _in_floors(1_000, 20), "×", 1.2)
    yield Row(
        "growth from 1,000 to 100,000 agents", _in_floors(100_000, 20) / _in_floors(1_000, 20), "×", 1.5
    )


def _in_floors(agents: int, roles: int) -> float:
    made, asked = snapshot(agents, roles), scoped_questions(agents)
    costs = costs_ns(
        {
            "floor": Candidate(
                "call(agent, action)", "agent, action", [(a, b) for a, b, _ in asked], floor_of(agents)
            ),
            "allows": Candidate(
                "call(agent, action, resource)", "agent, action, resource", asked, made.allows
            ),
        }
    )
    return costs["allows"] / costs["floor"]

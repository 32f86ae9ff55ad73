"""One million agents with teams, in one process."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

from bench.table import Row
from bench.timing import seconds
from bench.worlds import CATALOGUE, agent_rows, roles
from roledesk.core.changes import Change, PutRole, SetAssignments, apply
from roledesk.core.policy import Policy, build_policy
from roledesk.core.search import count_who_can, who_can
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Resource, Revision, Scope, Team

AGENTS = 1_000_000
TEAMS = 50


def rows() -> Iterator[Row]:
    """Memory, index, changes and searches at a million agents."""
    rows_in_memory = list(agent_rows(AGENTS, 20, TEAMS, kinds=400))
    policy, build_s, bytes_each = _built(rows_in_memory)
    snapshot = Snapshot(policy, Revision("bench", 1), time.time)
    asked = Resource("conversation", "c", owner="agent-owner", team="team-7", state="open")
    count_who_can(snapshot, "conversation.view", asked)
    found = count_who_can(snapshot, "conversation.view", asked)
    yield Row("memory over the id strings", bytes_each, "B an agent", 200)
    yield Row("index built from rows in memory", build_s, "s", 6)
    yield Row("one role change in force", 1e3 * seconds(lambda: _role_changed(snapshot, asked)), "ms", 2)
    yield Row(
        "one assignment change in force",
        1e3 * seconds(lambda: _assignment_changed(snapshot, asked)),
        "ms",
        50,
    )
    yield Row(
        "who_can, the count",
        1e3 * seconds(lambda: count_who_can(snapshot, "conversation.view", asked)),
        "ms",
        2,
    )
    yield Row(
        "who_can, the list",
        1e3 * seconds(lambda: who_can(snapshot, "conversation.view", asked)),
        "ms",
        50,
        note=f"{found:,} agents",
    )


def _build(agents: object) -> Policy:
    return build_policy(
        organization="bench",
        name="",
        preset="",
        catalogue=CATALOGUE,
        reserved=frozenset(),
        retired=frozenset(),
        roles=roles(20),
        teams=(Team(f"team-{number}", f"Team {number}") for number in range(TEAMS)),
        agents=agents,  # type: ignore[arg-type]
    )


def _built(rows_in_memory: list[object]) -> tuple[Policy, float, float]:
    gc.collect()
    start = time.perf_counter()
    policy = _build(rows_in_memory)
    took = time.perf_counter() - start
    del policy
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    policy = _build(rows_in_memory)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return policy, took, used / AGENTS


def _role_changed(snapshot: Snapshot, asked: Resource) -> None:
    role = snapshot.policy.roles["role-3"]
    edit = PutRole(replace(role, grants={**role.grants, "ConversationView": Scope.ALL}))
    holder = next(
        agent
        for standing, group in snapshot.policy.members.items()
        if "role-3" in standing.roles
        for agent in group
    )
    _after(snapshot, Change((edit,))).allows(holder, "conversation.view", asked)


def _assignment_changed(snapshot: Snapshot, asked: Resource) -> None:
    edit = SetAssignments("agent-17", (Assignment("role-1"),))
    _after(snapshot, Change((edit,))).allows("agent-17", "conversation.view", asked)


def _after(snapshot: Snapshot, change: Change) -> Snapshot:
    return Snapshot(apply(snapshot.policy, change), Revision("bench", 2), time.time)

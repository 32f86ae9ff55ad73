"""Worlds to ask questions in: a small catalogue with every kind of permission, and random policies.

Small on purpose: three teams and four agents, so that anything about to meet does meet.
"""

from collections.abc import Sequence
from itertools import product

from hypothesis import strategies as st

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.policy import Policy, build_policy
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import Assignment, Resource, Revision, Role, Scope, Status, Subject, Team

SMALL_FILE = Source(
    "small.toml",
    """
[catalogue]
name = "small"
subjects = ["agent", "guest"]

[areas]
small = "Small"

[kinds.ticket]
title = "Ticket"
states = ["new", "open", "shut"]
view = "ticket.view"
beyond_view = ["ticket.take"]
parts = ["remark"]
owner_only = ["ticket.burn"]

[kinds.shelf]
title = "Shelf"
owner_only = ["shelf.sell"]

[kinds.machine]
title = "Machine"

[permissions.See]
area = "small"
title = "See"
reach = ["own", "team", "all"]
opens = ["ticket.view[new, open]"]

[permissions.SeeShut]
area = "small"
title = "See shut ones of one's own"
reach = "organization"
opens = ["ticket.view[shut]@own"]

[permissions.Answer]
area = "small"
title = "Answer"
reach = ["own", "team", "all"]
opens = ["ticket.answer[open]", "ticket.take[new]@team+", "ticket.view[open]"]

[permissions.Remark]
area = "small"
title = "Remark"
reach = ["own", "team", "all"]
opens = ["remark.add"]

[permissions.Watch]
area = "small"
title = "Watch"
reach = "organization"
opens = ["ticket.view[open]@team", "ticket.whisper[open]@team", "shelf.look"]

[permissions.WatchAll]
area = "small"
title = "Watch everything"
reach = "organization"
opens = ["ticket.view[open]@all"]

[permissions.Fill]
area = "small"
title = "Fill shelves"
reach = ["team", "all"]
opens = ["shelf.fill", "shelf.look"]

[permissions.Make]
area = "small"
title = "Make shelves"
reach = ["team", "all"]
opens = ["shelf.make", "shelf.fill@own"]

[permissions.Tidy]
area = "small"
title = "Tidy one's own shelf"
reach = "self"
opens = ["shelf.tidy"]

[permissions.Ask]
area = "small"
title = "Ask"
reach = "token"
opens = ["machine.ask", "machine.stop"]
""",
)
SMALL = parse_catalogue([SMALL_FILE])
DESK = parse_catalogue(load_builtin())
WITH_DOORS = parse_catalogue([*load_builtin("access"), SMALL_FILE])

TEAMS = ("t1", "t2", "t3")
AGENTS = ("amal", "bo", "cy", "di")
ROLES = ("r1", "r2", "r3")
OWNER = Role("owner", "Owner", owner=True)
MOMENTS = st.integers(0, 5).map(float)
DATES = st.sampled_from((None, None, None, 1.0, 2.0, 3.0, 4.0))
SUBSETS = st.sampled_from([frozenset(each) for each in ((), ("t1",), ("t2",), ("t1", "t2"), ("t2", "t3"))])
BOUNDS = st.none() | SUBSETS


def snapshot_of(policy: Policy, now: float = 0.0, number: int = 1) -> Snapshot:
    """The policy, asked at `now` unless a question says otherwise."""
    return Snapshot(policy, Revision("test", number), lambda: now)


def choices(catalogue: Catalogue) -> list[tuple[str, Scope]]:
    """Every tick there is."""
    return [(each.key, scope) for each in catalogue.permissions.values() for scope in each.scopes]


def ticks(catalogue: Catalogue, *, wanted: Sequence[str] = ()) -> st.SearchStrategy[dict[str, Scope]]:
    """A few ticks, of the `wanted` permissions only where some are named."""
    found = [each for each in choices(catalogue) if not wanted or each[0] in wanted]
    return st.lists(st.sampled_from(found), min_size=1, max_size=6).map(dict)


def assignments(roles: Sequence[str] = ROLES) -> st.SearchStrategy[Assignment]:
    return st.builds(Assignment, st.sampled_from(roles), teams=BOUNDS, since=DATES, until=DATES)


STATUSES = st.sampled_from([Status.ACTIVE] * 5 + [Status.INVITED, Status.DEACTIVATED])
HELD = st.lists(assignments((*ROLES, *ROLES, *ROLES, "owner")), min_size=1, max_size=3).map(tuple)


@st.composite
def policies(
    draw: st.DrawFn, catalogue: Catalogue = SMALL, *, wanted: Sequence[str] = (), held=HELD
) -> Policy:
    """Any policy at all, sound or not: the rule must hold for each."""
    roles = [Role(id, id.upper(), draw(ticks(catalogue, wanted=wanted))) for id in ROLES]
    rows = [(agent, draw(STATUSES), "agent", draw(SUBSETS), draw(held)) for agent in AGENTS]
    return policy_of(catalogue, roles=[OWNER, *roles], agents=rows)


def policy_of(catalogue: Catalogue = SMALL, *, roles=(), agents=(), teams=TEAMS, reserved=frozenset()):
    """A policy of these roles and agent rows."""
    return build_policy(
        organization="acme",
        name="Acme",
        preset="",
        catalogue=catalogue,
        reserved=reserved,
        roles=roles,
        teams=[Team(id, id.upper(), default=id == teams[0]) for id in teams],
        agents=agents,
        retired=frozenset(),
    )


def keys(catalogue: Catalogue) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(sorted(catalogue.permissions)), max_size=6)


def subjects(catalogue: Catalogue = SMALL) -> st.SearchStrategy[Subject]:
    """An agent, a personal token of one, or somebody unknown."""
    agents = st.sampled_from((*AGENTS, "ghost"))
    tokens = st.builds(Subject, agents, permissions=keys(catalogue), teams=BOUNDS)
    return agents.map(Subject) | tokens


def kind_of(catalogue: Catalogue, action: str) -> str:
    return catalogue.actions[action].kind


def resources(catalogue: Catalogue, kind: str) -> st.SearchStrategy[Resource]:
    """Any thing of a kind, with facts that are known, missing or wrong."""
    several = SUBSETS if catalogue.kinds[kind].view is None else st.just(frozenset())
    return st.builds(
        Resource,
        st.just(kind),
        st.just("x"),
        owner=st.sampled_from((None, "ghost", *AGENTS)),
        team=st.sampled_from((None, "elsewhere", *TEAMS)),
        teams=several,
        state=st.sampled_from((*catalogue.kinds[kind].states, None, "odd")),
    )


def grid(agent: str, other: str) -> list[tuple[str, Resource | None]]:
    """Every action of the small catalogue with every small thing that may make a difference to `agent`."""
    found: list[tuple[str, Resource | None]] = [(action, None) for action in SMALL.actions]
    for action, known in SMALL.actions.items():
        teams = (None, "elsewhere", *TEAMS)
        for owner, team, state in product((None, agent, other), teams, (*known.states, "odd")):
            found.append((action, Resource(known.kind, "x", owner=owner, team=team, state=state)))
        if SMALL.kinds[known.kind].view is None:
            several = frozenset({"t1", "t3"}), frozenset({"t2", "elsewhere"})
            for owner, teams in product((None, agent), several):
                found.append((action, Resource(known.kind, "x", owner=owner, teams=teams)))
    return found


def everything_of(catalogue: Catalogue, kind: str, agent: str) -> list[Resource]:
    """Every small thing of a kind: the agent's or not, wherever it is, whatever its state."""
    states = catalogue.kinds[kind].states or (None,)
    facts = product((None, agent, "somebody"), (None, "elsewhere", *TEAMS), states)
    return [Resource(kind, "x", owner=owner, team=team, state=state) for owner, team, state in facts]


@st.composite
def questions(draw: st.DrawFn, catalogue: Catalogue = SMALL) -> tuple[str, Resource | None]:
    """An action, and a thing of its kind or the organization itself."""
    action = draw(st.sampled_from(sorted(catalogue.actions)))
    thing = resources(catalogue, kind_of(catalogue, action))
    return action, draw(thing if draw(st.integers(0, 5)) else st.none())

"""Anybody tries anything, for as long as it takes: what is accepted must keep every promise.

Random edits by random actors go through `refusals`; those accepted are applied, and
after each the promises are looked at again, with nothing taken from the code that
judged it: every agent is asked about every small thing before and after.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.core.worlds import OWNER, WITH_DOORS, policy_of, snapshot_of

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
    apply,
)
from roledesk.core.policy import Policy
from roledesk.core.refusals import refusals
from roledesk.core.terms import OPERATOR, Assignment, Resource, Role, Scope, Status, Subject, Team
from roledesk.core.wire import canonical, change_from_json, change_to_json

TEAM, ALL = Scope.TEAM, Scope.ALL
AGENTS = ("olga", "ada", "lena", "lou", "wim", "new")
ROLES = ("admin", "lead", "lender", "worker", "senior", "spare")
TEAMS = ("main", "a", "b", "c")
ACTIONS = (
    "role.assign",
    "agent.edit",
    "role.edit",
    "shelf.fill",
    "ticket.view",
    "ticket.answer",
    "ticket.take",
)
WORK = [
    (each.key, scope)
    for each in WITH_DOORS.permissions.values()
    if each.area == "small"
    for scope in each.scopes
]
DOORS = {
    "AdminRolesAndPermissions": ALL,
    "AdminBusinessUnit": ALL,
    "AgentManagementAddAgent": ALL,
    "AgentManagementEditAgent": ALL,
    "AgentDeactivate": ALL,
}
START = Change(
    (
        Found("Acme"),
        *(PutTeam(Team(id, id, default=id == "main")) for id in TEAMS[:3]),
        PutRole(OWNER),
        PutRole(Role("admin", "Admin", {**DOORS, "Fill": ALL, "See": ALL, "Answer": ALL})),
        PutRole(
            Role(
                "lead",
                "Lead",
                {**dict.fromkeys(DOORS, TEAM), "AdminRolesAndPermissions": ALL, "Answer": TEAM},
            )
        ),
        PutRole(Role("lender", "Lender", {"RoleAssign": TEAM})),
        PutRole(Role("worker", "Worker", {"Answer": Scope.OWN})),
        PutRole(Role("senior", "Senior", {"Answer": ALL, "Make": TEAM}, givers=frozenset({"lender"}))),
        *(PutAgent(id, Status.ACTIVE, frozenset({"b" if id == "lou" else "a"})) for id in AGENTS[:5]),
        SetAssignments("olga", (Assignment("owner"),)),
        SetAssignments("ada", (Assignment("admin"), Assignment("worker", until=3.0))),
        SetAssignments("lena", (Assignment("lead"),)),
        SetAssignments("lou", (Assignment("lender"), Assignment("senior", until=4.0))),
        SetAssignments("wim", (Assignment("worker", teams=frozenset({"a"})),)),
    )
)
NEVER, FAR = -1.0, 1e6
DATES = st.sampled_from((None, None, None, 2.0, 4.0, 6.0))
TICKS = st.lists(st.sampled_from([*WORK, *WORK, *DOORS.items()]), max_size=2).map(dict)
# The owner may do nearly anything, which tells little; so he is seldom the one who tries.
BY = st.sampled_from((*AGENTS, *AGENTS[1:4] * 3)).map(Subject) | st.builds(
    Subject,
    st.sampled_from(AGENTS[:3]),
    permissions=st.none() | st.just(frozenset({"AdminRolesAndPermissions", "Fill"})),
    teams=st.none() | st.frozensets(st.sampled_from(TEAMS), max_size=2),
)


def things(agent: str, giver: str, teams: frozenset[str]) -> Iterator[tuple[str, Resource]]:
    """Every action with every thing of its kind: owned by the agent, by the giver, by nobody."""
    for action in ACTIONS:
        kind, states = WITH_DOORS.actions[action].kind, WITH_DOORS.actions[action].states
        for owner, team, state in product((None, agent, giver), (None, *sorted(teams)), states):
            yield action, Resource(kind, "x", owner=owner, team=team, state=state)


def answer(policy: Policy, subject: Subject, action: str, thing: Resource, now: float) -> bool:
    return snapshot_of(policy, now).extent(subject, action, thing.state, now).covers(subject.id, thing)


def undated(policy: Policy, agent: str) -> Policy:
    """Where the agent holds only what neither starts nor ends by itself."""
    standing = policy.agents.get(agent)
    kept = [] if standing is None else [each for each in standing.assignments if not each.is_dated]
    return holding(policy, agent, kept)


def holding(policy: Policy, agent: str, held: list[Assignment], *, active: bool = False) -> Policy:
    standing = policy.agents.get(agent)
    if standing is None:
        return policy
    status = Status.ACTIVE if active else standing.status
    changed = replace(standing, status=status, assignments=tuple(held))
    return replace(policy, agents={**policy.agents, agent: changed})


def all_active(policy: Policy) -> Policy:
    """Where everybody is active: what each would be worth."""
    return replace(
        policy, agents={id: replace(each, status=Status.ACTIVE) for id, each in policy.agents.items()}
    )


def lent(before: Policy, agents: Policy, by: Subject, agent: str) -> Policy:
    """Where the agent holds of his roles only those that `by` was named a giver of, within his bounds."""
    giver = undated(before, by.id).agents.get(by.id)
    held: list[Assignment] = []
    if giver is not None and giver.status is Status.ACTIVE and not by.is_cut:
        assigns = snapshot_of(before).extent(by, "role.assign", None, FAR)
        for each, lender in product(agents.agents[agent].assignments, giver.assignments):
            if each.role in before.roles and lender.role in before.roles[each.role].givers:
                bounds = [bound for bound in (each.teams, lender.teams) if bound is not None]
                bounds += [] if assigns.everything else [assigns.teams]
                teams = frozenset.intersection(*bounds) if bounds else None
                held.append(Assignment(each.role, teams=teams))
    return replace(holding(agents, agent, held, active=True), roles=before.roles)


class Organization(RuleBasedStateMachine):
    """One organization over time, and everybody who has a hand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy("acme", WITH_DOORS)
        self.made: list[Change] = []
        self.now = 0.0
        self.names = 0

    @initialize()
    def founded(self) -> None:
        assert refusals(self.policy, START, by=OPERATOR, because="start", now=self.now) == ()
        self.policy, self.made = apply(self.policy, START), [START]

    @rule(by=BY, data=st.data())
    def give(self, by: Subject, data) -> None:
        agent = self.some(data, self.policy.agents)
        kept = self.policy.agents[agent].assignments if data.draw(st.booleans()) else ()
        self.attempt(by, SetAssignments(agent, (*kept, self.assignment(data))))

    @rule(by=BY, data=st.data())
    def take(self, by: Subject, data) -> None:
        agent = self.some(data, self.policy.agents)
        self.attempt(by, SetAssignments(agent, self.policy.agents[agent].assignments[1:]))

    @rule(by=BY, data=st.data(), status=st.sampled_from((Status.INVITED, Status.ACTIVE, Status.DEACTIVATED)))
    def put_new_agent(self, by: Subject, data, status: Status) -> None:
        edits = [PutAgent("new", status, self.teams(data)), SetAssignments("new", (self.assignment(data),))]
        self.attempt(by, *edits)

    @rule(by=BY, data=st.data(), status=st.sampled_from(Status))
    def move(self, by: Subject, data, status: Status) -> None:
        self.attempt(by, PutAgent(self.some(data, self.policy.agents), status, self.teams(data)))

    @rule(by=BY, data=st.data(), status=st.sampled_from((Status.ACTIVE, Status.DEACTIVATED)))
    def turn(self, by: Subject, data, status: Status) -> None:
        agent = self.some(data, self.policy.agents)
        edits: list[Edit] = [PutAgent(agent, status, self.policy.agents[agent].teams)]
        if data.draw(st.booleans()):
            edits.append(SetAssignments(agent, (self.assignment(data),)))
        self.attempt(by, *edits)

    @rule(by=BY, data=st.data(), ticks=TICKS, added=st.booleans())
    def edit_role(self, by: Subject, data, ticks: dict[str, Scope], added: bool) -> None:
        known = self.policy.roles[self.some(data, self.policy.roles)]
        edits: list[Edit] = [PutRole(replace(known, grants={**known.grants, **ticks} if added else ticks))]
        if data.draw(st.booleans()):
            held = Assignment(known.id, teams=data.draw(st.none() | self.teams_of(self.policy)))
            edits.append(SetAssignments(self.some(data, self.policy.agents), (held,)))
        self.attempt(by, *edits)

    @rule(by=BY, data=st.data(), ticks=TICKS)
    def add_role(self, by: Subject, data, ticks: dict[str, Scope]) -> None:
        self.names += 1
        id = data.draw(st.sampled_from((*ROLES, f"role{self.names}")))
        self.attempt(by, PutRole(Role(id, f"{id} {self.names}", ticks)))

    @rule(by=BY, data=st.data())
    def name_givers(self, by: Subject, data) -> None:
        known = self.policy.roles[self.some(data, self.policy.roles)]
        givers = frozenset({self.some(data, self.policy.roles)})
        self.attempt(by, PutRole(replace(known, givers=givers)))

    @rule(by=BY, data=st.data(), then=st.sampled_from((TakeAway, ReplaceBy, MergeInto)))
    def remove_role(self, by: Subject, data, then) -> None:
        role, other = self.some(data, self.policy.roles), self.some(data, self.policy.roles)
        self.attempt(by, RemoveRole(role, then() if then is TakeAway else then(other)))

    @rule(by=BY, data=st.data())
    def remove_team(self, by: Subject, data) -> None:
        team, receiver = self.some(data, self.policy.teams), self.some(data, self.policy.teams)
        given: list[Edit] = (
            [SetAssignments("wim", (self.assignment(data),))] if data.draw(st.booleans()) else []
        )
        self.attempt(by, *given, RemoveTeam(team, receiver))

    @rule(by=BY, team=st.sampled_from(TEAMS))
    def put_team(self, by: Subject, team: str) -> None:
        self.names += 1
        self.attempt(by, PutTeam(Team(team, f"{team}{self.names}", default=team == "main")))

    @rule()
    def time_passes(self) -> None:
        self.now += 1.0

    def some(self, data, known) -> str:
        return data.draw(st.sampled_from(sorted(known)))

    def teams_of(self, policy: Policy):
        return st.frozensets(st.sampled_from(sorted(policy.teams)), max_size=2)

    def teams(self, data) -> frozenset[str]:
        return data.draw(self.teams_of(self.policy))

    def assignment(self, data) -> Assignment:
        dates = sorted(date for date in data.draw(st.tuples(DATES, DATES)) if date is not None)
        since, until = dates if len(dates) == 2 and dates[0] < dates[1] else (None, next(iter(dates), None))
        bounds = data.draw(st.none() | self.teams_of(self.policy))
        return Assignment(self.some(data, self.policy.roles), teams=bounds, since=since, until=until)

    def attempt(self, by: Subject, *edits: Edit) -> None:
        change = Change(edits)
        if refusals(self.policy, change, by=by, because="because", now=self.now):
            return
        after = apply(self.policy, change)
        moved: dict[str, str] = {}
        for edit in edits:
            if isinstance(edit, RemoveTeam):
                moved = {**moved, edit.team: edit.receiver}
        self.hold_the_giver_to_it(after, by, moved)
        self.policy = after
        self.made.append(change)

    def hold_the_giver_to_it(self, after: Policy, by: Subject, moved: dict[str, str]) -> None:
        before = self.policy
        held = undated(before, by.id)
        teams = frozenset((*before.teams, *after.teams))
        dates = {date for each in (*before.members, *after.members) for date in dates_of(each.assignments)}
        for agent, now in product(
            after.agents, sorted({self.now, *(each for each in dates if each > self.now)})
        ):
            if before.agents.get(agent) is after.agents[agent] and before.roles == after.roles and not moved:
                continue
            for old, new in self.pairs_to_compare(before, after, agent):
                for action, thing in things(agent, by.id, teams):
                    later = replace(thing, team=moved.get(thing.team, thing.team))
                    was = agent in old.agents and answer(old, Subject(agent), action, thing, now)
                    will = answer(new, Subject(agent), action, later, now)
                    if was == will:
                        continue
                    assert agent != by.id or was, ("wider", agent, action, thing, now)
                    of_giver = replace(thing, owner=by.id if thing.owner == agent else None)
                    source = after if will else before
                    assert (
                        agent == by.id
                        or answer(held, by, action, of_giver, now)
                        or answer(lent(before, source, by, agent), Subject(agent), action, thing, now)
                    ), ("given" if will else "taken", agent, action, thing, now)

    def pairs_to_compare(self, before: Policy, after: Policy, agent: str) -> list[tuple[Policy, Policy]]:
        """As they stand; and, where neither is active, what they would be worth if they were."""
        old, new = before.agents.get(agent), after.agents[agent]
        found = [(before, after)]
        if new.status is not Status.ACTIVE and (old is None or old.status is new.status):
            found.append((all_active(before), all_active(after)))
        return found

    @invariant()
    def somebody_owns_it_now_and_for_ever(self) -> None:
        for now in (self.now, NEVER, FAR) if self.made else ():
            assert any(
                answer(self.policy, Subject(agent), "shelf.sell", Resource("shelf"), now)
                for agent in self.policy.agents
            )

    @invariant()
    def nothing_refers_to_what_is_gone(self) -> None:
        policy = self.policy
        for standing in policy.members:
            assert standing.teams <= policy.teams.keys()
            for each in standing.assignments:
                assert each.role in policy.roles
                assert (each.teams or frozenset()) <= policy.teams.keys()
        assert all(each.givers <= policy.roles.keys() for each in policy.roles.values())

    @invariant()
    def no_id_is_used_again(self) -> None:
        live = {f"role:{id}" for id in self.policy.roles} | {f"team:{id}" for id in self.policy.teams}
        assert not live & self.policy.retired

    @invariant()
    def there_is_one_default_team_and_no_name_twice(self) -> None:
        assert not self.made or [each.id for each in self.policy.teams.values() if each.default] == ["main"]
        for named in (self.policy.roles.values(), self.policy.teams.values()):
            assert len({each.name for each in named}) == len(named)

    @invariant()
    def it_is_indexed_as_if_built_anew(self) -> None:
        policy = self.policy
        rows = [
            (id, each.status, each.type, each.teams, each.assignments) for id, each in policy.agents.items()
        ]
        built = policy_of(WITH_DOORS, agents=rows)
        assert (policy.agents, policy.members) == (built.agents, built.members)
        assert all(policy.agents[id] is each for each, group in policy.members.items() for id in group)

    def teardown(self) -> None:
        """History, read back and replayed from nothing, is where it ended."""
        rebuilt = Policy("acme", WITH_DOORS)
        for change in self.made:
            rebuilt = apply(rebuilt, change_from_json(json.loads(canonical(change_to_json(change)))))
        assert rebuilt == self.policy


def dates_of(assignments: tuple[Assignment, ...]) -> Iterator[float]:
    yield from (date for each in assignments for date in (each.since, each.until) if date is not None)


TestOrganization = Organization.TestCase

"""Agents brought in from a file: looked at first, then imported line by line, each judged as if by hand.

A line with the e-mail of an agent changes him, as far as whoever sends it may read and import
him; any other invites somebody new. Teams and roles are only added, and empty cells leave
things as they are. A line is one change of its own: the same refusals, the reason in the
history, and a transaction that judges it again.
Not here: what a file is (web/csv_files.py), the pages (console/agent_import.py), what is the
same for every import (importing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from roledesk.core.changes import Change, Edit, PutAgent, SetAssignments
from roledesk.core.policy import Policy
from roledesk.core.refusals import agent_resource
from roledesk.core.terms import Assignment, Resource, Status
from roledesk.engine import importing
from roledesk.engine.agents import checked_person, new_agent_id, renaming
from roledesk.engine.guard import Guard
from roledesk.engine.importing import Cells, Judged, refused
from roledesk.engine.links import make_link
from roledesk.engine.names import bad_text
from roledesk.engine.organization import Also
from roledesk.errors import ChangeRefusedError, DeniedError, InputError
from roledesk.store import imports, people
from roledesk.store.imports import Import, ImportLine, Outcome, Verdict
from roledesk.store.people import Person, folded

IMPORT = "agent.import"
KIND = "agents"
COLUMNS = ("name", "email", "teams", "roles")
PARTED_BY = ";"
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a line would do, and how: a change of access, and what is written beside it."""

    judged: Judged
    agent: str = ""
    edits: tuple[Edit, ...] = ()
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True)
class Invited:
    """An agent who was added, and the secret of the link by which he comes in."""

    person: Person
    secret: str


def try_out(guard: Guard, lines: Iterable[tuple[int, Cells]], *, because: str) -> str:
    """Keep numbered lines with what each would do; gives the id of the import. Raises DeniedError, InputError."""
    _require(guard)
    if not because.strip():
        raise InputError("because", "say why; the reason is kept in the history")
    for refusal in bad_text(because, "because"):
        raise InputError("because", refusal.message)
    with guard.organization.database.reading() as connection:
        judged = tuple(_judged(connection, guard, lines, because))
    with guard.organization.locked():
        _require(guard)
        return importing.keep(guard, KIND, judged, because=because)


def go_on(guard: Guard, id: str) -> bool:
    """Bring in the next lines of an import, as far as they are still as shown; whether it ended with them.

    Raises NotFoundError, DeniedError.
    """
    with guard.organization.database.reading() as connection:
        ended = importing.get_import(connection, guard, KIND, id).ended_at is not None
    return not ended and not all(_bring_in_next(guard, id) for _ in range(AT_ONCE))


def awaited(guard: Guard, id: str) -> tuple[Person, ...]:
    """The agents whom an import of one's own added and who have not come in yet. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        return _awaited(connection, guard, id)


def make_links(guard: Guard, id: str) -> tuple[Invited, ...]:
    """A new one-time link for each of those awaited for whom it may be made. Raises NotFoundError, DeniedError."""
    made: list[Invited] = []
    with guard.organization.locked() as connection:
        _require(guard)
        for person in _awaited(connection, guard, id):
            with suppress(DeniedError, ChangeRefusedError):
                made.append(Invited(person, make_link(guard.organization, person.agent, by=guard).secret))
    return tuple(made)


def _require(guard: Guard) -> None:
    if not guard.may(IMPORT):
        guard.require(IMPORT)


def _awaited(connection: Connection, guard: Guard, id: str) -> tuple[Person, ...]:
    organization = guard.organization
    importing.get_import(connection, guard, KIND, id)
    lines = imports.lines(connection, organization.id, id, verdict=Verdict.NEW, outcome=Outcome.DONE)
    agents = organization.policy.agents
    ids = [line.about for line in lines if line.about and agents[line.about].status is Status.INVITED]
    found = people.people(connection, organization.id, ids)
    return tuple(found[id] for id in ids)


def _bring_in_next(guard: Guard, id: str) -> bool:
    """Carry out the next line, in a transaction of its own; with none left the import ends."""
    with guard.organization.locked() as connection:
        _require(guard)
        sent = importing.get_import(connection, guard, KIND, id)
        lines = importing.next_lines(connection, guard, sent, limit=1)
        for line in lines:
            importing.settle(connection, guard, sent, line, partial(_ready, connection, guard, sent, line))
        if not lines and sent.ended_at is None:
            importing.end(connection, guard, sent)
    return bool(lines)


def _ready(connection: Connection, guard: Guard, sent: Import, line: ImportLine) -> importing.Plan:
    planned = _plan(connection, guard, line.cells, sent.because)
    return planned.judged, partial(_write, connection, guard, sent, planned)


def _write(connection: Connection, guard: Guard, sent: Import, planned: _Planned) -> str:
    if planned.edits:
        change = Change(planned.edits)
        guard.organization.commit(change, by=guard.subject, because=sent.because, also=planned.also)
    else:
        for write in planned.also:
            write(connection)
    return planned.agent


def _judged(
    connection: Connection, guard: Guard, lines: Iterable[tuple[int, Cells]], because: str
) -> Iterator[ImportLine]:
    seen: dict[str, int] = {}
    for number, cells in lines:
        first = seen.get(folded(cells["email"]), number)
        judged = _plan(connection, guard, cells, because).judged
        if judged.verdict is not Verdict.REFUSED:
            seen[folded(cells["email"])] = first
            if first != number:
                judged = refused(f"line {first} is about the same agent already")
        yield ImportLine(number, cells, judged.verdict, judged.note, judged.about)


def _plan(connection: Connection, guard: Guard, cells: Cells, because: str) -> _Planned:
    """What a line would do, with every reason why it may not."""
    try:
        known = people.find_by_email(connection, guard.organization.id, cells["email"])
        planned = _invited(guard, cells) if known is None else _changed(guard, cells, known)
        if planned.edits:
            found = guard.organization.preview(Change(planned.edits), by=guard.subject, because=because)
            if found.refusals:
                raise ChangeRefusedError(found.refusals)
        return planned
    except ChangeRefusedError as error:
        return _Planned(refused("; ".join(dict.fromkeys(each.message for each in error.refusals))))
    except InputError as error:
        return _Planned(refused(f"{error.where}: {error.problem}"))


def _invited(guard: Guard, cells: Cells) -> _Planned:
    """Somebody new. Raises InputError, ChangeRefusedError."""
    organization = guard.organization
    person = checked_person(Person(new_agent_id(), cells["name"], cells["email"]))
    teams = frozenset(_named(organization.policy, "teams", cells["teams"]))
    _require_reach(guard, teams)
    if not teams and not guard.allows(IMPORT):
        raise InputError("teams", "name teams of your own; you may not import agents without one")
    roles = tuple(Assignment(role) for role in sorted(_named(organization.policy, "roles", cells["roles"])))
    edits = (PutAgent(person.agent, Status.INVITED, teams), SetAssignments(person.agent, roles))
    also = (lambda connection: people.put_person(connection, organization.id, person),)
    return _Planned(Judged(Verdict.NEW), person.agent, edits, also)


def _changed(guard: Guard, cells: Cells, known: Person) -> _Planned:
    """An agent who is there already. Raises InputError, ChangeRefusedError."""
    policy = guard.organization.policy
    _require_known(guard, known.agent)
    person = checked_person(replace(known, name=cells["name"] or known.name))
    renamed = person != known
    if renamed and not guard.allows("agent.edit", agent_resource(policy, known.agent)):
        raise InputError("name", "you may not change it; leave it as it is")
    teams = _named(policy, "teams", cells["teams"]) - policy.agents[known.agent].teams
    _require_reach(guard, teams)
    roles = _unheld(policy, known.agent, _named(policy, "roles", cells["roles"]))
    note = ", ".join(
        [
            *(["name"] if renamed else []),
            *sorted(f"team {policy.teams[team].name}" for team in teams),
            *sorted(f"role {policy.roles[role].name}" for role in roles),
        ]
    )
    judged = Judged(Verdict.CHANGE if note else Verdict.SAME, note, known.agent)
    also = (renaming(guard.organization, person, by=guard),) if renamed else ()
    return _Planned(judged, known.agent, _additions(policy, known.agent, teams, roles), also)


def _additions(policy: Policy, agent: str, teams: frozenset[str], roles: frozenset[str]) -> tuple[Edit, ...]:
    standing, edits = policy.agents[agent], list[Edit]()
    if teams:
        edits.append(PutAgent(agent, standing.status, standing.teams | teams, type=standing.type))
    if roles:
        given = (*standing.assignments, *(Assignment(role) for role in sorted(roles)))
        edits.append(SetAssignments(agent, given))
    return tuple(edits)


def _require_known(guard: Guard, agent: str) -> None:
    """Let pass whom the sender may read and import, as he stands. Raises InputError."""
    policy = guard.organization.policy
    resource = agent_resource(policy, agent)
    # The same words whether he may not be read or not be imported: a file tells no more than adding by hand.
    if not (guard.allows("agent.read", resource) and guard.allows(IMPORT, resource)):
        raise InputError("email", "is another agent's here; use an address of his own")
    if policy.agents[agent].status is Status.DEACTIVATED:
        raise InputError("email", "is a deactivated agent's; reactivate them on their page first")


def _require_reach(guard: Guard, teams: frozenset[str]) -> None:
    """Let pass teams into each of which the sender may import. Raises InputError."""
    if not all(guard.allows(IMPORT, Resource("agent", team=team)) for team in teams):
        raise InputError("teams", "you may not import agents into these; name teams of your own")


def _unheld(policy: Policy, agent: str, roles: frozenset[str]) -> frozenset[str]:
    """The roles that the agent does not hold. Raises InputError for one held with bounds or dates."""
    held = policy.agents[agent].assignments
    for each in held:
        if each.role in roles and Assignment(each.role) not in held:
            name = policy.roles[each.role].name
            raise InputError("roles", f"`{name}` is held in some teams or for a time; change that by hand")
    return roles - {each.role for each in held}


def _named(policy: Policy, column: str, cell: str) -> frozenset[str]:
    """The ids of the teams or roles that a cell names, by id or by name. Raises InputError."""
    known = {each.id: each.name for each in (policy.teams if column == "teams" else policy.roles).values()}
    by_name = {folded(name): id for id, name in known.items()}
    parts = [part.strip() for part in cell.split(PARTED_BY) if part.strip()]
    for part in parts:
        if part not in known and folded(part) not in by_name:
            raise InputError(column, f"there is no `{part}` among the {column}; name one that is there")
    return frozenset(part if part in known else by_name[folded(part)] for part in parts)

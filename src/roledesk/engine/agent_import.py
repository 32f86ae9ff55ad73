"""Adding many agents from a file: a trial that says what would become of each line, then all of it at once.

Each line is judged as if it were added by hand, by the same change and its refusals; those
that can be added are added in one change, with a one-time link each.
Not here: what a file is (web/csv_files.py), the pages (console/agent_import.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from roledesk.core.changes import Change, Edit, PutAgent, SetAssignments
from roledesk.core.policy import Policy
from roledesk.core.terms import Assignment, Resource, Status
from roledesk.engine.agents import checked_person, new_agent_id
from roledesk.engine.guard import Guard
from roledesk.engine.links import link_writer
from roledesk.engine.organization import Also, Organization
from roledesk.engine.secret import new_secret
from roledesk.errors import ChangeRefusedError, InputError
from roledesk.store import activity, people
from roledesk.store.people import Person, folded
from roledesk.store.sign_ins import LinkKind

IMPORT = "agent.import"
COLUMNS = ("name", "email", "teams", "roles")
PARTED_BY = ";"
MOST_LINES = 300


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, the agent it adds, and why it is refused, if so."""

    number: int
    verdict: Verdict
    name: str
    person: Person | None = None
    edits: tuple[Edit, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of each line; `mark` names exactly this."""

    lines: tuple[Line, ...]
    mark: str

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        return Counter(line.verdict for line in self.lines)


@dataclass(frozen=True, slots=True)
class Invited:
    """An agent who was added, and the secret of the link by which he comes in."""

    person: Person
    secret: str


def try_import(guard: Guard, rows: Mapping[int, Mapping[str, str]]) -> Trial:
    """What an import would do with the lines of these numbers; nothing is written. Raises DeniedError, InputError."""
    if not guard.may(IMPORT):
        guard.require(IMPORT)
    if len(rows) > MOST_LINES:
        raise InputError("file", f"a file has at most {MOST_LINES} lines; part it and import the parts")
    seen: set[str] = set()
    lines = tuple(_judged(guard, number, row, seen) for number, row in rows.items())
    told = "\n".join(
        f"{line.number} {line.verdict} {row!r}" for line, row in zip(lines, rows.values(), strict=True)
    )
    return Trial(lines, sha256(told.encode()).hexdigest())


def take_import(
    guard: Guard, rows: Mapping[int, Mapping[str, str]], mark: str, *, because: str
) -> tuple[Invited, ...]:
    """Add those whom the trial of this `mark` said could be added.

    Raises DeniedError, ChangeRefusedError, and InputError when the trial would be another by now.
    """
    trial, organization = try_import(guard, rows), guard.organization
    if trial.mark != mark:
        raise InputError("file", "something has changed meanwhile; look at the trial again, then import")
    added = [(line.person, line.edits) for line in trial.lines if line.person is not None and line.edits]
    invited = tuple(Invited(person, new_secret("link")) for person, _ in added)
    edits = tuple(edit for _, each in added for edit in each)
    organization.commit(
        Change(edits), by=guard.subject, because=because, also=tuple(_writers(organization, guard, invited))
    )
    return invited


def _writers(organization: Organization, guard: Guard, invited: Sequence[Invited]) -> Iterator[Also]:
    by = guard.subject.id
    for each in invited:
        yield lambda connection, person=each.person: people.put_person(connection, organization.id, person)  # type: ignore[misc]
        yield link_writer(organization, each.person.agent, LinkKind.INVITATION, each.secret, by=by)
    yield lambda connection: activity.record(
        connection,
        organization.id,
        at=organization.clock(),
        by=by,
        event="agents.imported",
        about="agents",
        detail={"added": len(invited)},
    )


def _judged(guard: Guard, number: int, row: Mapping[str, str], seen: set[str]) -> Line:
    name = row["name"] or row["email"] or "no name"
    try:
        person, edits = _read(guard, row, seen)
    except ChangeRefusedError as error:
        return Line(number, Verdict.REFUSED, name, problem="; ".join(each.message for each in error.refusals))
    except InputError as error:
        return Line(number, Verdict.REFUSED, name, problem=f"{error.where}: {error.problem}")
    return Line(number, Verdict.NEW, name, person, edits)


def _read(guard: Guard, row: Mapping[str, str], seen: set[str]) -> tuple[Person, tuple[Edit, ...]]:
    organization = guard.organization
    person = checked_person(Person(new_agent_id(), row["name"], row["email"]))
    _check_address(organization, row["email"], seen)
    policy = organization.policy
    teams = frozenset(_named(policy, "teams", row["teams"]))
    if not guard.allows(IMPORT, Resource("agent", teams=teams)):
        raise InputError("teams", "you may not import agents into these; name teams of your own")
    roles = tuple(Assignment(role) for role in _named(policy, "roles", row["roles"]))
    edits = (PutAgent(person.agent, Status.INVITED, teams), SetAssignments(person.agent, roles))
    found = organization.preview(Change(edits), by=guard.subject).refusals
    if found:
        raise ChangeRefusedError(found)
    return person, edits


def _check_address(organization: Organization, email: str, seen: set[str]) -> None:
    if folded(email) in seen:
        raise InputError("email", "is in the file twice; leave one out")
    seen.add(folded(email))
    with organization.database.reading() as connection:
        if people.find_by_email(connection, organization.id, email) is not None:
            raise InputError("email", "is another agent's here; use an address of his own")


def _named(policy: Policy, column: str, cell: str) -> Iterator[str]:
    """The ids of the teams or roles that a cell names, by id or by name."""
    known = {each.id: each.name for each in (policy.teams if column == "teams" else policy.roles).values()}
    by_name = {folded(name): id for id, name in known.items()}
    for part in filter(None, map(str.strip, cell.split(PARTED_BY))):
        id = part if part in known else by_name.get(folded(part))
        if id is None:
            raise InputError(column, f"there is no `{part}` among the {column}; name one that is there")
        yield id

"""Who the agents are: names and e-mail addresses, kept apart so that they can be forgotten.

Every agent has a row here from the moment he is added, blank until a name is put in,
and is listed by his id as long as he has none.
Not here: what an agent may (policies.py), how he signs in (sign_ins.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError

from roledesk.core.terms import Status
from roledesk.errors import InputError
from roledesk.store import imports, profiles, schema
from roledesk.store.rows import Fetched, Query, chunks, insert_missing, upsert
from roledesk.store.schema import agents, assignments, memberships

Cursor = tuple[str, str]
MOST_WORDS = 20
"""Words of a search that are looked for; a statement of a thousand conditions is one that SQLite refuses."""
_people = schema.people.c


@dataclass(frozen=True, slots=True)
class Person:
    """An agent's name and address; `language` is a language tag like `nl`."""

    agent: str
    name: str
    email: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The agents one asker may see: those in `teams`, and `own`, himself."""

    teams: frozenset[str]
    own: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which agents are wanted; each part that is None does not matter.

    `text` is looked for in name and e-mail, word by word, whatever the case.
    """

    text: str = ""
    team: str | None = None
    role: str | None = None
    status: Status | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of the people found, by name; `after` asks for the next page, None at the end.

    `counts` says how many were found in each status, the wanted status aside.
    """

    people: tuple[Person, ...]
    after: Cursor | None
    counts: Mapping[Status, int]


def put_people(connection: Connection, organization: str, persons: Iterable[Person]) -> None:
    """Keep or replace people. Raises InputError when an e-mail is another agent's."""
    for chunk in chunks(persons):
        try:
            with connection.begin_nested():
                upsert(connection, schema.people, [_row(organization, person) for person in chunk])
        except IntegrityError:
            # One by one, to name whose it is.
            for person in chunk:
                put_person(connection, organization, person)


def put_person(connection: Connection, organization: str, person: Person) -> None:
    """Keep or replace a person. Raises InputError when the e-mail is another agent's."""
    try:
        with connection.begin_nested():
            upsert(connection, schema.people, [_row(organization, person)])
    except IntegrityError:
        raise InputError(
            "email", f"`{person.email}` is another agent's here; use an address of his own"
        ) from None


def find_person(connection: Connection, organization: str, agent: str) -> Person | None:
    """The person behind an agent's id."""
    return people(connection, organization, [agent]).get(agent)


def people(connection: Connection, organization: str, ids: Iterable[str]) -> dict[str, Person]:
    """The people behind these ids; unknown ids are left out."""
    found: dict[str, Person] = {}
    for chunk in chunks(ids):
        statement = _select().where(_people.organization == organization, _people.agent.in_(chunk))
        found |= {row.agent: _read(row) for row in connection.execute(statement)}
    return found


def find_by_email(connection: Connection, organization: str, email: str) -> Person | None:
    """The person with this address, whatever its case."""
    statement = _select().where(_people.organization == organization, _people.email_key == folded(email))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _read(row)


def forget(connection: Connection, organization: str, agent: str) -> None:
    """Blank everything about the person; the id stays, and history with it."""
    upsert(connection, schema.people, [_row(organization, Person(agent, ""))])
    profiles.put(connection, organization, profiles.Profile(agent))
    imports.forget_about(connection, organization, agent)


def add_blank(connection: Connection, organization: str, ids: Iterable[str]) -> None:
    """Give each of these agents a row, unless he has one."""
    insert_missing(connection, schema.people, (_row(organization, Person(id, "")) for id in ids))


def search_people(
    connection: Connection,
    organization: str,
    wanted: Filter,
    *,
    limit: int,
    after: Cursor | None = None,
    offset: int = 0,
) -> PeoplePage:
    """One page of the people wanted, by name, and how many there are in all."""
    matches = [*_matches(organization, wanted)]
    here = [] if wanted.status is None else [agents.c.status == wanted.status.value]
    beyond = [] if after is None else [tuple_(_people.sort_name, _people.agent) > tuple_(*after)]
    statement = _join(_select(_people.sort_name)).where(*matches, *here, *beyond)
    ordered = statement.order_by(_people.sort_name, _people.agent).limit(limit + 1).offset(offset)
    rows = connection.execute(ordered).all()
    more = (rows[limit - 1].sort_name, rows[limit - 1].agent) if len(rows) > limit else None
    return PeoplePage(tuple(map(_read, rows[:limit])), more, _counts(connection, matches))


def folded(text: str) -> str:
    """`text` as it is compared: one form for each letter, case aside, in every script."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def sought_words(text: str) -> list[str]:
    """The words that a search looks for, folded; further ones are not looked for."""
    return folded(text).split()[:MOST_WORDS]


def _counts(connection: Connection, matches: list[ColumnElement[bool]]) -> dict[Status, int]:
    counted = _join(select(agents.c.status, func.count())).where(*matches).group_by(agents.c.status)
    return {Status(status): count for status, count in connection.execute(counted)}


def _matches(organization: str, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    yield _people.organization == organization
    for word in sought_words(wanted.text):
        yield _people.search_text.contains(word, autoescape=True)
    if wanted.team is not None:
        yield _people.agent.in_(_members(organization, [wanted.team]))
    if wanted.role is not None:
        yield _people.agent.in_(_holders(organization, wanted.role))
    if wanted.within is not None:
        inside = _people.agent.in_(_members(organization, sorted(wanted.within.teams)))
        yield or_(inside, _people.agent == wanted.within.own)


def _members(organization: str, teams: list[str]) -> Query:
    columns = memberships.c
    return select(columns.agent).where(columns.organization == organization, columns.team.in_(teams))


def _holders(organization: str, role: str) -> Query:
    columns = assignments.c
    return select(columns.agent).where(columns.organization == organization, columns.role == role)


def _select(*more: ColumnElement[str]) -> Query:
    return select(_people.agent, _people.name, _people.email, _people.language, *more)


def _join(statement: Query) -> Query:
    own_row = (agents.c.organization == _people.organization) & (agents.c.id == _people.agent)
    return statement.join_from(schema.people, agents, own_row)


def _row(organization: str, person: Person) -> dict[str, object]:
    return {
        "organization": organization,
        "agent": person.agent,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "sort_name": folded(person.name or person.agent),
        "search_text": folded(f"{person.name or person.agent} {person.email or ''}"),
        "email_key": person.email and folded(person.email),
    }


def _read(row: Fetched) -> Person:
    return Person(row.agent, row.name, row.email, row.language)

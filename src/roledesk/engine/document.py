"""A policy file: what an organization is to be, as one readable TOML file says it.

Reading checks spelling: tables, fields, ids, dates and addresses. The first mistake is
raised with file, line and key. A part that is None was left out of the file.
Not here: what the file would change (plan.py), writing one (document_text.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeVar

import tomlkit

from roledesk.core.catalogue import Source
from roledesk.core.catalogue_file import parse_scope
from roledesk.core.changes import Holders, MergeInto, RemoveRole, RemoveTeam, ReplaceBy, TakeAway
from roledesk.core.terms import Assignment, Resource, Scope, Status
from roledesk.core.toml_table import Table, quoted, read_toml
from roledesk.engine.agents import checked_person
from roledesk.engine.names import bad_id, bad_name, bad_text
from roledesk.errors import CatalogueError, InputError
from roledesk.store.people import Person

MAX_FILE_CHARACTERS = 50_000_000
STATUSES = tuple(status.value for status in Status)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team as the file has it."""

    id: str
    name: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """A role as the file has it; `grants` are all it grants."""

    id: str
    name: str | None = None
    description: str | None = None
    policy_text: str | None = None
    steward: str | None = None
    givers: frozenset[str] | None = None
    owner: bool = False
    grants: Mapping[str, Scope] | None = None


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """An agent as the file has him; `roles` are all he holds."""

    id: str
    name: str | None = None
    email: str | None = None
    type: str | None = None
    status: Status | None = None
    teams: frozenset[str] | None = None
    roles: tuple[Assignment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole policy file."""

    organization: str
    name: str = ""
    preset: str = ""
    builtin: tuple[str, ...] | None = None
    catalogue_text: str = ""
    reserved: frozenset[str] | None = None
    teams: tuple[TeamEntry, ...] = ()
    roles: tuple[RoleEntry, ...] = ()
    agents: tuple[AgentEntry, ...] = ()
    resources: tuple[Resource, ...] = ()
    removals: tuple[RemoveRole | RemoveTeam, ...] = ()
    source: Source = field(default=Source("", ""), compare=False, repr=False)

    def error(self, *path: str, problem: str) -> CatalogueError:
        """The error to raise about what stands at `path` in the file."""
        return Table(self.source, path[:-1], {}).error(path[-1], problem)


def load_document(path: Path) -> Document:
    """The policy file at `path`. Raises InputError when it cannot be read, with the place."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text: byte {error.start} cannot be read; save it as UTF-8"
        raise InputError(f"`{path}`", problem) from None
    except OSError as error:
        raise InputError(f"`{path}`", f"cannot be read: {error.strerror}; name another file") from None
    return read_document(Source(path.name, text))


def read_document(source: Source) -> Document:
    """The policy file with this text. Raises CatalogueError with file, line and key."""
    file = read_toml(source, longest=MAX_FILE_CHARACTERS)
    file.require_only(
        "organization",
        "name",
        "preset",
        "catalogue",
        "reserved",
        "teams",
        "roles",
        "agents",
        "resources",
        "remove",
    )
    builtin, text = _catalogue(file)
    return Document(
        organization=_id(file, "organization", file.title("organization"), "organization"),
        name=_name(file) or "",
        preset=file.text("preset"),
        builtin=builtin,
        catalogue_text=text,
        reserved=_set(file, "reserved"),
        teams=tuple(map(_team, _named(file, "teams", "team"))),
        roles=tuple(map(_role, _named(file, "roles", "role"))),
        agents=tuple(_agents(file)),
        resources=tuple(_resources(file)),
        removals=(*_role_removals(file.child("remove")), *_team_removals(file.child("remove"))),
        source=source,
    )


def _catalogue(file: Table) -> tuple[tuple[str, ...] | None, str]:
    """The built-in catalogue files that are named, and the text of an own one."""
    if not isinstance(file.fields.get("catalogue"), dict):
        return (file.texts("catalogue") if "catalogue" in file.fields else None), ""
    table = file.child("catalogue")
    head = {name: table.fields[name] for name in ("name", "subjects") if name in table.fields}
    parts = {name: part for name, part in table.fields.items() if name not in (*head, "builtin")}
    return table.texts("builtin"), tomlkit.dumps({"catalogue": head, **parts})


def _team(table: Table) -> TeamEntry:
    table.require_only("name", "default")
    return TeamEntry(table.name, _name(table), table.flag("default"))


def _role(table: Table) -> RoleEntry:
    table.require_only("name", "description", "policy_text", "steward", "givers", "owner", "grants")
    return RoleEntry(
        table.name,
        _name(table),
        _paragraph(table, "description"),
        _paragraph(table, "policy_text"),
        _text(table, "steward"),
        _set(table, "givers"),
        table.flag("owner"),
        _grants(table.child("grants")) if "grants" in table.fields else None,
    )


def _grants(table: Table) -> dict[str, Scope]:
    return {key: parse_scope(table, key, table.text(key)) for key in table.fields}


def _agents(file: Table) -> Iterator[AgentEntry]:
    taken: dict[str, str] = {}
    for table in _named(file, "agents", "agent"):
        entry = _agent(table)
        if entry.email and (other := taken.setdefault(entry.email.casefold(), entry.id)) != entry.id:
            raise table.error("email", f"is the address of `{other}` already; give each agent his own")
        yield entry


def _agent(table: Table) -> AgentEntry:
    table.require_only("name", "email", "type", "status", "teams", "roles")
    return AgentEntry(
        table.name,
        _name(table),
        _email(table),
        _text(table, "type"),
        _status(table),
        _set(table, "teams"),
        tuple(_assignments(table)) if "roles" in table.fields else None,
    )


def _email(table: Table) -> str | None:
    email = _text(table, "email")
    try:
        return email and checked_person(Person(table.name, table.name, email)).email
    except InputError as error:
        raise table.error("email", error.problem) from None


def _status(table: Table) -> Status | None:
    text = _text(table, "status")
    if text is not None and text not in STATUSES:
        raise table.error("status", f"must be one of {quoted(STATUSES)}")
    return None if text is None else Status(text)


def _assignments(table: Table) -> Iterator[Assignment]:
    for item in _list(table, "roles"):
        if isinstance(item, str):
            yield Assignment(item)
            continue
        row = _inline(table, "roles", item)
        row.require_only("role", "teams", "since", "until")
        since, until = _moment(row, "since"), _moment(row, "until")
        yield Assignment(row.title("role"), teams=_set(row, "teams"), since=since, until=until)


def _moment(table: Table, field: str) -> float | None:
    """A date is the midnight it begins with, in UTC."""
    value = table.fields.get(field)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.timestamp()
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC).timestamp()
    if value is None:
        return None
    raise table.error(
        field, "must be a date like 2026-06-30, or a time with its zone like 2026-06-30T12:00:00Z"
    )


def _resources(file: Table) -> Iterator[Resource]:
    if isinstance(file.fields.get("resources"), list):
        for row in file.rows("resources"):
            row.require_only("kind", "id", "owner", "team", "state")
            yield _resource(row, row.title("kind"), row.title("id"))
        return
    for kind in file.children("resources"):
        for id in kind.fields:
            row = kind.child(id)
            row.require_only("owner", "team", "state")
            yield _resource(row, kind.name, id)


def _resource(row: Table, kind: str, id: str) -> Resource:
    if refused := next(bad_text(id, kind), None):
        raise row.error("", refused.message)
    owner, team, state = (_text(row, name) or None for name in ("owner", "team", "state"))
    return Resource(kind, id, owner=owner, team=team, state=state)


def _role_removals(table: Table) -> Iterator[RemoveRole]:
    table.require_only("roles", "teams")
    for item in _list(table, "roles"):
        if isinstance(item, str):
            yield RemoveRole(item)
            continue
        row = _inline(table, "roles", item)
        row.require_only("role", "take_away", "replace_by", "merge_into")
        yield RemoveRole(row.title("role"), _holders(row))


def _holders(row: Table) -> Holders | None:
    chosen = [name for name in ("take_away", "replace_by", "merge_into") if row.fields.get(name)]
    if len(chosen) > 1:
        raise row.error("", f"has {quoted(chosen)}; choose one of them")
    if not chosen:
        return None
    if chosen == ["take_away"]:
        return TakeAway() if row.flag("take_away") else None
    role = row.title(chosen[0])
    return ReplaceBy(role) if chosen == ["replace_by"] else MergeInto(role)


def _team_removals(table: Table) -> Iterator[RemoveTeam]:
    for item in _list(table, "teams"):
        row = _inline(table, "teams", item)
        row.require_only("team", "receiver")
        yield RemoveTeam(row.title("team"), row.title("receiver"))


def _named(file: Table, section: str, what: str) -> Iterator[Table]:
    """The tables under a heading, each named by an id."""
    parent = file.child(section)
    for id in parent.fields:
        _id(parent, id, id, what)
        yield parent.child(id)


def _id(table: Table, field: str, id: str, what: str) -> str:
    if refused := next(bad_id(id, what), None):
        raise table.error(field, refused.message)
    return id


def _name(table: Table) -> str | None:
    name = _paragraph(table, "name")
    if name is not None and (refused := next(bad_name(name, "name"), None)):
        raise table.error("name", refused.message)
    return name


def _text(table: Table, field: str) -> str | None:
    return table.text(field) if field in table.fields else None


def _paragraph(table: Table, field: str) -> str | None:
    """Text of several lines."""
    text = table.fields.get(field)
    if text is not None and not isinstance(text, str):
        raise table.error(field, "must be text in quotes")
    if text and (refused := next(bad_text(text, field), None)):
        raise table.error(field, refused.message)
    return text


def _set(table: Table, field: str) -> frozenset[str] | None:
    return frozenset(table.texts(field)) if field in table.fields else None


def _list(table: Table, field: str) -> list[object]:
    value = table.fields.get(field, [])
    if not isinstance(value, list):
        raise table.error(field, "must be a list")
    return value


def _inline(table: Table, field: str, item: object) -> Table:
    if not isinstance(item, dict):
        raise table.error(
            field, f"holds `{item}`; write a name in quotes or a table in braces".replace("\n", " ")
        )
    return Table(table.source, (*table.path, field), item)

"""Writing a policy file: the one spelling of a Document.

Equal documents give equal text, byte for byte, and `read_document` reads it back.
Tables stand in order of id; what has its default is left out.
Not here: what an organization's document is (export.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

import tomlkit

from roledesk.core.catalogue import Source
from roledesk.core.changes import MergeInto, RemoveRole, RemoveTeam, ReplaceBy, TakeAway
from roledesk.core.terms import Assignment, Resource
from roledesk.core.toml_table import read_toml
from roledesk.engine.document import AgentEntry, Document, RoleEntry, TeamEntry

DAY_S = 86_400
BARE = re.compile(r"[A-Za-z0-9_-]+")
Fields = Mapping[str, str | None]
"""Field names and their written values; None is left out."""


def write_document(document: Document) -> str:
    """The text of the file."""
    return "\n".join(_sections(document))


def _sections(document: Document) -> Iterator[str]:
    yield _fields(
        {
            "organization": _text(document.organization),
            "name": _text(document.name or None),
            "preset": _text(document.preset or None),
            "catalogue": None if document.catalogue_text else _texts(document.builtin),
            "reserved": _texts(_sorted(document.reserved)),
        }
    )
    if document.catalogue_text:
        yield _catalogue(document)
    yield from (_team(team) for team in sorted(document.teams, key=attrgetter("id")))
    yield from (_role(role) for role in sorted(document.roles, key=attrgetter("id")))
    yield from (_agent(agent) for agent in sorted(document.agents, key=attrgetter("id")))
    by_kind = sorted(document.resources, key=attrgetter("kind", "id"))
    for kind, resources in groupby(by_kind, attrgetter("kind")):
        yield _table(("resources", kind), {_key(each.id): _facts(each) for each in resources})
    if document.removals:
        yield _removals(document.removals)


def _catalogue(document: Document) -> str:
    """The organization's own catalogue file, moved under one heading."""
    own = dict(read_toml(Source("catalogue", document.catalogue_text)).fields)
    head = own.pop("catalogue")
    inside = {"builtin": list(document.builtin or ()), **head, **own}  # type: ignore[dict-item]
    return tomlkit.dumps({"catalogue": inside})


def _team(team: TeamEntry) -> str:
    default = "true" if team.default else None
    return _table(("teams", team.id), {"name": _text(team.name), "default": default})


def _role(role: RoleEntry) -> str:
    table = _table(
        ("roles", role.id),
        {
            "name": _text(role.name),
            "description": _text(role.description),
            "policy_text": _text(role.policy_text),
            "steward": _text(role.steward),
            "givers": _texts(_sorted(role.givers)),
            "owner": "true" if role.owner else None,
        },
    )
    if role.grants is None:
        return table
    grants = {_key(key): _text(scope.name.lower()) for key, scope in sorted(role.grants.items())}
    return f"{table}\n{_table(('roles', role.id, 'grants'), grants)}"


def _agent(agent: AgentEntry) -> str:
    return _table(
        ("agents", agent.id),
        {
            "name": _text(agent.name),
            "email": _text(agent.email),
            "type": _text(agent.type),
            "status": _text(agent.status),
            "teams": _texts(_sorted(agent.teams)),
            "roles": None if agent.roles is None else _list(map(_assignment, agent.roles)),
        },
    )


def _assignment(assignment: Assignment) -> str:
    bounds = {
        "teams": _texts(_sorted(assignment.teams)),
        "since": _moment(assignment.since),
        "until": _moment(assignment.until),
    }
    role = _text(assignment.role)
    return _inline({"role": role, **bounds}) if any(bounds.values()) else role or ""


def _facts(resource: Resource) -> str:
    facts = {"owner": resource.owner, "team": resource.team, "state": resource.state}
    return _inline({name: _text(value) for name, value in facts.items()})


def _removals(removals: Iterable[RemoveRole | RemoveTeam]) -> str:
    roles = [_role_removal(each) for each in removals if isinstance(each, RemoveRole)]
    teams = [
        _inline({"team": _text(each.team), "receiver": _text(each.receiver)})
        for each in removals
        if isinstance(each, RemoveTeam)
    ]
    written = {"roles": _list(roles) if roles else None, "teams": _list(teams) if teams else None}
    return _table(("remove",), written)


def _role_removal(removal: RemoveRole) -> str:
    role = _text(removal.role)
    match removal.holders:
        case TakeAway():
            return _inline({"role": role, "take_away": "true"})
        case ReplaceBy(other):
            return _inline({"role": role, "replace_by": _text(other)})
        case MergeInto(other):
            return _inline({"role": role, "merge_into": _text(other)})
    return role or ""


def _table(path: Iterable[str], fields: Fields) -> str:
    return f"[{'.'.join(map(_key, path))}]\n{_fields(fields)}"


def _fields(fields: Fields) -> str:
    return "".join(f"{name} = {value}\n" for name, value in fields.items() if value is not None)


def _inline(fields: Fields) -> str:
    written = [f"{name} = {value}" for name, value in fields.items() if value is not None]
    return f"{{ {', '.join(written)} }}" if written else "{}"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _quoted(name)


def _texts(values: Iterable[str] | None) -> str | None:
    return None if values is None else _list(map(_quoted, values))


def _sorted(values: Iterable[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _text(value: str | None) -> str | None:
    """Text of several lines is written on several lines."""
    if value is None or "\n" not in value:
        return None if value is None else _quoted(value)
    lines = (_quoted(line)[1:-1] for line in value.split("\n"))
    return '"""\n' + "\n".join(lines) + '"""'


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, but for the one character that TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _moment(at: float | None) -> str | None:
    """A midnight as a date, anything else with its time, in UTC."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at, UTC)
    return str(moment.date()) if at % DAY_S == 0 else moment.isoformat().replace("+00:00", "Z")

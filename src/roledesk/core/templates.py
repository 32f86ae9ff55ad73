"""Presets: the roles an organization starts from, as data.

A Preset names its roles with everything they grant, and the permissions that its
custom roles may not hold. "Everything" is written out against the catalogue when the
preset is read, so a permission added later is never given by itself.
Not here: turning a template into a role (changes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_scope
from roledesk.core.terms import Scope
from roledesk.core.toml_table import Table, quoted, read_toml


@dataclass(frozen=True, slots=True)
class Template:
    """A role to start from. The owner's needs no grants: it holds every action anyway."""

    id: str
    name: str
    description: str
    grants: Mapping[str, Scope]
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A set of roles to start from; exactly one is the owner's, and it comes first.

    `reserved` permissions cannot be ticked on a role made later.
    """

    id: str
    name: str
    description: str
    roles: tuple[Template, ...]
    reserved: frozenset[str]


def parse_preset(source: Source, catalogue: Catalogue) -> Preset:
    """The preset in this file. Raises CatalogueError with file, line and key."""
    file = read_toml(source)
    file.require_only("preset", "roles")
    head = file.child("preset")
    head.require_only("id", "name", "description", "reserved")
    roles = tuple(_template(table, catalogue) for table in file.children("roles"))
    if [role.owner for role in roles].count(True) != 1 or not roles[0].owner:
        raise file.error("roles", "exactly one role is the owner's, with `owner = true`, and it comes first")
    return Preset(
        id=head.identifier("id", head.title("id")),
        name=head.title("name"),
        description=head.text("description"),
        roles=roles,
        reserved=_keys(head, "reserved", catalogue),
    )


def _template(table: Table, catalogue: Catalogue) -> Template:
    table.require_only("name", "description", "owner", "all_permissions", "less", "grants")
    if sum(bool(table.fields.get(field)) for field in ("owner", "all_permissions", "grants")) > 1:
        raise table.error("", "a role has `owner`, `all_permissions` or grants; choose one of them")
    everything = _everything(catalogue) if table.flag("all_permissions") else {}
    less = _keys(table, "less", catalogue)
    return Template(
        id=table.name,
        name=table.title("name"),
        description=table.text("description"),
        grants={
            key: scope for key, scope in (everything | _grants(table, catalogue)).items() if key not in less
        },
        owner=table.flag("owner"),
    )


def _everything(catalogue: Catalogue) -> dict[str, Scope]:
    return {each.key: each.widest for each in catalogue.permissions.values() if each.scopes}


def _grants(table: Table, catalogue: Catalogue) -> dict[str, Scope]:
    grants = table.child("grants")
    _require_known(grants, "", frozenset(grants.fields), catalogue)
    return {key: _scope(grants, key, catalogue) for key in grants.fields}


def _scope(grants: Table, key: str, catalogue: Catalogue) -> Scope:
    scope = parse_scope(grants, key, grants.text(key))
    allowed = catalogue.permissions[key].scopes
    if scope in allowed:
        return scope
    possible = quoted(each.name.lower() for each in allowed) or "nothing: it is for tokens only"
    raise grants.error(key, f"cannot be given at `{scope.name.lower()}`; possible is {possible}")


def _keys(table: Table, field: str, catalogue: Catalogue) -> frozenset[str]:
    keys = frozenset(table.texts(field))
    _require_known(table, field, keys, catalogue)
    return keys


def _require_known(table: Table, field: str, keys: frozenset[str], catalogue: Catalogue) -> None:
    for key in sorted(keys - catalogue.permissions.keys()):
        raise table.error(field or key, f"there is no permission `{key}`; check its spelling")

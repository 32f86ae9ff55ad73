"""Reading catalogue files: text in, one checked Catalogue out.

Several files make one catalogue; a later file may add openings to a permission of an
earlier one. Everything is checked before anything is handed out, and the first mistake
is raised as CatalogueError with file, line and key.
Not here: opening files (roledesk.catalogue), what a Catalogue answers (catalogue.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from roledesk.core.catalogue import (
    Area,
    Catalogue,
    Conflict,
    Kind,
    Opening,
    Permission,
    ReachKind,
    Source,
    kinds_by_prefix,
    prefix_of,
)
from roledesk.core.terms import Scope
from roledesk.core.toml_table import Table, quoted, read_toml, shortened

SCOPES = {"own": Scope.OWN, "team": Scope.TEAM, "all": Scope.ALL}
"""The scopes as files write them, ascending."""

_SWITCHES = {
    "organization": (ReachKind.ORGANIZATION, (Scope.ALL,)),
    "self": (ReachKind.SELF, (Scope.OWN,)),
    "token": (ReachKind.TOKEN, ()),
}
# `conversation.accept[waiting, open]@team+`: an action, its states, its scope or least scope.
_OPENING = re.compile(r"([^\[\]@\s]+)(?:\[([^\[\]@]*)\])?(?:@([a-z]+)(\+?))?")


def parse_catalogue(sources: Sequence[Source]) -> Catalogue:
    """The one catalogue that the files make together, in their order.

    Raises CatalogueError with file, line and key of the first mistake.
    """
    files = [read_toml(source) for source in sources]
    draft = _Draft()
    for file in files:
        draft.read(file)
    for file in files:
        draft.extend(file)
    draft.check_names()
    catalogue = draft.finish(sources)
    for problem in _problems(catalogue):
        raise draft.tables[problem.of].error(problem.field, problem.text)
    return catalogue


@dataclass(slots=True)
class _Draft:
    """What was read so far, and the table each thing was read from."""

    names: list[str] = field(default_factory=list)
    subjects: dict[str, None] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    openings: list[tuple[Table, Opening]] = field(default_factory=list)
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)

    def read(self, file: Table) -> None:
        """Everything a file declares by itself."""
        file.require_only("catalogue", "areas", "kinds", "permissions", "extend", "conflicts")
        self._read_head(file.child("catalogue"))
        self._read_areas(file.child("areas"))
        for table in file.children("kinds"):
            self._remember("kind", table.name, table)
            self.kinds[table.name] = _kind(table)
        for table in file.children("permissions"):
            self._remember("permission", table.name, table)
            self.permissions[table.name] = replace(_permission(table), opens=self._openings(table))
        for row in file.rows("conflicts"):
            self._remember("conflict", str(len(self.conflicts)), row)
            self.conflicts.append(_conflict(row))

    def extend(self, file: Table) -> None:
        """What a file adds to permissions, once those of every file are known."""
        for table in file.children("extend"):
            table.require_only("opens")
            if table.name not in self.permissions:
                raise table.error(
                    "", "there is no such permission to extend; load the file that declares it too"
                )
            permission = self.permissions[table.name]
            self.permissions[table.name] = replace(permission, opens=permission.opens + self._openings(table))

    def check_names(self) -> None:
        """That every prefix means one kind, and every opening one that exists."""
        taken = dict.fromkeys(self.kinds, "a kind")
        for kind in self.kinds.values():
            for part in kind.parts:
                if part in taken:
                    raise self.tables["kind", kind.name].error(
                        "parts", f"`{part}` is {taken[part]} already; rename one"
                    )
                taken[part] = f"a part of `{kind.name}`"
        kinds = kinds_by_prefix(self.kinds)
        for table, opening in self.openings:
            _check_opening(table, opening, kinds)

    def finish(self, sources: Sequence[Source]) -> Catalogue:
        """The catalogue, indexed but not yet checked as a whole."""
        return Catalogue(
            name="+".join(self.names),
            subjects=tuple(self.subjects),
            areas=tuple(Area(id, title) for id, title in self.areas.items()),
            kinds=self.kinds,
            permissions=self.permissions,
            conflicts=tuple(self.conflicts),
            sources=tuple(sources),
        )

    def _remember(self, what: str, name: str, table: Table, field: str = "") -> None:
        first = self.tables.setdefault((what, name), table)
        if first is not table:
            raise table.error(
                field, f"{what} `{name}` is in `{first.source.name}` already; remove one of the two"
            )

    def _read_head(self, table: Table) -> None:
        table.require_only("name", "subjects")
        name = table.identifier("name", table.title("name"))
        self._remember("catalogue", name, table, "name")
        self.names.append(name)
        self.subjects |= dict.fromkeys(table.names("subjects") or ("agent",))

    def _read_areas(self, table: Table) -> None:
        # A file that names an earlier file's area again moves it to its own place in the order.
        for id in table.fields:
            title = table.title(table.identifier(id, id))
            if self.areas.pop(id, title) != title or title in self.areas.values():
                raise table.error(
                    id, "another area has this name or title; one area has one title in all files"
                )
            self.areas[id] = title

    def _openings(self, table: Table) -> tuple[Opening, ...]:
        found = tuple(_opening(table, text) for text in table.texts("opens"))
        if not found:
            raise table.error("opens", "a permission must open something; name at least one action")
        self.openings += ((table, each) for each in found)
        return found


def _kind(table: Table) -> Kind:
    table.require_only("title", "states", "view", "beyond_view", "parts", "owner_only", "short_actions")
    kind = Kind(
        name=table.name,
        title=table.title("title"),
        states=table.names("states"),
        view=table.action("view", table.text("view")) if "view" in table.fields else None,
        beyond_view=frozenset(table.texts("beyond_view")),
        parts=table.names("parts"),
        owner_only=tuple(table.action("owner_only", name) for name in table.texts("owner_only")),
        short_actions=table.flag("short_actions"),
    )
    for action in kind.owner_only:
        if prefix_of(action) not in (kind.name, *kind.parts):
            raise table.error(
                "owner_only", f"`{action}` is about another kind; write it like `{kind.name}.close`"
            )
    return kind


def _permission(table: Table) -> Permission:
    table.require_only("number", "area", "title", "help", "without", "reach", "opens", "needs", "later")
    reach, scopes = _reach(table)
    return Permission(
        key=table.name,
        title=table.title("title"),
        area=table.identifier("area", table.title("area")),
        reach=reach,
        scopes=scopes,
        opens=(),
        help=table.text("help"),
        without=table.text("without"),
        number=table.number("number"),
        needs=tuple(frozenset(each) for each in table.lists("needs")),
        later=table.flag("later"),
    )


def _reach(table: Table) -> tuple[ReachKind, tuple[Scope, ...]]:
    written = table.fields.get("reach")
    if isinstance(written, str) and written in _SWITCHES:
        return _SWITCHES[written]
    if not written or not isinstance(written, list):
        raise table.error("reach", f"must be a list of {quoted(SCOPES)}, or one of {quoted(_SWITCHES)}")
    return ReachKind.SCOPED, tuple(sorted(parse_scope(table, "reach", name) for name in table.texts("reach")))


def parse_scope(table: Table, field: str, name: str) -> Scope:
    """The scope a file calls `name`."""
    if name in SCOPES:
        return SCOPES[name]
    raise table.error(field, f"`{shortened(name)}` is no scope; use {quoted(SCOPES)}")


def _opening(table: Table, text: str) -> Opening:
    parts = _OPENING.fullmatch(text)
    if parts is None:
        raise table.error(
            "opens", f"`{shortened(text)}` is no opening; write it like `conversation.reply[open]@own`"
        )
    action, states, scope, or_wider = parts.groups()
    limit = parse_scope(table, "opens", scope) if scope else Scope.NONE
    return Opening(
        action=table.action("opens", action),
        states=None if states is None else frozenset(state.strip() for state in states.split(",")),
        fixed=None if or_wider or not scope else limit,
        at_least=limit if or_wider else Scope.NONE,
    )


def _conflict(row: Table) -> Conflict:
    row.require_only("permissions", "why")
    conflict = Conflict(frozenset(row.names("permissions")), row.text("why"))
    if len(conflict.permissions) != 2 or not conflict.why:
        raise row.error("permissions", "a conflict names two permissions and says `why`")
    return conflict


def _check_opening(table: Table, opening: Opening, kinds: Mapping[str, Kind]) -> None:
    prefix = prefix_of(opening.action)
    if prefix not in kinds:
        raise table.error("opens", f"`{opening.action}` is about no kind; declare [kinds.{prefix}]")
    kind = kinds[prefix]
    if opening.action in kind.owner_only:
        raise table.error("opens", f"`{opening.action}` is for the owner only; no permission may open it")
    for state in sorted((opening.states or frozenset()) - set(kind.states)):
        known = f"its states are {quoted(kind.states)}" if kind.states else "it has no states"
        raise table.error("opens", f"`{shortened(state)}` is no state of `{kind.name}`; {known}")


@dataclass(frozen=True, slots=True)
class _Problem:
    of: tuple[str, str]
    field: str
    text: str


def _problems(catalogue: Catalogue) -> Iterator[_Problem]:
    """What is wrong with the catalogue as a whole."""
    permissions, kinds = catalogue.permissions, catalogue.kinds
    numbers = {each.key: str(each.number) for each in permissions.values() if each.number}
    yield from _repeated("permission", "number", numbers)
    yield from _repeated("permission", "title", {each.key: each.title for each in permissions.values()})
    yield from _repeated("kind", "title", {each.name: each.title for each in kinds.values()})
    for permission in permissions.values():
        yield from _problems_of_permission(catalogue, permission)
    for kind in kinds.values():
        yield from _problems_of_kind(catalogue, kind)
    for number, conflict in enumerate(catalogue.conflicts):
        for key in sorted(conflict.permissions - permissions.keys()):
            yield _no_permission(("conflict", str(number)), "permissions", key)


def _repeated(what: str, field: str, values: Mapping[str, str]) -> Iterator[_Problem]:
    seen: dict[str, str] = {}
    for name, value in values.items():
        if (first := seen.setdefault(value.casefold(), name)) != name:
            yield _Problem((what, name), field, f"`{first}` has the same {field}; choose another")


def _no_permission(of: tuple[str, str], field: str, key: str) -> _Problem:
    return _Problem(of, field, f"there is no permission `{shortened(key)}`; check its spelling")


def _problems_of_permission(catalogue: Catalogue, permission: Permission) -> Iterator[_Problem]:
    of = ("permission", permission.key)
    if permission.area not in {area.id for area in catalogue.areas}:
        yield _Problem(of, "area", f"there is no area `{permission.area}`; declare it under [areas]")
    for need in permission.needs:
        for key in sorted(need - catalogue.permissions.keys()):
            yield _no_permission(of, "needs", key)


def _problems_of_kind(catalogue: Catalogue, kind: Kind) -> Iterator[_Problem]:
    of = ("kind", kind.name)
    own = {action.name: action for action in catalogue.actions.values() if action.kind == kind.name}
    if kind.view is not None and kind.view not in own:
        yield _Problem(of, "view", f"nothing opens `{kind.view}`; leave `view` out")
    for action in sorted(kind.beyond_view - own.keys()):
        yield _Problem(of, "beyond_view", f"nothing opens `{shortened(action)}`; leave it out")
    for limited in (each for each in own.values() if each.viewed_by in own):
        viewable = own[str(limited.viewed_by)].states
        for state in (each for each in limited.states if each not in viewable):
            yield _Problem(
                of, "view", f"in `{state}` nobody can view but may `{limited.name}`; open both or neither"
            )

"""What applying a policy file would change: the way from a Document to one Change.

A field that is written is set whole; what the file leaves out stays as it is, and only
`[remove]` takes away. Applied a second time, the same file changes nothing.
Not here: the file's spelling (document.py), doing it (applying.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import NoReturn

from roledesk.catalogue import load_preset
from roledesk.core.catalogue import Catalogue
from roledesk.core.changes import (
    Change,
    Edit,
    Found,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    SetAssignments,
)
from roledesk.core.policy import Policy, Standing
from roledesk.core.terms import Assignment, Resource, Role, Scope, Status, Team
from roledesk.core.toml_table import quoted
from roledesk.engine.document import AgentEntry, Document, RoleEntry, TeamEntry
from roledesk.engine.founding import BUILTIN, DEFAULT_TEAM, role_of
from roledesk.errors import CatalogueError
from roledesk.store.loading import read_catalogue
from roledesk.store.people import Person

OWN_KINDS = frozenset({"organization", "agent", "team", "role"})
"""Kinds whose resources are known without being registered."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has of what a file names; the policy is empty for a new organization."""

    policy: Policy
    people: Mapping[str, Person]
    resources: Mapping[Key, Resource]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, in one transaction: a change, and what stands beside it."""

    before: Policy
    change: Change
    people: tuple[Person, ...]
    resources: tuple[Resource, ...]

    @property
    def founds(self) -> bool:
        """Whether it starts a new organization."""
        return not self.before.founded

    def __bool__(self) -> bool:
        return bool(self.change.edits or self.people or self.resources)


def catalogue_of(document: Document) -> Catalogue:
    """The catalogue a new organization gets. Raises CatalogueError with the place in the file."""
    try:
        return read_catalogue(
            document.builtin if document.builtin is not None else BUILTIN, document.catalogue_text
        )
    except CatalogueError as error:
        path = error.key.removeprefix("catalogue.").split(".")
        raise document.error("catalogue", *path, problem=error.problem) from None


def _alike(catalogue: Catalogue) -> Catalogue:
    """The catalogue without the spelling of its files."""
    return replace(catalogue, name="", sources=())


def plan(document: Document, known: Known) -> Plan:
    """What `document` would change of what is known.

    Raises CatalogueError with file, line and key for what the file cannot mean here.
    """
    wanted = _Wanted(document, known.policy)
    edits = tuple(wanted.edits())
    people = (_person(entry, known.people.get(entry.id)) for entry in document.agents)
    return Plan(
        known.policy,
        Change(edits),
        tuple(each for each in people if each is not None and each != known.people.get(each.agent)),
        tuple(each for each in wanted.resources() if each != known.resources.get((each.kind, each.id))),
    )


def _person(entry: AgentEntry, before: Person | None) -> Person | None:
    """The person with what the file says; None when it says nothing of him."""
    if entry.name is None and entry.email is None:
        return None
    person = before or Person(entry.id, "")
    email = person.email if entry.email is None else entry.email or None
    return replace(person, name=person.name if entry.name is None else entry.name, email=email)


class _Wanted:
    """The values a document asks for, beside what is there."""

    def __init__(self, document: Document, before: Policy) -> None:
        self._document = document
        self._before = before
        self._removed = {each.role for each in document.removals if isinstance(each, RemoveRole)}
        self._found = None if before.founded else self._founding()
        self._bases = dict(before.roles) if before.founded else self._templates()
        self._roles = {entry.id: self._role(entry) for entry in document.roles}
        if not before.founded:
            self._roles = {
                id: role for id, role in self._bases.items() if id not in self._removed
            } | self._roles
        self._teams = {entry.id: self._team(entry) for entry in self._team_entries()}
        self._role_ids = before.roles.keys() | self._roles.keys()
        self._team_ids = before.teams.keys() | self._teams.keys()
        self._check_lasting()

    def edits(self) -> Iterator[Edit]:
        """The edits in an order in which each finds what it names."""
        before, present = self._before, dict(self._before.roles)
        if self._found is not None:
            yield self._found
        yield from (PutTeam(team) for team in self._teams.values() if before.teams.get(team.id) != team)
        for role in self._roles.values():
            if role.id not in present:
                # Who gives it and who answers for it may be named further down.
                present[role.id] = replace(role, givers=frozenset(), steward=None)
                yield PutRole(present[role.id])
        yield from self._agent_edits()
        if self._found is not None:
            self._check_owner()
        yield from (PutRole(role) for role in self._roles.values() if present[role.id] != role)
        yield from self._removals()

    def resources(self) -> Iterator[Resource]:
        """The resources, each checked against the catalogue and the teams."""
        for resource in self._document.resources:
            if problem := self._resource_problem(resource):
                raise self._document.error("resources", resource.kind, resource.id, problem=problem)
            yield resource

    def _founding(self) -> Found:
        document = self._document
        if not document.name:
            raise document.error(
                "name",
                problem=f"is missing; there is no organization `{document.organization}` yet, and a new one needs it",
            )
        reserved = document.reserved
        if reserved is None:
            reserved = (
                load_preset(document.preset, self._before.catalogue).reserved
                if document.preset
                else frozenset()
            )
        builtin = BUILTIN if document.builtin is None else document.builtin
        return Found(document.name, document.preset, builtin, document.catalogue_text, reserved)

    def _templates(self) -> dict[str, Role]:
        if not self._document.preset:
            return {}
        preset = load_preset(self._document.preset, self._before.catalogue)
        return {template.id: role_of(template) for template in preset.roles}

    def _team_entries(self) -> tuple[TeamEntry, ...]:
        """A new organization's first team is the default one, unless the file says another."""
        entries = self._document.teams
        if self._before.founded or any(entry.default for entry in entries):
            return entries
        first = entries[0] if entries else TeamEntry(DEFAULT_TEAM.id, DEFAULT_TEAM.name)
        return (replace(first, default=True), *entries[1:])

    def _team(self, entry: TeamEntry) -> Team:
        before = self._before.teams.get(entry.id)
        name = entry.name or (before.name if before else self._need_name("teams", entry.id))
        return Team(entry.id, name, default=entry.default or (before is not None and before.default))

    def _role(self, entry: RoleEntry) -> Role:
        base = self._bases.get(entry.id)
        if base is None:
            base = Role(entry.id, entry.name or self._need_name("roles", entry.id))
        if entry.grants is not None:
            self._check_grants(entry, base)
        return Role(
            entry.id,
            base.name if entry.name is None else entry.name,
            base.grants if entry.grants is None else entry.grants,
            description=base.description if entry.description is None else entry.description,
            policy_text=base.policy_text if entry.policy_text is None else entry.policy_text,
            steward=base.steward if entry.steward is None else entry.steward or None,
            givers=base.givers if entry.givers is None else entry.givers,
            owner=entry.owner or base.owner,
        )

    def _need_name(self, section: str, id: str) -> NoReturn:
        raise self._document.error(section, id, "name", problem="is missing; something new needs a name")

    def _check_grants(self, entry: RoleEntry, base: Role) -> None:
        for key, scope in (entry.grants or {}).items():
            if base.grants.get(key) is not scope and (problem := self._grant_problem(key, scope)):
                raise self._document.error("roles", entry.id, "grants", key, problem=problem)

    def _grant_problem(self, key: str, scope: Scope) -> str | None:
        permission = self._before.catalogue.permissions.get(key)
        if permission is None:
            return "there is no such permission; check its spelling"
        if scope not in permission.scopes:
            possible = quoted(each.name.lower() for each in permission.scopes)
            return f"cannot be given at `{scope.name.lower()}`; possible is {possible or 'nothing, it is for tokens'}"
        return None

    def _agent_edits(self) -> Iterator[Edit]:
        held: dict[str, tuple[Assignment, ...]] = {}
        for entry in self._document.agents:
            self._check_agent(entry)
            before = self._before.agents.get(entry.id)
            held[entry.id] = () if before is None else before.assignments
            put = self._put_agent(entry, before)
            if before is None or (put.status, put.teams, put.type) != (
                before.status,
                before.teams,
                before.type,
            ):
                yield put
        for entry in self._document.agents:
            if entry.roles is not None and (roles := tuple(dict.fromkeys(entry.roles))) != held[entry.id]:
                yield SetAssignments(entry.id, roles)

    def _put_agent(self, entry: AgentEntry, before: Standing | None) -> PutAgent:
        base = before or Standing(Status.ACTIVE, type=self._before.catalogue.subjects[0])
        # Whoever has accepted an invitation is invited no more, whatever an older file says.
        accepted = before is not None and entry.status is Status.INVITED
        status = base.status if entry.status is None or accepted else entry.status
        teams = base.teams if entry.teams is None else entry.teams
        return PutAgent(entry.id, status, teams, type=entry.type or base.type)

    def _check_agent(self, entry: AgentEntry) -> None:
        roles = {each.role for each in entry.roles or ()}
        bounds = frozenset[str]().union(*(each.teams or () for each in entry.roles or ()))
        self._refuse_unknown("role", roles - self._role_ids, entry, "roles")
        self._refuse_unknown("team", bounds - self._team_ids, entry, "roles")
        self._refuse_unknown("team", (entry.teams or frozenset()) - self._team_ids, entry, "teams")

    def _refuse_unknown(self, what: str, names: Set[str], entry: AgentEntry, field: str) -> None:
        for name in sorted(names):
            problem = f"there is no {what} `{name}`; add it to the file or correct the name"
            raise self._document.error("agents", entry.id, field, problem=problem)

    def _resource_problem(self, resource: Resource) -> str | None:
        kind = self._before.catalogue.kinds.get(resource.kind)
        if kind is None or resource.kind in OWN_KINDS:
            possible = quoted(sorted(self._before.catalogue.kinds.keys() - OWN_KINDS))
            return f"resources of this kind cannot be registered; possible is {possible}"
        if resource.state is not None and resource.state not in kind.states:
            return f"there is no state `{resource.state}`; use one of {quoted(kind.states) or 'none'}"
        if resource.team is not None and resource.team not in self._team_ids:
            return f"there is no team `{resource.team}`; add it to the file or correct the name"
        return None

    def _removals(self) -> Iterator[Edit]:
        before = self._before
        for edit in self._document.removals:
            kind, id, there = (
                ("role", edit.role, before.roles)
                if isinstance(edit, RemoveRole)
                else ("team", edit.team, before.teams)
            )
            if id in there:
                yield edit
            elif before.founded and f"{kind}:{id}" not in before.retired:
                raise self._document.error("remove", f"{kind}s", problem=f"there is no {kind} `{id}`")

    def _check_lasting(self) -> None:
        """What an organization keeps from its first day cannot be changed by a file."""
        document, before = self._document, self._before
        if not before.founded:
            return
        for field, written, kept in (
            ("name", document.name, before.name),
            ("preset", document.preset, before.preset),
        ):
            if written and written != kept:
                problem = f"is `{kept}` since the organization was founded; it cannot be changed"
                raise document.error(field, problem=problem)
        if document.builtin is not None and _alike(catalogue_of(document)) != _alike(before.catalogue):
            problem = "is another than the organization was founded with; it cannot be changed"
            raise document.error("catalogue", problem=problem)

    def _check_owner(self) -> None:
        owners = {role.id for role in self._roles.values() if role.owner}
        if len(owners) != 1:
            raise self._document.error(
                "roles",
                problem="a new organization has exactly one role with `owner = true`; a preset brings one",
            )
        named = (each.role for entry in self._document.agents for each in entry.roles or ())
        if owners.isdisjoint(named):
            problem = f"a new organization needs an owner; give an agent the role `{next(iter(owners))}`"
            raise self._document.error("agents", problem=problem)

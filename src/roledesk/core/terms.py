"""The words every room shares: scopes, subjects, resources, roles, assignments.

All values are immutable and compare by content. The zero value is the safe one:
no scope, no teams, no grants.
Not here: what a permission opens (catalogue.py), who holds what (policy.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType

EVERY_MOMENT = float("inf")
LAST_MOMENT = 253_402_300_799.0
"""The last second of the year 9999: no calendar goes further."""


class Scope(IntEnum):
    """How far a grant goes; a wider scope includes the narrower ones."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


class Status(StrEnum):
    """Where an agent stands; only an active agent is ever allowed anything."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class Reason(StrEnum):
    """Why a decision came out as it did. Source: the rule in docs/access-model.md."""

    GRANTED = "granted"
    NO_GRANT = "no_grant"
    NOT_IN_FORCE = "not_in_force"
    WRONG_STATE = "wrong_state"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_VIEWABLE = "not_viewable"
    MISSING_FACTS = "missing_facts"
    INACTIVE = "inactive"
    UNKNOWN_SUBJECT = "unknown_subject"
    UNKNOWN_ORGANIZATION = "unknown_organization"
    UNKNOWN_RESOURCE = "unknown_resource"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_KIND = "unknown_kind"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: an agent, an agent through a personal token, or a service token.

    `permissions` and `teams` cut an agent down to what a personal token was made
    for; `actions` makes it a service token that holds exactly those, everywhere. `until` is when
    a token ends, which decides nothing but how long what is made with it may last.
    """

    id: str
    type: str = "agent"
    permissions: frozenset[str] | None = field(default=None, kw_only=True)
    teams: frozenset[str] | None = field(default=None, kw_only=True)
    actions: frozenset[str] | None = field(default=None, kw_only=True)
    until: float | None = field(default=None, kw_only=True, compare=False)

    @property
    def is_cut(self) -> bool:
        """Whether it is a token, which may do less than the agent it stands for."""
        return (self.permissions, self.teams, self.actions) != (None, None, None)


OPERATOR = Subject("operator", "operator")
"""Whoever runs the server: may found an organization, and nothing else."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked about, with the facts a decision needs.

    `team` is the team it belongs to; `teams` is for things in several at once,
    like an agent. `owner` is an agent's id. A kind without states has no `state`.
    """

    kind: str
    id: str = ""
    owner: str | None = field(default=None, kw_only=True)
    team: str | None = field(default=None, kw_only=True)
    teams: frozenset[str] = field(default=frozenset(), kw_only=True)
    state: str | None = field(default=None, kw_only=True)

    def within(self, teams: frozenset[str]) -> bool:
        """Whether it belongs to one of `teams`."""
        return self.team in teams or not self.teams.isdisjoint(teams)


@dataclass(frozen=True, slots=True)
class Team:
    """A group of agents and resources; exactly one team is the default."""

    id: str
    name: str
    default: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of grants: permission key -> scope.

    `owner` marks the one role that holds every action at its widest reach.
    `givers` names the roles whose holders may give this one without holding it.
    """

    id: str
    name: str
    grants: Mapping[str, Scope] = field(default_factory=lambda: MappingProxyType({}))
    description: str = field(default="", kw_only=True)
    policy_text: str = field(default="", kw_only=True)
    steward: str | None = field(default=None, kw_only=True)
    givers: frozenset[str] = field(default=frozenset(), kw_only=True)
    owner: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role given to an agent, optionally only in `teams` and only for a time.

    `teams=None` is unbounded; an empty set means nowhere. In force while
    `since <= now < until`, in seconds since 1970 UTC.
    """

    role: str
    teams: frozenset[str] | None = field(default=None, kw_only=True)
    since: float | None = field(default=None, kw_only=True)
    until: float | None = field(default=None, kw_only=True)

    def is_active(self, now: float) -> bool:
        """Whether it is in force at `now`."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    @property
    def is_dated(self) -> bool:
        """Whether it starts or ends by itself."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission at one scope as an agent holds it: by which role, where, until when."""

    role: str
    permission: str
    scope: Scope
    teams: frozenset[str] | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class Revision:
    """A point in an organization's history, and the database epoch it belongs to.

    Written `epoch.number`. A restored backup starts a new epoch, so a revision
    from before the restore is refused instead of being compared.
    """

    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.number}"

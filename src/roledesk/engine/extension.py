"""What a host adds to the database: tables of its own, and a hand in every policy change.

Its tables are migrated, checked, backed up and restored with ours. What it writes on a
commit stands or falls with the change, whoever makes it: console, API or command line.
Not here: how a schema is migrated (store/migration.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.core.changes import Change
from roledesk.core.policy import Policy
from roledesk.core.snapshot import Snapshot
from roledesk.store.migration import Schema


@dataclass(frozen=True, slots=True)
class Commit:
    """A change that is being written: the policy before, and what can be asked after it."""

    organization: str
    before: Policy
    after: Snapshot
    change: Change
    by: str
    at: float


OnCommit = Callable[[Connection, Commit], None]
LeastPassword = Callable[[Connection, str], int]
"""How many characters an organization wants in a password, at least."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A host's tables, what it writes in the transaction of every policy change, and how long passwords are."""

    schema: Schema
    on_commit: OnCommit
    least_password: LeastPassword = lambda _connection, _organization: 0

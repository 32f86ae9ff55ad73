"""What a host adds to the database: tables of its own, and a hand in every policy change.

Its tables are migrated, checked, backed up and restored with ours. What it writes on a
commit stands or falls with the change, whoever makes it: console, API or command line.
Not here: how a schema is migrated (store/migration.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.core.changes import Change
from roledesk.core.effects import Shift
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
class Countable:
    """Things of a host that a change brings into somebody's reach, or takes out of it.

    `view` is the action by which they are seen; `count` gives how many somebody sees after
    these shifts who did not before, and no more than the number given last.
    """

    view: str
    count: Callable[[Connection, str, Sequence[Shift], int], int]


@dataclass(frozen=True, slots=True)
class Extension:
    """What a host adds.

    Its tables, what it writes in the transaction of every policy change, how long passwords
    are, and what of its own a preview counts.
    """

    schema: Schema
    on_commit: OnCommit
    least_password: LeastPassword = lambda _connection, _organization: 0
    countable: Countable | None = None

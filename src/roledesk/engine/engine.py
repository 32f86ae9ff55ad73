"""Everything a program opens: a database's organizations, kept fresh.

One Engine serves a process. A background thread follows what other processes
commit and writes usage counts; closing the engine ends it.
Not here: one organization's doors (organization.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING

from roledesk.core.catalogue import Catalogue
from roledesk.core.changes import Change, Found, apply
from roledesk.core.policy import Policy
from roledesk.core.refusals import refusals
from roledesk.core.snapshot import Snapshot
from roledesk.core.terms import OPERATOR, Revision
from roledesk.engine.clock import Clock
from roledesk.engine.extension import Commit, Extension
from roledesk.engine.follower import Follower
from roledesk.engine.names import bad_id, misspelled, skeleton
from roledesk.engine.organization import Also, Organization
from roledesk.engine.usage import UsageCounter
from roledesk.errors import ChangeRefusedError, InputError, NotFoundError
from roledesk.store import organizations, policies
from roledesk.store.database import Database
from roledesk.store.loading import read_catalogue
from roledesk.store.migration import OWN, Schema, check_schema, migrate

if TYPE_CHECKING:
    from roledesk.engine.tokens import KnownToken


class Engine:
    """The organizations of one database; safe to share between threads. Made by `open_engine`."""

    def __init__(self, database: Database, clock: Clock, extensions: Sequence[Extension] = ()) -> None:
        self.database = database
        self.clock = clock
        self.extensions = tuple(extensions)
        self.listeners: list[Callable[[], None]] = []
        """Called by the follower after each wake, whoever committed what; quick, and raising nothing."""
        self.usage = UsageCounter(database, clock)
        self._lock = Lock()
        self.known_tokens: dict[str, KnownToken] = {}
        self._organizations: dict[str, Organization] = {}
        self._follower = Follower(self)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def organization(self, id: str) -> Organization:
        """The organization with this id. Raises NotFoundError."""
        found = self._organizations.get(id)
        return found if found is not None else self._load(id)

    @property
    def loaded(self) -> tuple[Organization, ...]:
        """The organizations this process has been asked about."""
        return tuple(self._organizations.values())

    def names(self) -> dict[str, str]:
        """Every organization's id and name, loaded or not."""
        with self.database.reading() as connection:
            return {row.id: row.name for row in organizations.list_organizations(connection)}

    def found(self, id: str, change: Change, *, because: str, also: Sequence[Also] = ()) -> Organization:
        """Start an organization; the change begins with Found and names the first owner.

        Raises ChangeRefusedError, and InputError when the id is taken.
        """
        policy = Policy(id, _catalogue_of(change))
        now = self.clock()
        found = (*bad_id(id, "organization"), *misspelled(change))
        found += refusals(policy, change, by=OPERATOR, because=because, now=now, skeleton=skeleton)
        if found:
            raise ChangeRefusedError(found)
        after = apply(policy, change)
        with self.database.writing() as connection:
            if organizations.lock_head(connection, id):
                raise InputError("organization", f"`{id}` exists already; choose another id")
            number = policies.append(
                connection, policy, after, change, by=OPERATOR.id, because=because, at=now
            )
            snapshot = Snapshot(after, Revision(organizations.epoch(connection), number), self.clock)
            for extension in self.extensions:
                extension.on_commit(connection, Commit(id, policy, snapshot, change, OPERATOR.id, now))
            for write in also:
                write(connection)
        return self.organization(id)

    def close(self) -> None:
        """Stop following, write what was counted, and let the database go."""
        self._follower.stop()
        try:
            self.usage.close()
        finally:
            self.database.close()

    def _load(self, id: str) -> Organization:
        with self.database.reading() as connection:
            row = organizations.find_organization(connection, id)
            if row is None:
                raise NotFoundError("organization", id)
            policy, number = policies.load_policy(connection, id)
            epoch = organizations.epoch(connection)
        snapshot = Snapshot(policy, Revision(epoch, number), self.clock)
        with self._lock:
            pulse = Revision(epoch, row.pulse)
            loaded = Organization(
                self.database, snapshot, self.clock, self.usage, pulse, extensions=self.extensions
            )
            return self._organizations.setdefault(id, loaded)


def open_engine(
    url: str, *, create: bool = False, clock: Clock | None = None, extensions: Sequence[Extension] = ()
) -> Engine:
    """The engine of the database at `url` (`sqlite:///file`, `postgresql://host/name`).

    With `create`, a missing SQLite file and missing tables are made, those of the
    extensions too. Raises SchemaError when the tables are older or newer than this version.
    """
    database = Database.open(url, create=create)
    if create:
        migrate(database, schemas_of(extensions))
    check_schema(database, schemas_of(extensions))
    return Engine(database, clock or Clock(), extensions)


def schemas_of(extensions: Sequence[Extension]) -> tuple[Schema, ...]:
    """Every schema of a database with these extensions, our own first."""
    return (OWN, *(extension.schema for extension in extensions))


def _catalogue_of(change: Change) -> Catalogue:
    if not change.edits or not isinstance(change.edits[0], Found):
        raise InputError("change", "an organization starts with a Found edit")
    return read_catalogue(change.edits[0].catalogue, change.edits[0].catalogue_text)

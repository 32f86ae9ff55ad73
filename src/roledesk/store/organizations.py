"""Organizations and their heads: the newest revision of each, and its pulse.

The pulse counts what changed beside the policy: tokens and sign-ins. Every move of a
head or a pulse is told to the other processes when the transaction commits.
Not here: what a revision changed (history.py), the policy itself (policies.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from roledesk.core.changes import Found
from roledesk.core.terms import Revision
from roledesk.errors import InputError
from roledesk.store import schema
from roledesk.store.rows import Fetched, Query

CHANNEL = "roledesk"
"""The PostgreSQL channel on which every commit is told."""


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization at its head; `pulse` counts changes of tokens and sign-ins."""

    id: str
    name: str
    preset: str
    revision: int
    pulse: int


def epoch(connection: Connection) -> str:
    """What tells this database's revisions from those of one it was restored from."""
    return str(connection.execute(select(schema.meta.c.epoch)).scalar_one())


def shared_now(connection: Connection) -> float | None:
    """What the database's clock shows; None on SQLite, which has only the machine's."""
    if connection.dialect.name != "postgresql":
        return None
    return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())


def list_organizations(connection: Connection) -> tuple[OrganizationRow, ...]:
    """Every organization, in order of id."""
    return tuple(
        OrganizationRow(*row) for row in connection.execute(_rows().order_by(schema.organizations.c.id))
    )


def find_organization(connection: Connection, id: str) -> OrganizationRow | None:
    """The organization with this id."""
    row = connection.execute(_rows().where(schema.organizations.c.id == id)).one_or_none()
    return None if row is None else OrganizationRow(*row)


def heads(connection: Connection) -> dict[str, tuple[int, int]]:
    """Each organization's head revision and pulse: what tells a process that it is behind."""
    columns = schema.organizations.c
    rows = connection.execute(select(columns.id, columns.revision, columns.pulse))
    return {id: (revision, pulse) for id, revision, pulse in rows}


def lock_head(connection: Connection, organization: str) -> int:
    """The head revision, which nobody else can move until this transaction ends; 0 when there is none."""
    head = _lock(connection, organization)
    return 0 if head is None else head.revision


def bump_pulse(connection: Connection, organization: str) -> None:
    """Tell every process that a token or a sign-in of the organization is not what it was."""
    move_head(connection, organization, pulse=schema.organizations.c.pulse + 1)


def pulse(connection: Connection, organization: str) -> Revision:
    """The pulse as this transaction sees it."""
    columns = schema.organizations.c
    return Revision(
        epoch(connection),
        connection.execute(select(columns.pulse).where(columns.id == organization)).scalar_one(),
    )


def _rows() -> Query:
    columns = schema.organizations.c
    return select(columns.id, columns.name, columns.preset, columns.revision, columns.pulse)


def _lock(connection: Connection, organization: str) -> Fetched | None:
    # FOR UPDATE is left out on SQLite, where writing transactions take turns anyway.
    columns = schema.organizations.c
    statement = select(columns.revision, columns.head_hash).where(columns.id == organization)
    return connection.execute(statement.with_for_update()).one_or_none()


def get_head(connection: Connection, organization: str) -> Fetched:
    """The locked head: `revision` and `head_hash`. Raises InputError when there is none."""
    head = _lock(connection, organization)
    if head is None:
        raise InputError(
            "organization", f"`{organization}` was never founded; begin with a change that founds it"
        )
    return head


def found(connection: Connection, organization: str, edit: Found, at: float) -> None:
    """Add an organization without revisions. Raises InputError when it exists."""
    row = {
        "id": organization,
        "name": edit.name,
        "preset": edit.preset,
        "catalogue": list(edit.catalogue),
        "catalogue_text": edit.catalogue_text,
        "reserved": sorted(edit.reserved),
        "revision": 0,
        "head_hash": "",
        "pulse": 0,
        "created_at": at,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(schema.organizations), row)
    except IntegrityError:
        raise InputError("organization", f"`{organization}` exists already; choose another id") from None


def move_head(connection: Connection, organization: str, **values: object) -> None:
    """Set columns of the organization's row, and tell every process when it is committed."""
    connection.execute(
        update(schema.organizations).where(schema.organizations.c.id == organization).values(**values)
    )
    announce(connection)


def announce(connection: Connection) -> None:
    """Wake every process when this transaction is committed; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))

"""Technical settings: what an organization rules for programs that sign in.

Each applies to what is made from then on.
Not here: what obeys them (tokens.py).
"""

from __future__ import annotations

from roledesk.engine.guard import Guard
from roledesk.errors import InputError
from roledesk.store import activity, technical
from roledesk.store.technical import TechnicalSettings

EDIT = "developer.edit"
MOST_DAYS = 3650


def get_technical(guard: Guard) -> TechnicalSettings:
    """The settings, for those who may change them. Raises DeniedError."""
    guard.require(EDIT)
    with guard.organization.database.reading() as connection:
        return technical.find(connection, guard.organization.id)


def keep_technical(guard: Guard, wanted: TechnicalSettings) -> None:
    """Keep the settings. Raises DeniedError, InputError."""
    days = wanted.longest_token_days
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InputError("longest_token_days", f"choose a number of days from 1 to {MOST_DAYS}, or none")
    organization = guard.organization
    with organization.locked() as connection:
        guard.require(EDIT)
        technical.keep(connection, organization.id, wanted)
        activity.record(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="settings.changed",
            about="technical",
            detail={
                "name": "tokens last as long as chosen"
                if days is None
                else f"tokens last {days} days at most"
            },
        )

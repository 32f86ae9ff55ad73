"""What an organization has set for programs that sign in.

Not here: what each setting does (engine/tokens.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from roledesk.store import schema
from roledesk.store.rows import upsert

_of = schema.technical_settings.c


@dataclass(frozen=True, slots=True)
class TechnicalSettings:
    """The defaults are those of a new organization; without `longest_token_days` a token may last for ever."""

    longest_token_days: int | None = None


def find(connection: Connection, organization: str) -> TechnicalSettings:
    """The settings of an organization, or the defaults."""
    statement = select(_of.longest_token_days).where(_of.organization == organization)
    row = connection.execute(statement).one_or_none()
    return TechnicalSettings() if row is None else TechnicalSettings(*row)


def keep(connection: Connection, organization: str, settings: TechnicalSettings) -> None:
    """Keep the settings of an organization."""
    upsert(connection, schema.technical_settings, [{"organization": organization, **asdict(settings)}])

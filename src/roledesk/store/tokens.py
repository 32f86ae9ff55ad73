"""Tokens: what code signs in with, for an agent or as a service. Only a hash is kept.

Not here: making and checking secrets (engine/), what a token may (core/).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, insert, select, update

from roledesk.store import schema
from roledesk.store.organizations import bump_pulse
from roledesk.store.rows import Fetched

_tokens = schema.tokens.c


class TokenKind(StrEnum):
    """Whose entitlements a token has."""

    PERSONAL = "personal"
    """Its agent's, cut to the permissions and teams chosen."""
    SERVICE = "service"
    """Its own: the actions chosen."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; None for permissions or teams is no cut."""

    id: str
    organization: str
    kind: TokenKind
    name: str
    created_at: float
    created_by: str
    agent: str | None = field(default=None, kw_only=True)
    permissions: frozenset[str] | None = field(default=None, kw_only=True)
    teams: frozenset[str] | None = field(default=None, kw_only=True)
    actions: frozenset[str] | None = field(default=None, kw_only=True)
    expires_at: float | None = field(default=None, kw_only=True)
    revoked_at: float | None = field(default=None, kw_only=True)
    last_used_on: date | None = field(default=None, kw_only=True)

    def is_valid(self, now: float) -> bool:
        """Whether it is neither revoked nor past its end."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def put(connection: Connection, token: Token, *, hash: str) -> None:
    """Keep a new token under the hash of its secret."""
    sets = {name: _sorted(getattr(token, name)) for name in ("permissions", "teams", "actions")}
    values = {each.name: getattr(token, each.name) for each in fields(token)}
    connection.execute(insert(schema.tokens), {**values, **sets, "kind": token.kind.value, "hash": hash})


def find_by_hash(connection: Connection, hash: str) -> Token | None:
    """The token with this hash, revoked and expired ones too."""
    return _first(connection.execute(select(schema.tokens).where(_tokens.hash == hash)).one_or_none())


def find(connection: Connection, organization: str, id: str) -> Token | None:
    """The token with this id, revoked and expired ones too."""
    wanted = select(schema.tokens).where(_tokens.organization == organization, _tokens.id == id)
    return _first(connection.execute(wanted).one_or_none())


def tokens(connection: Connection, organization: str, *, agent: str | None = None) -> tuple[Token, ...]:
    """The organization's tokens, or one agent's, newest first."""
    statement = select(schema.tokens).where(_tokens.organization == organization)
    if agent is not None:
        statement = statement.where(_tokens.agent == agent)
    newest = statement.order_by(_tokens.created_at.desc(), _tokens.id.desc())
    return tuple(map(_read, connection.execute(newest)))


def revoke(connection: Connection, organization: str, id: str, *, at: float) -> bool:
    """End one token, in every process; false when it had ended or is unknown."""
    return _revoke(connection, organization, _tokens.id == id, at) > 0


def revoke_all(connection: Connection, organization: str, agent: str, *, at: float) -> int:
    """End every token of an agent, in every process; gives how many."""
    return _revoke(connection, organization, _tokens.agent == agent, at)


def mark_used(connection: Connection, organization: str, id: str, *, on: date) -> None:
    """Note the day on which a token was last used."""
    mine = (_tokens.organization == organization) & (_tokens.id == id)
    connection.execute(update(schema.tokens).where(mine).values(last_used_on=on))


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Let tokens cut to a team that is being deleted work in `receiver` instead."""
    cut = select(_tokens.id, _tokens.teams).where(
        _tokens.organization == organization, _tokens.teams.is_not(None)
    )
    for id, teams in connection.execute(cut).all():
        if team in teams:
            moved = sorted({receiver, *teams} - {team})
            mine = (_tokens.organization == organization) & (_tokens.id == id)
            connection.execute(update(schema.tokens).where(mine).values(teams=moved))


def _revoke(connection: Connection, organization: str, which: ColumnElement[bool], at: float) -> int:
    live = (_tokens.organization == organization) & _tokens.revoked_at.is_(None) & which
    ended = connection.execute(update(schema.tokens).where(live).values(revoked_at=at)).rowcount
    if ended:
        bump_pulse(connection, organization)
    return ended


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _first(row: Fetched | None) -> Token | None:
    return None if row is None else _read(row)


def _read(row: Fetched) -> Token:
    return Token(
        row.id,
        row.organization,
        TokenKind(row.kind),
        row.name,
        row.created_at,
        row.created_by,
        agent=row.agent,
        permissions=_set(row.permissions),
        teams=_set(row.teams),
        actions=_set(row.actions),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
    )


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)

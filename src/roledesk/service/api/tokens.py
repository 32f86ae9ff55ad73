"""Tokens: one's own and the services', made, read and revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path

from roledesk.engine import tokens as engine_tokens
from roledesk.engine.tokens import MadeToken
from roledesk.service.api.kit import Asker, Done, api_routes
from roledesk.store import tokens
from roledesk.store.tokens import Token, TokenKind

routes = api_routes()


@dataclass(frozen=True, slots=True)
class TokenOut:
    """A token without its secret; times in seconds since 1970 UTC."""

    id: str
    kind: TokenKind
    name: str
    agent: str | None
    permissions: list[str] | None
    teams: list[str] | None
    actions: list[str] | None
    created_at: float
    created_by: str
    expires_at: float | None
    revoked_at: float | None


@dataclass(frozen=True, slots=True)
class MadeTokenOut:
    """A new token; its secret is shown this once."""

    token: TokenOut
    secret: str


@dataclass(frozen=True, slots=True)
class PersonalTokenIn:
    """A token of one's own, cut to some permissions and teams."""

    name: str
    expires_at: float
    permissions: list[str] | None = None
    teams: list[str] | None = None


@dataclass(frozen=True, slots=True)
class ServiceTokenIn:
    """A token for a service, that may take decision actions only."""

    name: str
    actions: list[str]
    expires_at: float | None = None


@routes.shared("GET", "/tokens", because="everybody may see the tokens he may revoke")
def list_tokens(asker: Asker) -> list[TokenOut]:
    """The tokens that the asker may revoke, newest first."""
    organization = asker.organization
    with organization.database.reading() as connection:
        found = tokens.tokens(connection, organization.id)
    return [token_out(each) for each in found if engine_tokens.may_revoke(asker, each)]


@routes.guarded("POST", "/tokens/personal", "api_token.create")
def create_personal_token(asker: Asker, wanted: PersonalTokenIn) -> MadeTokenOut:
    """Make a token of one's own."""
    made = engine_tokens.make_personal_token(
        asker,
        name=wanted.name,
        expires_at=wanted.expires_at,
        permissions=_set(wanted.permissions),
        teams=_set(wanted.teams),
    )
    return made_out(made)


@routes.guarded("POST", "/tokens/service", "service_token.create")
def create_service_token(asker: Asker, wanted: ServiceTokenIn) -> MadeTokenOut:
    """Make a token for a service."""
    made = engine_tokens.make_service_token(
        asker, name=wanted.name, actions=frozenset(wanted.actions), expires_at=wanted.expires_at
    )
    return made_out(made)


@routes.shared("DELETE", "/tokens/{token_id}", because="everybody may end his own tokens")
def revoke_token(asker: Asker, token_id: Annotated[str, Path(max_length=80)]) -> Done:
    """End a token everywhere, at once."""
    engine_tokens.revoke_token(asker, token_id)
    return Done(str(asker.organization.revision), token_id)


def made_out(made: MadeToken) -> MadeTokenOut:
    """A new token as the API gives it."""
    return MadeTokenOut(token_out(made.token), made.secret)


def token_out(token: Token) -> TokenOut:
    """A token as the API gives it."""
    return TokenOut(
        token.id,
        token.kind,
        token.name,
        token.agent,
        _listed(token.permissions),
        _listed(token.teams),
        _listed(token.actions),
        token.created_at,
        token.created_by,
        token.expires_at,
        token.revoked_at,
    )


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _listed(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)

"""Tokens: what code signs in with.

A personal token has its owner's entitlements of the moment, cut to what was chosen
when it was made; a service token holds decision actions and no owner. A check is
answered from memory and forgotten when the organization's pulse moves, so that a
revoked token stops everywhere at once.
Not here: the Authorization header (web/identity.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from roledesk.core.terms import LAST_MOMENT, Resource, Revision, Subject
from roledesk.engine.engine import Engine
from roledesk.engine.guard import Guard
from roledesk.engine.names import bad_name
from roledesk.engine.organization import Organization
from roledesk.engine.secret import hash_secret, new_id, new_secret
from roledesk.errors import ChangeRefusedError, InputError, NotFoundError
from roledesk.store import activity, organizations, technical, tokens
from roledesk.store.tokens import Token, TokenKind

DECISION_ACTIONS = ("decision.evaluate", "decision.search", "resource.register", "facts.assert")
"""What a service token may be made for."""

PREFIX = "rd"
DAY_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token and its secret, which is never shown again."""

    token: Token
    secret: str


def make_personal_token(
    guard: Guard,
    *,
    name: str,
    expires_at: float,
    permissions: frozenset[str] | None = None,
    teams: frozenset[str] | None = None,
) -> MadeToken:
    """A token with the entitlements of `guard`'s agent, cut to `permissions` and `teams`.

    Made with a token it is no wider than that one, and lasts no longer. Raises DeniedError without
    `api_token.create`, or with a token cut to teams; InputError for an end in the past,
    an unknown permission or team, or a permission that the token in use was not made for.
    """
    agent = guard.subject.id
    with guard.organization.locked() as connection:
        guard.require("api_token.create", Resource("api_token", owner=agent))
        policy = guard.organization.policy
        _require_known(permissions, policy.catalogue.permissions, "permissions")
        _require_known(teams, policy.teams, "teams")
        permissions = _within(permissions, guard.subject.permissions)
        token = _new(connection, guard, TokenKind.PERSONAL, name, expires_at)
        return _keep(connection, guard, replace(token, agent=agent, permissions=permissions, teams=teams))


def make_service_token(
    guard: Guard, *, name: str, actions: frozenset[str], expires_at: float | None = None
) -> MadeToken:
    """A token that may take the decision `actions` and nothing else.

    Raises DeniedError without `service_token.create`, InputError for other actions.
    """
    with guard.organization.locked() as connection:
        guard.require("service_token.create")
        _require_known(actions, DECISION_ACTIONS, "actions")
        if not actions:
            raise InputError("actions", f"choose at least one of {', '.join(DECISION_ACTIONS)}")
        token = _new(connection, guard, TokenKind.SERVICE, name, expires_at)
        return _keep(connection, guard, replace(token, actions=actions))


def find_token(engine: Engine, secret: str) -> tuple[Organization, Subject] | None:
    """The organization and subject a secret stands for; None for any that is not valid now."""
    key = hash_secret(secret)
    known = engine.known_tokens.get(key)
    if known is None or known.pulse != known.organization.pulse:
        known = _load(engine, key)
    now = engine.clock()
    if known is None or not known.token.is_valid(now):
        return None
    today = datetime.fromtimestamp(now, UTC).date()
    if known.token.last_used_on != today:
        _note_use(engine, key, known, today)
    return known.organization, known.subject


def revoke_token(guard: Guard, id: str) -> None:
    """End a token: one's own, or with `api_token.revoke_any` one of somebody who holds no more.

    Raises NotFoundError for one that is not there or not the asker's business.
    """
    organization = guard.organization
    with organization.locked() as connection:
        now = organization.clock()
        token = tokens.find(connection, organization.id, id)
        if token is None or not _may_revoke(guard, token):
            raise NotFoundError("token", id)
        tokens.revoke(connection, organization.id, id, at=now)
        _record(connection, guard, token, "token.revoked", at=now)
    organization.pulse_moved()


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as it was at one pulse of its organization."""

    token: Token
    organization: Organization
    subject: Subject
    pulse: Revision


def may_revoke(guard: Guard, token: Token) -> bool:
    """Whether `guard`'s agent may end `token`."""
    return _may_revoke(guard, token)


def _may_revoke(guard: Guard, token: Token) -> bool:
    if token.agent is not None and token.agent == guard.subject.id:
        return True
    if not guard.allows("api_token.revoke_any"):
        return False
    return token.agent is None or guard.organization.may_manage(guard.subject, token.agent)


def _load(engine: Engine, key: str) -> KnownToken | None:
    with engine.database.reading() as connection:
        token = tokens.find_by_hash(connection, key)
        if token is None:
            return None
        # The pulse that goes with what was read, not the one this process has heard of by now.
        pulse = organizations.pulse(connection, token.organization)
    organization = engine.organization(token.organization)
    known = KnownToken(token, organization, subject_of(token, organization), pulse)
    engine.known_tokens[key] = known
    return known


def _note_use(engine: Engine, key: str, known: KnownToken, today: date) -> None:
    with engine.database.writing() as connection:
        tokens.mark_used(connection, known.organization.id, known.token.id, on=today)
    engine.known_tokens[key] = replace(known, token=replace(known.token, last_used_on=today))


def subject_of(token: Token, organization: Organization) -> Subject:
    """Who asks when this token is shown."""
    if token.agent is None:
        return Subject(token.id, "token", actions=token.actions or frozenset(), until=token.expires_at)
    type_ = organization.subject(token.agent).type
    # A token that chose no permissions is still a token: without a cut it would pass for its owner at a door.
    permissions = token.permissions
    if permissions is None:
        permissions = frozenset(organization.policy.catalogue.permissions)
    return Subject(token.agent, type_, permissions=permissions, teams=token.teams, until=token.expires_at)


def _new(connection: Connection, guard: Guard, kind: TokenKind, name: str, expires_at: float | None) -> Token:
    if refused := tuple(bad_name(name, "name")):
        raise ChangeRefusedError(refused)
    organization = guard.organization
    now = organization.clock()
    if expires_at is not None and not now < expires_at <= LAST_MOMENT:
        raise InputError("expires_at", "a token must end in the future, by the year 9999; choose another day")
    until = guard.subject.until
    if until is not None and not (expires_at is not None and expires_at <= until):
        raise InputError(
            "expires_at", "the token in use ends sooner; choose no later end, or sign in to make one"
        )
    _require_short(connection, organization, now, expires_at)
    return Token(new_id("token"), organization.id, kind, name, now, guard.subject.id, expires_at=expires_at)


def _require_short(
    connection: Connection, organization: Organization, now: float, expires_at: float | None
) -> None:
    days = technical.find(connection, organization.id).longest_token_days
    # A day more, because an end is chosen as a whole day and that day may be half gone.
    if days is not None and not (expires_at is not None and expires_at <= now + (days + 1) * DAY_S):
        raise InputError("expires_at", f"tokens here end within {days} days; choose an earlier day")


def _keep(connection: Connection, guard: Guard, token: Token) -> MadeToken:
    secret = new_secret(f"{PREFIX}{'s' if token.kind is TokenKind.SERVICE else 'p'}")
    tokens.put(connection, token, hash=hash_secret(secret))
    _record(connection, guard, token, "token.made", at=token.created_at)
    return MadeToken(token, secret)


def _record(connection: Connection, guard: Guard, token: Token, event: str, *, at: float) -> None:
    """Note it in the activity log, for those who see the teams of the token's agent."""
    owner = guard.organization.policy.agents.get(token.agent or "")
    activity.record(
        connection,
        token.organization,
        at=at,
        by=guard.subject.id,
        event=event,
        about=f"token:{token.id}",
        detail={"name": token.name, "kind": token.kind.value},
        teams=() if owner is None else owner.teams,
    )


def _within(chosen: frozenset[str] | None, held: frozenset[str] | None) -> frozenset[str] | None:
    """The permissions chosen of `held`, None being all of them. Raises InputError when more were chosen."""
    if held is None:
        return chosen
    for name in sorted((chosen or held) - held):
        raise InputError("permissions", f"this token was not made for `{name}`; sign in to make one that is")
    return held if chosen is None else chosen


def _require_known(chosen: frozenset[str] | None, known: object, where: str) -> None:
    for name in sorted(chosen or ()):
        if name not in known:  # type: ignore[operator]
            raise InputError(where, f"there is no `{name}`")

"""How agents come in: passwords and sign-ins.

A password is kept as an argon2 hash, which takes 0.2 s of CPU to make or check: call
those functions from a thread. A sign-in's secret is long and random. Every failure to
sign in looks and takes the same.
Not here: cookies (web/cookies.py), how often one may try (web/rates.py), links (links.py).
"""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import Connection

from roledesk.core.terms import Status
from roledesk.engine.engine import Engine
from roledesk.engine.organization import Organization
from roledesk.engine.secret import hash_secret, new_secret
from roledesk.errors import InputError
from roledesk.store import activity, people, sign_ins
from roledesk.store.people import Person
from roledesk.store.sign_ins import SignIn

PASSWORD_LENGTH = 10
LONGEST_PASSWORD = 256
SEEN_EVERY_S = 60.0
"""How exactly it is kept when a sign-in was last used."""


def hash_password(password: str, person: Person, *, least: int = 0) -> str:
    """What is kept of a new password, at least `least` characters long. Raises InputError when it is too easy to guess."""
    said = {
        part.casefold() for part in (person.name, person.email or "", (person.email or "").partition("@")[0])
    }
    if len(password) < (shortest := max(PASSWORD_LENGTH, least)):
        raise InputError("password", f"too short; use at least {shortest} characters")
    if len(password) > LONGEST_PASSWORD:
        raise InputError("password", f"too long; use at most {LONGEST_PASSWORD} characters")
    if password.casefold() in said or len(set(password)) < 4:
        raise InputError(
            "password", "too easy to guess; use something that is not your name and not one letter"
        )
    return _hasher().hash(password)


def set_password(
    organization: Organization, agent: str, password: str, *, by: str, keep: str | None = None
) -> None:
    """Keep a new password and end the agent's sign-ins, save the one with the secret `keep`.

    Raises InputError when it is weak.
    """
    person = _person(organization, agent)
    hashed = hash_password(password, person, least=organization.least_password())
    with organization.locked() as connection:
        write_password(connection, organization, agent, hashed, by=by, keep=keep)
    organization.pulse_moved()


def write_password(
    connection: Connection,
    organization: Organization,
    agent: str,
    hashed: str,
    *,
    by: str,
    keep: str | None = None,
) -> None:
    """Keep a hash in the caller's transaction, and end the sign-ins made with the old password."""
    now = organization.clock()
    sign_ins.put_password(connection, organization.id, agent, hashed, at=now)
    kept = None if keep is None else hash_secret(keep)
    sign_ins.end_sign_ins(connection, organization.id, agent, at=now, except_hash=kept)
    record(connection, organization, by=by, event="password.set", agent=agent)


def is_password(organization: Organization, agent: str, password: str) -> bool:
    """Whether this is the agent's password; takes the same time when he has none."""
    with organization.database.reading() as connection:
        kept = sign_ins.find_password(connection, organization.id, agent)
    return _matches(password, kept)


def sign_in(organization: Organization, email: str, password: str, *, lifetime_s: float) -> str | None:
    """The secret of a new sign-in that ends after `lifetime_s`; None when anything at all was wrong."""
    with organization.database.reading() as connection:
        person = people.find_by_email(connection, organization.id, email)
        kept = None if person is None else sign_ins.find_password(connection, organization.id, person.agent)
    if not _matches(password, kept) or person is None:
        return None
    with organization.locked() as connection:
        # While the hash was computed, the password may have been replaced and every sign-in ended.
        now_kept = sign_ins.find_password(connection, organization.id, person.agent)
        if now_kept != kept or not _is_active(organization, person.agent):
            return None
        return _open(connection, organization, person.agent, lifetime_s)


def open_sign_in(organization: Organization, agent: str, *, lifetime_s: float) -> str:
    """The secret of a new sign-in of somebody who has shown who he is."""
    with organization.locked() as connection:
        return _open(connection, organization, agent, lifetime_s)


def _open(connection: Connection, organization: Organization, agent: str, lifetime_s: float) -> str:
    now = organization.clock()
    secret = new_secret("in")
    entry = SignIn(organization.id, agent, now, now, now + lifetime_s)
    sign_ins.put_sign_in(connection, entry, hash=hash_secret(secret))
    record(connection, organization, by=agent, event="signed_in", agent=agent)
    return secret


def find_sign_in(engine: Engine, secret: str, *, idle_s: float) -> tuple[Organization, str] | None:
    """Who is signed in with this secret; None when it has ended, expired or been idle too long."""
    hashed, now = hash_secret(secret), engine.clock()
    with engine.database.reading() as connection:
        found = sign_ins.find_sign_in(connection, hashed)
    if found is None or not found.is_valid(now) or now - found.seen_at > idle_s:
        return None
    organization = engine.organization(found.organization)
    if not _is_active(organization, found.agent):
        return None
    if now - found.seen_at > SEEN_EVERY_S:
        with engine.database.writing() as connection:
            sign_ins.mark_seen(connection, hashed, at=now, expires_at=found.expires_at)
    return organization, found.agent


def sign_out(organization: Organization, secret: str) -> None:
    """End this sign-in."""
    with organization.locked() as connection:
        sign_ins.end_sign_in(connection, organization.id, hash_secret(secret), at=organization.clock())
    organization.pulse_moved()


def end_sign_ins(organization: Organization, agent: str, *, by: str, keep: str | None = None) -> None:
    """End all of the agent's sign-ins, save the one with the secret `keep`."""
    kept = None if keep is None else hash_secret(keep)
    with organization.locked() as connection:
        sign_ins.end_sign_ins(connection, organization.id, agent, at=organization.clock(), except_hash=kept)
        record(connection, organization, by=by, event="sign_ins.ended", agent=agent)
    organization.pulse_moved()


def record(connection: Connection, organization: Organization, *, by: str, event: str, agent: str) -> None:
    """Note something about an agent in the activity log, for those who see his teams."""
    standing = organization.policy.agents.get(agent)
    activity.record(
        connection,
        organization.id,
        at=organization.clock(),
        by=by,
        event=event,
        about=f"agent:{agent}",
        teams=() if standing is None else standing.teams,
    )


def _is_active(organization: Organization, agent: str) -> bool:
    standing = organization.policy.agents.get(agent)
    return standing is not None and standing.status is Status.ACTIVE


def _person(organization: Organization, agent: str) -> Person:
    with organization.database.reading() as connection:
        return people.find_person(connection, organization.id, agent) or Person(agent, "")


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def _matches(password: str, kept: str | None) -> bool:
    # An unknown address costs the same as a wrong password, so that time tells nothing.
    right = _hasher().verify(password[:LONGEST_PASSWORD], kept or _nobodys_hash())
    return right and kept is not None

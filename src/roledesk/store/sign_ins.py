"""How agents come in: password hashes, sign-ins, and links that work once.

Secrets never get here, only their hashes. Ending a sign-in moves the organization's
pulse, so that every process obeys it at once.
Not here: hashing, lifetimes (engine/), cookies (web/).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from roledesk.store import schema
from roledesk.store.organizations import bump_pulse
from roledesk.store.rows import upsert

_passwords = schema.passwords.c
_sign_ins = schema.sign_ins.c
_links = schema.links.c


@dataclass(frozen=True, slots=True)
class SignIn:
    """An agent at one browser, from `created_at` until it expires or is ended."""

    organization: str
    agent: str
    created_at: float
    seen_at: float
    expires_at: float
    ended_at: float | None = None

    def is_valid(self, now: float) -> bool:
        """Whether it is neither ended nor past its end."""
        return self.ended_at is None and now < self.expires_at


class LinkKind(StrEnum):
    """What a link is for."""

    SET_UP = "set_up"
    """Founding the first organization; the link belongs to none yet, `organization` is empty."""
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105  # the kind of a link


@dataclass(frozen=True, slots=True)
class Link:
    """An address that works once; `agent` is whom it lets in, empty for a set-up.

    `made_by` is whoever made it, and may still know it; empty for a set-up.
    """

    organization: str
    kind: LinkKind
    agent: str
    created_at: float
    expires_at: float
    used_at: float | None = None
    made_by: str = ""

    def is_valid(self, now: float) -> bool:
        """Whether it is neither used nor past its end."""
        return self.used_at is None and now < self.expires_at


def put_password(connection: Connection, organization: str, agent: str, hash: str, *, at: float) -> None:
    """Keep the hash of an agent's new password."""
    upsert(
        connection,
        schema.passwords,
        [{"organization": organization, "agent": agent, "hash": hash, "set_at": at}],
    )


def find_password(connection: Connection, organization: str, agent: str) -> str | None:
    """The hash of an agent's password; None when he never set one."""
    mine = (_passwords.organization == organization) & (_passwords.agent == agent)
    return connection.execute(select(_passwords.hash).where(mine)).scalar_one_or_none()


def put_sign_in(connection: Connection, sign_in: SignIn, *, hash: str) -> None:
    """Keep a new sign-in under the hash of its secret."""
    values = {each.name: getattr(sign_in, each.name) for each in fields(sign_in)}
    connection.execute(insert(schema.sign_ins), {**values, "hash": hash})


def find_sign_in(connection: Connection, hash: str) -> SignIn | None:
    """The sign-in with this hash, ended and expired ones too."""
    columns = [_sign_ins[each.name] for each in fields(SignIn)]
    row = connection.execute(select(*columns).where(_sign_ins.hash == hash)).one_or_none()
    return None if row is None else SignIn(*row)


def sign_ins(connection: Connection, organization: str, agent: str) -> tuple[SignIn, ...]:
    """Every sign-in of an agent, newest first, ended and expired ones too."""
    columns = [_sign_ins[each.name] for each in fields(SignIn)]
    statement = select(*columns).where(_of(organization, agent)).order_by(_sign_ins.created_at.desc())
    return tuple(SignIn(*row) for row in connection.execute(statement))


def mark_seen(connection: Connection, hash: str, *, at: float, expires_at: float) -> None:
    """Note that a sign-in is in use, and how long it lasts from here."""
    values = {"seen_at": at, "expires_at": expires_at}
    connection.execute(update(schema.sign_ins).where(_sign_ins.hash == hash).values(values))


def end_sign_in(connection: Connection, organization: str, hash: str, *, at: float) -> bool:
    """End one sign-in, in every process; false when it had ended or is unknown."""
    return _end(connection, organization, _sign_ins.hash == hash, at) > 0


def end_sign_ins(
    connection: Connection, organization: str, agent: str, *, at: float, except_hash: str | None = None
) -> int:
    """End all of an agent's sign-ins but one, in every process; gives how many."""
    others = _of(organization, agent)
    return _end(
        connection,
        organization,
        others if except_hash is None else others & (_sign_ins.hash != except_hash),
        at,
    )


def put_link(connection: Connection, link: Link, *, hash: str) -> None:
    """Keep a new link under the hash of its secret; it replaces the agent's earlier ones."""
    drop_links(connection, link.organization, link.agent)
    values = {each.name: getattr(link, each.name) for each in fields(link)}
    connection.execute(insert(schema.links), {**values, "kind": link.kind.value, "hash": hash})


def find_link(connection: Connection, hash: str) -> Link | None:
    """The link with this hash, used and expired ones too."""
    columns = [_links[each.name] for each in fields(Link)]
    row = connection.execute(select(*columns).where(_links.hash == hash)).one_or_none()
    if row is None:
        return None
    organization, kind, *rest = row
    return Link(organization, LinkKind(kind), *rest)


def use_link(connection: Connection, hash: str, *, at: float) -> bool:
    """Use a link up; false when it was used, has expired or is unknown. Only one caller gets true."""
    open_ = (_links.hash == hash) & _links.used_at.is_(None) & (_links.expires_at > at)
    return connection.execute(update(schema.links).where(open_).values(used_at=at)).rowcount == 1


def drop_links(connection: Connection, organization: str, agent: str) -> None:
    """Make every link for an agent worthless."""
    connection.execute(delete(schema.links).where(_links.organization == organization, _links.agent == agent))


def clean(connection: Connection, *, before: float) -> None:
    """Delete the sign-ins and links that expired before a moment."""
    connection.execute(delete(schema.sign_ins).where(_sign_ins.expires_at < before))
    connection.execute(delete(schema.links).where(_links.expires_at < before))


def _of(organization: str, agent: str) -> ColumnElement[bool]:
    return (_sign_ins.organization == organization) & (_sign_ins.agent == agent)


def _end(connection: Connection, organization: str, which: ColumnElement[bool], at: float) -> int:
    live = (_sign_ins.organization == organization) & _sign_ins.ended_at.is_(None) & which
    ended = connection.execute(update(schema.sign_ins).where(live).values(ended_at=at)).rowcount
    if ended:
        bump_pulse(connection, organization)
    return ended

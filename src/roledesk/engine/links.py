"""Addresses that work once, for a day: setting up, invitations, new passwords.

The secret is shown or mailed once and kept as a hash; a new link replaces the agent's
earlier ones.
Not here: the pages behind them (console/entry.py), mail (web/).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from roledesk.core.refusals import agent_resource
from roledesk.core.soundness import Refusal
from roledesk.core.terms import OPERATOR, Status
from roledesk.engine.engine import Engine
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Also, Organization, placed
from roledesk.engine.secret import hash_secret, new_secret
from roledesk.engine.sign_ins import hash_password, record, write_password
from roledesk.errors import ChangeRefusedError, LinkGoneError, NotFoundError
from roledesk.store import people, sign_ins
from roledesk.store.people import Person
from roledesk.store.sign_ins import Link, LinkKind

LINK_HOURS = 24


def holds_more(agent: str) -> Refusal:
    """Why the way somebody signs in may not be touched."""
    text = "this agent holds access you do not hold; somebody who holds all of it has to do this"
    return Refusal("holds_more", text, f"agent {agent}")


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link's secret, which is never shown again, and what it is for."""

    secret: str
    kind: LinkKind


def make_set_up_link(engine: Engine) -> str:
    """The secret of the link that founds the first organization; it replaces an earlier one."""
    secret = new_secret("link")
    now = engine.clock()
    link = Link("", LinkKind.SET_UP, "", now, now + LINK_HOURS * 3600)
    with engine.database.writing() as connection:
        sign_ins.put_link(connection, link, hash=hash_secret(secret))
    return secret


def make_link(organization: Organization, agent: str, *, by: Guard) -> MadeLink:
    """A new invitation for an invited agent, a password link for any other.

    Raises DeniedError without `agent.reset_password` on him (`agent.create` does for an
    invitation), ChangeRefusedError when he holds what the asker does not.
    """
    secret = new_secret("link")
    with organization.locked() as connection:
        kind = _allowed_kind(organization, agent, by)
        link_writer(organization, agent, kind, secret, by=by.subject.id)(connection)
    return MadeLink(secret, kind)


def _allowed_kind(organization: Organization, agent: str, by: Guard) -> LinkKind:
    policy = organization.policy
    if agent not in policy.agents:
        raise NotFoundError("agent", agent)
    resource = agent_resource(policy, agent)
    invited = policy.agents[agent].status is Status.INVITED
    invites = invited and by.allows("agent.create", resource)
    by.require("agent.create" if invites else "agent.reset_password", resource)
    if not organization.may_manage(by.subject, agent):
        raise ChangeRefusedError((holds_more(agent),))
    return LinkKind.INVITATION if invited else LinkKind.PASSWORD


def make_owner_link(organization: Organization, owner: str) -> str:
    """A password link for an owner, made by whoever runs the server. Raises NotFoundError for anybody else."""
    secret = new_secret("link")
    with organization.locked() as connection:
        if not organization.policy.is_owner(owner):
            raise NotFoundError("owner", owner)
        link_writer(organization, owner, LinkKind.PASSWORD, secret, by=OPERATOR.id)(connection)
    return secret


def link_writer(organization: Organization, agent: str, kind: LinkKind, secret: str, *, by: str) -> Also:
    """Writes a link for `agent` in somebody's transaction."""

    def write(connection: Connection) -> None:
        now = organization.clock()
        link = Link(organization.id, kind, agent, now, now + LINK_HOURS * 3600, made_by=by)
        sign_ins.put_link(connection, link, hash=hash_secret(secret))
        record(connection, organization, by=by, event=f"{kind.value}.link_made", agent=agent)

    return write


def find_link(engine: Engine, secret: str) -> Link | None:
    """What this secret is good for now; None when it was used, has expired, or its agent is gone.

    Neither is it good for an agent who by now holds what its maker could not give: the
    maker has seen it, and would come in as that agent.
    """
    with engine.database.reading() as connection:
        link = sign_ins.find_link(connection, hash_secret(secret))
    if link is None or not link.is_valid(engine.clock()):
        return None
    if link.kind is LinkKind.SET_UP:
        return None if engine.names() else link
    return link if _lets_in(engine.organization(link.organization), link) else None


def _lets_in(organization: Organization, link: Link) -> bool:
    standing = organization.policy.agents.get(link.agent)
    if standing is None or standing.status is Status.DEACTIVATED:
        return False
    return link.made_by == OPERATOR.id or organization.may_let_in(link.made_by, link.agent)


def use_link(engine: Engine, secret: str, password: str) -> tuple[Organization, str]:
    """Set the agent's password, and let an invited one in; gives whom it was for.

    Raises LinkGoneError when the link is not good any more, InputError for a weak
    password, after which the link still works.
    """
    link = find_link(engine, secret)
    if link is None or link.kind is LinkKind.SET_UP:
        raise LinkGoneError()
    organization = engine.organization(link.organization)
    with organization.database.reading() as connection:
        person = people.find_person(connection, organization.id, link.agent) or Person(link.agent, "")
    hashed = hash_password(password, person, least=organization.least_password())

    def use(connection: Connection) -> None:
        used = sign_ins.use_link(connection, hash_secret(secret), at=organization.clock())
        if not (used and _lets_in(organization, link)):
            raise LinkGoneError()
        write_password(connection, organization, link.agent, hashed, by=link.agent)

    _let_in(organization, link.agent, use)
    organization.pulse_moved()
    return organization, link.agent


def use_set_up_link(connection: Connection, secret: str, *, now: float) -> None:
    """Use the set-up link in the founding's transaction. Raises LinkGoneError when it is not good any more."""
    if not sign_ins.use_link(connection, hash_secret(secret), at=now):
        raise LinkGoneError()


def _let_in(organization: Organization, agent: str, use: Also) -> None:
    if organization.policy.agents[agent].status is not Status.INVITED:
        with organization.locked() as connection:
            use(connection)
        return
    organization.commit(
        placed(agent, status=Status.ACTIVE),
        by=organization.subject(agent),
        because="Accepted the invitation",
        also=(use,),
    )

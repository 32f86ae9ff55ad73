"""Adding agents, naming them, and letting them go: what console, API and command line share.

Whatever gives or takes access goes through `Organization.commit` and its refusals;
names and addresses are written beside it, in the same transaction.
Not here: roles and teams of an agent, which are plain changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.refusals import agent_resource
from roledesk.core.terms import Assignment, Resource, Revision, Status, Subject
from roledesk.engine.guard import Guard
from roledesk.engine.links import holds_more, link_writer
from roledesk.engine.names import bad_name
from roledesk.engine.organization import Also, Organization
from roledesk.engine.secret import new_id, new_secret
from roledesk.errors import ChangeRefusedError, InputError
from roledesk.store import activity, people, sign_ins, tokens
from roledesk.store.people import Person
from roledesk.store.sign_ins import LinkKind

EMAIL_LENGTH = 254


def new_agent_id() -> str:
    """An id for a new agent; it says nothing about him, because history keeps it for ever."""
    return new_id("agent")


def invite(
    organization: Organization,
    *,
    by: Guard,
    name: str,
    email: str,
    teams: frozenset[str],
    assignments: Sequence[Assignment],
    because: str,
    expecting: Revision | None = None,
    also: Sequence[Also] = (),
) -> tuple[str, str]:
    """Add an invited agent; gives his id and the secret of his one-time link.

    Raises ChangeRefusedError with every refusal, InputError for a bad or taken address.
    """
    agent, secret = new_agent_id(), new_secret("link")
    person = checked_person(Person(agent, name.strip(), email.strip()))
    edits = (PutAgent(agent, Status.INVITED, teams), SetAssignments(agent, tuple(assignments)))
    together = (
        lambda connection: people.put_person(connection, organization.id, person),
        link_writer(organization, agent, LinkKind.INVITATION, secret, by=by.subject.id),
    )
    organization.commit(
        Change(edits), by=by.subject, because=because, expecting=expecting, also=(*together, *also)
    )
    return agent, secret


def checked_person(person: Person) -> Person:
    """`person`, when name and address can be kept. Raises ChangeRefusedError, InputError."""
    if refused := tuple(bad_name(person.name, "name")):
        raise ChangeRefusedError(refused)
    local, at, host = (person.email or "").rpartition("@")
    fits = (
        len(person.email or "") <= EMAIL_LENGTH
        and (person.email or "").isprintable()
        and " " not in local + host
    )
    if not (local and at and "." in host.strip(".") and fits and not set("<>,;\"'") & set(local + host)):
        raise InputError("email", "this is not an e-mail address; write it like `ana@example.com`")
    return person


def rename(organization: Organization, person: Person, *, by: Guard) -> None:
    """Keep a new name or address. Raises what `renaming` does."""
    write = renaming(organization, person, by=by)
    with organization.database.writing() as connection:
        write(connection)


def renaming(organization: Organization, person: Person, *, by: Guard) -> Also:
    """Writes a new name or address in somebody's transaction, now that `by` was asked.

    One's own name needs `profile.edit`, anything of another `agent.edit`. An address is
    how somebody signs in, so it is changed only for those who hold nothing the asker
    does not. Raises DeniedError, ChangeRefusedError, InputError.
    """
    agent = person.agent
    resource = agent_resource(organization.policy, agent)
    with organization.database.reading() as connection:
        before = people.find_person(connection, organization.id, agent)
    moved = before is None or before.email != person.email
    profile = Resource("profile", agent, owner=agent)
    if agent == by.subject.id and not moved and by.allows("profile.edit", profile):
        by.require("profile.edit", profile)
    else:
        by.require("agent.edit", resource)
    if moved and not organization.may_manage(by.subject, agent):
        raise ChangeRefusedError((holds_more(agent),))
    checked_person(person)

    def write(connection: Connection) -> None:
        people.put_person(connection, organization.id, person)
        activity.record(
            connection,
            organization.id,
            at=organization.clock(),
            by=by.subject.id,
            event="agent.renamed",
            about=f"agent:{agent}",
            detail={"address_changed": moved},
            teams=resource.teams,
        )

    return write


def edit(
    organization: Organization,
    person: Person,
    teams: frozenset[str],
    *,
    by: Guard,
    because: str,
    expecting: Revision | None = None,
) -> None:
    """Keep an agent's name, address and teams, all of it or nothing.

    Raises what `renaming` and `Organization.commit` do.
    """
    with organization.database.reading() as connection:
        before = people.find_person(connection, organization.id, person.agent)
    also = () if before == person else (renaming(organization, person, by=by),)
    standing = organization.policy.agents[person.agent]
    if teams != standing.teams:
        change = Change((PutAgent(person.agent, standing.status, teams, type=standing.type),))
        organization.commit(change, by=by.subject, because=because, expecting=expecting, also=also)
    elif also:
        rename(organization, person, by=by)


def deactivate(
    organization: Organization,
    agent: str,
    *,
    by: Subject,
    because: str,
    expecting: Revision | None = None,
    also: Sequence[Also] = (),
) -> Revision:
    """End an agent's access everywhere at once: sign-ins, tokens and links end in the same transaction."""
    change = _with_status(organization, agent, Status.DEACTIVATED)
    together = (end_everything(organization, agent), *also)
    revision = organization.commit(change, by=by, because=because, expecting=expecting, also=together)
    organization.pulse_moved()
    return revision


def reactivate(
    organization: Organization, agent: str, *, by: Subject, because: str, expecting: Revision | None = None
) -> Revision:
    """Give a deactivated agent his roles back, as far as `by` may give them; what expired stays expired."""
    change = _with_status(organization, agent, Status.ACTIVE)
    return organization.commit(change, by=by, because=because, expecting=expecting)


def _with_status(organization: Organization, agent: str, status: Status) -> Change:
    standing = organization.policy.agents[agent]
    return Change((PutAgent(agent, status, standing.teams, type=standing.type),))


def end_everything(organization: Organization, agent: str) -> Also:
    def end(connection: Connection) -> None:
        now = organization.clock()
        sign_ins.end_sign_ins(connection, organization.id, agent, at=now)
        sign_ins.drop_links(connection, organization.id, agent)
        tokens.revoke_all(connection, organization.id, agent, at=now)

    return end

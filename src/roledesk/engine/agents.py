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
from roledesk.engine.names import FORMULA_STARTS, bad_name
from roledesk.engine.organization import Also, Organization, placed
from roledesk.engine.secret import new_id, new_secret
from roledesk.errors import ChangeRefusedError, InputError, NotFoundError
from roledesk.store import activity, people, profiles, sign_ins, tokens
from roledesk.store.people import Person
from roledesk.store.profiles import Profile
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
    _require_name(person)
    local, at, host = (person.email or "").rpartition("@")
    fits = (
        len(person.email or "") <= EMAIL_LENGTH
        and (person.email or "").isprintable()
        and " " not in local + host
        and not local.startswith(FORMULA_STARTS)
    )
    if not (local and at and "." in host.strip(".") and fits and not set('<>,;"') & set(local + host)):
        raise InputError("email", "this is not an e-mail address; write it like `ana@example.com`")
    return person


def _require_name(person: Person) -> None:
    if refused := tuple(bad_name(person.name, "name")):
        raise ChangeRefusedError(refused)


def rename(organization: Organization, person: Person, *, by: Guard) -> None:
    """Keep a new name or address. Raises what `renaming` does."""
    with organization.locked() as connection:
        renaming(organization, person, by=by)(connection)


def renaming(organization: Organization, person: Person, *, by: Guard) -> Also:
    """Writes a new name or address in somebody's transaction, asking `by` there.

    One's own name needs `profile.edit`, anything of another `agent.edit`. An address is
    how somebody signs in, so it is changed only for those who hold nothing the asker
    does not. What it gives raises NotFoundError, DeniedError, ChangeRefusedError, InputError.
    """

    def write(connection: Connection) -> None:
        before = people.find_person(connection, organization.id, person.agent)
        moved = before is None or before.email != person.email
        _require_renaming(organization, person.agent, by, moved=moved)
        # An address that stays is not looked at again: somebody may never have had one.
        checked_person(person) if moved else _require_name(person)
        people.put_person(connection, organization.id, person)
        activity.record(
            connection,
            organization.id,
            at=organization.clock(),
            by=by.subject.id,
            event="agent.renamed",
            about=f"agent:{person.agent}",
            detail={"address_changed": moved},
            teams=organization.policy.agents[person.agent].teams,
        )

    return write


def _require_renaming(organization: Organization, agent: str, by: Guard, *, moved: bool) -> None:
    if agent not in organization.policy.agents:
        raise NotFoundError("agent", agent)
    profile = Resource("profile", agent, owner=agent)
    if agent == by.subject.id and not moved and by.allows("profile.edit", profile):
        by.require("profile.edit", profile)
    else:
        by.require("agent.edit", agent_resource(organization.policy, agent))
    if moved and not organization.may_manage(by.subject, agent):
        raise ChangeRefusedError((holds_more(agent),))


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
    if teams != organization.policy.agents[person.agent].teams:
        change = placed(person.agent, teams=teams)
        organization.commit(change, by=by.subject, because=because, expecting=expecting, also=also)
    elif also:
        rename(organization, person, by=by)


def keep_profile(organization: Organization, profile: Profile, *, by: Guard) -> None:
    """Keep what an agent tells of himself; his own only. Raises DeniedError, ChangeRefusedError, InputError."""
    for where, text in (
        ("public_name", profile.public_name),
        ("landline", profile.landline),
        ("mobile", profile.mobile),
    ):
        if text and (refused := tuple(bad_name(text.lstrip("+"), where))):
            raise ChangeRefusedError(refused)
    with organization.locked() as connection:
        by.require("profile.edit", Resource("profile", profile.agent, owner=profile.agent))
        profiles.put(connection, organization.id, profile)


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
    change = placed(agent, status=Status.DEACTIVATED)
    together = (end_everything(organization, agent), *also)
    revision = organization.commit(change, by=by, because=because, expecting=expecting, also=together)
    organization.pulse_moved()
    return revision


def reactivate(
    organization: Organization, agent: str, *, by: Subject, because: str, expecting: Revision | None = None
) -> Revision:
    """Give a deactivated agent his roles back, as far as `by` may give them; what expired stays expired."""
    change = placed(agent, status=Status.ACTIVE)
    return organization.commit(change, by=by, because=because, expecting=expecting)


def end_everything(organization: Organization, agent: str) -> Also:
    """Ends an agent's sign-ins, links and tokens in somebody's transaction."""

    def end(connection: Connection) -> None:
        now = organization.clock()
        sign_ins.end_sign_ins(connection, organization.id, agent, at=now)
        sign_ins.drop_links(connection, organization.id, agent)
        tokens.revoke_all(connection, organization.id, agent, at=now)

    return end

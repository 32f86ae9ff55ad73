"""Doing what a plan says: its change, people and resources, whole or not at all.

A new organization is founded by whoever runs the server; everything else is done by an
agent, who is refused what he would be refused anywhere.
Not here: what a file would change (plan.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from roledesk.core.changes import PutAgent, apply
from roledesk.core.effects import effects
from roledesk.core.policy import Policy
from roledesk.core.refusals import agent_resource, refusals
from roledesk.core.soundness import Refusal
from roledesk.core.terms import OPERATOR, Resource, Revision, Status, Subject
from roledesk.engine.agents import end_everything
from roledesk.engine.document import Document
from roledesk.engine.engine import Engine
from roledesk.engine.links import holds_more
from roledesk.engine.names import bad_id, misspelled, skeleton
from roledesk.engine.organization import Also, Organization, Preview
from roledesk.engine.plan import Known, Plan, catalogue_of, plan
from roledesk.errors import ChangeRefusedError
from roledesk.store import activity, people, resources
from roledesk.store.policies import bump_pulse


def plan_for(engine: Engine, document: Document) -> Plan:
    """What `document` would change in this database. Raises CatalogueError with file, line and key."""
    id = document.organization
    if id not in engine.names():
        return plan(document, Known(Policy(id, catalogue_of(document)), {}, {}))
    organization = engine.organization(id)
    agents = [entry.id for entry in document.agents]
    with engine.database.reading() as connection:
        named = {(each.kind, each.id) for each in document.resources}
        registered = resources.every(connection, id) if named else ()
        known = Known(
            organization.policy,
            people.people(connection, id, agents),
            {key: each for each in registered if (key := (each.kind, each.id)) in named},
        )
    return plan(document, known)


def preview_plan(engine: Engine, planned: Plan, *, by: Subject, because: str) -> Preview:
    """What the plan would do and every reason why it would be refused; nothing is written."""
    if planned.founds:
        return _preview_founding(engine, planned, because)
    organization = engine.organization(planned.before.organization)
    with organization.database.reading() as connection:
        beside = tuple(_closed_doors(connection, organization, planned, by))
    if not planned.change.edits:
        policy = organization.policy
        return Preview(beside, (), policy, policy, organization.revision)
    preview = organization.preview(planned.change, by=by, because=because)
    return replace(preview, refusals=(*preview.refusals, *beside))


def commit_plan(
    engine: Engine, planned: Plan, *, by: Subject, because: str, expecting: Revision | None = None
) -> Revision:
    """Do it and give the revision it led to; the present one when only people or resources were written.

    Raises ChangeRefusedError with every refusal, ConflictError, and InputError for an
    address that is taken.
    """
    id = planned.before.organization
    if planned.founds:
        return engine.found(
            id, planned.change, because=because, also=_writes(engine, planned, OPERATOR)
        ).revision
    organization = engine.organization(id)
    writes = (_asking(organization, planned, by), *_writes(engine, planned, by))
    if planned.change.edits:
        revision = organization.commit(
            planned.change, by=by, because=because, expecting=expecting, also=writes
        )
    else:
        revision = organization.revision
        with organization.locked() as connection:
            for write in writes:
                write(connection)
    organization.pulse_moved()
    return revision


def _preview_founding(engine: Engine, planned: Plan, because: str) -> Preview:
    before, now = planned.before, engine.clock()
    found = (
        *bad_id(before.organization, "organization"),
        *misspelled(planned.change),
        *refusals(before, planned.change, by=OPERATOR, because=because, now=now, skeleton=skeleton),
    )
    after = before if found else apply(before, planned.change)
    return Preview(found, effects(before, after, now=now), before, after, Revision(engine.database.epoch, 0))


def _asking(organization: Organization, planned: Plan, by: Subject) -> Also:
    """Asks, in the transaction that writes, whether `by` may write what stands beside the change."""

    def ask(connection: Connection) -> None:
        if refused := tuple(_closed_doors(connection, organization, planned, by)):
            raise ChangeRefusedError(refused)

    return ask


def _closed_doors(
    connection: Connection, organization: Organization, planned: Plan, by: Subject
) -> Iterator[Refusal]:
    """What `by` may not write beside the change."""
    policy = organization.policy
    before = people.people(connection, organization.id, [each.agent for each in planned.people])
    for person in planned.people:
        if person.agent not in policy.agents:
            continue
        if not _may(organization, by, "agent.edit", agent_resource(policy, person.agent)):
            yield _closed("agent.edit", f"agent {person.agent}")
        known = before.get(person.agent)
        moved = known is None or known.email != person.email
        if moved and not organization.may_manage(by, person.agent):
            yield holds_more(person.agent)
    if planned.resources and not _may(organization, by, "resource.register", None):
        yield _closed("resource.register", "resources")


def _may(organization: Organization, by: Subject, action: str, resource: Resource | None) -> bool:
    # A catalogue of the host's own may lack the action; then only an owner may.
    if action in organization.policy.catalogue.actions:
        return organization.allows(by, action, resource)
    return organization.policy.is_owner(by.id)


def _closed(action: str, where: str) -> Refusal:
    return Refusal("closed_door", f"you may not do this here: it needs `{action}`", where)


def _writes(engine: Engine, planned: Plan, by: Subject) -> tuple[Also, ...]:
    """What is written in the transaction of the change."""
    id, at = planned.before.organization, engine.clock()

    def put_people(connection: Connection) -> None:
        people.put_people(connection, id, planned.people)
        for person in planned.people:
            if person.agent in planned.before.agents:
                activity.record(
                    connection, id, at=at, by=by.id, event="agent.renamed", about=f"agent:{person.agent}"
                )

    def put_resources(connection: Connection) -> None:
        if planned.resources:
            resources.put(connection, id, planned.resources)
            bump_pulse(connection, id)

    left = _deactivated(planned)
    ends = tuple(end_everything(engine.organization(id), agent) for agent in left)
    return (put_people, put_resources, *ends)


def _deactivated(planned: Plan) -> Iterator[str]:
    """The agents who lose every way in."""
    for edit in planned.change.edits:
        if (
            isinstance(edit, PutAgent)
            and edit.status is Status.DEACTIVATED
            and edit.agent in planned.before.agents
        ):
            yield edit.agent

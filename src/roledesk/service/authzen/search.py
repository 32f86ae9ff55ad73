"""Searching: who may, on what, and what.

The same rule as an evaluation, asked backwards. Whatever is unknown has no results.
Reads the database and goes through whole organizations: not for the event loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from roledesk.core.reach import Reach
from roledesk.core.search import actions_of, reach, who_can
from roledesk.core.terms import Resource, Subject
from roledesk.service.authzen.evaluation import Desk
from roledesk.service.authzen.messages import (
    ActionFound,
    ActionSearch,
    Entity,
    Found,
    ResourceSearch,
    SubjectMessage,
    SubjectSearch,
    encode,
)
from roledesk.service.authzen.paging import Paging, Part
from roledesk.service.authzen.questions import Question
from roledesk.service.facts import own_ids, own_resource
from roledesk.store import resources

Search = SubjectSearch | ResourceSearch | ActionSearch


def find_subjects(desk: Desk, search: SubjectSearch, paging: Paging, *, believes: bool) -> Found:
    """The subjects of a type who may take the action on the resource, in order of id."""
    part = paging.part(search.page, encode((search.subject, search.action, search.resource)))
    resource = search.resource
    question = Question(
        search.subject.type, "", search.action.name, resource.type, resource.id, resource.properties
    )
    agents = desk.organization.policy.agents
    ids = sorted(id for id in _who_can(desk, question, believes) if agents[id].type == search.subject.type)
    return _found(search.subject.type, ids, part, paging)


def find_resources(desk: Desk, search: ResourceSearch, paging: Paging) -> Found:
    """The registered resources of a kind on which the subject may take the action, in order of id."""
    kind = search.resource.type
    part = paging.part(search.page, encode((search.subject, search.action, kind)))
    action = desk.spoken.get((kind, search.action.name))
    subject = find_subject(desk, search.subject)
    if subject is None or action is None:
        return _found(kind, (), part, paging)
    reached = reach(desk.organization.snapshot, subject, action)
    policy = desk.organization.policy
    if (own := own_ids(policy, kind)) is not None:
        covered = (id for id in own if _covers(reached, own_resource(policy, kind, id)))
        return _found(kind, sorted(covered), part, paging)
    return _registered(desk, kind, reached, part, paging)


def find_actions(desk: Desk, search: ActionSearch, paging: Paging, *, believes: bool) -> Found:
    """The actions the subject may take on the resource, by the name a caller uses."""
    part = paging.part(search.page, encode((search.subject, search.resource)))
    catalogue, resource = desk.organization.policy.catalogue, search.resource
    subject = find_subject(desk, search.subject)
    names: list[str] = []
    if subject is not None:
        question = Question(subject.type, subject.id, "", resource.type, resource.id, resource.properties)
        names = sorted(map(catalogue.spoken, _actions(desk, subject, question, believes)))
    chosen = names[bisect_right(names, part.after) :]
    return Found(
        paging.answer(part, *_end(chosen, part), len(names), more=len(chosen) > part.limit),
        [ActionFound(name) for name in chosen[: part.limit]],
    )


def find_subject(desk: Desk, message: SubjectMessage) -> Subject | None:
    """The subject, if the organization has one of this type and id."""
    standing = desk.organization.policy.agents.get(message.id)
    known = standing is not None and standing.type == message.type
    return Subject(message.id, message.type) if known else None


def _who_can(desk: Desk, question: Question, believes: bool) -> tuple[str, ...]:
    action = desk.spoken.get((question.kind, question.action))
    resource = _resource(desk, question, believes)
    if action is None or (resource is None and not desk.is_the_organization(question)):
        return ()
    return who_can(desk.organization.snapshot, action, resource)


def _actions(desk: Desk, subject: Subject, question: Question, believes: bool) -> frozenset[str]:
    organization = desk.organization
    if desk.is_the_organization(question):
        every = organization.policy.catalogue.actions
        return frozenset(action for action in every if organization.allows(subject, action))
    resource = _resource(desk, question, believes)
    if resource is None or resource.kind not in organization.policy.catalogue.kinds:
        return frozenset()
    return actions_of(organization.snapshot, subject, resource)


def _resource(desk: Desk, question: Question, believes: bool) -> Resource | None:
    desk.facts.read(desk.facts.unread([question]))
    return desk.find_resource(question, believes=believes)


def _registered(desk: Desk, kind: str, reached: Reach, part: Part, paging: Paging) -> Found:
    organization = desk.organization
    if not reached:
        return _found(kind, (), part, paging)
    with organization.database.reading() as connection:
        rows = resources.page(
            connection, organization.id, kind, reached, after=part.after, limit=part.limit + 1
        )
        total = resources.count(connection, organization.id, kind, reached) if part.asked else 0
    ids = [row.id for row in rows]
    page = paging.answer(part, *_end(ids, part), total, more=len(ids) > part.limit)
    return Found(page, [Entity(kind, id) for id in ids[: part.limit]])


def _found(type: str, ids: Sequence[str], part: Part, paging: Paging) -> Found:
    chosen = ids[bisect_right(ids, part.after) :]
    page = paging.answer(part, *_end(chosen, part), len(ids), more=len(chosen) > part.limit)
    return Found(page, [Entity(type, id) for id in chosen[: part.limit]])


def _end(chosen: Sequence[str], part: Part) -> tuple[str, int]:
    """The last of this part, and how many there are."""
    shown = chosen[: part.limit]
    return (shown[-1] if shown else "", len(shown))


def _covers(reached: Reach, resource: Resource | None) -> bool:
    return resource is not None and reached.covers(resource)

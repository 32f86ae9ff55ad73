"""Answering questions: one, or a batch of them.

Whatever is unknown is a no with a reason. Each served allow counts as use.
Not here: reading what is not in memory (facts.py), transport (door.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from roledesk.core.decide import Decision, decide
from roledesk.core.profile import EVERY_PERMISSION
from roledesk.core.terms import Grant, Reason, Resource, Subject
from roledesk.engine.organization import Organization
from roledesk.errors import InputError
from roledesk.service.authzen.messages import Answer, Explanation
from roledesk.service.authzen.questions import (
    THE_ORGANIZATION,
    Batch,
    Question,
    resource_from,
    spoken_actions,
)
from roledesk.service.facts import Facts


class Desk:
    """Answers questions about one organization."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.facts = Facts(organization)
        self.spoken = spoken_actions(organization.policy.catalogue)

    def unread(self, questions: Iterable[Question]) -> list[tuple[str, str]]:
        """The resources that have to be read before `questions` can be answered."""
        return self.facts.unread((question.kind, question.id) for question in questions)

    def answer(self, question: Question, *, believes: bool) -> Answer:
        """The answer; `believes` when facts sent along count. Raises InputError for a fact that is no text."""
        organization = self.organization
        refused = self._find_unknown(question)
        if refused is not None:
            return self._refuse(refused)
        resource = self.find_resource(question, believes=believes)
        if resource is None and not self.is_the_organization(question):
            return self._refuse(Reason.UNKNOWN_RESOURCE)
        action = self.spoken[question.kind, question.action]
        subject = Subject(question.subject, question.subject_type)
        decision = decide(organization.snapshot, subject, action, resource)
        if decision.allowed:
            organization.count_use(decision)
        return Answer(decision.allowed, explain(decision))

    def find_resource(self, question: Question, *, believes: bool) -> Resource | None:
        """What is asked about, with its facts; None for the organization itself, and for what is unknown."""
        if self.is_the_organization(question):
            return None
        registered = self.facts.find(question.kind, question.id)
        return resource_from(question, registered) if believes else registered

    def is_the_organization(self, question: Question) -> bool:
        """Whether the question is about the organization itself."""
        return question.kind == THE_ORGANIZATION and question.id == self.organization.id

    def answer_all(self, batch: Batch, *, believes: bool) -> list[Answer]:
        """The answers, up to and with the one that ends the batch by its semantic."""
        answers: list[Answer] = []
        for question in batch.questions:
            answer = self._answer_item(question, believes)
            answers.append(answer)
            if answer.decision is batch.stop_at:
                break
        return answers

    def _answer_item(self, question: Question | InputError, believes: bool) -> Answer:
        if isinstance(question, InputError):
            return failed(question)
        try:
            return self.answer(question, believes=believes)
        except InputError as error:
            return failed(error)

    def _find_unknown(self, question: Question) -> Reason | None:
        policy = self.organization.policy
        standing = policy.agents.get(question.subject)
        if standing is None or standing.type != question.subject_type:
            return Reason.UNKNOWN_SUBJECT
        if (question.kind, question.action) in self.spoken:
            return None
        known = question.kind in policy.catalogue.kinds or question.kind == THE_ORGANIZATION
        return Reason.UNKNOWN_ACTION if known else Reason.UNKNOWN_KIND

    def _refuse(self, reason: Reason) -> Answer:
        return Answer(False, Explanation(reason, str(self.organization.revision)))


def explain(decision: Decision) -> Explanation:
    """Why, in the words of the service."""
    return Explanation(
        decision.reason,
        str(decision.revision),
        [describe_grant(grant) for grant in decision.grants] or None,
        None if decision.valid_until is None else _moment(decision.valid_until),
    )


@lru_cache(maxsize=10_000)
def describe_grant(grant: Grant) -> str:
    """A grant as a person reads it: `role support-agent: AgentChat at team, within a, b`."""
    within = "" if grant.teams is None else f", within {', '.join(sorted(grant.teams)) or 'no team'}"
    until = "" if grant.until is None else f", until {_moment(grant.until)}"
    permission = "every permission" if grant.permission == EVERY_PERMISSION else grant.permission
    return f"role {grant.role}: {permission} at {grant.scope.name.lower()}{within}{until}"


def failed(error: InputError) -> Answer:
    """The answer to an item that could not be understood."""
    return Answer(False, Explanation("bad_question", error=str(error)))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")

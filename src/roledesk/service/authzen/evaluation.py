"""Answering questions: one, or a batch of them.

Whatever is unknown is a no with a reason. An answer is
kept, written out, for whoever asks the same of a resource with the same facts, until the
policy changes or the time comes at which the answer may.
Not here: reading what is not in memory (facts.py), transport (door.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from roledesk.core.decide import Decision, decide
from roledesk.core.profile import EVERY_PERMISSION
from roledesk.core.terms import Grant, Reason, Resource, Subject
from roledesk.engine import Organization
from roledesk.engine.usage import AgentUse, uses_of
from roledesk.errors import InputError
from roledesk.service.authzen.messages import Answer, Explanation, encode
from roledesk.service.authzen.questions import (
    THE_ORGANIZATION,
    Batch,
    Question,
    resource_from,
    spoken_actions,
)
from roledesk.service.facts import Facts

MOST_KEPT = 50_000


class Served(NamedTuple):
    """An answer as it is sent, what it counts as, and when it may change by itself."""

    allowed: bool
    body: bytes
    uses: tuple[AgentUse, ...] = ()
    valid_until: float | None = None


class Desk:
    """Answers questions about one organization."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.facts = Facts(organization)
        self.spoken = spoken_actions(organization.policy.catalogue)
        self._snapshot = organization.snapshot
        self._kept: dict[tuple[object, ...], Served] = {}

    def answer(self, question: Question, *, believes: bool) -> Served:
        """The answer; `believes` when facts sent along count. Raises InputError for a fact that is no text."""
        unknown = self._find_unknown(question)
        if unknown is not None:
            return self._refuse(unknown)
        resource = self.find_resource(question, believes=believes)
        if resource is None and not self.is_the_organization(question):
            return self._refuse(Reason.UNKNOWN_RESOURCE)
        return self._find_kept(question, resource)

    def answer_all(self, batch: Batch, *, believes: bool) -> list[Served]:
        """The answers, up to and with the one that ends the batch by its semantic."""
        answers: list[Served] = []
        for question in batch.questions:
            answer = self._answer_item(question, believes)
            answers.append(answer)
            if answer.allowed is batch.stop_at:
                break
        return answers

    def count(self, answers: Iterable[Served]) -> None:
        """Count what was served: each allow is a use of the permissions that decided it."""
        self.organization.count_uses(Counter(chain.from_iterable(answer.uses for answer in answers)))

    def find_resource(self, question: Question, *, believes: bool) -> Resource | None:
        """What is asked about, with its facts; None for the organization itself, and for what is unknown."""
        if question.kind == THE_ORGANIZATION:
            return None
        registered = self.facts.find(question.kind, question.id)
        return resource_from(question, registered) if believes else registered

    def is_the_organization(self, question: Question) -> bool:
        """Whether the question is about the organization itself."""
        return question.kind == THE_ORGANIZATION and question.id == self.organization.id

    def _answer_item(self, question: Question | InputError, believes: bool) -> Served:
        try:
            if isinstance(question, InputError):
                raise question
            return self.answer(question, believes=believes)
        except InputError as error:
            return Served(False, encode(Answer(False, Explanation("bad_question", error=str(error)))))

    def _find_kept(self, question: Question, resource: Resource | None) -> Served:
        """The answer kept for the same question about a resource with the same facts, or a new one."""
        if self._snapshot is not self.organization.snapshot or len(self._kept) > MOST_KEPT:
            self._snapshot, self._kept = self.organization.snapshot, {}
        # Everything a decision depends on; of the owner it only matters whether it is the asker.
        asked = (question.subject_type, question.subject, question.kind, question.action)
        facts = () if resource is None else _facts(resource, question.subject)
        served = self._kept.get(asked + facts)
        if served is None or not self._still_holds(served):
            served = self._kept[asked + facts] = self._decide(question, resource)
        return served

    def _still_holds(self, served: Served) -> bool:
        return served.valid_until is None or self.organization.clock() < served.valid_until

    def _decide(self, question: Question, resource: Resource | None) -> Served:
        action = self.spoken[question.kind, question.action]
        decision = decide(self._snapshot, Subject(question.subject, question.subject_type), action, resource)
        body = encode(Answer(decision.allowed, explain(decision)))
        uses = uses_of(decision) if decision.allowed else ()
        return Served(decision.allowed, body, uses, decision.valid_until)

    def _find_unknown(self, question: Question) -> Reason | None:
        policy = self.organization.policy
        standing = policy.agents.get(question.subject)
        if standing is None or standing.type != question.subject_type:
            return Reason.UNKNOWN_SUBJECT
        if (question.kind, question.action) in self.spoken:
            return None
        known = question.kind in policy.catalogue.kinds or question.kind == THE_ORGANIZATION
        return Reason.UNKNOWN_ACTION if known else Reason.UNKNOWN_KIND

    def _refuse(self, reason: Reason) -> Served:
        return Served(False, encode(Answer(False, Explanation(reason, str(self.organization.revision)))))


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


def _facts(resource: Resource, agent: str) -> tuple[object, ...]:
    return resource.state, resource.team, resource.teams, resource.owner == agent


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")

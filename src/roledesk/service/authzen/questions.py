"""From a message to a question the core can answer.

A caller's words are looked up in the catalogue: actions by full name, by short name where
their kind allows it, and by the key of the permission that opens them first.
Not here: the answer (evaluation.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder
from msgspec.structs import asdict, replace

from roledesk.core.catalogue import Catalogue
from roledesk.core.terms import Resource
from roledesk.errors import InputError
from roledesk.service.authzen.messages import (
    BatchEnvelope,
    BatchRequest,
    Context,
    EvaluationRequest,
    Facts,
    Item,
    PartAction,
    PartResource,
    PartSubject,
    decode,
)

THE_ORGANIZATION = "organization"
"""The kind whose one resource is the organization itself; any action may be asked about it."""

BATCH = Decoder(BatchRequest)
ENVELOPE = Decoder(BatchEnvelope)
ITEM = Decoder(Item)
STOP_AT = {"execute_all": None, "deny_on_first_deny": False, "permit_on_first_permit": True}
"""The decision that ends a batch, by its semantic."""


class Question(Struct, frozen=True):
    """One question in the caller's words."""

    subject_type: str
    subject: str
    action: str
    kind: str
    id: str
    facts: Facts | UnsetType = UNSET


def question_of(message: EvaluationRequest) -> Question:
    """The question of a single evaluation."""
    subject, resource = message.subject, message.resource
    return Question(
        subject.type, subject.id, message.action.name, resource.type, resource.id, resource.properties
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions in order, an error in place of each that could not be understood.

    The first answer that equals `stop_at` is the last one given.
    """

    questions: list[Question | InputError]
    stop_at: bool | None
    revision: str | None

    @property
    def understood(self) -> Iterator[Question]:
        """The questions that can be answered."""
        return (each for each in self.questions if isinstance(each, Question))


def batch_of(body: bytes, *, merge: bool) -> Batch | None:
    """The batch in `body`; None when it has no items and so is a single question.

    Raises InputError for a broken envelope; a broken item is an error of its own.
    """
    message = decode_batch(body)
    items = () if message.evaluations is UNSET else message.evaluations
    if not items:
        return None
    semantic = message.options.evaluations_semantic
    if semantic not in STOP_AT:
        raise InputError("options.evaluations_semantic", f"must be one of {', '.join(STOP_AT)}")
    questions = [_question_or_error(item, message, merge) for item in items]
    return Batch(questions, STOP_AT[semantic], revision_in(message.context))


def decode_batch(body: bytes) -> BatchRequest | BatchEnvelope:
    """The batch as a message; with its items still to be read when one of them is malformed."""
    try:
        return decode(BATCH, body)
    except InputError:
        return decode(ENVELOPE, body)


def revision_in(context: Context | UnsetType) -> str | None:
    """The revision that the answer must be as fresh as."""
    return None if context is UNSET or context.revision is UNSET else context.revision


def _question_or_error(
    item: Item | Raw, defaults: BatchRequest | BatchEnvelope, merge: bool
) -> Question | InputError:
    try:
        return question_in_batch(decode(ITEM, item) if isinstance(item, Raw) else item, defaults, merge=merge)
    except InputError as error:
        return error


def question_in_batch(item: Item, defaults: BatchRequest | BatchEnvelope, *, merge: bool) -> Question:
    """The question of one item of a batch. Raises InputError that names what it lacks.

    An item's entity replaces the default whole; with `merge`, only the members it has.
    """
    subject = _chosen(item.subject, defaults.subject, merge)
    action = _chosen(item.action, defaults.action, merge)
    resource = _chosen(item.resource, defaults.resource, merge)
    if subject is UNSET or action is UNSET or resource is UNSET:
        raise InputError("evaluation", "a subject, an action and a resource are needed, here or as defaults")
    return Question(
        _needed("subject.type", subject.type),
        _needed("subject.id", subject.id),
        _needed("action.name", action.name),
        _needed("resource.type", resource.type),
        _needed("resource.id", resource.id),
        resource.properties,
    )


def resource_from(question: Question, registered: Resource | None) -> Resource | None:
    """The resource with the facts sent along; what was not sent is as registered.

    None when nothing is known of it. Raises InputError for a fact that is no text.
    """
    sent = question.facts
    if sent is UNSET or sent == Facts():
        return registered
    base = registered or Resource(question.kind, question.id)
    return Resource(
        question.kind,
        question.id,
        owner=_fact("owner", sent.owner, base.owner),
        team=_fact("team", sent.team, base.team),
        teams=base.teams,
        state=_fact("state", sent.state, base.state),
    )


def spoken_actions(catalogue: Catalogue) -> Mapping[tuple[str, str], str]:
    """Kind and what a caller may say → the action's full name."""
    said = {(each.kind, name): name for name, each in catalogue.actions.items()}
    for permission in catalogue.permissions.values():
        first = catalogue.actions[permission.opens[0].action]
        said.setdefault((first.kind, permission.key), first.name)
    for (kind, _name), action in tuple(said.items()):
        said.setdefault((kind, catalogue.spoken(action)), action)
    # About the organization itself any action may be asked, whatever its own kind.
    return {(THE_ORGANIZATION, name): action for (_kind, name), action in said.items()} | said


Part = TypeVar("Part", PartSubject, PartAction, PartResource)


def _chosen(own: Part | UnsetType, default: Part | UnsetType, merge: bool) -> Part | UnsetType:
    if own is UNSET:
        return default
    if not merge or default is UNSET:
        return own
    return replace(default, **{name: value for name, value in asdict(own).items() if value is not UNSET})


def _needed(where: str, value: str | UnsetType) -> str:
    if value is UNSET:
        raise InputError(where, "is missing; an item's entity replaces the default whole")
    return value


def _fact(name: str, sent: object, registered: str | None) -> str | None:
    if sent is UNSET:
        return registered
    if sent is None or isinstance(sent, str):
        return sent
    raise InputError(f"resource.properties.{name}", "must be a string or null")

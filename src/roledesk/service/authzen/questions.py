"""From a message to a question the core can answer.

A caller's words are looked up in the catalogue: actions by full name, by short name where
their kind allows it, and by the key of the permission that opens them first.
Not here: the answer (evaluation.py).
"""

from __future__ import annotations

from collections.abc import Mapping
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
    PartItem,
    PartResource,
    PartSubject,
    decode,
    encode,
)

THE_ORGANIZATION = "organization"
"""The kind whose one resource is the organization itself; any action may be asked about it."""

BATCH = Decoder(BatchRequest)
ENVELOPE = Decoder(BatchEnvelope)
PART_ITEM = Decoder(PartItem)
EVALUATION = Decoder(EvaluationRequest)
STOP_AT = {"execute_all": None, "deny_on_first_deny": False, "permit_on_first_permit": True}
"""The decision that ends a batch, by its semantic."""


class Question(Struct, frozen=True, gc=False):
    """One question in the caller's words."""

    subject_type: str
    subject: str
    action: str
    kind: str
    id: str
    facts: Facts | UnsetType = UNSET


def question_of(message: EvaluationRequest) -> Question:
    """The question of a whole evaluation."""
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
    context: Context | UnsetType


def batch_of(body: bytes, *, merge: bool) -> Batch | None:
    """The batch in `body`; None when it has no items and so is a single question.

    An item's entity replaces the default whole; with `merge`, only the members it has.
    Raises InputError for a broken envelope; a broken item is an error of its own.
    """
    message = _decode(body, merge)
    if message.evaluations is UNSET or not message.evaluations:
        return None
    semantic = message.options.evaluations_semantic
    if semantic not in STOP_AT:
        raise InputError("options.evaluations_semantic", f"must be one of {', '.join(STOP_AT)}")
    if isinstance(message, BatchRequest):
        questions = [_question(item, message) for item in message.evaluations]
    else:
        questions = [_question_in(item, message, merge) for item in message.evaluations]
    return Batch(questions, STOP_AT[semantic], message.context)


def _decode(body: bytes, merge: bool) -> BatchRequest | BatchEnvelope:
    if not merge:
        try:
            return decode(BATCH, body)
        except InputError:
            pass
    return decode(ENVELOPE, body)


def _question(item: Item, defaults: BatchRequest) -> Question | InputError:
    subject = defaults.subject if item.subject is UNSET else item.subject
    action = defaults.action if item.action is UNSET else item.action
    resource = defaults.resource if item.resource is UNSET else item.resource
    if subject is UNSET or action is UNSET or resource is UNSET:
        return InputError("evaluation", "a subject, an action and a resource are needed, here or as defaults")
    return Question(subject.type, subject.id, action.name, resource.type, resource.id, resource.properties)


def _question_in(item: Raw, defaults: BatchEnvelope, merge: bool) -> Question | InputError:
    try:
        message = decode(PART_ITEM, item)
        whole = PartItem(
            _chosen(message.subject, defaults.subject, merge),
            _chosen(message.action, defaults.action, merge),
            _chosen(message.resource, defaults.resource, merge),
        )
        return question_of(decode(EVALUATION, encode(whole)))
    except InputError as error:
        return error


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


def _fact(name: str, sent: object, registered: str | None) -> str | None:
    if sent is UNSET:
        return registered
    if sent is None or isinstance(sent, str):
        return sent
    raise InputError(f"resource.properties.{name}", "must be a string or null")

"""What goes over the wire in AuthZEN 1.0, as types that decode and encode themselves.

Unknown members are ignored everywhere. Of a JSON object's duplicate members the last
counts; NaN, lone surrogates and numbers out of range are malformed.
A whole entity is one with all its members; a default or an item of a batch may lack some.
Not here: what the answers are (evaluation.py, search.py).
Source: OpenID Authorization API 1.0, sections 5 to 8.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from roledesk.errors import InputError


class Message(Struct, frozen=True, gc=False):
    """The base of all; short-lived and without cycles, so not the garbage collector's business."""


class Anything(Message, frozen=True):
    """An object whose members do not matter to a decision."""


class Facts(Message, frozen=True):
    """The facts of a resource that may be sent along; typed only when they are believed."""

    team: object = UNSET
    owner: object = UNSET
    state: object = UNSET


class Context(Message, frozen=True):
    """The part of a context that is understood: an answer at least as fresh as `revision`."""

    revision: str | UnsetType = UNSET


class SubjectMessage(Message, frozen=True):
    """A whole subject."""

    type: str
    id: str
    properties: Anything | UnsetType = UNSET


class ActionMessage(Message, frozen=True):
    """A whole action."""

    name: str
    properties: Anything | UnsetType = UNSET


class ResourceMessage(Message, frozen=True):
    """A whole resource."""

    type: str
    id: str
    properties: Facts | UnsetType = UNSET


class PartSubject(Message, frozen=True):
    """A subject that may lack members."""

    type: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    properties: Anything | UnsetType = UNSET


class PartAction(Message, frozen=True):
    """An action that may lack members."""

    name: str | UnsetType = UNSET
    properties: Anything | UnsetType = UNSET


class PartResource(Message, frozen=True):
    """A resource that may lack members."""

    type: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    properties: Facts | UnsetType = UNSET


class EvaluationRequest(Message, frozen=True):
    """One question."""

    subject: SubjectMessage
    action: ActionMessage
    resource: ResourceMessage
    context: Context | UnsetType = UNSET


class Item(Message, frozen=True):
    """One question of a batch, or the defaults of all; what it has is whole."""

    subject: SubjectMessage | UnsetType = UNSET
    action: ActionMessage | UnsetType = UNSET
    resource: ResourceMessage | UnsetType = UNSET
    context: Context | UnsetType = UNSET


class PartItem(Message, frozen=True):
    """The same, as it comes from a caller who leaves members out."""

    subject: PartSubject | UnsetType = UNSET
    action: PartAction | UnsetType = UNSET
    resource: PartResource | UnsetType = UNSET
    context: Context | UnsetType = UNSET


class Options(Message, frozen=True):
    """How a batch is gone through."""

    evaluations_semantic: str = "execute_all"


class BatchRequest(Item, frozen=True):
    """Defaults, and what each question replaces; everything in it is whole."""

    evaluations: list[Item] | UnsetType = UNSET
    options: Options = Options()


class BatchEnvelope(PartItem, frozen=True):
    """A batch whose items are looked at one by one, since something in it is not whole."""

    evaluations: list[msgspec.Raw] | UnsetType = UNSET
    options: Options = Options()


class Page(Message, frozen=True):
    """Which part of the results is wanted."""

    token: str = ""
    limit: int | UnsetType = UNSET


class TypeOnly(Message, frozen=True):
    """The entity sought: its id, if sent, is ignored."""

    type: str


class SubjectSearch(Message, frozen=True):
    """Who may take the action on the resource?"""

    subject: TypeOnly
    action: ActionMessage
    resource: ResourceMessage
    context: Context | UnsetType = UNSET
    page: Page | UnsetType = UNSET


class ResourceSearch(Message, frozen=True):
    """On which resources may the subject take the action?"""

    subject: SubjectMessage
    action: ActionMessage
    resource: TypeOnly
    context: Context | UnsetType = UNSET
    page: Page | UnsetType = UNSET


class ActionSearch(Message, frozen=True):
    """Which actions may the subject take on the resource?"""

    subject: SubjectMessage
    resource: ResourceMessage
    context: Context | UnsetType = UNSET
    page: Page | UnsetType = UNSET


class Explanation(Message, frozen=True, omit_defaults=True):
    """Why the decision came out so: reason code, revision, the grants that decided in words."""

    reason: str
    revision: str | None = None
    grants: list[str] | None = None
    valid_until: str | None = None
    error: str | None = None


class Answer(Message, frozen=True):
    """The answer to one question."""

    decision: bool
    context: Explanation


class PageAnswer(Message, frozen=True):
    """Where the next part is; an empty token after the last."""

    next_token: str
    count: int
    total: int


class Entity(Message, frozen=True):
    """A subject or resource found."""

    type: str
    id: str


class ActionFound(Message, frozen=True):
    """An action found."""

    name: str


class Found(Message, frozen=True):
    """What a search found."""

    page: PageAnswer | UnsetType
    results: list[Entity] | list[ActionFound]


Decoded = TypeVar("Decoded")

encode = msgspec.json.Encoder().encode


def decode(decoder: msgspec.json.Decoder[Decoded], body: bytes | msgspec.Raw) -> Decoded:
    """The message in `body`. Raises InputError that names the member that is missing or wrong."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("body", _problem(error)) from None


def _problem(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]

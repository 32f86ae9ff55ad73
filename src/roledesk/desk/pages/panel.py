"""What stands beside a conversation: its customer, ready replies, and what the asker may not do here.

Not here: the customer's own page (customers.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from roledesk import Decision, Guard, Resource
from roledesk.desk.facts import Conversation, State, customer_resource, resource_of
from roledesk.desk.pages.chat import Opened

MOST_TOLD = 3
MOST_ROLES = 2
LIVE_ACTIONS = ("conversation.reply", "conversation.transfer", "note.add")
CUSTOMER_ACTIONS = ("customer.read_panel", "customer.read_sensitive")


@dataclass(frozen=True, slots=True)
class MayNot:
    """Something the asker may not do here: what is missing, and some roles that give it."""

    title: str
    key: str
    roles: Sequence[str]


def beside_chat(guard: Guard, opened: Opened) -> Mapping[str, object]:
    """What the templates show beside a conversation."""
    return {
        "panel": None,
        "may_not": tuple(islice(_may_not(guard, opened.row.conversation), MOST_TOLD)),
        "replies": (),
        "may_save_reply": False,
    }


def _may_not(guard: Guard, conversation: Conversation) -> Iterator[MayNot]:
    told = set[str]()
    for action, resource in _asked(conversation):
        decision = guard.decide(action, resource)
        if not decision and decision.missing.permissions:
            found = _missing(guard, decision)
            if found.key not in told:
                told.add(found.key)
                yield found


def _asked(conversation: Conversation) -> Iterator[tuple[str, Resource]]:
    if conversation.state is not State.CLOSED:
        yield from ((action, resource_of(conversation)) for action in LIVE_ACTIONS)
    yield from ((action, customer_resource(conversation)) for action in CUSTOMER_ACTIONS)


def _missing(guard: Guard, decision: Decision) -> MayNot:
    policy, missing = guard.organization.policy, decision.missing
    key, _ = missing.permissions[0]
    giving = sorted((policy.roles[role] for role in missing.roles), key=lambda role: (role.owner, role.name))
    title = policy.catalogue.get_permission(key).title
    return MayNot(title, key, tuple(role.name for role in giving[:MOST_ROLES]))

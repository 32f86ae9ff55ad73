"""The demo's conversations: what visitors wrote and agents answered, told through the desk's own commands.

Not here: who the agents are (demo.py), the texts (roledesk/demo/chats.toml).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from roledesk import Guard, Organization
from roledesk.desk import categories, conversations, customers, tags, visitors, widgets
from roledesk.desk.assignment import may_answer
from roledesk.desk.customers import Correction
from roledesk.desk.widgets import WidgetForm

OWNER = "maya"


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation, as the file has it."""

    minutes_ago: int
    team: str
    customer: dict[str, str]
    lines: list[list[str]]
    tags: list[str] = field(default_factory=list)
    closed_by: str = ""
    category: str = ""
    pace_s: float = 95.0
    """How long people take to answer."""


def tell_chats(
    organization: Organization, chats: Iterable[Chat], *, now: float, set_clock: Callable[[float], None]
) -> None:
    """Have every conversation happen, the oldest first, each at its own moment before `now`."""
    told = _Told(organization, set_clock)
    for chat in chats:
        told.tell(chat, now - 60 * chat.minutes_ago)
    set_clock(now)


def read_chats(text: str) -> tuple[Chat, ...]:
    """The conversations that a file tells one by one."""
    return tuple(Chat(**each) for each in tomllib.loads(text)["chats"])


def answering(organization: Organization) -> Mapping[str, Sequence[str]]:
    """The agents of each team who may answer there."""
    policy, snapshot = organization.policy, organization.snapshot
    return {
        team: [agent for agent in sorted(policy.agents) if may_answer(snapshot, agent, team)]
        for team in policy.teams
    }


class _Told:
    """What the conversations so far have brought into being."""

    def __init__(self, organization: Organization, set_clock: Callable[[float], None]) -> None:
        self._organization = organization
        self._set_clock = set_clock
        self._owner = organization.guard(OWNER)
        self._widgets: dict[str, str] = {}
        self._secrets: dict[str, str | None] = {}
        self._words: dict[str, str] = {}

    def tell(self, chat: Chat, at: float) -> None:
        self._set_clock(at)
        customer = self._arrived(chat.customer)
        first, *rest = chat.lines
        widget = widgets.get_widget(self._owner, self._widget(chat.team))
        begun = visitors.start(self._organization, widget, customer, first[1], client_key=f"{at}")
        for number, (who, text) in enumerate(rest, 1):
            self._set_clock(at + number * chat.pace_s)
            self._line(begun.id, customer, who, text, f"{at}-{number}")
        self._correct(customer, chat.customer)
        for name in chat.tags:
            conversations.tag(self._owner, begun.id, self._tag(name))
        if chat.closed_by:
            conversations.close(self._guard(chat.closed_by), begun.id, category=self._category(chat.category))

    def _line(self, id: str, customer: str, who: str, text: str, key: str) -> None:
        if who == "customer":
            visitors.say_as_customer(self._organization, customer, id, text, client_key=key)
        elif who.startswith("note:"):
            conversations.note(self._guard(who.removeprefix("note:")), id, text, client_key=key)
        else:
            conversations.accept(self._guard(who), id)
            conversations.reply(self._guard(who), id, text, client_key=key)

    def _guard(self, agent: str) -> Guard:
        return self._organization.guard(agent)

    def _arrived(self, known: dict[str, str]) -> str:
        name = known["name"]
        arrived = visitors.arrive(self._organization, secret=self._secrets.get(name), name=name)
        self._secrets.setdefault(name, arrived.secret)
        return arrived.customer.id

    def _correct(self, customer: str, known: dict[str, str]) -> None:
        facts = {name: known[name] for name in ("email", "phone", "language") if name in known}
        if facts:
            customers.edit(self._owner, customer, Correction(**facts))

    def _widget(self, team: str) -> str:
        if team not in self._widgets:
            name = self._organization.policy.teams[team].name
            self._widgets[team] = widgets.create_widget(self._owner, WidgetForm(f"Web chat, {name}", team)).id
        return self._widgets[team]

    def _tag(self, name: str) -> str:
        if name not in self._words:
            self._words[name] = tags.create_tag(self._owner, name).id
        return self._words[name]

    def _category(self, name: str) -> str:
        key = f"category {name}"
        if key not in self._words:
            self._words[key] = categories.create_category(self._owner, name).id
        return self._words[key]

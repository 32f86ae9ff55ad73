"""The desk of the executable reference: what is mine, my mate's and another team's, and a program that asks.

Each row is asked twice in one set-up: with its permission, and with everything but it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from starlette.testclient import TestClient

from roledesk import (
    Assignment,
    Change,
    Engine,
    Found,
    Organization,
    PutAgent,
    PutRole,
    PutTeam,
    Role,
    Scope,
    SetAssignments,
    Status,
    Team,
)
from roledesk.app import create_app
from roledesk.desk.facts import AuthorKind, Conversation, Customer, Message, MessageKind, State
from roledesk.desk.store import conversations, customers, labels, messages, settings, widgets
from roledesk.desk.store.labels import Category, Reply, Tag
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.desk.store.widgets import Widget
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})
WHOSE = {"mine": ("me", "a"), "mates": ("mate", "a"), "theirs": ("other", "b")}
"""Whose a thing is: its agent and his team. `me` and `mate` are in team A, `other` in team B."""
BY_SCOPE = {Scope.OWN: {"mine"}, Scope.TEAM: {"mine", "mates"}, Scope.ALL: {"mine", "mates", "theirs"}}
FOUNDED = (
    PutRole(Role("owner", "Owner", owner=True)),
    *(PutTeam(Team(team, f"Team {team.upper()}", default=team == "a")) for team in ("a", "b", "c")),
    *(
        PutAgent(agent, Status.ACTIVE, frozenset({team}))
        for agent, team in {"olu": "c", **dict(WHOSE.values())}.items()
    ),
    SetAssignments("olu", (Assignment("owner"),)),
)


@dataclass
class Row:
    """An organization for one question, and the program of `me` in it."""

    organization: Organization
    app: object
    _program: TestClient | None = field(default=None)

    @property
    def program(self) -> TestClient:
        if self._program is None:
            self._program = TestClient(self.app, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
            self._program.headers.update({"Sec-Fetch-Site": "same-origin", "If-Match": "*"})
            secret = open_sign_in(self.organization, "me", lifetime_s=3600)
            self._program.cookies.set("roledesk-sign-in", Cookies(SETTINGS).sign(COOKIE, [secret]))
        return self._program

    def api(self, call: str, body: object = None) -> int:
        """The status of `METHOD path` below /api/v1."""
        method, path = call.split(" ")
        return self.program.request(method, f"/api/v1/{path}", json=body).status_code

    def json(self, path: str) -> dict[str, object]:
        answer = self.program.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def page(self, path: str) -> str:
        """A page as a browser gets it; empty when it is refused."""
        answer = self.program.get(path, headers={"Accept": "text/html"})
        assert answer.status_code in (200, 403, 404), answer.status_code
        return answer.text if answer.status_code == 200 else ""

    def fill(self, state: State, *, kept: bool = False) -> None:
        """A conversation of each in this state, each with a customer, a message and a note."""
        with self.organization.locked() as connection:
            for whose, (agent, team) in WHOSE.items():
                customer = Customer(
                    f"x-{whose}", f"Customer {whose}", 1.0, f"{whose}@example.com", sticky_agent=agent
                )
                customers.add(connection, self.organization.id, customer)
                owner = None if state is State.WAITING and not kept else agent
                talk = Conversation(
                    whose,
                    f"x-{whose}",
                    "web",
                    team,
                    state,
                    1.0,
                    1.0,
                    assignee=owner,
                    last_seq=2,
                    waiting_since=1.0,
                )
                conversations.add(connection, self.organization.id, talk)
                said = (
                    Message(
                        whose, 1, 1.0, AuthorKind.CUSTOMER, MessageKind.TEXT, f"said {whose}", client_key="1"
                    ),
                    Message(
                        whose, 2, 1.0, AuthorKind.AGENT, MessageKind.NOTE, f"noted {whose}", author="mate"
                    ),
                )
                messages.add_many(connection, self.organization.id, said)


class Desk:
    """The server of every row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._app = create_app(SETTINGS, engine)
        self._numbers = count(1)

    def row(
        self, grants: Mapping[str, Scope], state: State | None = State.OPEN, *, kept: bool = False
    ) -> Row:
        """An organization in which `me` holds exactly `grants`, filled with conversations in a state."""
        name = f"row-{next(self._numbers)}"
        holding = (PutRole(Role("held", "Held", dict(grants))), SetAssignments("me", (Assignment("held"),)))
        change = Change((Found("Acme"), *FOUNDED, *holding))
        made = Row(self._engine.found(name, change, because="It opens"), self._app)
        with made.organization.locked() as connection:
            settings.keep(connection, name, DeskSettings(handling=Handling.PULL))
            for team in ("a", "b"):
                labels.put_tag(connection, name, Tag(f"tag-{team}", f"Tag {team}", team))
                labels.add_category(connection, name, Category(f"category-{team}", f"Category {team}", team))
                labels.put_reply(
                    connection, name, Reply(f"reply-{team}", f"Reply {team}", "Hello", team=team)
                )
                widgets.keep(connection, name, Widget(f"{name}-{team}", f"Widget {team}", team, (), "secret"))
            labels.put_tag(connection, name, Tag("tag", "Tag"))
        if state is not None:
            made.fill(state, kept=kept)
        return made

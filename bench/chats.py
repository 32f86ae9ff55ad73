"""A million conversations on both databases: the first page of an inbox, and words found.

Ten teams of ten agents share them; who looks is an agent with scope team. One conversation
in fifty is live. The page is the whole answer of a server on loopback over a connection that
is kept, side bar and counts included; search is the call behind the box. By `--long` only:
loading takes minutes.
"""

from __future__ import annotations

import http.client
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from time import perf_counter
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import insert, text

from bench.processes import on_postgres, on_sqlite
from bench.servers import SECRET, roledesk_server
from bench.table import Row
from bench.timing import percentile
from roledesk import (
    Assignment,
    Change,
    Found,
    Guard,
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
from roledesk.composition import open_server_engine
from roledesk.desk import reading
from roledesk.desk.facts import AuthorKind, Conversation, Customer, Message, MessageKind, State
from roledesk.desk.store import customers, messages, schema
from roledesk.desk.store.kit import row_of
from roledesk.desk.words import words_of
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

CONVERSATIONS = 1_000_000
CUSTOMERS = 20_000
TEAMS, AGENTS_EACH = 10, 10
LIVE_ONE_IN = 50
AT_ONCE = 20_000
ASKED = 100
BEGAN = 1_800_000_000.0
AGENT = {"AgentChat": Scope.TEAM, "ChatsAll": Scope.TEAM, "PrivateNoteView": Scope.TEAM}
# Each word stands in one message out of so many; the last is written without spaces.
WORDS = {"quince": 10_000, "refund": 100, "parcel": 10, "退款申请": 100}
FILLING = [f"word{number}" for number in range(5_000)]


def rows() -> Iterator[Row]:
    """Both databases, in turn."""
    if "--long" not in sys.argv:
        return
    databases: dict[str, Callable[[], AbstractContextManager[str]]] = {
        "SQLite": on_sqlite,
        "PostgreSQL": on_postgres,
    }
    for name, opened in databases.items():
        with opened() as url, open_server_engine(url, create=True) as engine:
            start = perf_counter()
            organization = engine.found("bench", _founded(), because="to be measured")
            _fill(organization)
            yield Row(f"loaded, {name}", perf_counter() - start, "s", note=f"{CONVERSATIONS:,} conversations")
            yield from _search(name, organization.guard("agent-3"))
            with roledesk_server(url) as (address, _process):
                yield from _pages(name, organization, address)


def _founded() -> Change:
    teams = [Team(f"team-{number}", f"Team {number}", default=number == 0) for number in range(TEAMS)]
    agents = {f"agent-{number}": teams[number % TEAMS] for number in range(TEAMS * AGENTS_EACH)}
    return Change(
        (
            Found("Bench"),
            PutRole(Role("owner", "Owner", owner=True)),
            PutRole(Role("agent", "Agent", AGENT)),
            *map(PutTeam, teams),
            PutAgent("omar", Status.ACTIVE, frozenset({"team-0"})),
            SetAssignments("omar", (Assignment("owner"),)),
            *(PutAgent(agent, Status.ACTIVE, frozenset({team.id})) for agent, team in agents.items()),
            *(SetAssignments(agent, (Assignment("agent"),)) for agent in agents),
        )
    )


def _fill(organization: Organization) -> None:
    dice = random.Random(5)
    with organization.database.writing() as connection:
        for number in range(CUSTOMERS):
            customers.add(connection, organization.id, Customer(f"x-{number}", f"Customer {number}", BEGAN))
    for start in range(0, CONVERSATIONS, AT_ONCE):
        made = [_conversation(dice, number) for number in range(start, start + AT_ONCE)]
        said = [_message(dice, number) for number in range(start, start + AT_ONCE)]
        with organization.database.writing() as connection:
            connection.execute(insert(schema.conversations), [row_of("bench", each) for each in made])
            messages.add_many(connection, "bench", said)
    _tidy(organization)


def _tidy(organization: Organization) -> None:
    """As a database is that was there for a while: otherwise its own tidying up is measured as well."""
    database = organization.database
    if database.dialect == "postgresql":
        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    else:
        with database.writing() as connection:
            connection.execute(text("ANALYZE"))


def _conversation(dice: random.Random, number: int) -> Conversation:
    team = number % TEAMS
    live = dice.randrange(LIVE_ONE_IN) == 0
    state = dice.choice((State.WAITING, State.OPEN, State.OPEN)) if live else State.CLOSED
    return Conversation(
        f"c-{number}",
        f"x-{dice.randrange(CUSTOMERS)}",
        "web",
        f"team-{team}",
        state,
        BEGAN + number,
        BEGAN + number,
        assignee=None if state is State.WAITING else f"agent-{team + TEAMS * dice.randrange(AGENTS_EACH)}",
        waiting_since=BEGAN + number,
        last_seq=1,
        preview="What the customer said last",
    )


def _message(dice: random.Random, number: int) -> Message:
    said = dice.choices(FILLING, k=12) + [
        word for word, one_in in WORDS.items() if dice.randrange(one_in) == 0
    ]
    return Message(
        f"c-{number}",
        1,
        BEGAN + number,
        AuthorKind.CUSTOMER,
        MessageKind.TEXT,
        " ".join(said),
        client_key="1",
    )


def _search(name: str, guard: Guard) -> Iterator[Row]:
    for word, one_in in WORDS.items():
        took = []
        for _ in range(ASKED):
            start = perf_counter()
            found = reading.find_messages(guard, word)
            took.append(1000 * (perf_counter() - start))
        if not found.hits or words_of(word)[0] not in words_of(found.hits[0].message.text):
            raise SystemExit(f"`{word}` was not found")
        yield Row(
            f"newest 50 with “{word}”, in {100 / one_in:g} % of the messages, {name}",
            percentile(took, 0.95),
            "ms p95",
            100,
            note=f"{len(found.hits)} found",
        )


def _pages(name: str, organization: Organization, address: str) -> Iterator[Row]:
    settings = load_settings(ServerSettings, given={"secret": SECRET})
    secret = open_sign_in(organization, "agent-3", lifetime_s=3600)
    cookie = f"roledesk-sign-in={Cookies(settings).sign(COOKIE, [secret])}"
    kept = http.client.HTTPConnection(str(urlsplit(address).netloc))
    for what, path, limit in (
        ("the first page of an inbox, all of it", "/inbox?view=all", 20),
        ("an inbox, its own", "/inbox", None),
        ("closed chats of the team", "/closed?whose=all", None),
        ("the queue", "/queue", None),
    ):
        took = []
        for _ in range(ASKED):
            start = perf_counter()
            kept.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
            answer = kept.getresponse()
            answer.read()
            took.append(1000 * (perf_counter() - start))
            if answer.status != http.client.OK:
                raise SystemExit(f"{path} answers {answer.status}")
        yield Row(f"{what}, {name}", percentile(took[5:], 0.95), "ms p95", limit)

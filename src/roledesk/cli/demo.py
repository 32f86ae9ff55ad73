"""`roledesk demo`: an organization with a past, to look around in.

Its first day and every change since are policy files, applied on the day they name by
the agent they name, under the refusals he would meet anywhere.
Not here: the files (roledesk/demo/), serving (serving.py).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from sqlalchemy import Connection

from roledesk.cli.demo_chats import answering, read_chats, tell_chats
from roledesk.cli.demo_settings import set_up
from roledesk.cli.demo_stories import make_chats
from roledesk.composition import open_server_engine
from roledesk.core.catalogue import Source
from roledesk.core.terms import OPERATOR, Status
from roledesk.desk import widgets
from roledesk.engine import Clock, Engine, Organization
from roledesk.engine.applying import commit_plan, plan_for
from roledesk.engine.document import read_document
from roledesk.engine.sign_ins import hash_password
from roledesk.store import people, sign_ins
from roledesk.store.people import Person

ORGANIZATION = "northwind"
PASSWORD = "northwind-demo"  # noqa: S105 - the demo's, printed when it starts; nothing else has one
FOUNDED_DAYS_AGO = 34
SHOWN = ("maya", "priya", "amal", "yuki", "alba")
_DAY = re.compile(r"\{\{day([+-]\d+)\}\}")


@dataclass(frozen=True, slots=True)
class DatedChange:
    """One change of the demo's past."""

    days_ago: int
    at: str
    by: str
    because: str
    file: str


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Somebody to look around as."""

    name: str
    roles: str
    email: str


def make_demo(url: str, *, now: float) -> None:
    """Make the demo organization in the empty database at `url`, as if it had existed for weeks before `now`."""
    today = datetime.fromtimestamp(now, UTC)
    moment = today - timedelta(days=FOUNDED_DAYS_AGO)

    def set_clock(at: float) -> None:
        nonlocal moment
        moment = datetime.fromtimestamp(at, UTC)

    with open_server_engine(url, create=True, clock=Clock(lambda: moment.timestamp())) as engine:
        _apply(engine, _text("northwind.toml"), None, "Moved over from the old help desk", today)
        for change in _changes():
            hour, minute = map(int, change.at.split(":"))
            moment = (today - timedelta(days=change.days_ago)).replace(hour=hour, minute=minute, second=0)
            _apply(engine, change.file, change.by, change.because, today)
        _put_passwords(engine.organization(ORGANIZATION))
    # A clock never goes back, and the chats begin before the last of those changes: they get one of their own.
    set_clock(now - 86_400 * FOUNDED_DAYS_AGO)
    with open_server_engine(url, clock=Clock(lambda: moment.timestamp())) as engine:
        organization = engine.organization(ORGANIZATION)
        stories = make_chats(_text("stories.toml"), answering(organization))
        told = sorted((*stories, *read_chats(_text("chats.toml"))), key=lambda chat: -chat.minutes_ago)
        tell_chats(organization, told, now=now, set_clock=set_clock)
        set_up(organization, _text("settings.toml"))


def demo_sign_ins(organization: Organization) -> tuple[DemoSignIn, ...]:
    """One agent of each kind, to sign in as."""
    policy = organization.policy
    with organization.database.reading() as connection:
        known = people.people(connection, organization.id, SHOWN)
    return tuple(
        DemoSignIn(
            known[agent].name,
            ", ".join(policy.roles[role].name for role in policy.agents[agent].roles),
            known[agent].email or "",
        )
        for agent in SHOWN
    )


def demo_widget(organization: Organization) -> str:
    """The widget to write through as a visitor, so that the support agent shown gets it."""
    known, teams = widgets.list_widgets(organization.guard("maya")), organization.policy.agents["yuki"].teams
    return next(widget.id for widget in known if widget.team in teams)


def _changes() -> tuple[DatedChange, ...]:
    return tuple(DatedChange(**each) for each in tomllib.loads(_text("changes.toml"))["changes"])


def _text(name: str) -> str:
    return (files("roledesk") / "demo" / name).read_text(encoding="utf-8")


def _apply(engine: Engine, text: str, by: str | None, because: str, today: datetime) -> None:
    dated = _DAY.sub(lambda found: str((today + timedelta(days=int(found[1]))).date()), text)
    planned = plan_for(engine, read_document(Source("demo", dated)))
    subject = OPERATOR if by is None else engine.organization(ORGANIZATION).subject(by)
    commit_plan(engine, planned, by=subject, because=because)


def _put_passwords(organization: Organization) -> None:
    """The same password for every active agent: hashed once, because a hash takes long on purpose."""
    hashed, at = hash_password(PASSWORD, Person("", "")), organization.clock()
    with organization.database.writing() as connection:
        for agent, standing in organization.policy.agents.items():
            if standing.status is Status.ACTIVE:
                _put_password(connection, agent, hashed, at)


def _put_password(connection: Connection, agent: str, hashed: str, at: float) -> None:
    sign_ins.put_password(connection, ORGANIZATION, agent, hashed, at=at)

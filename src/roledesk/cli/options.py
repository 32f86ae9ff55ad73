"""Options that several commands share, and what they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Annotated, TypeVar

import typer

from roledesk.composition import open_server_engine
from roledesk.core.terms import Subject
from roledesk.engine import Engine, Organization
from roledesk.errors import InputError, NotFoundError
from roledesk.settings import Settings, load_settings

Command = TypeVar("Command", bound=Callable[..., None])

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The database; else ROLEDESK_DATABASE, else roledesk.toml, else sqlite:///roledesk.sqlite3.",
        show_default=False,
    ),
]
Org = Annotated[
    str | None,
    typer.Option(
        "--org", metavar="ID", help="The organization; needed when there are several.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the body that the HTTP service would send.")]
By = Annotated[
    str,
    typer.Option(
        "--as", metavar="AGENT", help="The agent who does it, and may be refused.", show_default=False
    ),
]
Because = Annotated[
    str, typer.Option("--because", metavar="TEXT", help="Why; kept in the history.", show_default=False)
]


def load_common(database: str | None) -> Settings:
    """The settings, with what was given on the command line."""
    return load_settings(Settings, given={} if database is None else {"database": database})


@contextmanager
def opened(database: str | None, *, create: bool = False) -> Iterator[Engine]:
    """The engine of the database that was named."""
    with open_server_engine(load_common(database).database, create=create) as engine:
        yield engine


@contextmanager
def opened_organization(database: str | None, org: str | None) -> Iterator[Organization]:
    """The organization that was named, or the only one."""
    with opened(database) as engine:
        yield engine.organization(org or only_organization(engine))


def only_organization(engine: Engine) -> str:
    """The id of the only organization. Raises InputError when there are none or several."""
    names = sorted(engine.names())
    if not names:
        raise InputError(
            "--org", "there is no organization yet; `roledesk init --help` says how to start one"
        )
    if len(names) > 1:
        raise InputError("--org", f"there are several organizations; choose one of {', '.join(names[:20])}")
    return names[0]


def actor(organization: Organization, agent: str) -> Subject:
    """The agent who does something. Raises NotFoundError for one who is not there."""
    if agent not in organization.policy.agents:
        raise NotFoundError("agent", agent)
    return organization.subject(agent)


def moment(text: str | None, option: str) -> float | None:
    """A day or a time in UTC as the command line takes it; None when it was left out."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-06-30"):
            return datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            option, f"`{text}` is not a date; write it like 2026-06-30 or 2026-06-30T12:00Z"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def laid_out(command: Command) -> Command:
    """The command with the examples of its help left on lines of their own."""
    command.__doc__ = (command.__doc__ or "").replace("    Examples:", "    \b\n    Examples:")
    return command

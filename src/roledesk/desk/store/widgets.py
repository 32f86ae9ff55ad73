"""Chat windows for web pages, each of one team.

Not here: who may make them (widgets.py), what a visitor's browser gets.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from roledesk.desk.store.kit import Fetched, put, row_of, rows_where
from roledesk.desk.store.schema import widgets

_of = widgets.c


@dataclass(frozen=True, slots=True)
class Widget:
    """A chat window: `origins` are the sites it may stand on, none meaning nowhere.

    `identity_secret` is what a host's server signs the identity of its customers with.
    """

    id: str
    name: str
    team: str
    origins: tuple[str, ...]
    identity_secret: str
    title: str = "Chat with us"
    greeting: str = "Hello! How can we help?"
    away_text: str = "We are away. Leave a message, and we will answer as soon as we are back."
    colour: str = "#1a5fb4"
    enabled: bool = True


def keep(connection: Connection, organization: str, widget: Widget) -> None:
    """Keep a widget as it now is."""
    put(connection, widgets, {**row_of(organization, widget), "origins": list(widget.origins)})


def find(connection: Connection, organization: str, id: str) -> Widget | None:
    """The widget with this id."""
    row = connection.execute(rows_where(widgets, organization, id=id)).one_or_none()
    return None if row is None else _read(row)


def find_anywhere(connection: Connection, id: str) -> tuple[str, Widget] | None:
    """The widget that a page names, and its organization: a visitor knows nothing else."""
    row = connection.execute(select(widgets).where(_of.id == id, _of.enabled.is_(True))).one_or_none()
    return None if row is None else (row.organization, _read(row))


def list_all(connection: Connection, organization: str) -> tuple[Widget, ...]:
    """Every widget, by name."""
    statement = rows_where(widgets, organization).order_by(_of.name, _of.id)
    return tuple(map(_read, connection.execute(statement)))


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Give every widget of one team to another."""
    theirs = (_of.organization == organization, _of.team == team)
    connection.execute(update(widgets).where(*theirs).values(team=receiver))


def _read(row: Fetched) -> Widget:
    return Widget(
        row.id,
        row.name,
        row.team,
        tuple(row.origins),
        row.identity_secret,
        row.title,
        row.greeting,
        row.away_text,
        row.colour,
        row.enabled,
    )

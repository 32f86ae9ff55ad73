"""`init` and `owner-link`: what whoever runs the server does before anybody can sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from roledesk.catalogue import preset_names
from roledesk.cli.options import AsJson, Database, Org, load_common, opened, opened_organization
from roledesk.cli.terminal import say, say_fact, say_json
from roledesk.engine import Engine, Organization
from roledesk.engine.founding import found_from_preset, organization_id
from roledesk.engine.links import LINK_HOURS, make_owner_link, make_set_up_link
from roledesk.errors import InputError, NotFoundError
from roledesk.settings import Settings
from roledesk.store import people


def init(
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="TEXT", help="Start an organization with this name at once."),
    ] = None,
    org: Annotated[
        str | None,
        typer.Option("--org", metavar="ID", help="Its id; else made from the name.", show_default=False),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset", metavar="PRESET", help=f"The roles it starts with: {', '.join(preset_names())}."
        ),
    ] = "convrs",
    owner_name: Annotated[
        str | None, typer.Option("--owner-name", metavar="TEXT", help="The owner's name.")
    ] = None,
    owner_email: Annotated[
        str | None,
        typer.Option("--owner-email", metavar="E-MAIL", help="The owner's address, to sign in with."),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make the database, and start an organization: here, or on a page opened by a one-time link.

    Examples:
      roledesk init
      roledesk init --name "Northwind Care" --preset convrs --owner-email maya@example.com
    """
    if name is not None and owner_email is None:
        raise InputError("--owner-email", "an organization needs an owner; say his address")
    address = public_address(load_common(database))
    with opened(database, create=True) as engine:
        if name is None or owner_email is None:
            _init_by_link(engine, address, as_json)
            return
        id = org or organization_id(name)
        organization = found_from_preset(
            engine,
            id=id,
            name=name,
            preset=preset,
            owner_name=owner_name or owner_email.partition("@")[0],
            owner_email=owner_email,
            password=None,
        )
        owner = organization.policy.owners()[0]
        secret = make_owner_link(organization, owner)
        if as_json:
            say_json({"organization": id, "owner": owner, "link": f"{address}/password/{secret}"})
            return
        say(f"founded   {id}", style="bold green")
        _say_owner_link(owner, f"{address}/password/{secret}")


def owner_link(
    owner: Annotated[
        str | None,
        typer.Argument(metavar="OWNER", help="An owner's id or e-mail; needed when there are several."),
    ] = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a one-time link with which an owner sets a new password.

    Examples:
      roledesk owner-link
      roledesk owner-link maya@example.com --org northwind
    """
    address = public_address(load_common(database))
    with opened_organization(database, org) as organization:
        chosen = _owner(organization, owner)
        link = f"{address}/password/{make_owner_link(organization, chosen)}"
    if as_json:
        say_json({"owner": chosen, "link": link})
        return
    say("made   a one-time link", style="bold green")
    _say_owner_link(chosen, link)


def public_address(settings: Settings) -> str:
    """Where the server is reached."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def say_set_up_link(engine: Engine, address: str) -> None:
    """Make and show the link that founds the first organization."""
    say_fact("set up", f"{address}/set-up/{make_set_up_link(engine)}")
    say_fact("", f"open it within {LINK_HOURS} hours to start the first organization; it works once")


def _init_by_link(engine: Engine, address: str, as_json: bool) -> None:
    names = sorted(engine.names())
    if as_json:
        link = None if names else f"{address}/set-up/{make_set_up_link(engine)}"
        say_json({"organizations": names, "link": link})
        return
    say("ready   the database is at this version's schema", style="bold green")
    if names:
        say_fact("holds", ", ".join(names))
    else:
        say_set_up_link(engine, address)
    say_fact("next", "roledesk serve")


def _owner(organization: Organization, named: str | None) -> str:
    owners = organization.policy.owners()
    if named is None:
        if len(owners) == 1:
            return owners[0]
        raise InputError("OWNER", f"there are several owners; choose one of {', '.join(owners)}")
    with organization.database.reading() as connection:
        person = people.find_by_email(connection, organization.id, named)
    agent = named if person is None else person.agent
    if agent not in owners:
        raise NotFoundError("owner", named)
    return agent


def _say_owner_link(owner: str, link: str) -> None:
    say_fact("owner", owner)
    say_fact("link", link)
    say_fact("", f"open it within {LINK_HOURS} hours to set a password; it works once")

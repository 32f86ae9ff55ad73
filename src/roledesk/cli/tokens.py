"""`token create`, `list` and `revoke`: what programs sign in with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from roledesk.cli.exits import Commands
from roledesk.cli.options import AsJson, By, Database, Org, actor, laid_out, moment, opened_organization
from roledesk.cli.terminal import say, say_fact, say_json, say_table
from roledesk.engine.differences import spelled_moment
from roledesk.engine.tokens import (
    DECISION_ACTIONS,
    MadeToken,
    make_personal_token,
    make_service_token,
    may_revoke,
    revoke_token,
)
from roledesk.errors import InputError
from roledesk.store import tokens
from roledesk.store.tokens import Token
from roledesk.web.phrases import count

app = typer.Typer(
    cls=Commands, help="Make, list and revoke the tokens that programs sign in with.", no_args_is_help=True
)


@app.command()
@laid_out
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    by: By,
    service: Annotated[
        bool, typer.Option("--service", help="A token of a service, that asks for decisions; else one's own.")
    ] = False,
    action: Annotated[
        list[str] | None,
        typer.Option(
            "--action", metavar="ACTION", help=f"For a service: {', '.join(DECISION_ACTIONS)}. Repeatable."
        ),
    ] = None,
    permission: Annotated[
        list[str] | None,
        typer.Option(
            "--permission", metavar="KEY", help="For one's own: only these permissions. Repeatable."
        ),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option("--team", metavar="TEAM", help="For one's own: only in these teams. Repeatable."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="When it ends; needed for one's own.")
    ] = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. Its secret is shown once and kept as a hash.

    Examples:
      roledesk token create "Help desk" --as olga --service --action decision.evaluate
      roledesk token create "My scripts" --as amal --until 2027-01-01 --permission AgentChat
    """
    ends = moment(until, "--until")
    with opened_organization(database, org) as organization:
        guard = organization.guard(actor(organization, by))
        if service:
            _refuse_given(permission, team, "--permission and --team are for one's own token; use --action")
            made = make_service_token(guard, name=name, actions=frozenset(action or ()), expires_at=ends)
        elif ends is None:
            raise InputError("--until", "a token of one's own has an end; say the day")
        else:
            _refuse_given(action, None, "--action is for a service token; add --service")
            made = make_personal_token(
                guard, name=name, expires_at=ends, permissions=_chosen(permission), teams=_chosen(team)
            )
    _say_made(made, as_json)


@app.command("list")
@laid_out
def list_tokens(by: By, org: Org = None, database: Database = None, as_json: AsJson = False) -> None:
    """The tokens that an agent may revoke: his own, and others with the permission for it.

    Examples:
      roledesk token list --as olga
    """
    with opened_organization(database, org) as organization:
        guard = organization.guard(actor(organization, by))
        with organization.database.reading() as connection:
            found = tokens.tokens(connection, organization.id)
        shown = [each for each in found if may_revoke(guard, each)]
        now = organization.clock()
    if as_json:
        from roledesk.cli.bodies import token_out

        say_json([token_out(each) for each in shown])
        return
    say(count(len(shown), "token"), style="bold")
    say_table(("Id", "Name", "Of", "May", "State"), (_row(each, now) for each in shown))


@app.command()
@laid_out
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `token list` shows it.")],
    by: By,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """End a token, everywhere and at once.

    Examples:
      roledesk token revoke token-5f0c1a2b3d --as olga
    """
    with opened_organization(database, org) as organization:
        revoke_token(organization.guard(actor(organization, by)), token)
        revision = str(organization.revision)
    if as_json:
        say_json({"id": token, "revision": revision})
    else:
        say(f"revoked   {token}", style="bold green")


def _refuse_given(first: Sequence[str] | None, second: Sequence[str] | None, problem: str) -> None:
    if first or second:
        raise InputError("token", problem)


def _chosen(names: Sequence[str] | None) -> frozenset[str] | None:
    return frozenset(names) if names else None


def _say_made(made: MadeToken, as_json: bool) -> None:
    if as_json:
        from roledesk.cli.bodies import made_out

        say_json(made_out(made))
        return
    say(f"made   {made.token.id}", style="bold green")
    say_fact("secret", made.secret)
    say_fact("", "shown this once; keep it where only the program can read it")


def _row(token: Token, now: float) -> tuple[str, ...]:
    ends = "" if token.expires_at is None else f", until {spelled_moment(token.expires_at)}"
    state = (
        "revoked" if token.revoked_at is not None else f"valid{ends}" if token.is_valid(now) else "expired"
    )
    may = ", ".join(sorted(token.actions or token.permissions or ())) or "as its agent"
    return token.id, token.name, token.agent or "service", may, state

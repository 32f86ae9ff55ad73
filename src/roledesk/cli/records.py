"""`history` and `verify`: what was changed, and whether the record of it is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from roledesk.cli.exits import ExitCode, end, tell
from roledesk.cli.options import AsJson, Database, Org, opened_organization
from roledesk.cli.previews import say_differences
from roledesk.cli.terminal import progress, say, say_fact, say_json
from roledesk.console.passages import read_passage
from roledesk.core.policy import Policy
from roledesk.engine.differences import differences, spelled_moment
from roledesk.errors import HistoryError, InputError
from roledesk.store import history as rows
from roledesk.store.history import HistoryRow
from roledesk.web.phrases import count

MOST_LINES = 8
"""How many lines a change takes in a list of changes."""


def history(
    about: Annotated[
        str | None,
        typer.Option(
            "--about", metavar="KIND:ID", help="Only changes of agent:amal, role:agent or team:care."
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="AGENT", help="Only changes this agent made.")
    ] = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="REVISION", help="Only earlier ones.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many.")] = 20,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """What was changed, by whom and why; the newest first.

    Examples:
      roledesk history
      roledesk history --about role:support-agent
      roledesk history --by priya --limit 100 --json
    """
    with opened_organization(database, org) as organization:
        with organization.database.reading() as connection:
            found = rows.page(
                connection, organization.id, limit=limit + 1, before_revision=before, about=about, by=by
            )
        shown, more = found[:limit], len(found) > limit
        if as_json:
            from roledesk.cli.bodies import history_body

            say_json(history_body(shown, more=more))
            return
        say(
            f"{count(len(shown), 'change')}   ({organization.id}, revision {organization.revision.number})",
            style="bold",
        )
        for row in shown:
            _say_row(row, organization.policy)
        if more:
            say_fact("older ones", f"roledesk history --before {shown[-1].revision}")


def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="REVISION:HASH", help="The last head you know, to find what was cut."),
    ] = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Check that nothing in the history was altered. Ends with 1 and the first wrong row when it was.

    Examples:
      roledesk verify
      roledesk verify --head 212:9f2c...
    """
    known = None if head is None else _head(head)
    with opened_organization(database, org) as organization:
        found: rows.Verified | HistoryError
        try:
            with progress("Checking the history"):
                found = organization.verify(known)
        except HistoryError as error:
            found = error
    if as_json:
        from roledesk.cli.bodies import verified_body

        say_json(verified_body(found))
    elif isinstance(found, HistoryError):
        say(f"altered   at revision {found.revision}", style="bold red")
        tell(found)
    else:
        say(f"whole   {count(found.rows, 'change')}", style="bold green")
        say_fact("head", f"{found.head_revision}:{found.head_hash}")
        say_fact("keep it", "elsewhere, and give it as --head next time")
    end(ExitCode.FAILED if isinstance(found, HistoryError) else ExitCode.OK)


def _say_row(row: HistoryRow, policy: Policy) -> None:
    say(f"{row.revision}   {spelled_moment(row.at)}   {row.by}   {row.because}".rstrip(), style="bold")
    passage = read_passage(row, policy, lambda _edit: True)
    say_differences(differences(passage.before, passage.after), most=MOST_LINES)


def _head(text: str) -> tuple[int, str]:
    revision, colon, digest = text.partition(":")
    if not (colon and digest and revision.isascii() and revision.isdecimal()):
        raise InputError(
            "--head", f"`{text}` is not a head; write it like 212:9f2c, as `roledesk verify` prints it"
        )
    return int(revision), digest

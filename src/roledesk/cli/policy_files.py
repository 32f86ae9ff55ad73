"""`apply`, `export` and `diff`: an organization as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roledesk.cli.exits import ExitCode, code_of, end, tell
from roledesk.cli.options import AsJson, Because, Database, Org, actor, opened, opened_organization
from roledesk.cli.previews import plan_body, plan_differences, say_differences, say_effects, say_plan
from roledesk.cli.terminal import complain, is_watched, progress, say, say_fact, say_json
from roledesk.core.effects import effects
from roledesk.core.policy import Policy
from roledesk.core.soundness import Refusal
from roledesk.core.terms import OPERATOR, Revision, Subject
from roledesk.engine import Engine, Organization
from roledesk.engine.applying import commit_plan, plan_for, preview_plan
from roledesk.engine.differences import differences
from roledesk.engine.document import load_document
from roledesk.engine.document_text import write_document
from roledesk.engine.export import document_of
from roledesk.engine.plan import Plan
from roledesk.errors import ChangeRefusedError, InputError
from roledesk.web.phrases import count

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy file (TOML).", show_default=False)]


def apply(
    file: File,
    by: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="AGENT", help="The agent who does it; not needed for a new organization."
        ),
    ] = None,
    because: Because = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make an organization as a file says, as one change; a new one is founded.

    A field that is written is set whole; what the file leaves out stays as it is, and
    only `[remove]` takes away. Applied a second time, a file changes nothing.

    Examples:
      roledesk apply northwind.toml --dry-run --as olga
      roledesk apply northwind.toml --as olga --because "New team for returns"
      roledesk apply northwind.toml --as olga --because "Nightly" --yes --json
    """
    with progress(f"Reading {file.name}"):
        document = load_document(file)
    with opened(database) as engine:
        with progress("Comparing"):
            planned = plan_for(engine, document)
        if planned:
            _apply(engine, planned, by, because or _default_reason(planned, file), yes, dry_run, as_json)
        else:
            _say_unchanged(engine.organization(document.organization), as_json)


def _apply(
    engine: Engine, planned: Plan, by: str | None, because: str, yes: bool, dry_run: bool, as_json: bool
) -> None:
    subject = _who(engine, planned, by)
    because = because or _ask_why(planned, watched=is_watched() and not (yes or dry_run))
    with progress("Checking"):
        preview = preview_plan(engine, planned, by=subject, because=because)
    if not as_json:
        say_plan(planned, preview)
    revision = preview.revision
    if doing := not (preview.refusals or dry_run):
        revision = _commit(engine, planned, revision, subject, because, yes)
    if as_json:
        say_json(plan_body(planned, preview, str(revision), changed=doing))
    elif doing:
        say(f"applied   {planned.before.organization} is at revision {revision.number}", style="bold green")
    if preview.refusals:
        _refuse(preview.refusals)


def _commit(
    engine: Engine, planned: Plan, seen: Revision, subject: Subject, because: str, yes: bool
) -> Revision:
    if not yes:
        _confirm()
    with progress("Applying"):
        expecting = None if planned.founds else seen
        return commit_plan(engine, planned, by=subject, because=because, expecting=expecting)


def _refuse(refusals: tuple[Refusal, ...]) -> None:
    refused = ChangeRefusedError(refusals)
    tell(refused)
    complain("nothing was changed")
    end(code_of(refused))


def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write; else it is printed."),
    ] = None,
    org: Org = None,
    database: Database = None,
) -> None:
    """Write an organization as a policy file, from which `apply` makes another just like it.

    Passwords, tokens and history are not in it; `roledesk backup` keeps everything.

    Examples:
      roledesk export > northwind.toml
      roledesk export --org northwind --output northwind.toml
    """
    with opened_organization(database, org) as organization:
        with progress("Writing"):
            text = write_document(document_of(organization))
        if output is None:
            typer.echo(text, nl=False)
            return
        write_file(output, text)
        say(f"written   {output}", style="bold green")
        say_fact("next", f"roledesk apply {output} --as AGENT")


def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="FILE|REVISION", help="A policy file, or the earlier revision.", show_default=False
        ),
    ],
    new: Annotated[
        str | None, typer.Argument(metavar="REVISION", help="The later revision; else now.")
    ] = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """What differs between two revisions, or what a file would change.

    Examples:
      roledesk diff 12
      roledesk diff 3 12
      roledesk diff northwind.toml
    """
    if old.isdecimal():
        with opened_organization(database, org) as organization:
            _diff_revisions(
                organization, _policy_at(organization, old), _policy_at(organization, new), as_json
            )
        return
    document = load_document(Path(old))
    with opened(database) as engine:
        found = list(plan_differences(plan_for(engine, document)))
    if as_json:
        say_json(found)
    else:
        say(f"{count(len(found), 'difference')}   (what {old} would change)", style="bold")
        say_differences(found)


def _diff_revisions(organization: Organization, before: Policy, after: Policy, as_json: bool) -> None:
    found = differences(before, after)
    if as_json:
        say_json(found)
        return
    say(f"{count(len(found), 'difference')}   ({organization.id})", style="bold")
    say_differences(found)
    say_effects(effects(before, after, now=organization.clock()))


def _policy_at(organization: Organization, revision: str | None) -> Policy:
    if revision is None:
        return organization.policy
    head = organization.revision.number
    if not (revision.isdecimal() and 1 <= int(revision) <= head):
        raise InputError("REVISION", f"`{revision}` is no revision of `{organization.id}`; use 1 to {head}")
    return organization.at(int(revision)).policy


def _who(engine: Engine, planned: Plan, by: str | None) -> Subject:
    if planned.founds:
        return OPERATOR
    if by is None:
        raise InputError("--as", "say which agent does it, like --as olga")
    return actor(engine.organization(planned.before.organization), by)


def _default_reason(planned: Plan, file: Path) -> str:
    return f"Founded from {file.name}" if planned.founds else ""


def _ask_why(planned: Plan, *, watched: bool) -> str:
    if watched and planned.change.edits:
        return str(typer.prompt("Why? (kept in the history)", err=True))
    return ""


def _confirm() -> None:
    if not is_watched():
        raise InputError("--yes", "nobody is here to confirm; add --yes to do it, or --dry-run to look only")
    if not typer.confirm("Apply this?", err=True):
        say("nothing was changed")
        end(ExitCode.FAILED)


def _say_unchanged(organization: Organization, as_json: bool) -> None:
    if as_json:
        say_json({"organization": organization.id, "revision": str(organization.revision), "changed": False})
        return
    say(
        f"unchanged   {organization.id} is as the file says   (revision {organization.revision.number})",
        style="bold",
    )


def write_file(path: Path, text: str) -> None:
    """Write a file. Raises InputError when that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"`{path}`", f"cannot be written: {error.strerror}; choose another place") from None

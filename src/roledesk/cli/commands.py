"""Every command of `roledesk`, by name."""

from __future__ import annotations

import typer

from roledesk.cli import asking, policy_files
from roledesk.cli.exits import Commands

app = typer.Typer(
    name="roledesk",
    cls=Commands,
    help="Roles and permissions for customer-messaging teams: who may do what, and why.",
    epilog="Exit codes: 0 allowed or done, 1 failed, 2 denied, 3 something in the input is wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for function in (
    asking.check,
    asking.explain,
    asking.who_can,
    policy_files.apply,
    policy_files.export,
    policy_files.diff,
):
    app.command(function.__name__.replace("_", "-"))(function)


def main() -> None:
    """Run the command that the shell named."""
    app()

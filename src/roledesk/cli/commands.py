"""Every command of `roledesk`, by name."""

from __future__ import annotations

import typer

from roledesk.cli import asking, links, policy_files, records, serving, tokens, upkeep
from roledesk.cli.exits import Commands
from roledesk.cli.options import laid_out

app = typer.Typer(
    name="roledesk",
    cls=Commands,
    help="Roles and permissions for customer-messaging teams: who may do what, and why.",
    epilog="Exit codes: 0 allowed or done, 1 failed, 2 denied, 3 something in the input is wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

COMMANDS = (
    serving.demo,
    links.init,
    asking.check,
    asking.explain,
    asking.who_can,
    policy_files.apply,
    policy_files.export,
    policy_files.diff,
    records.history,
    records.verify,
    upkeep.migrate,
    upkeep.backup,
    upkeep.restore,
    links.owner_link,
)

app.command("serve", epilog=serving.settings_help())(laid_out(serving.serve))
for command in COMMANDS:
    app.command(command.__name__.replace("_", "-"))(laid_out(command))
app.add_typer(tokens.app, name="token")


def main() -> None:
    """Run the command that the shell named."""
    app()

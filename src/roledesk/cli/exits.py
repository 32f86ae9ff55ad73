"""How a command ends: its exit code, and the one line that says what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum

import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from roledesk.cli.terminal import complain
from roledesk.errors import (
    ChangeRefusedError,
    DeniedError,
    InputError,
    NotFoundError,
    RoledeskError,
    UnknownNameError,
)

MOST_REFUSALS = 50
FORBIDDEN = frozenset(
    {
        "closed_door",
        "beyond_giver",
        "beyond_taker",
        "widens_self",
        "owners_only",
        "holds_more",
        "not_founding",
    }
)
"""Refusals that are about who asks; all others are about what was asked."""


class ExitCode(IntEnum):
    """What a shell script learns."""

    OK = 0
    FAILED = 1
    DENIED = 2
    INVALID = 3


class Commands(TyperGroup):
    """The commands, with errors told in one line instead of a traceback."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **settings: object
    ) -> object:
        """Run the command that `args` name, and end the process with its exit code."""
        try:
            return super().main(args, prog_name, **settings)  # type: ignore[arg-type]
        except RoledeskError as error:
            tell(error)
            sys.exit(code_of(error))
        except SQLAlchemyError as error:
            complain(f"the database does not answer: {str(error).partition(chr(10))[0]}")
            sys.exit(ExitCode.FAILED)
        except SystemExit as end:
            # A misspelt command or option ends with 2, which here means that access was denied.
            sys.exit(ExitCode.INVALID if end.code == 2 and not isinstance(end.code, ExitCode) else end.code)


def end(code: ExitCode) -> None:
    """End the command with `code`."""
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def tell(error: RoledeskError) -> None:
    """What went wrong, one line for each reason."""
    if not isinstance(error, ChangeRefusedError):
        complain(str(error))
        return
    for refusal in error.refusals[:MOST_REFUSALS]:
        complain(f"{refusal.where}: {refusal.message}" if refusal.where else refusal.message)
    if len(error.refusals) > MOST_REFUSALS:
        complain(f"and {len(error.refusals) - MOST_REFUSALS} more")


def code_of(error: RoledeskError) -> ExitCode:
    """The exit code of a command that ended in `error`."""
    match error:
        case DeniedError():
            return ExitCode.DENIED
        case ChangeRefusedError():
            forbidden = all(each.code in FORBIDDEN for each in error.refusals)
            return ExitCode.DENIED if forbidden else ExitCode.INVALID
        case InputError() | UnknownNameError() | NotFoundError():
            return ExitCode.INVALID
    return ExitCode.FAILED

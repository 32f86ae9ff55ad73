"""Refusals, conflicts and mistakes in the words of whoever made them.

Everything that was refused is told at once, and what was typed is shown again by the page.
Not here: errors that have no form to go back to (web/problems.py).
"""

from __future__ import annotations

import re

from roledesk.console.names import Names, read_names
from roledesk.core.soundness import Refusal
from roledesk.engine.organization import Organization
from roledesk.errors import ChangeRefusedError, ConflictError, InputError
from roledesk.web.pages import Notice

FormError = ChangeRefusedError | ConflictError | InputError
FORM_ERRORS = (ChangeRefusedError, ConflictError, InputError)
"""What a page catches from an edit, to show the form again."""

_AGENT = re.compile(r"agent (\S+)")
_TEAM = re.compile(r"\bteam ([^\s,;)]+)")


def notice_of(organization: Organization, error: FormError) -> Notice:
    """The error as a notice on the page of its form."""
    if isinstance(error, ConflictError):
        return Notice(
            "refused",
            "Somebody changed access while you were here",
            ("Nothing was saved and nothing you typed is lost. Look at what changed, then save again.",),
            "/history",
            "See what changed",
        )
    if isinstance(error, InputError):
        return Notice("refused", "This cannot be saved yet", (said(error.problem),))
    names = read_names(organization, _agents_named(error.refusals))
    return Notice("refused", "This was refused", tuple(_told(each, names) for each in error.refusals))


def field_errors(error: FormError) -> dict[str, str]:
    """What belongs beside a field, by the field's name."""
    if isinstance(error, InputError):
        return {error.where: said(error.problem)}
    if isinstance(error, ChangeRefusedError):
        places = {"reason": "because"}
        return {
            places.get(each.where, each.where): said(each.message) for each in error.refusals if each.where
        }
    return {}


def said(message: str) -> str:
    """A message as a sentence."""
    return f"{message[:1].upper()}{message[1:]}."


def _agents_named(refusals: tuple[Refusal, ...]) -> list[str]:
    return [found[1] for each in refusals if (found := _AGENT.fullmatch(each.where))]


def _told(refusal: Refusal, names: Names) -> str:
    found = _AGENT.fullmatch(refusal.where)
    about = f"{names.agent(found[1])}: " if found and names.agent(found[1]) != found[1] else ""
    plain = _TEAM.sub(lambda match: f"team {names.team(match[1])}", _unquoted(refusal.message))
    return f"{about}{said(plain) if not about else plain + '.'}"


def _unquoted(message: str) -> str:
    """Without the names engineers use, where the title stands beside them."""
    return re.sub(r"\(`[^`]+`(?: while (\w+))?, ([^)]*)\)", _extent, message)


def _extent(match: re.Match[str]) -> str:
    state = f" while {match[1]}" if match[1] else ""
    return f"({match[2]}{state})"

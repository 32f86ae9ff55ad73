"""Refusals and reaches as a support lead reads them: people and roles by name, permissions by title.

Not here: which refusals there are (core/), how a notice looks (templates).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from roledesk.console.names import Names, read_names
from roledesk.core.policy import Policy
from roledesk.core.reach import NOWHERE, Extent
from roledesk.core.soundness import Refusal
from roledesk.engine.organization import Organization
from roledesk.web.pages import Notice
from roledesk.web.phrases import listed

NOTHING_SAVED = "Nothing was saved"
SHOWN = 8
FIELDS = {
    "missing_reason": "because",
    "no_name": "name",
    "name_taken": "name",
    "name_too_long": "name",
    "name_is_formula": "name",
    "name_unprintable": "name",
}
"""The field beside which a refusal is shown; any other concerns the whole form."""

_TOKEN = re.compile(r"`([^`]+)`")
_ACTION_AFTER_TITLE = re.compile(r"\(`[\w.]+`,? ?")
_TEAM = re.compile(r"\bteam ([\w.@-]+)")


def refused(organization: Organization, refusals: Sequence[Refusal]) -> Notice:
    """All that was refused, as one notice."""
    return Notice("refused", NOTHING_SAVED, told(organization, refusals))


def refused_beyond_fields(organization: Organization, refusals: Sequence[Refusal]) -> Notice | None:
    """What was refused and stands beside no field; None when there is no such thing."""
    rest = [each for each in refusals if each.code not in FIELDS]
    return refused(organization, rest) if rest else None


def told(organization: Organization, refusals: Sequence[Refusal]) -> tuple[str, ...]:
    """Each refusal as a sentence, the same one once; the first few of very many."""
    agents = (each.where.removeprefix("agent ") for each in refusals if each.where.startswith("agent "))
    names = read_names(organization, agents)
    lines = tuple(dict.fromkeys(_told(each, names) for each in refusals))
    return lines if len(lines) <= SHOWN else (*lines[:SHOWN], f"And {len(lines) - SHOWN} more like these.")


def errors_of(refusals: Iterable[Refusal], policy: Policy) -> Mapping[str, str]:
    """The refusals that belong to one field, by the field's name."""
    return {
        FIELDS[each.code]: sentence(spoken(each.message, policy)) for each in refusals if each.code in FIELDS
    }


def spoken(message: str, policy: Policy) -> str:
    """`message` with titles and names where code has keys and ids."""
    shown = _TOKEN.sub(lambda found: _named(found[1], policy), _ACTION_AFTER_TITLE.sub("(", message))
    return _TEAM.sub(lambda found: f"team {_team(found[1], policy)}", shown)


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def title_of(action: str, policy: Policy) -> str:
    """What people call `action`."""
    return policy.catalogue.title_of(action)


def reach_words(extent: Extent, teams: frozenset[str], names: Names) -> str:
    """How far, for an agent of `teams`: `all`, `team`, `own`, or the teams by name; empty for nowhere."""
    if extent == NOWHERE:
        return ""
    if extent.everything:
        return "all"
    if extent.teams:
        return "team" if extent.teams == teams else listed(_team_names(extent.teams, names))
    return "own" if extent.own else f"own in {listed(_team_names(extent.own_within, names))}"


def _team_names(teams: frozenset[str], names: Names) -> list[str]:
    return sorted(names.team(team) for team in teams)


def _told(refusal: Refusal, names: Names) -> str:
    text = spoken(refusal.message, names.policy)
    whom = _whom(refusal, names)
    return sentence(f"{whom}: {text}" if whom else text)


def _whom(refusal: Refusal, names: Names) -> str:
    """The agents a refusal is about; empty when it is about something else, or the reader himself."""
    if refusal.code == "widens_self":
        return ""
    if refusal.where.startswith("agent "):
        return names.agent(refusal.where.removeprefix("agent "))
    return refusal.where if refusal.where.endswith(" agents") else ""


def _named(token: str, policy: Policy) -> str:
    catalogue = policy.catalogue
    if token in catalogue.permissions:
        return f"“{catalogue.permissions[token].title}”"
    if token in catalogue.actions:
        return f"“{title_of(token, policy)}”"
    if token in policy.roles:
        return f"“{policy.roles[token].name}”"
    return f"“{token}”"


def _team(word: str, policy: Policy) -> str:
    return policy.teams[word].name if word in policy.teams else word

"""What a name may look like, and which names look alike.

Names come from people and files and are shown to everybody, in pages, spreadsheets
and terminals: so no control characters, no markup, no formulas.
Not here: whether a name is taken (core/soundness.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from confusable_homoglyphs import confusables

from roledesk.core.changes import Change, Edit, Found, PutAgent, PutRole, PutTeam
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Role

NAME_LENGTH = 80
TEXT_LENGTH = 4_000
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")
FORMULA_STARTS = ("=", "+", "-", "@")
RESERVED_IDS = frozenset({"operator", "system"})
# What Unicode lets a font leave out (joiners, selectors, fillers), and the blank braille pattern.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0]"
)
ALIKE = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("‘’ʼ`´", "'"))
PILED_MARKS = 5
"""More marks on one letter than any script needs; they would be drawn over the lines around it."""


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """The same for names that people cannot tell apart: by case, width, spacing, marks or look-alike letters."""
    return " ".join(map(_plain_word, visible(name).translate(ALIKE).split()))


def visible(name: str) -> str:
    """What of a name leaves ink or space, in one form for each letter."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", unicodedata.normalize("NFKC", name)))


def _plain_word(word: str) -> str:
    # A word that looks Latin is compared as it looks; any other first without its case, which changes looks.
    latin = "".join(map(_plainest, word))
    return latin.casefold() if latin.isascii() else "".join(map(_plainest, word.casefold()))


@lru_cache(maxsize=4096)
def _plainest(letter: str) -> str:
    """The Latin letter this one looks like, or itself."""
    if letter.isascii():
        return {"0": "o", "1": "l"}.get(letter, letter)
    found = confusables.is_confusable(letter, greedy=True, preferred_aliases=[])
    alike = (each["c"] for one in found or () for each in one["homoglyphs"])
    return next((each.casefold() for each in alike if each.isascii() and each.isalpha()), letter)


def misspelled(change: Change) -> Iterator[Refusal]:
    """Every id, name and text in `change` that nobody should have to look at."""
    for edit in change.edits:
        yield from _misspelled_edit(edit)


def _misspelled_edit(edit: Edit) -> Iterator[Refusal]:
    match edit:
        case Found():
            yield from bad_name(edit.name, "organization")
        case PutRole(role):
            yield from _bad_role(role)
        case PutTeam(team):
            yield from bad_id(team.id, "team")
            yield from bad_name(team.name, f"team {team.id}")
        case PutAgent():
            yield from bad_id(edit.agent, "agent")


def _bad_role(role: Role) -> Iterator[Refusal]:
    where = f"role {role.id}"
    yield from bad_id(role.id, "role")
    yield from bad_name(role.name, where)
    for text in (role.description, role.policy_text):
        yield from bad_text(text, where)


def bad_id(id: str, what: str) -> Iterator[Refusal]:
    """Why `id` cannot be an id."""
    if not ID_PATTERN.fullmatch(id) or id in RESERVED_IDS:
        shown = printable(id)[:40]
        text = f"`{shown}` cannot be an id; use up to 80 letters, digits, dots, dashes and underscores"
        yield Refusal("bad_id", text, what)


def bad_name(name: str, where: str) -> Iterator[Refusal]:
    """Why `name` cannot be shown as one."""
    shown = visible(name).strip()
    if len(name) > NAME_LENGTH:
        yield Refusal(
            "name_too_long", f"a name has at most {NAME_LENGTH} characters; this one has {len(name)}", where
        )
    elif not shown:
        yield Refusal("no_name", "a name is needed", where)
    elif shown.startswith(FORMULA_STARTS):
        text = "a name cannot begin with `=`, `+`, `-` or `@`: a spreadsheet would run it"
        yield Refusal("name_is_formula", text, where)
    elif _has_controls(name) or "<" in name or ">" in name or _piles_marks(name):
        yield Refusal("name_unprintable", "a name cannot contain control characters, `<` or `>`", where)


def bad_text(text: str, where: str) -> Iterator[Refusal]:
    """Why `text` cannot be a description or a reason."""
    if len(text) > TEXT_LENGTH:
        yield Refusal(
            "text_too_long", f"a text has at most {TEXT_LENGTH} characters; this one has {len(text)}", where
        )
    elif _has_controls(text.replace("\n", "").replace("\r", "").replace("\t", "")):
        yield Refusal("text_unprintable", "a text cannot contain control characters", where)


def printable(text: str) -> str:
    """`text` with control characters made visible."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(letter) else letter for letter in text)


def _piles_marks(name: str) -> bool:
    marks = "".join("m" if unicodedata.category(letter) in {"Mn", "Me"} else " " for letter in name)
    return "m" * PILED_MARKS in marks


def _has_controls(text: str) -> bool:
    return any(_is_control(letter) for letter in text)


def _is_control(letter: str) -> bool:
    # Cf holds the invisible marks that turn text around or hide in it; joiners are part of some scripts.
    return unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (
        unicodedata.category(letter) == "Cf" and letter not in "\u200c\u200d"
    )

"""A text as the words it can be found by, in every script.

Words are parted where the script parts them. Scripts that write without spaces are cut
into overlapping pairs of letters, so that any two or more letters that stand together
are found. The same cut is made of what is searched for, on both databases.
Not here: the index (store/search.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from roledesk import folded

LONGEST = 64
"""Letters of a word that are looked at; no word of a language is longer."""
MOST = 2_000
"""Words of one text that are kept; a text has a limit of its own."""

# Han, kana, Thai, Lao, Myanmar, Khmer: written without spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_PART = re.compile(f"[{UNSPACED}\U00020000-\U0003ffff]+|[^\\W_{UNSPACED}\U00020000-\U0003ffff]+")
_JOINERS = re.compile("['\u2019\u00ad\u200c\u200d]")


def words_of(text: str) -> tuple[str, ...]:
    """Each word of a text once, as the index keeps it."""
    return tuple(dict.fromkeys(word for part in _parts(text) for word in _pieces(part)))[:MOST]


def wanted(text: str) -> tuple[str, ...]:
    """What a message must have words beginning with, all of them; empty for nothing to look for."""
    return tuple(dict.fromkeys(word for part in _parts(text) for word in _sought(part)))


def _parts(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFD", folded(_JOINERS.sub("", text)))
    # Marks over letters are left out, so that a name is found however it is typed; those of unspaced
    # scripts are vowels and stay.
    kept = "".join(each for each in plain if unicodedata.category(each) != "Mn" or _is_unspaced(each))
    return iter(_PART.findall(unicodedata.normalize("NFC", kept)))


def _pieces(part: str) -> Iterator[str]:
    if not _is_unspaced(part[0]):
        yield part[:LONGEST]
        return
    yield from ("".join(pair) for pair in pairwise(part))
    # By itself, so that a search for one letter finds the last one too.
    yield part[-1]


def _sought(part: str) -> Iterator[str]:
    if len(part) == 1 or not _is_unspaced(part[0]):
        yield part[:LONGEST]
        return
    yield from ("".join(pair) for pair in pairwise(part))


def _is_unspaced(letter: str) -> bool:
    return re.match(f"[{UNSPACED}\U00020000-\U0003ffff]", letter) is not None

"""A TOML file read field by field, so that every mistake is named with its place.

A Table is one table of a file. Its readers return the value in the type asked for or
raise CatalogueError with file, line and key; `require_only` finds misspelt fields.
Not here: what the fields mean (catalogue_file.py, templates.py).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from roledesk.core.catalogue import Source
from roledesk.errors import CatalogueError

MAX_FILE_CHARACTERS = 2_000_000
MAX_TEXT_CHARACTERS = 600
MAX_TITLE_CHARACTERS = 80
MAX_LIST_ITEMS = 1_000
MAX_NUMBER = 999_999

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_ACTION = re.compile(rf"{_IDENTIFIER.pattern}\.{_IDENTIFIER.pattern}")
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_FIELD = re.compile(r"\s*([\w.\"'-]+)\s*=")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a TOML file, the names that lead to it, and its fields as read."""

    source: Source
    path: tuple[str, ...]
    fields: Mapping[str, object]

    def error(self, field: str, problem: str) -> CatalogueError:
        """The error to raise about `field`; an empty `field` is the table itself."""
        path = (*self.path, field) if field else self.path
        line = _line_of(self.source.text, path)
        return CatalogueError(self.source.name, line, shortened(".".join(path)), problem)

    def require_only(self, *known: str) -> None:
        """Refuse fields that are not among `known`."""
        for field in self.fields:
            if field not in known:
                raise self.error(field, f"this field does not exist; use one of {quoted(known)}")

    def text(self, field: str, *, longest: int = MAX_TEXT_CHARACTERS) -> str:
        """One line of visible text; empty when the field is absent."""
        value = self.fields.get(field, "")
        if not isinstance(value, str):
            raise self.error(field, "must be text in quotes")
        if len(value) > longest:
            raise self.error(field, f"is {len(value)} characters long; {longest} is the most")
        if any(unicodedata.category(character) in _INVISIBLE for character in value):
            raise self.error(field, "holds a line break or an invisible character; write it on one line")
        return value.strip()

    def title(self, field: str) -> str:
        """A short text that must be there."""
        if title := self.text(field, longest=MAX_TITLE_CHARACTERS):
            return title
        raise self.error(field, "is missing or empty; write it")

    def flag(self, field: str) -> bool:
        """True or false; false when absent."""
        value = self.fields.get(field, False)
        if isinstance(value, bool):
            return value
        raise self.error(field, "must be true or false")

    def number(self, field: str) -> int | None:
        """A whole number from 1; None when absent."""
        value = self.fields.get(field)
        if value is None or (isinstance(value, int) and value is not True and 1 <= value <= MAX_NUMBER):
            return value
        raise self.error(field, f"must be a whole number from 1 to {MAX_NUMBER}")

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts without repetition; empty when absent."""
        return self._strings(field, self.fields.get(field, []))

    def lists(self, field: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts; empty when absent."""
        value = self.fields.get(field, [])
        if not isinstance(value, list):
            raise self.error(field, 'must be a list of lists, like [["A", "B"]]')
        return tuple(self._strings(field, each) for each in value)

    def names(self, field: str) -> tuple[str, ...]:
        """A list of identifiers; empty when absent."""
        return tuple(self.identifier(field, each) for each in self.texts(field))

    def identifier(self, field: str, value: str) -> str:
        """`value`, when it may be a name in code."""
        if _IDENTIFIER.fullmatch(value):
            return value
        rule = "a letter, then at most 63 letters, digits, `_` and `-`"
        raise self.error(field, f"`{shortened(value)}` is not a name; use {rule}")

    def action(self, field: str, value: str) -> str:
        """`value`, when it may be the name of an action."""
        if _ACTION.fullmatch(value):
            return value
        raise self.error(field, f"`{shortened(value)}` is not an action; write it like `conversation.reply`")

    def child(self, field: str) -> Table:
        """The table under `field`; an empty one when absent."""
        value = self.fields.get(field, {})
        if not isinstance(value, dict):
            raise self.error(field, "must be a table, under its own [heading]")
        return Table(self.source, (*self.path, field), value)

    def children(self, field: str) -> tuple[Table, ...]:
        """The named tables under `field`, in the order of the file."""
        parent = self.child(field)
        for name in parent.fields:
            parent.identifier(name, name)
        return tuple(parent.child(name) for name in parent.fields)

    def rows(self, field: str) -> tuple[Table, ...]:
        """The tables of an array of tables, `[[field]]`, in the order of the file."""
        value = self.fields.get(field, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(field, f"must be tables, each under [[{field}]]")
        return tuple(Table(self.source, (field, str(row)), each) for row, each in enumerate(value, start=1))

    @property
    def name(self) -> str:
        """The last name that leads to it; empty for the file itself."""
        return self.path[-1] if self.path else ""

    def _strings(self, field: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error(field, 'must be a list of texts, like ["a", "b"]')
        if len(value) > MAX_LIST_ITEMS:
            raise self.error(field, f"has {len(value)} items; {MAX_LIST_ITEMS} is the most")
        if len(set(value)) < len(value):
            raise self.error(field, "names the same thing twice; name it once")
        return tuple(value)


def read_toml(source: Source, *, longest: int = MAX_FILE_CHARACTERS) -> Table:
    """The whole file as a table. Raises CatalogueError with the line of a syntax error."""
    file = Table(source, (), {})
    if len(source.text) > longest:
        raise file.error("", f"the file is longer than {longest} characters; split it")
    try:
        return replace(file, fields=tomllib.loads(source.text))
    # ValueError: a syntax error, or a number longer than Python converts.
    except ValueError as error:
        line = _line_in(str(error), source.text)
        raise CatalogueError(source.name, line, "", f"not valid TOML: {error}") from None
    except RecursionError:
        raise file.error("", "lists within lists too deep to read; flatten them") from None


def quoted(names: Iterable[str]) -> str:
    """The names in backticks, for an error message."""
    return ", ".join(f"`{name}`" for name in names)


def shortened(value: str) -> str:
    """`value` as it can stand in a one-line message."""
    return ascii(value)[1:-1] if len(value) <= 80 else f"{ascii(value[:60])[1:-1]}…"


def _line_in(message: str, text: str) -> int:
    """The line a syntax error names: by number, as the end, or not at all."""
    if found := re.search(r"at line (\d+)", message):
        return int(found[1])
    return text.count("\n") + 1 if "at end of document" in message else 1


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """The line where the longest written part of `path` stands; 1 when none is."""
    lines = {place: line for line, place in reversed(list(_places(text)))}
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), 1)


def _places(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each line that opens a table or starts a field, with the path it stands for."""
    table: tuple[str, ...] = ()
    rows: Counter[tuple[str, ...]] = Counter()
    for line, content in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(content):
            table = _names(header[2])
            if header[1] == "[[":
                rows[table] += 1
                table = (*table, str(rows[table]))
            yield line, table
        elif field := _FIELD.match(content):
            yield line, table + _names(field[1])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip().strip("\"'") for name in dotted.split("."))

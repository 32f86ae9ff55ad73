"""Files of comma-separated values: read without trusting them, written so that no program runs them.

A spreadsheet takes a cell that begins like a formula for one: such a cell is written behind an
apostrophe, and read without it again.
Not here: what the columns mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from roledesk.errors import InputError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a formula begins; the last four are what a keyboard for wide letters writes."""
MOST_BYTES = 1_000_000
MOST_ROWS = 10_000
LONGEST_CELL = 2_000
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number, the head being 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


def written(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Rows as lines of a file; the first is its head."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([_guarded(each) for each in row])
        yield line.getvalue()


def file_headers(name: str) -> Mapping[str, str]:
    """The headers of an answer that is kept as a file of this name."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def read(
    content: bytes, columns: Sequence[str], *, needed: Sequence[str] = (), most: int = MOST_ROWS
) -> tuple[Line, ...]:
    """The lines of a file by the names of its columns; a column that is not there is empty.

    Raises InputError for what is no such file: not UTF-8, too long, a column unknown, twice or missing.
    """
    if len(content) > MOST_BYTES:
        raise InputError("file", f"a file has at most {MOST_BYTES:,} bytes; part it and send the parts")
    (_, head), *rows = _rows(_decoded(content), most)
    named = [each.casefold() for each in head]
    _check_head(named, columns, needed)
    if not rows:
        raise InputError("file", "has no line below its head; add one and send it again")
    return tuple(_line(number, row, named, columns) for number, row in rows)


def _line(number: int, row: Sequence[str], named: Sequence[str], columns: Sequence[str]) -> Line:
    if any(row[len(named) :]):
        raise InputError(
            "file", f"line {number} has {len(row)} cells and the head {len(named)}; put commas in quotes"
        )
    found = dict(zip(named, row, strict=False))
    return Line(number, {column: found.get(column, "") for column in columns})


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "file", f"byte {error.start + 1} is not UTF-8; save the file as CSV in UTF-8 and send it again"
        ) from None
    if "\0" in text:
        raise InputError("file", "holds a NUL character, so it is no text; save it as CSV and send it again")
    return text


def _rows(text: str, most: int) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of the line on which it begins."""
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    number = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((number, [_plain(cell) for cell in row]))
            if len(found) > most + 1:
                raise InputError("file", f"a file has at most {most:,} lines; part it and send the parts")
            number = reader.line_num + 1
    except csv.Error as error:
        raise InputError("file", f"line {number} cannot be read as CSV: {error}") from None
    if not found:
        raise InputError("file", "is empty; the first line names the columns")
    return found


def _check_head(named: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> None:
    known = ", ".join(f"`{each}`" for each in columns)
    for each in named:
        if each not in columns:
            raise InputError("file", f"has a column `{each[:60]}`; the columns are {known}")
        if named.count(each) > 1:
            raise InputError("file", f"has the column `{each}` twice; leave one out")
    for each in needed:
        if each not in named:
            raise InputError("file", f"has no column `{each}`; the columns are {known}")


def _guarded(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text


def _plain(cell: str) -> str:
    text = cell.removeprefix("'") if cell[:1] == "'" and cell[1:2] in (*FORMULA_STARTS, "'") else cell
    if len(text) > LONGEST_CELL:
        raise InputError("file", f"has a cell of {len(text):,} characters; {LONGEST_CELL:,} are the most")
    return text.strip()

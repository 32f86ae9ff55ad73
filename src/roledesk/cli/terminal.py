"""What is printed, and how: plain lines, aligned facts, tables, JSON, progress.

Names come from people, so every line is made safe: a terminal obeys control characters.
Not here: what is said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from roledesk.engine.names import printable

LABEL_WIDTH = 12
LONGEST_LIST = 8


def say(line: str = "", *, style: str = "") -> None:
    """Print one line of the answer."""
    _console().print(Text(printable(line), style=style), soft_wrap=True)


def say_fact(label: str, text: str) -> None:
    """Print one reason below the answer."""
    say(f"  {label.ljust(LABEL_WIDTH)} {text}")


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    _console().print(table)


def say_json(body: object) -> None:
    """Print a body as the HTTP service would send it."""
    # Escaped like any JSON text, so a terminal is safe from it too.
    text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    sys.stdout.write("".join(c if c == "\n" or c.isprintable() else _escaped(c) for c in text) + "\n")


def complain(line: str) -> None:
    """Print one line about what went wrong."""
    Console(stderr=True, highlight=False).print(Text(printable(line)), soft_wrap=True)


def shortened(names: Iterable[str]) -> str:
    """The names as one phrase, the first few of many."""
    listed = list(names)
    more = len(listed) - LONGEST_LIST
    return ", ".join(listed[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A bar on stderr while something takes long; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(what, total=None)
        yield bar


def is_watched() -> bool:
    """Whether somebody sits at the keyboard and can be asked."""
    return sys.stdin.isatty()


def _console() -> Console:
    return Console(highlight=False, emoji=False, markup=False)


def _escaped(letter: str) -> str:
    return "".join(
        f"\\u{unit:04x}" for unit in memoryview(letter.encode("utf-16-le", "surrogatepass")).cast("H")
    )

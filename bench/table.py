"""The table that is printed: what was measured, what it must be, and whether it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measure; `value` and `limit` in the same unit, no limit for a row that only reports."""

    measure: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def is_red(self) -> bool:
        """Whether it misses its limit."""
        if self.limit is None:
            return False
        return self.value < self.limit if self.at_least else self.value > self.limit

    @property
    def verdict(self) -> str:
        """`ok`, `RED`, or nothing for a row without a limit."""
        return "" if self.limit is None else "RED" if self.is_red else "ok"

    @property
    def must(self) -> str:
        """The limit as it is printed."""
        return "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g}"


def show(title: str, rows: Iterable[Row]) -> None:
    """Print a table of rows."""
    table = Table(title=title, title_justify="left", show_edge=False)
    for name, justify in (
        ("measure", "left"),
        ("measured", "right"),
        ("unit", "left"),
        ("must", "right"),
        ("", "left"),
        ("note", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(
            row.measure,
            f"{row.value:,.3g}" if row.value < 1000 else f"{row.value:,.0f}",
            row.unit,
            row.must,
            row.verdict,
            row.note,
        )
    Console(width=150).print(table)

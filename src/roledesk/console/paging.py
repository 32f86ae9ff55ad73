"""Pages of a long list: which one is asked for, and the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from roledesk.web.forms import Form


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a page stands in a list of `total`; an address is None at either end."""

    page: int
    pages: int
    total: int
    first: int
    last: int
    previous: str | None
    next: str | None


def page_number(query: Form) -> int:
    """The page asked for, from 1."""
    text = query["page"]
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def make_pager(path: str, kept: Mapping[str, str], *, page: int, size: int, total: int) -> Pager:
    """The pager of page `page`; its neighbours' addresses hold `kept` as well."""
    pages = max(1, -(-total // size))

    def address(number: int) -> str | None:
        return path + suffix_of({**kept, "page": str(number)}) if 1 <= number <= pages else None

    first = (page - 1) * size
    return Pager(
        page, pages, total, first + 1, min(first + size, total), address(page - 1), address(page + 1)
    )


def suffix_of(values: Mapping[str, str]) -> str:
    """The values as a query, `?` included; what says nothing is left out."""
    filled = {name: value for name, value in values.items() if value and (name, value) != ("page", "1")}
    return f"?{urlencode(filled)}" if filled else ""


def picked(query: Form, names: Iterable[str]) -> dict[str, str]:
    """What the query says under these names."""
    return {name: query[name] for name in names}

"""What a form or a query sent: its fields by name, nothing in them believed.

Not here: what a field means, and whether it is allowed; the page that asked decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from starlette.requests import Request

from roledesk.core.terms import Revision
from roledesk.errors import InputError

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form; `form["name"]` is a field's text, empty when it was not sent."""

    fields: Values = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    def every(self, name: str) -> tuple[str, ...]:
        """Each value sent under `name`: the ticked boxes."""
        return self.fields.get(name, ())

    def chosen(self, name: str) -> frozenset[str]:
        """The values sent under `name`, as a set."""
        return frozenset(filter(None, self.every(name)))

    def day(self, name: str) -> float | None:
        """The start of the day sent, UTC; None when empty. Raises InputError."""
        return parse_day(name, self[name])

    def expecting(self, head: Revision) -> Revision:
        """The revision that the sender was looking at. Raises InputError."""
        number = self["expecting"]
        if not (number.isascii() and number.isdecimal() and len(number) < 16):
            raise InputError("expecting", "the page did not say what it showed; open it again and repeat")
        return Revision(head.epoch, int(number))


def form_of(values: Mapping[str, str]) -> Form:
    """A form that shows these values."""
    return Form({name: (value,) for name, value in values.items()})


async def read_form(request: Request) -> Form:
    """The form in a request's body; a dependency of handlers that take one."""
    async with request.form() as sent:
        return _form((name, value) for name, value in sent.multi_items() if isinstance(value, str))


def read_query(request: Request) -> Form:
    """The fields in a request's address."""
    return _form(request.query_params.multi_items())


def parse_day(name: str, text: str) -> float | None:
    """The start of the day `text` (like `2026-11-21`), in UTC; None for an empty one. Raises InputError."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(name, "write the day like 2026-11-21") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _form(pairs: Iterable[tuple[str, str]]) -> Form:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), _whole(value).replace("\r\n", "\n").strip())
    return Form(fields)


def _whole(text: str) -> str:
    """`text` with a question mark for each half character, which nothing could write down."""
    return text.encode(errors="replace").decode()

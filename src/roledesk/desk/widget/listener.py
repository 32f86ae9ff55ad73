"""A visitor at the end of a stream: he hears of his own conversations, and of the widget itself.

What he hears are kinds only; what was said he fetches through his own doors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roledesk import Organization
from roledesk.desk.facts import EventKind
from roledesk.web.access import Difference
from roledesk.web.listeners import Happening, Told, Topic


@dataclass(slots=True)
class VisitorListener:
    """A visitor's browser; `customer` is None before his first word."""

    organization: Organization
    customer: str | None
    is_known: Callable[[], bool]

    def may_listen(self) -> bool:
        """Whether the browser still is whose it was, and the widget there."""
        return self.is_known()

    def changed(self) -> Difference | None:
        """Nothing: a visitor holds no permission."""
        return None

    def is_gone(self) -> bool:
        """Never by a change of policy."""
        return False

    def told(self, happening: Happening, topics: Sequence[Topic]) -> Told | None:
        """The kind of what happened, when it concerns him."""
        concerns = self.customer is not None and happening.outsider == self.customer
        if concerns or happening.kind == EventKind.SETTINGS:
            return "typing" if happening.kind == EventKind.TYPING else "changed", {"kind": happening.kind}
        return None

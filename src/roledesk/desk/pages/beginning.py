"""What an inbox says to which no chat ever came: how chats come, and what to do about it.

Not here: an inbox that is empty today (listing.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from roledesk import Guard
from roledesk.desk import reading, widgets


@dataclass(frozen=True, slots=True)
class Beginning:
    """One line, and the step that the asker may take; `href` is empty when there is none for him."""

    text: str
    href: str = ""
    link: str = ""


def beginning_of(guard: Guard) -> Beginning | None:
    """What to say to who has no chat in his inbox; None once there was one that he may view."""
    if guard.is_preview or reading.closed(guard, mine=False, limit=1).rows:
        return None
    if not widgets.has_any(guard.organization):
        return _without_widget(may_make=guard.may("widget.edit"))
    shown = next((each for each in widgets.list_widgets(guard) if each.enabled), None)
    if shown is None:
        return None
    said = "You have no chat yet. What visitors write in the web chat shows here."
    return Beginning(said, f"/widget/{shown.id}/try", "Write as a visitor")


def _without_widget(*, may_make: bool) -> Beginning:
    if may_make:
        return Beginning(
            "What visitors write on your pages shows here; it needs a web chat.",
            "/widgets/new",
            "Make a web chat",
        )
    return Beginning("What visitors write shows here. Ask whoever looks after the web chat to make one.")

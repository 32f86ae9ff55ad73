"""Who holds what in one organization, at one moment.

A Policy is immutable. Agents with the same status, teams and assignments share
one Standing, so that a million agents cost one dictionary entry each, and
everything compiled for them is compiled once.
Not here: how it changes (changes.py), how it answers (snapshot.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from roledesk.core.catalogue import Catalogue
from roledesk.core.terms import Assignment, Role, Status, Team


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agent stands: status, teams and assignments; shared by all who stand alike."""

    status: Status = Status.INVITED
    teams: frozenset[str] = frozenset()
    assignments: tuple[Assignment, ...] = ()
    type: str = "agent"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles assigned, dated or not, in the order of assignment."""
        return tuple(dict.fromkeys(assignment.role for assignment in self.assignments))

"""What `--json` prints: the bodies of the HTTP service, from the same types.

Imported only where it is needed: the web framework behind these types takes half a second.
"""

from __future__ import annotations

from collections.abc import Sequence

from roledesk.core.decide import Decision
from roledesk.engine import Organization
from roledesk.errors import HistoryError
from roledesk.service.api.history import HistoryOut, VerifiedOut, entry_out
from roledesk.service.api.questions import DecisionOut, WhoOut, decision_out
from roledesk.service.api.tokens import made_out, token_out
from roledesk.service.authzen.evaluation import explain
from roledesk.service.authzen.messages import Answer
from roledesk.store.history import HistoryRow, Verified

__all__ = ["made_out", "token_out"]


def answer_body(decision: Decision) -> Answer:
    """The answer of an AuthZEN evaluation."""
    return Answer(decision.allowed, explain(decision))


def decision_body(decision: Decision) -> DecisionOut:
    """A decision with its reasons."""
    return decision_out(decision, ())


def who_body(organization: Organization, agents: Sequence[str]) -> WhoOut:
    """The agents who can, all of them."""
    return WhoOut(str(organization.revision), list(agents), None)


def history_body(rows: Sequence[HistoryRow], *, more: bool) -> HistoryOut:
    """Changes, newest first."""
    return HistoryOut([*map(entry_out, rows)], rows[-1].revision if more else None)


def verified_body(found: Verified | HistoryError) -> VerifiedOut:
    """Whether a history is whole, and where not."""
    if isinstance(found, HistoryError):
        return VerifiedOut(False, 0, None, None, found.revision, found.problem)
    return VerifiedOut(True, found.rows, found.head_revision, found.head_hash, None, None)

"""What went wrong with a form, told above it; what was typed stays in it.

Not here: the words of a refusal (wording.py), errors without a form to go back to
(web/problems.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from roledesk.console.wording import NOTHING_SAVED, errors_of, refused, sentence
from roledesk.engine.organization import Organization
from roledesk.errors import ChangeRefusedError, ConflictError, InputError
from roledesk.web.forms import Form
from roledesk.web.pages import Notice

FormError = ChangeRefusedError | ConflictError | InputError
FORM_ERRORS = (ChangeRefusedError, ConflictError, InputError)
"""What a page catches from an edit, to show the form again."""

OVERTAKEN = Notice(
    "refused",
    "Somebody changed access while you were here",
    ("Nothing was saved, and all you typed is still here.", "Look at what changed; then save again."),
)


def notice_of(organization: Organization, error: FormError) -> Notice | None:
    """What is said above the form; None when it all stands beside the fields."""
    if isinstance(error, ConflictError):
        return OVERTAKEN
    if isinstance(error, ChangeRefusedError):
        return refused(organization, error.refusals)
    return Notice("refused", NOTHING_SAVED, (sentence(error.problem),))


def field_errors(organization: Organization, error: FormError) -> Mapping[str, str]:
    """What belongs beside a field, by the field's name."""
    if isinstance(error, ChangeRefusedError):
        return errors_of(error.refusals, organization.policy)
    return {error.where: sentence(error.problem)} if isinstance(error, InputError) else {}


def expected_next(organization: Organization, form: Form, error: FormError | None) -> str:
    """The revision a form shown again expects: what it was first shown at, until its sender has been told more."""
    if isinstance(error, ConflictError) or not form["expecting"]:
        return str(organization.revision.number)
    return form["expecting"]


def reason_of(form: Form) -> str:
    """Why. Raises InputError when it is missing."""
    if not form["because"]:
        raise InputError("because", "say why; the reason is kept in the history")
    return form["because"]

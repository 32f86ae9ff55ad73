"""Saving a role, and telling who changed it meanwhile; its holders are part of it.

Not here: when a change counts as overtaken (overtaking.py), what is written (role_changes.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from roledesk.console.names import names_of
from roledesk.console.overtaking import rows_since, unless_overtaken
from roledesk.console.role_rows import get_role
from roledesk.console.wording import sentence
from roledesk.core.changes import Change
from roledesk.core.terms import Revision, Role, Scope
from roledesk.core.wire import role_from_json
from roledesk.engine.guard import Guard
from roledesk.errors import ConflictError
from roledesk.store.history import HistoryRow
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice
from roledesk.web.phrases import ago

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Target:
    """The role a form is about, who sent it, and the revision he was looking at."""

    guard: Guard
    role: Role
    expecting: Revision


@dataclass(frozen=True, slots=True)
class Saved:
    """A change that was made, as this revision."""

    revision: Revision


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nothing was saved: these changes of `role`, newest first, came between."""

    role: str
    rows: tuple[HistoryRow, ...]

    @property
    def base(self) -> Role | None:
        """The role as the page had shown it; None when only its holders changed."""
        return next(filter(None, map(self._before, reversed(self.rows))), None)

    def _before(self, row: HistoryRow) -> Role | None:
        roles: Mapping[str, Mapping[str, object] | None] = row.before["roles"]  # type: ignore[assignment]
        found = roles.get(self.role)
        return None if found is None else role_from_json(found)


def read_target(request: Request, id: str, form: Form, action: str) -> Target:
    """The role `id`, at least as fresh as the page that sent `form`, for whoever may take `action` on roles.

    Raises NotFoundError, DeniedError, InputError, StaleRevisionError.
    """
    guard = get_asker(request)
    expecting = form.expecting(guard.organization.revision)
    guard.organization.at_least(str(expecting))
    role = get_role(guard, id)
    guard.require(action)
    return Target(guard, role, expecting)


def save(target: Target, change: Change, because: str) -> Saved | Overtaken:
    """Make `change` unless the role was changed since it was looked at. Raises ChangeRefusedError."""
    guard, role = target.guard, target.role.id

    def commit(head: Revision) -> Revision:
        return guard.organization.commit(change, by=guard.subject, because=because, expecting=head)

    try:
        return Saved(unless_overtaken(guard, f"role:{role}", target.expecting, commit))
    except ConflictError:
        return Overtaken(role, rows_since(guard, f"role:{role}", target.expecting.number))


def overtaken_notice(guard: Guard, overtaken: Overtaken) -> Notice:
    """Who changed the role meanwhile, when and why."""
    organization = guard.organization
    shown = overtaken.rows[:SHOWN]
    with organization.database.reading() as connection:
        names = names_of(connection, organization.policy, {row.by for row in shown})
    now = organization.clock()
    lines = [
        sentence(f"{names.agent(row.by)} changed this role {ago(row.at, now)}: “{row.because}”")
        for row in shown
    ]
    more = [f"And {len(overtaken.rows) - SHOWN} more changes."] if len(overtaken.rows) > SHOWN else []
    kept = "Nothing was saved. What you had changed is still here, on top of that: look again, then save."
    return Notice("refused", "Somebody else changed this role", (*lines, *more, kept))


def merge(
    base: Mapping[str, Scope], mine: Mapping[str, Scope], theirs: Mapping[str, Scope]
) -> dict[str, Scope]:
    """What both changed: mine where I changed something, else theirs."""
    keys: Sequence[str] = [*theirs, *(key for key in mine if key not in theirs)]
    merged = {
        key: mine.get(key, Scope.NONE) if mine.get(key) != base.get(key) else theirs.get(key, Scope.NONE)
        for key in keys
    }
    return {key: scope for key, scope in merged.items() if scope}

"""Changing what a role opens: staged on the page, previewed, reviewed, saved with a reason.

Each step is a plain form; nothing is kept on the server in between.
Not here: the dual list itself (role_editor.py), saving among others (saving.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from starlette.requests import Request

from roledesk.console.differences import lines_between
from roledesk.console.effects import Outcome, outcome_of, reached_words
from roledesk.console.names import Names
from roledesk.console.role_editor import (
    Editor,
    Scopes,
    Tally,
    areas_of,
    moved,
    read_staged,
    saved_scopes,
    with_grants,
)
from roledesk.console.role_pages import permissions_page, read_ticked, role_page
from roledesk.console.saving import Overtaken, Target, merge, overtaken_notice, read_target, save
from roledesk.console.warnings import warnings_of
from roledesk.console.wording import errors_of, refused_beyond_fields
from roledesk.core.changes import Change, PutRole
from roledesk.core.policy import Policy
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Preview
from roledesk.errors import ChangeRefusedError
from roledesk.web.forms import Form, read_form
from roledesk.web.pages import Notice, page_of
from roledesk.web.phrases import count
from roledesk.web.routes import Routes

routes = Routes()

Sent = Annotated[Form, Depends(read_form)]


@dataclass(frozen=True, slots=True)
class Edit:
    """A role being edited: what the page sent, and what is staged."""

    target: Target
    form: Form
    staged: Scopes

    @property
    def guard(self) -> Guard:
        """Who edits it."""
        return self.target.guard

    @property
    def role(self) -> Role:
        """The role as it is saved."""
        return self.target.role

    @property
    def policy(self) -> Policy:
        """The policy it is edited in."""
        return self.guard.organization.policy

    @property
    def result(self) -> Role:
        """The role as it would be."""
        return with_grants(self.role, self.staged, self.policy)

    @property
    def change(self) -> Change:
        """What saving would do."""
        return Change((PutRole(self.result),))

    @property
    def is_changed(self) -> bool:
        """Whether saving would do anything."""
        return self.result != self.role


@routes.guarded("POST", "/roles/{id}/stage", "role.edit")
def stage_role(request: Request, id: str, form: Sent) -> Response:
    """The dual list after an arrow button, without script."""
    edit = read_edit(request, id, form)
    edit = replace(edit, staged=moved(edit.staged, form, edit.role, edit.policy))
    return permissions_page(request, edit.guard, edit.role, editor_of(edit, previewed(edit)))


@routes.guarded("POST", "/roles/{id}/preview", "role.edit")
def preview_role(request: Request, id: str, form: Sent) -> Response:
    """What is staged, counted, as a fragment."""
    edit = read_edit(request, id, form)
    return page_of(request).render(request, "_role_staged.html", {"editor": editor_of(edit, previewed(edit))})


@routes.guarded("POST", "/roles/{id}/review", "role.edit")
def review_role(request: Request, id: str, form: Sent) -> Response:
    """The difference, and who gains and loses what."""
    edit = read_edit(request, id, form)
    if not edit.is_changed:
        return page_of(request).redirect(f"/roles/{id}", unchanged(edit.role))
    return review_page(request, edit)


@routes.guarded("POST", "/roles/{id}", "role.edit")
def save_role(request: Request, id: str, form: Sent) -> Response:
    """Save what is staged, unless it is refused or somebody else changed the role."""
    edit = read_edit(request, id, form)
    if not edit.is_changed:
        return page_of(request).redirect(f"/roles/{id}", unchanged(edit.role))
    try:
        result = save(edit.target, edit.change, form["because"])
    except ChangeRefusedError as error:
        return refused_page(request, edit, error)
    if isinstance(result, Overtaken):
        return overtaken_page(request, edit, result)
    said = f"{count(editor_of(edit).changes, 'change')} in force from now on."
    return page_of(request).redirect(
        f"/roles/{id}", saved(edit.guard, f"{edit.role.name} was updated", said, result.revision.number)
    )


def read_edit(request: Request, id: str, form: Form) -> Edit:
    """What the page sent about this role. Raises what `read_target` raises."""
    target = read_target(request, id, form, "role.edit")
    return Edit(target, form, read_staged(form, target.role, target.guard.organization.policy))


def previewed(edit: Edit) -> Preview | None:
    """What saving would do; None when nothing is staged."""
    if not edit.is_changed:
        return None
    return edit.guard.organization.preview(edit.change, by=edit.guard.subject)


def editor_of(edit: Edit, preview: Preview | None = None) -> Editor:
    """The dual list with what is staged, and what `preview` says of it."""
    areas = areas_of(
        edit.role,
        edit.staged,
        edit.policy,
        query=edit.form["q"],
        ticked=read_ticked(edit.guard, edit.role),
    )
    return Editor(
        areas,
        edit.target.expecting.number,
        edit.form["q"],
        edit.form["because"],
        None if preview is None or preview.refusals else tally(edit.guard, preview),
        () if preview is None else warnings_of(edit.guard, edit.role, edit.result, preview),
    )


def tally(guard: Guard, preview: Preview) -> Tally:
    """How many agents gain and lose, and what."""
    return Tally(
        sum(len(effect.agents) for effect in preview.effects if effect.gains),
        sum(len(effect.agents) for effect in preview.effects if effect.losses),
        reached_words(guard, preview),
    )


def review_page(
    request: Request, edit: Edit, errors: Mapping[str, str] | None = None, notice: Notice | None = None
) -> Response:
    """The review, again with what was wrong."""
    preview = previewed(edit)
    editor = editor_of(edit, preview)
    context = {
        "editor": said_once(editor, notice),
        "reached": editor.preview.reached if editor.preview else (),
        "diff": difference(edit),
        "errors": errors or {},
        "is_refused": bool(preview and preview.refusals),
        **(outcome_context(outcome_of(edit.guard, preview)) if preview else {}),
    }
    page = role_page(request, edit.guard, edit.role, "role_review.html", context, notice=notice)
    page.status_code = 422 if errors or notice else 200
    return page


def outcome_context(outcome: Outcome) -> Mapping[str, object]:
    """Who gains and loses, as the templates name it."""
    return {
        "gains": outcome.gains,
        "losses": outcome.losses,
        "gain_count": outcome.gain_count,
        "lose_count": outcome.lose_count,
    }


def difference(edit: Edit) -> tuple[object, ...]:
    """Line by line, what saving would change."""
    before, after = (
        replace(edit.policy, roles={role.id: role}, teams={}, agents={}, members={})
        for role in (edit.role, edit.result)
    )
    return tuple(lines_between(before, after, Names(edit.policy, {})))


def refused_page(request: Request, edit: Edit, error: ChangeRefusedError) -> Response:
    """The page that was sent, with every refusal and everything kept."""
    organization = edit.guard.organization
    errors = errors_of(error.refusals, organization.policy)
    notice = refused_beyond_fields(organization, error.refusals)
    if edit.form["from"] == "review":
        return review_page(request, edit, errors, notice)
    editor = replace(said_once(editor_of(edit, previewed(edit)), notice), errors=errors)
    return permissions_page(request, edit.guard, edit.role, editor, notice=notice, refused=True)


def said_once(editor: Editor, notice: Notice | None) -> Editor:
    """The editor without the warnings that `notice` tells already."""
    told = () if notice is None else notice.lines
    return replace(editor, warnings=tuple(line for line in editor.warnings if line not in told))


def overtaken_page(request: Request, edit: Edit, overtaken: Overtaken) -> Response:
    """The role as somebody else left it, with one's own changes staged on top."""
    organization = edit.guard.organization
    role = organization.policy.roles.get(edit.role.id)
    notice = overtaken_notice(edit.guard, overtaken)
    if role is None:
        return page_of(request).redirect("/roles", notice)
    base = saved_scopes(overtaken.base or role, organization.policy)
    staged = merge(base, edit.staged, saved_scopes(role, organization.policy))
    merged = replace(edit, target=Target(edit.guard, role, organization.revision), staged=staged)
    editor = editor_of(merged, previewed(merged))
    page = permissions_page(request, edit.guard, role, editor, notice=notice)
    page.status_code = 409
    return page


def saved(guard: Guard, title: str, line: str, revision: int) -> Notice:
    """What was done, with the way to its history for those who may read it."""
    if not guard.allows("history.read"):
        return Notice("done", title, (line,))
    return Notice("done", title, (line,), f"/history/{revision}", "See it in the history")


def unchanged(role: Role) -> Notice:
    """Said when saving would do nothing; nothing is written."""
    return Notice("note", "Nothing to save", (f"{role.name} is already like that.",))

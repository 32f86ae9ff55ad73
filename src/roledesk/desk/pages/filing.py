"""Categories and tags: the settings pages on which they are made, renamed and let go.

Not here: putting one on something (answering.py, customers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from roledesk import Guard, InputError, NotFoundError
from roledesk.desk import categories, tags
from roledesk.desk.pages.choices import teams_for
from roledesk.desk.pages.kit import Sent, done, sentence, team_name, visitor_of
from roledesk.desk.store.labels import Category, Tag
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
CATEGORY_READERS = ("category.read", "category.create", "category.delete")
TAG_READERS = ("tag.read", "tag.create", "tag.edit", "tag.delete")
WHO = "whoever may read or change any of them; asked by the handler"


@dataclass(frozen=True, slots=True)
class Label:
    """A category or tag as a line of its page."""

    id: str
    name: str
    team: str
    is_retired: bool = False
    may_edit: bool = False
    may_delete: bool = False


@routes.shared("GET", "/categories", because=WHO)
def show_categories(request: Request) -> HTMLResponse:
    """The categories under which chats are closed."""
    guard = visitor_of(request)
    _enter(guard, CATEGORY_READERS)
    return _categories_page(request, guard, {})


@routes.guarded("POST", "/categories", "category.create")
def make_category(request: Request, form: Sent) -> Response:
    """Make a category."""
    guard = get_asker(request)
    try:
        made = categories.create_category(guard, form["name"], team=form["team"] or None)
    except InputError as error:
        return _categories_page(request, guard, {error.where: sentence(error.problem)}, form)
    return done(request, "/categories", f"{made.name} can be chosen now")


@routes.guarded("POST", "/categories/{id}/delete", "category.delete")
def delete_category(request: Request, id: str) -> Response:
    """Offer a category no more."""
    categories.delete_category(get_asker(request), id)
    return done(request, "/categories", "Deleted; chats filed under it stay so")


@routes.shared("GET", "/tags", because=WHO)
def show_tags(request: Request) -> HTMLResponse:
    """The tags for chats and customers."""
    guard = visitor_of(request)
    _enter(guard, TAG_READERS)
    return _tags_page(request, guard, {})


@routes.guarded("POST", "/tags", "tag.create")
def make_tag(request: Request, form: Sent) -> Response:
    """Make a tag."""
    guard = get_asker(request)
    try:
        made = tags.create_tag(guard, form["name"], team=form["team"] or None)
    except InputError as error:
        return _tags_page(request, guard, {error.where: sentence(error.problem)}, form)
    return done(request, "/tags", f"{made.name} can be used now")


@routes.guarded("GET", "/tags/{id}", "tag.edit")
def show_tag(request: Request, id: str) -> HTMLResponse:
    """One tag to rename, merge or retire."""
    return _tag_page(request, visitor_of(request), id, {})


@routes.guarded("POST", "/tags/{id}/rename", "tag.edit")
def rename_tag(request: Request, id: str, form: Sent) -> Response:
    """Call a tag something else."""
    guard = get_asker(request)
    try:
        tags.rename_tag(guard, id, form["name"])
    except InputError as error:
        return _tag_page(request, guard, id, {error.where: sentence(error.problem)}, form)
    return done(request, "/tags", "Renamed")


@routes.guarded("POST", "/tags/{id}/merge", "tag.delete")
def merge_tag(request: Request, id: str, form: Sent) -> Response:
    """Give everything with this tag another instead."""
    guard = get_asker(request)
    try:
        tags.merge_tags(guard, id, form["into"])
    except InputError as error:
        return _tag_page(request, guard, id, {error.where: sentence(error.problem)}, form)
    return done(request, "/tags", "Merged")


@routes.guarded("POST", "/tags/{id}/retire", "tag.delete")
def retire_tag(request: Request, id: str) -> Response:
    """Leave a tag where it is, and offer it no more."""
    tags.retire_tag(get_asker(request), id)
    return done(request, "/tags", "Retired; what has it keeps it")


def may_enter_categories(guard: Guard) -> bool:
    """Whether the asker may open the page of categories."""
    return any(guard.may(action) for action in CATEGORY_READERS)


def may_enter_tags(guard: Guard) -> bool:
    """Whether the asker may open the page of tags."""
    return any(guard.may(action) for action in TAG_READERS)


def _enter(guard: Guard, actions: tuple[str, ...]) -> None:
    if not any(guard.may(action) for action in actions):
        guard.require(actions[0])


def _categories_page(
    request: Request, guard: Guard, errors: Mapping[str, str], form: Form | None = None
) -> HTMLResponse:
    rows = [_category(guard, each) for each in categories.list_categories(guard)]
    context = {
        "rows": rows,
        "teams": teams_for(guard, "category.create"),
        "form": form or Form(),
        "errors": errors,
    }
    return page_of(request).render(request, "categories.html", context, refused=bool(errors))


def _tags_page(
    request: Request, guard: Guard, errors: Mapping[str, str], form: Form | None = None
) -> HTMLResponse:
    rows = [_tag(guard, each) for each in tags.list_tags(guard)]
    context = {
        "rows": rows,
        "teams": teams_for(guard, "tag.create"),
        "form": form or Form(),
        "errors": errors,
    }
    return page_of(request).render(request, "tags.html", context, refused=bool(errors))


def _tag_page(
    request: Request, guard: Guard, id: str, errors: Mapping[str, str], form: Form | None = None
) -> HTMLResponse:
    known = {each.id: each for each in tags.list_tags(guard)}
    if id not in known:
        raise NotFoundError("tag", id)
    tag = known[id]
    guard.require("tag.edit", tags.resource_of(tag))
    others = [
        each
        for each in known.values()
        if each.id != id and each.team in (None, tag.team) and not each.retired_at
    ]
    context = {
        "tag": _tag(guard, tag),
        "others": others,
        "form": form or Form({"name": (tag.name,)}),
        "errors": errors,
    }
    return page_of(request).render(request, "tag.html", context, refused=bool(errors))


def _category(guard: Guard, category: Category) -> Label:
    may_delete = guard.allows("category.delete", categories.resource_of(category))
    return Label(
        category.id, category.name, team_name(guard.organization, category.team), may_delete=may_delete
    )


def _tag(guard: Guard, tag: Tag) -> Label:
    about = tags.resource_of(tag)
    return Label(
        tag.id,
        tag.name,
        team_name(guard.organization, tag.team),
        tag.retired_at is not None,
        guard.allows("tag.edit", about),
        guard.allows("tag.delete", about),
    )

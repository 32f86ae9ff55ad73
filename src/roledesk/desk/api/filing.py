"""Tags, categories, ready replies, widgets and webhooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from roledesk.desk import categories, replies, tags, webhooks, widgets
from roledesk.desk.api.shapes import Id, Ok, TagOut, tags_of
from roledesk.desk.store.labels import Reply
from roledesk.desk.webhooks import WebhookForm
from roledesk.desk.widgets import WidgetForm
from roledesk.web.api import Act, Acting, Asker, api_routes

routes = api_routes()
Word = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=10_000)]
Short = Annotated[str | None, Field(max_length=80)]


@dataclass(frozen=True, slots=True)
class LabelIn:
    """A name, of a team or, without, of everybody."""

    name: Word
    team: Short = None


@dataclass(frozen=True, slots=True)
class NameIn:
    """A new name."""

    name: Word


@dataclass(frozen=True, slots=True)
class MergeIn:
    """The tag that takes over."""

    into: Word


@dataclass(frozen=True, slots=True)
class TagsOut:
    """Tags by name."""

    tags: list[TagOut]


@dataclass(frozen=True, slots=True)
class CategoryOut:
    """A category; of everybody without a team."""

    id: str
    name: str
    team: str | None


@dataclass(frozen=True, slots=True)
class CategoriesOut:
    """Categories by name."""

    categories: list[CategoryOut]


@dataclass(frozen=True, slots=True)
class ReplyIn:
    """A ready reply."""

    title: Word
    text: Long
    team: Short = None


@dataclass(frozen=True, slots=True)
class ReplyOut:
    """A ready reply; one's own when it has an owner."""

    id: str
    title: str
    text: str
    team: str | None


@dataclass(frozen=True, slots=True)
class RepliesOut:
    """Ready replies by title."""

    replies: list[ReplyOut]


@dataclass(frozen=True, slots=True)
class WidgetIn:
    """What of a widget is chosen."""

    name: Word
    team: Word
    origins: Annotated[list[Word], Field(max_length=50)]
    title: Word = "Chat with us"
    greeting: Annotated[str, Field(max_length=4000)] = "Hello! How can we help?"
    away_text: Annotated[str, Field(max_length=4000)] = "We are away. Leave a message."
    colour: Annotated[str, Field(max_length=7)] = "#0b6b5d"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WidgetOut:
    """A widget; its signing secret is on its page only."""

    id: str
    name: str
    team: str
    origins: list[str]
    title: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class WidgetsOut:
    """Widgets by name."""

    widgets: list[WidgetOut]


@dataclass(frozen=True, slots=True)
class WebhookIn:
    """What of a webhook is chosen."""

    name: Word
    url: Annotated[str, Field(max_length=1000)]
    kinds: Annotated[list[Word], Field(max_length=20)]
    team: Short = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WebhookOut:
    """A webhook; its secret is on its page only."""

    id: str
    name: str
    owner: str
    url: str
    kinds: list[str]
    team: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class WebhooksOut:
    """Webhooks by name."""

    webhooks: list[WebhookOut]


@routes.guarded("GET", "/tags", "tag.read")
def list_tags(asker: Asker) -> TagsOut:
    """The tags that the asker may read the settings of; retired ones too."""
    return TagsOut(tags_of(tags.list_tags(asker)))


@routes.guarded("POST", "/tags", "tag.create")
def create_tag(act: Acting, given: LabelIn) -> Ok:
    """Make a tag."""
    return act.once(lambda: Ok(tags.create_tag(act.asker, given.name, team=given.team).id), Ok)


@routes.guarded("PATCH", "/tags/{id}", "tag.edit")
def rename_tag(act: Acting, id: Id, given: NameIn) -> Ok:
    """Call a tag something else."""
    return _do(act, id, lambda: tags.rename_tag(act.asker, id, given.name))


@routes.guarded("POST", "/tags/{id}/merge", "tag.delete")
def merge_tag(act: Acting, id: Id, given: MergeIn) -> Ok:
    """Give everything with this tag another instead."""
    return _do(act, id, lambda: tags.merge_tags(act.asker, id, given.into))


@routes.guarded("POST", "/tags/{id}/retire", "tag.delete")
def retire_tag(act: Acting, id: Id) -> Ok:
    """Leave a tag where it is, and offer it no more."""
    return _do(act, id, lambda: tags.retire_tag(act.asker, id))


@routes.guarded("GET", "/categories", "category.read")
def list_categories(asker: Asker) -> CategoriesOut:
    """The categories that the asker may read or change."""
    found = categories.list_categories(asker)
    return CategoriesOut([CategoryOut(each.id, each.name, each.team) for each in found])


@routes.guarded("POST", "/categories", "category.create")
def create_category(act: Acting, given: LabelIn) -> Ok:
    """Make a category."""
    return act.once(lambda: Ok(categories.create_category(act.asker, given.name, team=given.team).id), Ok)


@routes.guarded("DELETE", "/categories/{id}", "category.delete")
def delete_category(act: Acting, id: Id) -> Ok:
    """Offer a category no more; what is filed under it stays so."""
    return _do(act, id, lambda: categories.delete_category(act.asker, id))


@routes.guarded("GET", "/replies", "conversation.reply")
def list_usable_replies(asker: Asker) -> RepliesOut:
    """What the asker may send ready-made."""
    return RepliesOut([_reply(each) for each in replies.usable_replies(asker)])


@routes.guarded("POST", "/own-replies", "own_reply.edit")
def create_own_reply(act: Acting, given: ReplyIn) -> Ok:
    """Keep a reply of one's own."""
    return act.once(lambda: Ok(replies.put_own_reply(act.asker, given.title, given.text).id), Ok)


@routes.guarded("DELETE", "/own-replies/{id}", "own_reply.edit")
def delete_own_reply(act: Acting, id: Id) -> Ok:
    """Remove a reply of one's own."""
    return _do(act, id, lambda: replies.delete_own_reply(act.asker, id))


@routes.guarded("POST", "/standard-replies", "standard_reply.edit")
def create_standard_reply(act: Acting, given: ReplyIn) -> Ok:
    """Keep a standard reply of a team or everybody."""
    return act.once(
        lambda: Ok(replies.put_standard_reply(act.asker, given.title, given.text, team=given.team).id), Ok
    )


@routes.guarded("DELETE", "/standard-replies/{id}", "standard_reply.edit")
def delete_standard_reply(act: Acting, id: Id) -> Ok:
    """Remove a standard reply."""
    return _do(act, id, lambda: replies.delete_standard_reply(act.asker, id))


@routes.guarded("GET", "/widgets", "widget.read")
def list_widgets(asker: Asker) -> WidgetsOut:
    """The widgets that the asker may read."""
    found = widgets.list_widgets(asker)
    return WidgetsOut(
        [
            WidgetOut(each.id, each.name, each.team, list(each.origins), each.title, each.enabled)
            for each in found
        ]
    )


@routes.guarded("POST", "/widgets", "widget.edit")
def create_widget(act: Acting, given: WidgetIn) -> Ok:
    """Make a widget."""
    return act.once(lambda: Ok(widgets.create_widget(act.asker, _widget(given)).id), Ok)


@routes.guarded("PUT", "/widgets/{id}", "widget.edit")
def edit_widget(act: Acting, id: Id, given: WidgetIn) -> Ok:
    """Change a widget; visitors see it at once."""
    return _do(act, id, lambda: widgets.edit_widget(act.asker, id, _widget(given)))


@routes.guarded("GET", "/webhooks", "webhook.edit")
def list_webhooks(asker: Asker) -> WebhooksOut:
    """The webhooks that the asker may edit."""
    found = webhooks.list_webhooks(asker)
    return WebhooksOut(
        [
            WebhookOut(each.id, each.name, each.owner, each.url, list(each.kinds), each.team, each.enabled)
            for each in found
        ]
    )


@routes.guarded("POST", "/webhooks", "webhook.edit")
def create_webhook(act: Acting, given: WebhookIn) -> Ok:
    """Make a webhook of the asker's."""
    form = WebhookForm(given.name, given.url, tuple(given.kinds), given.team, given.enabled)
    return act.once(lambda: Ok(webhooks.create_webhook(act.asker, form).id), Ok)


@routes.guarded("DELETE", "/webhooks/{id}", "webhook.edit")
def delete_webhook(act: Acting, id: Id) -> Ok:
    """Remove a webhook with its log."""
    return _do(act, id, lambda: webhooks.delete_webhook(act.asker, id))


def _do(act: Act, id: str, command: Callable[[], object]) -> Ok:
    def do() -> Ok:
        command()
        return Ok(id)

    return act.once(do, Ok)


def _reply(each: Reply) -> ReplyOut:
    return ReplyOut(each.id, each.title, each.text, each.team)


def _widget(given: WidgetIn) -> WidgetForm:
    return WidgetForm(
        given.name,
        given.team,
        tuple(given.origins),
        given.title,
        given.greeting,
        given.away_text,
        given.colour,
        given.enabled,
    )

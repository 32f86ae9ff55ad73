"""What conversations and customers are filed and answered under: tags, categories, ready replies.

Each belongs to a team, or to everybody when it has none. A retired tag stays on what has it
and cannot be put on anything else.
Not here: who may make them (tags.py, categories.py, replies.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from roledesk import InputError, folded
from roledesk.desk.store.kit import Fetched, change, put, put_missing, remove, row_of, rows_where
from roledesk.desk.store.schema import categories, conversation_tags, customer_tags, replies, tags

OWNED_BY_TEAMS = (tags, categories, replies)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a team, or of everybody."""

    id: str
    name: str
    team: str | None = None
    retired_at: float | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """What a conversation can be filed under when it is closed."""

    id: str
    name: str
    team: str | None = None
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A text ready to be sent: an agent's own, or a standard one of a team or everybody."""

    id: str
    title: str
    text: str
    owner: str | None = None
    team: str | None = None


def put_tag(connection: Connection, organization: str, tag: Tag) -> None:
    """Keep a tag."""
    put(connection, tags, {**row_of(organization, tag), "name_key": folded(tag.name)})


def find_tag(connection: Connection, organization: str, id: str) -> Tag | None:
    """The tag with this id."""
    row = connection.execute(rows_where(tags, organization, id=id)).one_or_none()
    return None if row is None else _tag(row)


def list_tags(connection: Connection, organization: str, *, retired: bool = False) -> tuple[Tag, ...]:
    """Every tag in use, by name; with `retired`, the others too."""
    statement = rows_where(tags, organization)
    statement = statement if retired else statement.where(tags.c.retired_at.is_(None))
    return tuple(map(_tag, connection.execute(statement.order_by(tags.c.name_key, tags.c.id))))


def require_usable_tag(connection: Connection, organization: str, id: str, team: str | None) -> None:
    """Raises InputError unless the tag may be put on something of this team."""
    tag = find_tag(connection, organization, id)
    if tag is None or tag.retired_at is not None or tag.team not in (None, team):
        raise InputError("tag", f"there is no tag `{id}` for this team; choose another")


def merge_tags(connection: Connection, organization: str, tag: str, into: str) -> None:
    """Everything with one tag gets another instead."""
    for table, column in ((conversation_tags, "conversation"), (customer_tags, "customer")):
        here = (table.c.organization == organization, table.c.tag == tag)
        for thing in connection.execute(select(table.c[column]).where(*here)).scalars().all():
            put_missing(connection, table, {"organization": organization, column: thing, "tag": into})
        connection.execute(delete(table).where(*here))
    remove(connection, tags, organization, "id", [tag])


def tag_conversation(connection: Connection, organization: str, conversation: str, tag: str) -> None:
    """Put a tag on a conversation."""
    row = {"organization": organization, "conversation": conversation, "tag": tag}
    put_missing(connection, conversation_tags, row)


def untag_conversation(connection: Connection, organization: str, conversation: str, tag: str) -> None:
    """Take a tag off a conversation."""
    of = conversation_tags.c
    here = (of.organization == organization, of.conversation == conversation, of.tag == tag)
    connection.execute(delete(conversation_tags).where(*here))


def tag_customer(connection: Connection, organization: str, customer: str, tag: str) -> None:
    """Put a tag on a customer."""
    put_missing(connection, customer_tags, {"organization": organization, "customer": customer, "tag": tag})


def untag_customer(connection: Connection, organization: str, customer: str, tag: str) -> None:
    """Take a tag off a customer."""
    of = customer_tags.c
    here = (of.organization == organization, of.customer == customer, of.tag == tag)
    connection.execute(delete(customer_tags).where(*here))


def tags_of_conversations(
    connection: Connection, organization: str, ids: Iterable[str]
) -> Mapping[str, tuple[Tag, ...]]:
    """The tags on each of these conversations, by name."""
    of = conversation_tags.c
    return _tags_on(connection, organization, of.conversation, of.tag, of.organization, ids)


def tags_of_customers(
    connection: Connection, organization: str, ids: Iterable[str]
) -> Mapping[str, tuple[Tag, ...]]:
    """The tags on each of these customers, by name."""
    of = customer_tags.c
    return _tags_on(connection, organization, of.customer, of.tag, of.organization, ids)


def add_category(connection: Connection, organization: str, category: Category) -> None:
    """Add a category."""
    connection.execute(insert(categories), row_of(organization, category))


def find_category(connection: Connection, organization: str, id: str) -> Category | None:
    """The category with this id, unless it was deleted."""
    statement = rows_where(categories, organization, id=id).where(categories.c.deleted_at.is_(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _category(row)


def list_categories(
    connection: Connection, organization: str, *, team: str | None = None, deleted: bool = False
) -> tuple[Category, ...]:
    """Every category in use, by name; with `team`, those that its conversations can be filed under."""
    statement = rows_where(categories, organization)
    if not deleted:
        statement = statement.where(categories.c.deleted_at.is_(None))
    if team is not None:
        statement = statement.where(or_(categories.c.team == team, categories.c.team.is_(None)))
    return tuple(map(_category, connection.execute(statement.order_by(categories.c.name, categories.c.id))))


def drop_category(connection: Connection, organization: str, id: str, *, at: float) -> None:
    """Nothing more can be filed under it; what is stays so."""
    change(connection, categories, organization, id, {"deleted_at": at})


def put_reply(connection: Connection, organization: str, reply: Reply) -> None:
    """Keep a ready reply."""
    put(connection, replies, row_of(organization, reply))


def find_reply(connection: Connection, organization: str, id: str) -> Reply | None:
    """The ready reply with this id."""
    row = connection.execute(rows_where(replies, organization, id=id)).one_or_none()
    return None if row is None else _reply(row)


def list_replies(
    connection: Connection, organization: str, *, owner: str | None, teams: Iterable[str] | None = None
) -> tuple[Reply, ...]:
    """An agent's own replies, or with None the standard ones: of everybody and of these teams, or all."""
    of = replies.c
    statement = rows_where(replies, organization)
    statement = statement.where(of.owner.is_(None) if owner is None else of.owner == owner)
    if teams is not None:
        statement = statement.where(or_(of.team.is_(None), of.team.in_(list(teams))))
    return tuple(map(_reply, connection.execute(statement.order_by(of.title, of.id))))


def drop_reply(connection: Connection, organization: str, id: str) -> None:
    """Remove a ready reply."""
    remove(connection, replies, organization, "id", [id])


def move_team(connection: Connection, organization: str, team: str, receiver: str) -> None:
    """Give what belongs to one team to another."""
    for table in OWNED_BY_TEAMS:
        theirs = (table.c.organization == organization, table.c.team == team)
        connection.execute(update(table).where(*theirs).values(team=receiver))


def _tags_on(
    connection: Connection,
    organization: str,
    thing: ColumnElement[str],
    tag: ColumnElement[str],
    of_organization: ColumnElement[str],
    ids: Iterable[str],
) -> dict[str, tuple[Tag, ...]]:
    statement = (
        select(thing.label("thing"), tags)
        .join(tags, (tags.c.organization == of_organization) & (tags.c.id == tag))
        .where(of_organization == organization, thing.in_(list(ids)))
        .order_by(tags.c.name_key, tags.c.id)
    )
    found: dict[str, tuple[Tag, ...]] = {}
    for row in connection.execute(statement):
        found[row.thing] = (*found.get(row.thing, ()), _tag(row))
    return found


def _tag(row: Fetched) -> Tag:
    return Tag(row.id, row.name, row.team, row.retired_at)


def _category(row: Fetched) -> Category:
    return Category(row.id, row.name, row.team, row.deleted_at)


def _reply(row: Fetched) -> Reply:
    return Reply(row.id, row.title, row.text, row.owner, row.team)

"""Tags for conversations and customers, of a team or of everybody.

Not here: putting one on something (conversations.py, customers.py).
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, Resource, bad_name, folded
from roledesk.desk.store import labels
from roledesk.desk.store.labels import Tag
from roledesk.desk.work import new_id


def list_tags(guard: Guard) -> tuple[Tag, ...]:
    """The tags one may read the settings of, by name; retired ones too."""
    reach = guard.reach("tag.read")
    with guard.organization.database.reading() as connection:
        known = labels.list_tags(connection, guard.organization.id, retired=True)
    editable = guard.reach("tag.edit")
    return tuple(
        each for each in known if reach.covers(resource_of(each)) or editable.covers(resource_of(each))
    )


def usable_tags(guard: Guard, team: str | None) -> tuple[Tag, ...]:
    """What a conversation of this team, or with None a customer, can be tagged with; for those who may tag."""
    if not guard.may("conversation.tag" if team is not None else "customer.tag"):
        return ()
    with guard.organization.database.reading() as connection:
        known = labels.list_tags(connection, guard.organization.id)
    return tuple(each for each in known if each.team in (None, team))


def create_tag(guard: Guard, name: str, *, team: str | None = None) -> Tag:
    """Make a tag. Raises DeniedError, InputError."""
    with guard.organization.locked() as connection:
        tag = Tag(new_id("tag"), _checked(name), team)
        guard.require("tag.create", resource_of(tag))
        _require_free(connection, guard, tag)
        labels.put_tag(connection, guard.organization.id, tag)
    return tag


def rename_tag(guard: Guard, id: str, name: str) -> Tag:
    """Call a tag something else. Raises NotFoundError, DeniedError, InputError."""
    with guard.organization.locked() as connection:
        tag = replace(_get(connection, guard, "tag.edit", id), name=_checked(name))
        _require_free(connection, guard, tag)
        labels.put_tag(connection, guard.organization.id, tag)
    return tag


def merge_tags(guard: Guard, id: str, into: str) -> None:
    """Give everything with one tag another instead, one as wide or wider. Raises NotFoundError, DeniedError, InputError."""
    with guard.organization.locked() as connection:
        tag = _get(connection, guard, "tag.delete", id)
        other = _get(connection, guard, "tag.edit", into)
        if tag.id == other.id or other.team not in (None, tag.team):
            raise InputError("into", "choose another tag of the same team or of everybody")
        labels.merge_tags(connection, guard.organization.id, id, into)


def retire_tag(guard: Guard, id: str) -> None:
    """Leave a tag on what has it, and offer it no more. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        tag = _get(connection, guard, "tag.delete", id)
        retired_at = tag.retired_at or guard.organization.clock()
        labels.put_tag(connection, guard.organization.id, replace(tag, retired_at=retired_at))


def resource_of(tag: Tag) -> Resource:
    """A tag as something asked about; one of everybody belongs to no team."""
    return Resource("tag", tag.id, team=tag.team)


def _get(connection: Connection, guard: Guard, action: str, id: str) -> Tag:
    found = labels.find_tag(connection, guard.organization.id, id)
    if found is None:
        raise NotFoundError("tag", id)
    guard.require(action, resource_of(found))
    return found


def _checked(name: str) -> str:
    if refused := next(bad_name(name, "name"), None):
        raise InputError("name", refused.message)
    return name.strip()


def _require_free(connection: Connection, guard: Guard, tag: Tag) -> None:
    if tag.team is not None and tag.team not in guard.organization.policy.teams:
        raise InputError("team", f"there is no team `{tag.team}`; choose another")
    for each in labels.list_tags(connection, guard.organization.id):
        rivals = each.team is None or tag.team is None or each.team == tag.team
        if each.id != tag.id and rivals and folded(each.name) == folded(tag.name):
            raise InputError("name", f"there is a tag `{tag.name}` already; choose another name")

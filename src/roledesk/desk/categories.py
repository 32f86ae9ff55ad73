"""Categories that conversations are filed under when they are closed.

Not here: filing one (conversations.py).
"""

from __future__ import annotations

from roledesk import Guard, InputError, NotFoundError, Resource, bad_name, folded
from roledesk.desk.store import labels
from roledesk.desk.store.labels import Category
from roledesk.desk.work import new_id


def list_categories(guard: Guard) -> tuple[Category, ...]:
    """The categories one may read or change, by name."""
    reaches = [guard.reach(action) for action in ("category.read", "category.create", "category.delete")]
    with guard.organization.database.reading() as connection:
        known = labels.list_categories(connection, guard.organization.id)
    return tuple(each for each in known if any(reach.covers(resource_of(each)) for reach in reaches))


def usable_categories(guard: Guard, team: str) -> tuple[Category, ...]:
    """What a conversation of this team can be filed under; for those who may close."""
    if not guard.may("conversation.close"):
        return ()
    with guard.organization.database.reading() as connection:
        return labels.list_categories(connection, guard.organization.id, team=team)


def create_category(guard: Guard, name: str, *, team: str | None = None) -> Category:
    """Make a category of a team or, without, of everybody. Raises DeniedError, InputError."""
    if refused := next(bad_name(name, "name"), None):
        raise InputError("name", refused.message)
    organization = guard.organization
    with organization.locked() as connection:
        category = Category(new_id("category"), name.strip(), team)
        guard.require("category.create", resource_of(category))
        if team is not None and team not in organization.policy.teams:
            raise InputError("team", f"there is no team `{team}`; choose another")
        for each in labels.list_categories(connection, organization.id):
            if each.team in (None, team) and folded(each.name) == folded(category.name):
                raise InputError(
                    "name", f"there is a category `{category.name}` already; choose another name"
                )
        labels.add_category(connection, organization.id, category)
    return category


def delete_category(guard: Guard, id: str) -> None:
    """Offer a category no more; what is filed under it stays so. Raises NotFoundError, DeniedError."""
    organization = guard.organization
    with organization.locked() as connection:
        found = labels.find_category(connection, organization.id, id)
        if found is None:
            raise NotFoundError("category", id)
        guard.require("category.delete", resource_of(found))
        labels.drop_category(connection, organization.id, id, at=organization.clock())


def resource_of(category: Category) -> Resource:
    """A category as something asked about; one of everybody belongs to no team."""
    return Resource("category", category.id, team=category.team)

"""Ready replies: standard ones for everybody or a team, and each agent's own.

Standard replies are used by whoever may answer; own ones by nobody else.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from roledesk import Guard, InputError, NotFoundError, Resource, bad_name
from roledesk.desk.store import labels
from roledesk.desk.store.labels import Reply
from roledesk.desk.work import checked_text, new_id

ANSWER = "conversation.reply"


def usable_replies(guard: Guard) -> tuple[Reply, ...]:
    """What one may send ready-made: one's own, and the standard ones of everybody and of one's teams."""
    if not guard.may(ANSWER):
        return ()
    with guard.organization.database.reading() as connection:
        standard = labels.list_replies(connection, guard.organization.id, owner=None, teams=guard.teams)
    return (*own_replies(guard), *standard)


def own_replies(guard: Guard) -> tuple[Reply, ...]:
    """One's own, by title; none without the permission to keep them, and none of another's in a preview."""
    if guard.is_preview or not guard.allows("own_reply.edit", _own(guard, "")):
        return ()
    with guard.organization.database.reading() as connection:
        return labels.list_replies(connection, guard.organization.id, owner=guard.subject.id)


def standard_replies(guard: Guard) -> tuple[Reply, ...]:
    """The standard replies one may edit, by title."""
    reach = guard.reach("standard_reply.edit")
    with guard.organization.database.reading() as connection:
        known = labels.list_replies(connection, guard.organization.id, owner=None)
    return tuple(each for each in known if reach.covers(_standard(each)))


def put_own_reply(guard: Guard, title: str, text: str, *, id: str | None = None) -> Reply:
    """Keep a reply of one's own; with `id`, another text for it. Raises NotFoundError, DeniedError, InputError."""
    reply = _written(Reply(id or new_id("reply"), title, text, owner=guard.subject.id))
    with guard.organization.locked() as connection:
        guard.require("own_reply.edit", _own(guard, reply.id))
        if id is not None:
            _get(connection, guard, id, owner=guard.subject.id)
        labels.put_reply(connection, guard.organization.id, reply)
    return reply


def put_standard_reply(
    guard: Guard, title: str, text: str, *, team: str | None = None, id: str | None = None
) -> Reply:
    """Keep a standard reply of a team or everybody; with `id`, in place of that one.

    Raises NotFoundError, DeniedError, InputError.
    """
    reply = _written(Reply(id or new_id("reply"), title, text, team=team))
    if team is not None and team not in guard.organization.policy.teams:
        raise InputError("team", f"there is no team `{team}`; choose another")
    with guard.organization.locked() as connection:
        guard.require("standard_reply.edit", _standard(reply))
        if id is not None:
            guard.require("standard_reply.edit", _standard(_get(connection, guard, id, owner=None)))
        labels.put_reply(connection, guard.organization.id, reply)
    return reply


def delete_own_reply(guard: Guard, id: str) -> None:
    """Remove a reply of one's own. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        guard.require("own_reply.edit", _own(guard, id))
        _get(connection, guard, id, owner=guard.subject.id)
        labels.drop_reply(connection, guard.organization.id, id)


def delete_standard_reply(guard: Guard, id: str) -> None:
    """Remove a standard reply. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        guard.require("standard_reply.edit", _standard(_get(connection, guard, id, owner=None)))
        labels.drop_reply(connection, guard.organization.id, id)


def _get(connection: Connection, guard: Guard, id: str, *, owner: str | None) -> Reply:
    found = labels.find_reply(connection, guard.organization.id, id)
    if found is None or found.owner != owner:
        raise NotFoundError("reply", id)
    return found


def _written(reply: Reply) -> Reply:
    if refused := next(bad_name(reply.title, "title"), None):
        raise InputError("title", refused.message)
    return replace(reply, title=reply.title.strip(), text=checked_text(reply.text))


def _own(guard: Guard, id: str) -> Resource:
    return Resource("own_reply", id, owner=guard.subject.id)


def _standard(reply: Reply) -> Resource:
    return Resource("standard_reply", reply.id, team=reply.team)

"""Lists of conversations within a reach, with what is told beside each.

A list is made of short runs of an index, one for each state and team or owner of the
reach, so that its first page costs the same among a thousand and a million. What is shown
is decided by `predicate` alone, in the same statement; what stands beside it is looked up
for no more than is shown.
Not here: how many there are (conversations.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, String, column, select, tuple_, union_all

from roledesk import Extent, Reach
from roledesk.desk.facts import Conversation
from roledesk.desk.store import messages
from roledesk.desk.store.conversations import Filter, matching, narrowed, read, wanted_by, within
from roledesk.desk.store.kit import Query, rows_where
from roledesk.desk.store.schema import conversations, customers

Cursor = tuple[float, str]
MOST_RUNS = 60
"""More runs than this cost more than one walk along the order."""
_of = conversations.c


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list; `unread` counts what its customer said and the reader has not read.

    `last_author` is the agent who spoke last, None when that was the customer.
    """

    conversation: Conversation
    customer_name: str
    unread: int
    last_author: str | None


def page(
    connection: Connection,
    organization: str,
    reach: Reach,
    wanted: Filter,
    *,
    reader: str,
    limit: int,
    after: Cursor | None = None,
) -> tuple[Listed, ...]:
    """The conversations within `reach`, those with the latest message first, behind `after`."""
    newest = _newest(conversations)
    found = select(conversations).where(*matching(organization, wanted, reach)).order_by(*newest).limit(limit)
    beyond = [] if after is None else [tuple_(_of.last_at, _of.id) < tuple_(*after)]
    runs = [*_runs(reach, wanted)]
    if not 0 < len(runs) <= MOST_RUNS:
        return _listed(connection, found.where(*beyond), reader)
    also = [] if reach.also is None else [within(reach.also)]
    here = [*wanted_by(organization, wanted), *also, *beyond]
    firsts = [select(_of.id).where(run, *here).order_by(*newest).limit(limit) for run in runs]
    ids = [select(column("id", String)).select_from(first.subquery()) for first in firsts]
    return _listed(connection, found.where(_of.id.in_(union_all(*ids))), reader)


def list_one(connection: Connection, organization: str, id: str, *, reader: str) -> tuple[Listed, ...]:
    """The list of this conversation alone."""
    return _listed(connection, rows_where(conversations, organization, id=id), reader)


def _listed(connection: Connection, found: Query, reader: str) -> tuple[Listed, ...]:
    shown = found.subquery("shown")
    beside = (
        customers.c.name,
        messages.unread(reader, shown).label("unread"),
        messages.last_author(shown).label("last_author"),
    )
    his = (customers.c.organization == shown.c.organization, customers.c.id == shown.c.customer)
    statement = select(shown, *beside).where(*his).order_by(*_newest(shown))
    return tuple(
        Listed(read(row), row.name, row.unread, row.last_author) for row in connection.execute(statement)
    )


def _newest(listed: FromClause) -> Sequence[ColumnElement[Any]]:
    return (listed.c.last_at.desc(), listed.c.id.desc())


def _runs(reach: Reach, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """Parts of an index that hold, together, just what `reach` covers without its `also`, in the states wanted."""
    here = narrowed(reach, wanted.states)
    if wanted.customer is not None:
        # One customer has few: they are found by him and sorted, not looked for among everybody's.
        yield (_of.customer == wanted.customer) & within(here)
        return
    for state, extent in here.by_state.items():
        if wanted.assignee is not None:
            yield (_of.state == state) & (_of.assignee == wanted.assignee) & within(here)
        elif extent.everything:
            yield (
                (_of.state == state)
                if wanted.team is None
                else (_of.state == state) & (_of.team == wanted.team)
            )
        else:
            yield from ((_of.state == state) & part for part in _parts(extent, here, wanted))


def _parts(extent: Extent, reach: Reach, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    teams = extent.teams if wanted.team is None else extent.teams & {wanted.team}
    yield from (_of.team == team for team in sorted(teams))
    if extent.own:
        yield _of.assignee == reach.agent
    elif extent.own_within:
        yield (_of.assignee == reach.agent) & within(reach)

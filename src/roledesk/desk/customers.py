"""Customers: listed, searched, edited, blocked, let go; and what of them is masked.

A customer has no team. Reading or editing one needs one of his conversations that the
asker may view and that the action reaches; what concerns him as a whole (block, unblock,
unstick, delete) needs that of all of them. Without any conversation only a reach over
everything covers him. E-mail and phone are masked, and neither searched, sorted nor edited,
without `customer.read_sensitive` for him.
Not here: the rule as SQL (store/customers.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from roledesk import (
    Decision,
    DeniedError,
    Guard,
    InputError,
    NotFoundError,
    Resource,
    bad_name,
    file_imports,
    folded,
    record_activity,
)
from roledesk.desk.facts import (
    Conversation,
    Customer,
    Event,
    EventKind,
    State,
    customer_resource,
    facts_of,
    resource_of,
)
from roledesk.desk.store import conversations, customers, events, labels
from roledesk.desk.store.customers import Cursor, Order, Reaches, Wanted
from roledesk.desk.store.labels import Tag
from roledesk.desk.work import handling, require

VIEW = "conversation.view"
READ = "customer.read"
SENSITIVE = "customer.read_sensitive"
MASK = "•••••"
PAGE = 50
FIELD_LENGTH = 254


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as this reader may read him; `masked` when e-mail and phone are not for him.

    The agent he is used to is told with a chat of theirs, or all of his, in sight.
    """

    customer: Customer
    masked: bool
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers of a list; `next` is where the next page begins, None at the end."""

    rows: tuple[CustomerRow, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which customers are wanted; each part that is None does not matter.

    `text` is looked for in what one may read of each. Who is blocked is told only as far as
    one may unblock.
    """

    text: str = ""
    blocked: bool | None = None
    tag: str | None = None
    sticky: bool | None = None


EVERYBODY = Choice()


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be different; None leaves a field as it is, an empty text clears it."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many at once."""

    done: tuple[str, ...]
    refused: tuple[str, ...]


def list_customers(
    guard: Guard,
    choice: Choice = EVERYBODY,
    *,
    order: Order = Order.NEWEST,
    after: Cursor | None = None,
    limit: int = PAGE,
    action: str = READ,
) -> CustomerPage:
    """The customers one may read, the newest first or by name.

    With another `action` as far as that goes: `customer.export`.
    """
    reaches, wanted = reaches_of(guard, action), _wanted(guard, choice)
    with guard.organization.database.reading() as connection:
        found = customers.page(
            connection, guard.organization.id, reaches, wanted, order=order, limit=limit + 1, after=after
        )
        shown = found[:limit]
        more = _cursor(shown[-1], order) if len(found) > limit else None
        return CustomerPage(_rows(connection, guard, shown), more)


def count_customers(
    guard: Guard, choice: Choice = EVERYBODY, *, action: str = READ, upto: int | None = None
) -> int:
    """How many customers `list_customers` lists in all; looked for no further than `upto`."""
    reaches, wanted = reaches_of(guard, action), _wanted(guard, choice)
    with guard.organization.database.reading() as connection:
        return customers.count(connection, guard.organization.id, reaches, wanted, upto=upto)


def get_customer(guard: Guard, id: str, *, action: str = READ) -> CustomerRow:
    """A customer one may read, or on whom another `action` may be taken. Raises NotFoundError, DeniedError."""
    with guard.organization.database.reading() as connection:
        return _rows(connection, guard, (_get(connection, guard, action, id),))[0]


def customer_panel(guard: Guard, conversation: str) -> CustomerRow | None:
    """The customer of a conversation one may view; None without the panel there. Raises NotFoundError."""
    with guard.organization.database.reading() as connection:
        found = conversations.find(connection, guard.organization.id, conversation)
        if found is None or not guard.allows(VIEW, resource_of(found)):
            raise NotFoundError("conversation", conversation)
        if not guard.allows("customer.read_panel", customer_resource(found)):
            return None
        known = customers.find(connection, guard.organization.id, found.customer)
        return None if known is None else _rows(connection, guard, (known,))[0]


def edit(guard: Guard, id: str, correction: Correction) -> None:
    """Change a customer's record. Raises NotFoundError, DeniedError, InputError."""
    with guard.organization.locked() as connection:
        before = _get(connection, guard, "customer.edit", id)
        correct(connection, guard, before, correction)


def correct(connection: Connection, guard: Guard, before: Customer, correction: Correction) -> None:
    """Write a correction of somebody who may be edited. Raises NotFoundError, DeniedError, InputError."""
    if correction.email is not None or correction.phone is not None:
        _get(connection, guard, SENSITIVE, before.id)
    _keep(connection, guard, before, corrected(before, correction))


def corrected(before: Customer, correction: Correction) -> Customer:
    """The customer as he is with a correction. Raises InputError."""
    given = {
        "name": correction.name,
        "email": correction.email,
        "phone": correction.phone,
        "language": correction.language,
    }
    changed = {field: _checked(field, text) for field, text in given.items() if text is not None}
    return replace(
        before,
        name=changed.get("name") or before.name,
        email=changed.get("email", before.email),
        phone=changed.get("phone", before.phone),
        language=changed.get("language", before.language),
    )


def edit_panel(guard: Guard, conversation: str, correction: Correction) -> None:
    """The same from beside a conversation. Raises NotFoundError, DeniedError, InputError."""
    with handling(guard, conversation) as work:
        require(guard, work, VIEW)
        guard.require("customer.edit_panel", customer_resource(work.conversation))
        before = customers.find(work.connection, work.organization, work.conversation.customer)
        if before is None:
            raise NotFoundError("customer", work.conversation.customer)
        correct(work.connection, guard, before, correction)


def block(guard: Guard, id: str) -> None:
    """Refuse what this customer writes from now on. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        before = _get(connection, guard, "customer.block", id, wholly=True)
        blocked_at = before.blocked_at or guard.organization.clock()
        _keep(connection, guard, before, replace(before, blocked_at=blocked_at))


def unblock(guard: Guard, id: str) -> None:
    """Let a blocked customer write again. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        before = _get(connection, guard, "customer.unblock", id, wholly=True)
        _keep(connection, guard, before, replace(before, blocked_at=None))


def list_releasable(guard: Guard, *, limit: int) -> tuple[CustomerRow, ...]:
    """Customers with a usual agent whom one may release from him, all their conversations being within reach."""
    found = list_customers(guard, Choice(sticky=True), action="customer.unstick", limit=limit).rows
    ids, reaches = [row.customer.id for row in found], reaches_of(guard, "customer.unstick")
    with guard.organization.database.reading() as connection:
        whole = customers.wholly_covered(connection, guard.organization.id, ids, reaches)
    return tuple(row for row in found if row.customer.id in whole)


def unstick(guard: Guard, ids: Iterable[str]) -> Outcome:
    """Let the next conversation of each of these go to the queue; refusals do nothing to the others."""
    done, refused = [], []
    with guard.organization.locked() as connection:
        for id in dict.fromkeys(ids):
            try:
                before = _get(connection, guard, "customer.unstick", id, wholly=True)
            except (NotFoundError, DeniedError):
                refused.append(id)
                continue
            _keep(connection, guard, before, replace(before, sticky_agent=None))
            done.append(id)
    return Outcome(tuple(done), tuple(refused))


def delete(guard: Guard, id: str) -> None:
    """Remove a customer with everything said and sent; only a line of the activity log stays.

    Raises NotFoundError, DeniedError.
    """
    organization = guard.organization
    with organization.locked() as connection:
        _get(connection, guard, "customer.delete", id, wholly=True)
        teams = {each.team for each in conversations.of_customer(connection, organization.id, id)}
        for each in conversations.of_customer(connection, organization.id, id):
            _tell(connection, guard, EventKind.CUSTOMER_DELETED, id, before=each)
        customers.erase(connection, organization.id, id)
        file_imports.forget_about(connection, organization.id, id)
        _tell(connection, guard, EventKind.CUSTOMER_DELETED, id)
        record_activity(
            connection,
            organization.id,
            at=organization.clock(),
            by=guard.subject.id,
            event="customer.deleted",
            about=f"customer:{id}",
            teams=teams,
        )


def tag(guard: Guard, id: str, tag: str) -> None:
    """Put a tag of everybody's on a customer, who has no team. Raises NotFoundError, DeniedError, InputError."""
    with guard.organization.locked() as connection:
        _get(connection, guard, "customer.tag", id)
        labels.require_usable_tag(connection, guard.organization.id, tag, None)
        labels.tag_customer(connection, guard.organization.id, id, tag)
        tell_changed(connection, guard, id)


def untag(guard: Guard, id: str, tag: str) -> None:
    """Take a tag off a customer. Raises NotFoundError, DeniedError."""
    with guard.organization.locked() as connection:
        _get(connection, guard, "customer.tag", id)
        labels.untag_customer(connection, guard.organization.id, id, tag)
        tell_changed(connection, guard, id)


def masked(customer: Customer) -> Customer:
    """A customer without what only `customer.read_sensitive` shows."""
    return replace(
        customer,
        email=customer.email and MASK,
        phone=customer.phone and MASK,
    )


def reaches_of(guard: Guard, action: str) -> Reaches:
    """How far an action goes on customers: through conversations that may be viewed."""
    return Reaches(guard.reach(action), guard.reach(VIEW))


def _wanted(guard: Guard, choice: Choice) -> Wanted:
    also = () if choice.blocked is None else (reaches_of(guard, "customer.unblock"),)
    return Wanted(choice.text, choice.blocked, choice.tag, choice.sticky, reaches_of(guard, SENSITIVE), also)


def _cursor(customer: Customer, order: Order) -> Cursor:
    return (folded(customer.name) if order is Order.NAME else customer.created_at), customer.id


def _get(connection: Connection, guard: Guard, action: str, id: str, *, wholly: bool = False) -> Customer:
    """The customer, when `action` may be taken on him; counted as use."""
    organization, reaches = guard.organization.id, reaches_of(guard, action)
    known = customers.find(connection, organization, id)
    if known is None:
        raise NotFoundError("customer", id)
    covering = customers.wholly_covered if wholly else customers.covered
    if id in covering(connection, organization, [id], reaches):
        deciding = customers.find_covered(connection, organization, id, reaches)
        guard.require(action, None if deciding is None else customer_resource(deciding))
        return known
    if id in customers.covered(connection, organization, [id], reaches_of(guard, READ)):
        raise DeniedError(_refusal(guard, action, id), hidden=False)
    raise NotFoundError("customer", id)


def _refusal(guard: Guard, action: str, id: str) -> Decision:
    """What is missing: the action for everybody, or else a way to view all conversations."""
    on_him = guard.decide(action, Resource("customer", id))
    views = (guard.decide(VIEW, Resource("conversation", state=state)) for state in State)
    return next(each for each in (on_him, *views) if not each.allowed)


def _rows(connection: Connection, guard: Guard, found: tuple[Customer, ...]) -> tuple[CustomerRow, ...]:
    organization, ids = guard.organization.id, [each.id for each in found]
    bare = customers.covered(connection, organization, ids, reaches_of(guard, SENSITIVE))
    tags = labels.tags_of_customers(connection, organization, ids)
    hidden = _stuck_unseen(connection, guard, found)
    shown = (replace(each, sticky_agent=None) if each.id in hidden else each for each in found)
    return tuple(_row(each, each.id in bare, tags) for each in shown)


def _stuck_unseen(connection: Connection, guard: Guard, found: tuple[Customer, ...]) -> frozenset[str]:
    """Those of whom the reader sees no chat with the agent they are used to, which would tell of one."""
    view = guard.reach(VIEW)
    stuck = frozenset(each.id for each in found if each.sticky_agent not in (None, guard.subject.id))
    if not stuck or all(view.covers(Resource("conversation", state=state)) for state in State):
        return frozenset()
    return stuck - customers.with_known_sticky(connection, guard.organization.id, stuck, view)


def _row(customer: Customer, bare: bool, tags: Mapping[str, tuple[Tag, ...]]) -> CustomerRow:
    # What he is signed in by is nobody's to read.
    shown = replace(customer, secret_hash=None, identity=None)
    return CustomerRow(shown if bare else masked(shown), not bare, tags.get(customer.id, ()))


def _checked(field: str, text: str) -> str | None:
    plain = text.strip()
    if field == "name" and (refused := next(bad_name(plain, field), None)):
        raise InputError(field, refused.message)
    if len(plain) > FIELD_LENGTH or not plain.isprintable() or MASK in plain:
        raise InputError(field, f"write up to {FIELD_LENGTH} printable characters, and no mask")
    return plain or None


def _keep(connection: Connection, guard: Guard, before: Customer, after: Customer) -> None:
    if after != before:
        customers.put(connection, guard.organization.id, after)
        tell_changed(connection, guard, before.id)


def tell_changed(connection: Connection, guard: Guard, id: str) -> None:
    """Tell that a customer is different, to those who view the conversation he is in."""
    current = conversations.find_current(connection, guard.organization.id, id)
    _tell(connection, guard, EventKind.CUSTOMER, id, before=current, after=current)


def _tell(
    connection: Connection,
    guard: Guard,
    kind: EventKind,
    id: str,
    *,
    before: Conversation | None = None,
    after: Conversation | None = None,
) -> None:
    now, by = guard.organization.clock(), guard.subject.id
    event = Event(
        kind,
        now,
        by,
        customer=id,
        conversation=None if before is None else before.id,
        before=None if before is None else facts_of(before),
        after=None if after is None else facts_of(after),
    )
    events.add(connection, guard.organization.id, event)

"""Starting an organization: its first revision, from a preset.

Not here: the set-up page (console/entry.py) and `roledesk init`, which call this.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from roledesk.catalogue import load_preset
from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.templates import Preset, Template
from roledesk.core.terms import Assignment, Role, Status, Team
from roledesk.engine.agents import checked_person
from roledesk.engine.engine import Engine
from roledesk.engine.organization import Also, Organization
from roledesk.engine.secret import new_id
from roledesk.engine.sign_ins import hash_password
from roledesk.errors import InputError
from roledesk.store import people, sign_ins
from roledesk.store.loading import read_catalogue
from roledesk.store.people import Person

BUILTIN = ("access", "desk")
DEFAULT_TEAM = Team("general", "General", default=True)


def founding_change(name: str, preset: Preset, owner: str) -> Change:
    """Revision 1 of an organization: the preset's roles, one team, and its first owner."""
    owner_role = next(role.id for role in preset.roles if role.owner)
    return Change(
        (
            Found(name, preset.id, BUILTIN, reserved=preset.reserved),
            *(PutRole(role_of(template)) for template in preset.roles),
            PutTeam(DEFAULT_TEAM),
            PutAgent(owner, Status.ACTIVE, frozenset({DEFAULT_TEAM.id})),
            SetAssignments(owner, (Assignment(owner_role),)),
        )
    )


def role_of(template: Template) -> Role:
    """The role a template starts."""
    return Role(
        template.id,
        template.name,
        dict(template.grants),
        description=template.description,
        owner=template.owner,
    )


def found_from_preset(
    engine: Engine,
    *,
    id: str,
    name: str,
    preset: str,
    owner_name: str,
    owner_email: str,
    password: str | None,
    because: str = "The organization was set up",
    also: Sequence[Also] = (),
) -> Organization:
    """A new organization with one active owner, who signs in with `password` or by an owner link.

    Raises ChangeRefusedError for bad names, InputError for a taken id or a weak password.
    """
    person = checked_person(Person(new_id("agent"), owner_name, owner_email))
    change = founding_change(name, load_preset(preset, read_catalogue(BUILTIN, "")), person.agent)
    hashed = None if password is None else hash_password(password, person)
    now = engine.clock()

    def add_owner(connection: Connection) -> None:
        people.put_person(connection, id, person)
        if hashed is not None:
            sign_ins.put_password(connection, id, person.agent, hashed, at=now)

    return engine.found(id, change, because=because, also=(add_owner, *also))


def organization_id(name: str) -> str:
    """An id made from a name: `Northwind Care` becomes `northwind-care`. Raises InputError when nothing is left."""
    words = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in name.casefold()
    ).split()
    if not words:
        raise InputError("organization", "its id is made from latin letters and digits; give one by hand")
    return "-".join(words)[:40].strip("-")

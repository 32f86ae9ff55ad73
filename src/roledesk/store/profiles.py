"""What agents tell of themselves beside their name: what customers call them, and their numbers.

Not here: names and addresses (people.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from roledesk.store import schema
from roledesk.store.rows import chunks, upsert

_of = schema.profiles.c


@dataclass(frozen=True, slots=True)
class Profile:
    """An agent's own words; each is empty where he said nothing."""

    agent: str
    public_name: str = ""
    landline: str = ""
    mobile: str = ""


def put(connection: Connection, organization: str, profile: Profile) -> None:
    """Keep what an agent tells of himself."""
    upsert(connection, schema.profiles, [{"organization": organization, **asdict(profile)}])


def find(connection: Connection, organization: str, agent: str) -> Profile:
    """What an agent tells of himself; nothing where he never did."""
    return find_many(connection, organization, [agent]).get(agent, Profile(agent))


def find_many(connection: Connection, organization: str, agents: Iterable[str]) -> dict[str, Profile]:
    """What these agents tell of themselves; those who never did are left out."""
    found: dict[str, Profile] = {}
    columns = (_of.agent, _of.public_name, _of.landline, _of.mobile)
    for chunk in chunks(agents):
        statement = select(*columns).where(_of.organization == organization, _of.agent.in_(chunk))
        found |= {row.agent: Profile(*row) for row in connection.execute(statement)}
    return found

"""What narrows a list of conversations: fields above it, and what was chosen in them.

Each offers only what the reader may know of; what is chosen narrows a list within his
reach and never widens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from roledesk import Guard, InputError, Resource, Status
from roledesk.desk.facts import State
from roledesk.desk.pages.choices import TeamChoice
from roledesk.desk.pages.kit import names_of, zone_of
from roledesk.desk.store import labels
from roledesk.desk.store.conversations import Filter
from roledesk.web.forms import Form

VIEW = "conversation.view"
NAMES = ("team", "tag", "category", "agent", "from", "to")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a filter; without options it takes a day."""

    name: str
    label: str
    value: str
    options: Sequence[TeamChoice] = ()


def wanted_of(guard: Guard, query: Form) -> Filter:
    """What was chosen. Raises InputError for a day that is none."""
    return Filter(
        team=query["team"] or None,
        tag=query["tag"] or None,
        category=query["category"] or None,
        assignee=query["agent"] or None,
        since=_moment(guard, query, "from"),
        until=_moment(guard, query, "to", later=1),
    )


def kept_of(query: Form) -> dict[str, str]:
    """What was chosen, as part of an address."""
    return {name: query[name] for name in NAMES if query[name]}


def fields_of(guard: Guard, query: Form, *, names: Iterable[str] = NAMES) -> tuple[Field, ...]:
    """The fields that this reader can choose in; a list of nothing is not offered."""
    known = {field.name: field for field in _fields(guard, query, frozenset(names))}
    return tuple(known[name] for name in names if name in known)


def viewed_teams(guard: Guard) -> Sequence[TeamChoice]:
    """The teams of which the reader may view conversations, by name."""
    reach, teams = guard.reach(VIEW), guard.organization.policy.teams.values()
    seen = [
        team
        for team in teams
        if any(reach.covers(Resource("conversation", team=team.id, state=state)) for state in State)
    ]
    return [TeamChoice(team.id, team.name) for team in sorted(seen, key=lambda team: team.name.casefold())]


def agents_within(guard: Guard, action: str) -> Sequence[TeamChoice]:
    """The agents whom `action` reaches, by name; those who never came are left out."""
    reach, policy = guard.reach(action), guard.organization.policy
    reached = [
        agent
        for standing, agents in policy.members.items()
        if standing.status is not Status.INVITED and reach.covers(Resource("agent", teams=standing.teams))
        for agent in agents
    ]
    names = names_of(guard.organization, reached)
    return sorted((TeamChoice(id, names[id]) for id in reached), key=lambda each: each.name.casefold())


def _fields(guard: Guard, query: Form, wanted: frozenset[str]) -> Iterator[Field]:
    teams = viewed_teams(guard)
    if "team" in wanted and len(teams) > 1:
        yield Field("team", "Team", query["team"], teams)
    if wanted & {"tag", "category"}:
        yield from (each for each in _labels(guard, query, teams) if each.name in wanted and each.options)
    if "agent" in wanted and guard.may("agent.read"):
        yield Field("agent", "Agent", query["agent"], agents_within(guard, "agent.read"))
    for name, label in (("from", "From"), ("to", "To")):
        if name in wanted:
            yield Field(name, label, query[name])


def _labels(guard: Guard, query: Form, teams: Sequence[TeamChoice]) -> Iterator[Field]:
    usable = {None, *(team.id for team in teams)}
    organization = guard.organization
    with organization.database.reading() as connection:
        tags = labels.list_tags(connection, organization.id)
        categories = labels.list_categories(connection, organization.id)
    for name, label, known in (("tag", "Tag", tags), ("category", "Category", categories)):
        options = [TeamChoice(each.id, each.name) for each in known if each.team in usable]
        yield Field(name, label, query[name], options)


def _moment(guard: Guard, query: Form, name: str, *, later: int = 0) -> float | None:
    """When a day begins in the organization's time zone."""
    if not query[name]:
        return None
    try:
        day = datetime.strptime(query[name], "%Y-%m-%d").replace(tzinfo=zone_of(guard.organization))
        return (day + timedelta(days=later)).timestamp()
    except (ValueError, OverflowError):
        raise InputError(name, "write the day like 2026-11-21") from None

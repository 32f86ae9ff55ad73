"""Every door of the whole server: what it takes to pass, that no permission opens nothing, and who may pass where.

The table of roles and doors is a golden file, so that a change of who may do what shows in
review. Make it anew with `python -m tests.test_doors > tests/golden/doors.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from roledesk import Organization, Subject
from roledesk.app import _parts
from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Catalogue
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.changes import Change, PutAgent, SetAssignments
from roledesk.core.terms import Assignment, Status
from roledesk.desk.feed import NEEDS, TOPICS
from roledesk.engine import open_engine
from roledesk.engine.founding import found_from_preset
from roledesk.web.routes import Door

GOLDEN = Path(__file__).parent / "golden" / "doors.txt"
PRESETS = ("convrs", "convers8", "freshworks", "donut")
SAFE = {"GET", "HEAD"}
READING = re.compile(r"\.(read|view|read_\w+|open|run)$")

# Doors that write behind an action of reading, each with its reason.
WRITES_BEHIND_READING = {
    "POST /inbox/{id}/read": "keeps how far one has read oneself; nobody else is told",
    "POST /api/v1/conversations/{id}/read": "the same",
    "POST /view-as": "keeps in the activity log that one looked",
    "POST /history/verify": "computes every hash anew and writes nothing",
    "POST /agents/{agent}/link": "asks agent.create or agent.reset_password for the very agent",
}

# Actions that are asked inside a shared door, or by a command behind the door of another action.
ASKED_WITHIN = {
    "organization.read", "category.read", "tag.read", "widget.read", "explain.ask", "team.read", "role.read",
    "agent.read", "facts.assert", "decision.evaluate", "decision.search", "resource.register",
    "api_token.create", "api_token.revoke", "api_token.revoke_any", "service_token.create",
    "activity.read", "team.create", "team.edit", "team.delete", "profile.edit", "agent.reset_password",
}  # fmt: skip


def doors() -> list[Door]:
    return [door for part in _parts() for door in part.doors]


def catalogue() -> Catalogue:
    return parse_catalogue(load_builtin())


def named(door: Door) -> str:
    return f"{door.method} {door.path}"


def test_every_door_names_an_action_of_the_catalogue_or_says_why_it_is_open() -> None:
    known = catalogue().actions
    strays = [named(door) for door in doors() if door.action is not None and door.action not in known]
    assert strays == []
    assert [named(door) for door in doors() if door.action is None and not door.because.strip()] == []
    assert {topic.action for topic in TOPICS} | set(NEEDS.values()) <= set(known)


def test_every_action_of_a_door_is_opened_by_a_permission() -> None:
    known = catalogue()
    unopened = {door.action for door in doors() if door.action and not list(known.openers(door.action))}
    assert unopened == set()


def test_a_door_that_writes_stands_behind_more_than_reading() -> None:
    writing = {
        named(door)
        for door in doors()
        if door.method not in SAFE and door.action and READING.search(door.action)
    }
    assert writing == set(WRITES_BEHIND_READING)


def opened() -> set[str]:
    """The permissions of which some opening is the action of a door or topic."""
    asked = {door.action for door in doors()} | {topic.action for topic in TOPICS} | ASKED_WITHIN
    return {
        key
        for key, permission in catalogue().permissions.items()
        if any(opening.action in asked for opening in permission.opens)
    }


def later() -> set[str]:
    """The permissions that the catalogue says are not opened yet."""
    return {key for key, permission in catalogue().permissions.items() if permission.later}


def test_every_permission_opens_a_door_or_is_marked_as_not_opened_yet() -> None:
    # Viewing conversations with bots is opened by the history of bots, which has no page yet.
    assert set(catalogue().permissions) - opened() == later() - {"AgentManagementBotChatHistory"}


def test_every_action_that_is_open_has_a_door_of_its_own() -> None:
    asked = {door.action for door in doors()} | {topic.action for topic in TOPICS} | ASKED_WITHIN
    missing = {
        opening.action
        for key, permission in catalogue().permissions.items()
        if key not in later()
        for opening in permission.opens
    } - asked
    assert not missing


def table() -> Iterator[str]:
    """Each door, and the roles of the presets whose holders pass it."""
    with open_engine("sqlite://", create=True) as engine:
        organizations = [
            found_from_preset(
                engine,
                id=preset,
                name=preset.title(),
                preset=preset,
                owner_name="Olga",
                owner_email="olga@example.com",
                password=None,
            )
            for preset in PRESETS
        ]
        holders = [(each, role, _holding(each, role)) for each in organizations for role in _roles(each)]
        for door in sorted(doors(), key=lambda door: (door.path, door.method)):
            yield f"{named(door)}  {door.action or ('public' if door.public else 'shared')}"
            if door.action is not None:
                may = [
                    f"{each.id}/{role}" for each, role, agent in holders if each.guard(agent).may(door.action)
                ]
                yield f"    {' '.join(may) or 'nobody but owners'}"


def _roles(organization: Organization) -> list[str]:
    return sorted(role.id for role in organization.policy.roles.values() if not role.owner)


def _holding(organization: Organization, role: str) -> str:
    agent = f"agent-{role}"
    owner = next(iter(organization.policy.owners()))
    default = next(team.id for team in organization.policy.teams.values() if team.default)
    edits = (PutAgent(agent, Status.ACTIVE, frozenset({default})), SetAssignments(agent, (Assignment(role),)))
    organization.commit(Change(edits), by=Subject(owner), because="to be asked")
    return agent


def test_who_may_pass_which_door_is_what_was_agreed() -> None:
    assert "\n".join(table()) + "\n" == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    print("\n".join(table()))

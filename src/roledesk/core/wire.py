"""Changes as JSON: how history keeps them, and how a hash is taken over them.

`change_from_json(change_to_json(x)) == x` for every change; a property test holds
it. Sets become sorted lists, so that equal changes give equal bytes.
Not here: the hash chain (store/history.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from roledesk.core.changes import (
    Change,
    Edit,
    Found,
    Holders,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
)
from roledesk.core.terms import Assignment, Role, Scope, Status, Team

Json = Mapping[str, object]


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def change_to_json(change: Change) -> dict[str, object]:
    """`{"edits": [...]}`, each edit with its `edit` name."""
    return {"edits": [_edit_to_json(edit) for edit in change.edits]}


def change_from_json(data: Json) -> Change:
    """The change that `change_to_json` wrote."""
    edits = data["edits"]
    return Change(tuple(_edit_from_json(edit) for edit in edits))  # type: ignore[attr-defined]


def role_to_json(role: Role) -> dict[str, object]:
    """The role as history keeps it: `grants` maps permission keys to scope names."""
    return {
        "id": role.id,
        "name": role.name,
        "grants": {key: scope.name.lower() for key, scope in sorted(role.grants.items())},
        "description": role.description,
        "policy_text": role.policy_text,
        "steward": role.steward,
        "givers": sorted(role.givers),
        "owner": role.owner,
    }


def role_from_json(data: Json) -> Role:
    """The role that `role_to_json` wrote."""
    grants: Mapping[str, str] = data["grants"]  # type: ignore[assignment]
    rest = {name: data[name] for name in ("description", "policy_text", "steward", "owner")}
    return Role(
        str(data["id"]),
        str(data["name"]),
        {key: Scope[scope.upper()] for key, scope in grants.items()},
        givers=_set(data["givers"]) or frozenset(),
        **rest,  # type: ignore[arg-type]
    )


def assignment_to_json(assignment: Assignment) -> dict[str, object]:
    """The assignment as history keeps it: dates in seconds since 1970 UTC, null for none."""
    return {
        "role": assignment.role,
        "teams": None if assignment.teams is None else sorted(assignment.teams),
        "since": assignment.since,
        "until": assignment.until,
    }


def assignment_from_json(data: Json) -> Assignment:
    """The assignment that `assignment_to_json` wrote."""
    dates = {name: data[name] for name in ("since", "until")}
    return Assignment(str(data["role"]), teams=_set(data["teams"]), **dates)  # type: ignore[arg-type]


def _set(names: object) -> frozenset[str] | None:
    return None if names is None else frozenset(names)  # type: ignore[call-overload]


def _edit_to_json(edit: Edit) -> dict[str, object]:
    match edit:
        case Found():
            body: dict[str, object] = {
                "name": edit.name,
                "preset": edit.preset,
                "catalogue": list(edit.catalogue),
                "catalogue_text": edit.catalogue_text,
                "reserved": sorted(edit.reserved),
            }
        case PutRole(role):
            body = {"role": role_to_json(role)}
        case RemoveRole(role_id, holders):
            body = {"role": role_id, "holders": _holders_to_json(holders)}
        case PutTeam(team):
            body = {"team": {"id": team.id, "name": team.name, "default": team.default}}
        case RemoveTeam(team_id, receiver):
            body = {"team": team_id, "receiver": receiver}
        case PutAgent():
            body = {
                "agent": edit.agent,
                "status": edit.status.value,
                "teams": sorted(edit.teams),
                "type": edit.type,
            }
        case SetAssignments(agent, assignments):
            body = {"agent": agent, "assignments": [assignment_to_json(each) for each in assignments]}
    return {"edit": type(edit).__name__, **body}


def _holders_to_json(holders: Holders | None) -> object:
    match holders:
        case TakeAway():
            return {"then": "take_away"}
        case ReplaceBy(role):
            return {"then": "replace_by", "role": role}
        case MergeInto(role):
            return {"then": "merge_into", "role": role}
    return None


def _holders_from_json(data: Json | None) -> Holders | None:
    if data is None:
        return None
    if data["then"] == "take_away":
        return TakeAway()
    role = str(data["role"])
    return ReplaceBy(role) if data["then"] == "replace_by" else MergeInto(role)


def _edit_from_json(data: Json) -> Edit:
    return _READERS[str(data["edit"])](data)


def _found(data: Json) -> Found:
    catalogue: list[str] = data["catalogue"]  # type: ignore[assignment]
    return Found(
        str(data["name"]),
        str(data["preset"]),
        tuple(catalogue),
        str(data["catalogue_text"]),
        _set(data["reserved"]) or frozenset(),
    )


def _put_team(data: Json) -> PutTeam:
    team: Json = data["team"]  # type: ignore[assignment]
    return PutTeam(Team(str(team["id"]), str(team["name"]), default=bool(team["default"])))


def _put_agent(data: Json) -> PutAgent:
    teams = _set(data["teams"]) or frozenset()
    return PutAgent(str(data["agent"]), Status(str(data["status"])), teams, type=str(data["type"]))


def _set_assignments(data: Json) -> SetAssignments:
    assignments: list[Json] = data["assignments"]  # type: ignore[assignment]
    return SetAssignments(str(data["agent"]), tuple(assignment_from_json(each) for each in assignments))


_READERS: dict[str, Callable[[Json], Edit]] = {
    "Found": _found,
    "PutRole": lambda data: PutRole(role_from_json(data["role"])),  # type: ignore[arg-type]
    "RemoveRole": lambda data: RemoveRole(str(data["role"]), _holders_from_json(data["holders"])),  # type: ignore[arg-type]
    "PutTeam": _put_team,
    "RemoveTeam": lambda data: RemoveTeam(str(data["team"]), str(data["receiver"])),
    "PutAgent": _put_agent,
    "SetAssignments": _set_assignments,
}

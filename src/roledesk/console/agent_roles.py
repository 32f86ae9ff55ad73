"""Changing which roles an agent holds, within which teams and until when.

The form's rows are the assignments as they are to be; what gains and losses that makes
is shown before it is saved.
Not here: whether it may be done (core/giving.py), what is offered (offers.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.agent_detail import read_detail, require_agent
from roledesk.console.agent_rows import agent_pane, team_names
from roledesk.console.effects import outcome_of, reached_words
from roledesk.console.notices import FORM_ERRORS, FormError, expected_next, field_errors, notice_of
from roledesk.console.offers import offer_roles
from roledesk.console.overtaking import merged_assignments, unless_overtaken
from roledesk.console.wording import sentence, told
from roledesk.core.changes import Change, SetAssignments
from roledesk.core.policy import Policy
from roledesk.core.terms import Assignment, Revision
from roledesk.engine.guard import Guard
from roledesk.errors import ConflictError, InputError
from roledesk.web.forms import Form, parse_day, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.phrases import iso
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form; `role_id` is empty in one that was just added."""

    role_id: str
    role: str
    keep: bool
    is_new: bool
    is_owner: bool
    teams: tuple[str, ...] | None
    team_ids: frozenset[str] | None
    starts: str
    ends: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the rows ask for, or what is wrong with them, by row."""

    assignments: tuple[Assignment, ...]
    errors: Mapping[int, str]


@routes.guarded("GET", "/agents/{agent}/roles", "role.assign")
def show_agent_roles(request: Request, agent: str) -> HTMLResponse:
    """The agent's roles with their limits, to be changed."""
    asker = get_asker(request)
    require_agent(asker, agent, "role.assign")
    policy = asker.organization.policy
    rows = tuple(_rows_of(policy, policy.agents[agent].assignments))
    return _page(request, agent, Form(), rows)


@routes.guarded("POST", "/agents/{agent}/roles", "role.assign")
def set_agent_roles(request: Request, agent: str, form: Sent) -> Response:
    """Save the roles; `move=add` adds a row, `move=preview` shows who gains and loses what."""
    asker = get_asker(request)
    require_agent(asker, agent, "role.assign")
    wish = _read_wish(form, asker.organization.policy, agent)
    rows = tuple(_sent_rows(form, asker.organization.policy, wish.errors))
    if form["move"] == "add":
        return _page(request, agent, form, (*rows, _blank()))
    if form["move"] == "preview" or wish.errors:
        return _page(request, agent, form, rows, wish)
    try:
        _save(asker, agent, wish.assignments, form)
    except ConflictError as conflict:
        shown = form.expecting(conflict.head)
        both = merged_assignments(asker, agent, shown, wish.assignments)
        rows = tuple(_rows_of(asker.organization.policy, both))
        return _page(request, agent, form, rows, Wish(both, {}), conflict)
    except FORM_ERRORS as error:
        return _page(request, agent, form, rows, wish, error)
    return page_of(request).redirect(f"/agents/{agent}", Notice("done", "Roles saved"))


def _save(asker: Guard, agent: str, assignments: tuple[Assignment, ...], form: Form) -> None:
    organization = asker.organization
    change = Change((SetAssignments(agent, assignments),))

    def write(expected: Revision) -> Revision:
        return organization.commit(change, by=asker.subject, because=form["because"], expecting=expected)

    unless_overtaken(asker, f"agent:{agent}", form.expecting(organization.revision), write)


def _numbers(form: Form) -> Iterator[int]:
    """The numbers of the rows sent."""
    for number in range(1, MOST_ROWS + 1):
        if f"role.{number}" not in form.fields:
            return
        yield number


def _read_wish(form: Form, policy: Policy, agent: str) -> Wish:
    """The assignments that the rows ask for; a row that was not altered stays exactly as it is."""
    held = policy.agents[agent].assignments
    wanted: list[Assignment] = []
    errors: dict[int, str] = {}
    for number in _numbers(form):
        if form[f"role.{number}"] and form[f"keep.{number}"]:
            try:
                asked = _read_assignment(form, number)
            except InputError as error:
                errors[number] = sentence(error.problem)
            else:
                wanted.append(next((each for each in held if _shown_alike(each, asked)), asked))
    return Wish(tuple(dict.fromkeys(wanted)), errors)


def _read_assignment(form: Form, number: int) -> Assignment:
    teams = form.chosen(f"team.{number}") if form[f"bounded.{number}"] else None
    if teams is not None and not teams:
        raise InputError("team", "tick the teams it is limited to, or take the limit away")
    since, until = (parse_day(name, form[f"{name}.{number}"]) for name in ("starts", "ends"))
    return Assignment(form[f"role.{number}"], teams=teams, since=since, until=until)


def _shown_alike(held: Assignment, asked: Assignment) -> bool:
    """Whether the form cannot tell the two apart: it shows days, not moments."""
    days = [tuple(map(_day, (each.since, each.until))) for each in (held, asked)]
    return held.role == asked.role and held.teams == asked.teams and days[0] == days[1]


def _day(moment: float | None) -> str:
    return "" if moment is None else iso(moment)[:10]


def _rows_of(policy: Policy, assignments: tuple[Assignment, ...]) -> Iterator[Row]:
    for each in assignments:
        role = policy.roles[each.role]
        teams = None if each.teams is None else team_names(policy, each.teams)
        days = _day(each.since), _day(each.until)
        yield Row(role.id, role.name, True, False, role.owner, teams, each.teams, *days)


def _sent_rows(form: Form, policy: Policy, errors: Mapping[int, str]) -> Iterator[Row]:
    for number in _numbers(form):
        role = policy.roles.get(form[f"role.{number}"])
        chosen = form.chosen(f"team.{number}") & policy.teams.keys() if form[f"bounded.{number}"] else None
        yield Row(
            role_id=role.id if role else "",
            role=role.name if role else "",
            keep=bool(form[f"keep.{number}"]),
            is_new=bool(form[f"new.{number}"]),
            is_owner=role is not None and role.owner,
            teams=None if chosen is None else team_names(policy, frozenset(chosen)),
            team_ids=None if chosen is None else frozenset(chosen),
            starts=form[f"starts.{number}"],
            ends=form[f"ends.{number}"],
            error=errors.get(number, ""),
        )


def _blank() -> Row:
    return Row("", "", True, True, False, None, None, "", "")


def _page(
    request: Request,
    agent: str,
    form: Form,
    rows: tuple[Row, ...],
    wish: Wish | None = None,
    error: FormError | None = None,
) -> HTMLResponse:
    asker = get_asker(request)
    organization = asker.organization
    policy = organization.policy
    context = {
        **agent_pane(asker, read_query(request)),
        "agent": read_detail(asker, agent),
        "assignments": rows,
        "offers": offer_roles(asker, policy.agents[agent].teams),
        "teams": sorted(policy.teams.values(), key=lambda team: team.name.casefold()),
        "form": form,
        "errors": {} if error is None else field_errors(organization, error),
        "expecting": expected_next(organization, form, error),
        **_effects(asker, agent, wish),
    }
    refused = error is not None or bool(wish and wish.errors)
    notice = None if error is None else notice_of(organization, error)
    return page_of(request).render(request, "agent_roles.html", context, notice=notice, refused=refused)


def _effects(asker: Guard, agent: str, wish: Wish | None) -> Mapping[str, object]:
    """What the rows would change, once they can be read."""
    if wish is None or wish.errors:
        return {"outcome": None}
    change = Change((SetAssignments(agent, wish.assignments),))
    preview = asker.organization.preview(change, by=asker.subject)
    return {
        "outcome": outcome_of(asker, preview),
        "reached": () if preview.refusals else reached_words(asker, preview),
        "refused": told(asker.organization, preview.refusals),
        "is_unchanged": wish.assignments == asker.organization.policy.agents[agent].assignments,
    }

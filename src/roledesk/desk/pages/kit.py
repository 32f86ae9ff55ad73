"""What the handlers of the desk's pages share: who asks, from where, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Path
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from roledesk import Guard, InputError, MovedError, Organization, find_people
from roledesk.desk.files import Upload
from roledesk.desk.store import settings
from roledesk.web.forms import Form, read_form
from roledesk.web.identity import get_asker
from roledesk.web.live import position_of
from roledesk.web.pages import Notice, page_of

Sent = Annotated[Form, Depends(read_form)]
Seq = Annotated[int, Path(ge=1, le=2**31)]
"""A message's number in an address."""


async def read_upload(request: Request) -> Upload | None:
    """The file that a form sent, if any; a dependency beside `Sent`, and before it."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    return Upload(file.filename, file.content_type or "", await file.read())


SentFile = Annotated[Upload | None, Depends(read_upload)]
FORMER = "former agent"


def visitor_of(request: Request) -> Guard:
    """Who looks at a page, which stands where it is now: asked before anything of it is read."""
    position_of(request)
    return get_asker(request)


def zone_of(organization: Organization) -> ZoneInfo:
    """The time zone in which an organization reads its clocks."""
    with organization.database.reading() as connection:
        return ZoneInfo(settings.find(connection, organization.id).time_zone)


def names_of(organization: Organization, agents: Iterable[str | None]) -> Mapping[str, str]:
    """What these agents are called; one look at the database."""
    wanted = frozenset(filter(None, agents))
    with organization.database.reading() as connection:
        found = find_people(connection, organization.id, wanted)
    return {agent: found[agent].name or FORMER if agent in found else FORMER for agent in wanted}


def team_name(organization: Organization, team: str | None) -> str:
    """What a team is called; what belongs to none is everybody's."""
    if team is None:
        return "Everybody"
    teams = organization.policy.teams
    return teams[team].name if team in teams else "a former team"


def sentence(problem: str) -> str:
    """An error's words as a person reads them."""
    return f"{problem[:1].upper()}{problem[1:]}."


def moved(request: Request, error: MovedError, address: str) -> Response:
    """Go on to `address` and say there what happened meanwhile."""
    return page_of(request).redirect(address, Notice("note", sentence(str(error))))


def refused(request: Request, error: InputError, address: str) -> Response:
    """Go on to `address` and say there what could not be taken."""
    return page_of(request).redirect(address, Notice("refused", sentence(error.problem)))


def done(request: Request, address: str, title: str = "") -> Response:
    """Go on to `address`."""
    return page_of(request).redirect(address, Notice("done", title) if title else None)

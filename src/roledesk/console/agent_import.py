"""Agents in from a file, and the links by which they come in.

Not here: what a line does (engine/agent_import.py), what every import shows (web/imports.py).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.link_pages import mail_link
from roledesk.console.wording import spoken
from roledesk.engine import agent_import
from roledesk.engine.agent_import import COLUMNS, IMPORT, Invited
from roledesk.engine.guard import Guard
from roledesk.engine.links import LINK_HOURS
from roledesk.errors import InputError
from roledesk.store.sign_ins import LinkKind
from roledesk.web.csv_files import read
from roledesk.web.forms import Form, read_form, read_query
from roledesk.web.identity import get_asker
from roledesk.web.imports import (
    Column,
    FileKind,
    SentFile,
    content_of,
    import_page,
    result_file,
    sample_file,
    upload_page,
)
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
BASE = "/agents/import"
KIND = FileKind(
    agent_import.KIND,
    BASE,
    "agent",
    "Add agents from a file",
    "Each line is judged as if you did it by hand. You see what it would do before anything is kept.",
    "/agents",
    "Agents",
    (
        Column("name", "Needed for a new agent."),
        Column("email", "Needed. An agent who has it already is changed; anybody else is invited."),
        Column("teams", "By name, parted by ; in one cell. They are added, never taken away."),
        Column("roles", "By name, parted by ; in one cell. They are added, never taken away."),
    ),
    (("Ana Ruiz", "ana@example.com", "billing", "support-agent"),),
    asks_why=True,
    most=300,
    say=lambda guard, note: spoken(note, guard.organization.policy),
)


@routes.guarded("GET", BASE, IMPORT)
def show_agent_import(request: Request) -> HTMLResponse:
    """The form for a file."""
    return upload_page(request, KIND)


@routes.guarded("GET", BASE + "/sample.csv", IMPORT)
def show_agent_sample(_request: Request) -> Response:
    """A file to fill in."""
    return sample_file(KIND)


@routes.guarded("POST", BASE, IMPORT)
def try_agent_import(request: Request, content: SentFile, form: Sent) -> Response:
    """Look at a file and show what each line would do."""
    try:
        lines = read(content_of(content), COLUMNS, needed=("email",), most=KIND.most)
        numbered = [(line.number, line.cells) for line in lines]
        made = agent_import.try_out(get_asker(request), numbered, because=form["because"])
    except InputError as error:
        return upload_page(request, KIND, form, error)
    return page_of(request).redirect(f"{BASE}/{made}")


@routes.guarded("GET", BASE + "/{id}", IMPORT)
def show_one_agent_import(request: Request, id: str) -> HTMLResponse:
    """What an import would do, how far it is, or what it did."""
    return _import_page(request, id)


@routes.guarded("POST", BASE + "/{id}/go", IMPORT)
def go_on_agent_import(request: Request, id: str) -> Response:
    """Bring in the next lines; after the last, show the links."""
    if agent_import.go_on(get_asker(request), id):
        return _import_page(request, id, agent_import.make_links(get_asker(request), id))
    return page_of(request).redirect(f"{BASE}/{id}")


@routes.guarded("POST", BASE + "/{id}/links", IMPORT)
def link_imported_agents(request: Request, id: str) -> HTMLResponse:
    """Make new links for those who have not come in yet, and show them."""
    return _import_page(request, id, agent_import.make_links(get_asker(request), id))


@routes.guarded("GET", BASE + "/{id}/result.csv", IMPORT)
def download_agent_result(request: Request, id: str) -> Response:
    """What became of every line."""
    return result_file(get_asker(request), KIND, id)


def _import_page(request: Request, id: str, invited: tuple[Invited, ...] = ()) -> HTMLResponse:
    asker: Guard = get_asker(request)
    links = [mail_link(request, each.person, each.secret, LinkKind.INVITATION) for each in invited]
    more = {
        "links": [link for link in links if not link.mailed],
        "mailed": sum(link.mailed for link in links),
        "awaited": len(agent_import.awaited(asker, id)),
        "hours": LINK_HOURS,
    }
    return import_page(
        request, asker, KIND, id, read_query(request), template="agents_import.html", more=more
    )

"""Agents from a file, tried before they are added.

Not here: what becomes of a line (engine/agent_import.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from roledesk.console.link_pages import MAILS, link_address
from roledesk.console.notices import FORM_ERRORS, FormError
from roledesk.console.wording import sentence, told
from roledesk.engine import agent_import
from roledesk.engine.agent_import import COLUMNS, MOST_LINES, Invited, Trial
from roledesk.engine.links import LINK_HOURS
from roledesk.errors import ChangeRefusedError, InputError
from roledesk.store.sign_ins import LinkKind
from roledesk.web import csv_files
from roledesk.web.csv_files import file_headers, written
from roledesk.web.forms import Form, read_form
from roledesk.web.identity import get_asker
from roledesk.web.mail import send_mail
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
SAMPLE = (COLUMNS, ("Ana Ruiz", "ana@example.com", "billing", "support-agent"))


async def read_content(request: Request) -> bytes | None:
    """The file that a form sent, if any; a dependency before the form."""
    file = (await request.form()).get("file")
    return await file.read() if isinstance(file, UploadFile) else None


SentContent = Annotated[bytes | None, Depends(read_content)]


@routes.guarded("GET", "/agents/import", "agent.import")
def show_agent_import(request: Request) -> HTMLResponse:
    """Where a file is chosen."""
    return _page(request, None, "")


@routes.guarded("GET", "/agents/import/sample.csv", "agent.import")
def show_agent_sample(request: Request) -> Response:
    """A file to fill in."""
    return Response("".join(written(SAMPLE)), media_type="text/csv", headers=file_headers("agents.csv"))


@routes.guarded("POST", "/agents/import", "agent.import")
def take_agent_import(request: Request, content: SentContent, form: Sent) -> Response:
    """Say what would become of each line; with `mark`, do what was said."""
    asker = get_asker(request)
    # A form that comes back writes the ends of lines its own way.
    sent = (content if content is not None else form["content"].encode()).replace(b"\r\n", b"\n")
    try:
        lines = csv_files.read(sent, COLUMNS, needed=("name", "email"), most=MOST_LINES)
        rows = {line.number: line.cells for line in lines}
        if not form["mark"]:
            return _page(request, agent_import.try_import(asker, rows), sent.decode("utf-8-sig"))
        invited = agent_import.take_import(asker, rows, form["mark"], because=form["because"])
    except FORM_ERRORS as error:
        return _page(request, None, "", error)
    return _links_page(request, invited)


def _links_page(request: Request, invited: tuple[Invited, ...]) -> HTMLResponse:
    """Those who were added, each with his link: shown once, or mailed."""
    settings = server_of(request).settings
    subject, text = MAILS[LinkKind.INVITATION]
    rows = []
    for each in invited:
        address = link_address(request, each.secret)
        body = f"{text}\n\n{address}\n\nThe link works once, within {LINK_HOURS} hours.\n"
        mailed = bool(each.person.email) and send_mail(settings, each.person.email or "", subject, body)
        rows.append(
            {"name": each.person.name, "email": each.person.email, "address": address, "mailed": mailed}
        )
    return page_of(request).render(request, "agents_imported.html", {"rows": rows, "hours": LINK_HOURS})


def _page(
    request: Request, trial: Trial | None, content: str, error: FormError | None = None
) -> HTMLResponse:
    context: Mapping[str, object] = {
        "trial": trial,
        "lines": () if trial is None else trial.lines,
        "counts": {} if trial is None else {verdict.value: count for verdict, count in trial.counts.items()},
        "content": content,
        "most": MOST_LINES,
        "columns": COLUMNS,
        "errors": {} if error is None else {"file": _problem(request, error)},
        "heading": "Add agents from a file",
        "action": "/agents/import",
        "sample": "/agents/import/sample.csv",
        "back": "/agents",
        "current": "agents",
    }
    return page_of(request).render(request, "agents_import.html", context, refused=error is not None)


def _problem(request: Request, error: FormError) -> str:
    if isinstance(error, ChangeRefusedError):
        return " ".join(told(get_asker(request).organization, error.refusals))
    return sentence(f"{error.where}: {error.problem}" if isinstance(error, InputError) else str(error))

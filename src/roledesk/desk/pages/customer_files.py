"""Customers from a file, tried before they are taken, and customers as a file.

Not here: what becomes of a line (desk/customer_files.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from roledesk import InputError
from roledesk.desk import customer_files
from roledesk.desk.customer_files import COLUMNS, MOST_LINES, Trial, Verdict
from roledesk.desk.customers import Choice
from roledesk.desk.pages.kit import Sent, SentFile, done, sentence, visitor_of
from roledesk.web import csv_files
from roledesk.web.csv_files import file_headers, written
from roledesk.web.forms import read_query
from roledesk.web.identity import get_asker
from roledesk.web.pages import page_of
from roledesk.web.routes import Routes

routes = Routes()
SAMPLE = (
    COLUMNS,
    ("Ana Ruiz", "ana@example.com", "+34 910 555 010", "es", "customer-17"),
    ("Tom Hughes", "tom@example.org", "", "en", ""),
)
MOST_SHOWN = 500


@routes.guarded("GET", "/customers/import", "customer.import")
def show_import(request: Request) -> HTMLResponse:
    """Where a file is chosen."""
    visitor_of(request)
    return _page(request, None, "", {})


@routes.guarded("GET", "/customers/import/sample.csv", "customer.import")
def show_sample(request: Request) -> Response:
    """A file to fill in."""
    return Response("".join(written(SAMPLE)), media_type="text/csv", headers=file_headers("customers.csv"))


@routes.guarded("POST", "/customers/import", "customer.import")
def try_import(request: Request, file: SentFile, form: Sent) -> Response:
    """Say what would become of each line; with `mark`, do what was said."""
    guard = get_asker(request)
    content = file.content if file is not None else form["content"].encode()
    try:
        rows = csv_files.read(content, COLUMNS, needed=("name",))
        if not form["mark"]:
            return _page(request, customer_files.try_import(guard, rows), content.decode("utf-8-sig"), {})
        taken = customer_files.take_import(guard, rows, form["mark"])
    except InputError as error:
        return _page(request, None, "", {"file": sentence(f"{error.where}: {error.problem}")})
    counts = taken.counts
    said = (
        f"{counts[Verdict.NEW]} added, {counts[Verdict.CHANGED]} changed, {counts[Verdict.REFUSED]} refused"
    )
    return done(request, "/customers", said)


@routes.guarded("GET", "/customers/export.csv", "customer.export")
def download_customers(request: Request) -> Response:
    """The customers within reach, as the list has them."""
    guard, query = get_asker(request), read_query(request)
    blocked = True if query["blocked"] and guard.may("customer.unblock") else None
    rows = customer_files.export(guard, Choice(query["q"], blocked))
    return StreamingResponse(
        written(rows), media_type="text/csv; charset=utf-8", headers=file_headers("customers.csv")
    )


def _page(request: Request, trial: Trial | None, content: str, errors: Mapping[str, str]) -> HTMLResponse:
    context = {
        "trial": trial,
        "lines": [] if trial is None else trial.lines[:MOST_SHOWN],
        "counts": {} if trial is None else {verdict.value: count for verdict, count in trial.counts.items()},
        "content": content,
        "most": MOST_LINES,
        "columns": COLUMNS,
        "errors": errors,
        "heading": "Import customers",
        "action": "/customers/import",
        "sample": "/customers/import/sample.csv",
        "back": "/customers",
        "current": "customers",
    }
    return page_of(request).render(request, "import.html", context, refused=bool(errors))

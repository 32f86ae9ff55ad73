"""Customers in from a file, and out into one.

Not here: what a line does (customer_import.py), who is in an export (customer_files.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from roledesk import InputError
from roledesk.desk import customer_files, customer_import
from roledesk.desk.customer_files import COLUMNS, cells_of
from roledesk.desk.customers import CustomerRow
from roledesk.desk.pages.customers import choice_of
from roledesk.desk.pages.kit import visitor_of
from roledesk.web.csv_files import file_headers, read, written
from roledesk.web.forms import read_query
from roledesk.web.identity import get_asker
from roledesk.web.imports import (
    CSV,
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
BASE = "/customers/import"
KIND = FileKind(
    customer_import.KIND,
    BASE,
    "customer",
    "Import customers",
    "You see what each line would do before anything is kept.",
    "/customers",
    "Customers",
    (
        Column("id", "The customer to change, as an export names them. Empty for a new one.", shown=False),
        Column("name", "Needed for a new customer."),
        Column("email", "Without an id, the customer who has this e-mail already is changed."),
        Column("phone", "In any form."),
        Column("language", "Like en or pt-BR.", shown=False),
        Column("identity", "What your own pages sign customers in by. For new customers only.", shown=False),
        Column("tags", "Tags of everybody's, parted by |. They are added, never removed."),
    ),
    (
        ("", "Ana Lima", "ana@example.com", "+351 21 000 0000", "pt", "customer-17", "VIP | Newsletter"),
        ("", "Bo Chen", "bo@example.com", "", "zh", "", ""),
    ),
)


@routes.guarded("GET", "/customers/export.csv", customer_files.EXPORT)
def export_customers(request: Request) -> Response:
    """The customers of the list, as far as they may be exported."""
    guard = get_asker(request)
    choice, _ = choice_of(guard, read_query(request))
    rows = customer_files.export(guard, choice)
    return StreamingResponse(written(_table(rows)), media_type=CSV, headers=file_headers("customers.csv"))


@routes.guarded("GET", BASE, customer_import.IMPORT)
def show_import(request: Request) -> HTMLResponse:
    """The form for a file."""
    visitor_of(request)
    return upload_page(request, KIND)


@routes.guarded("GET", BASE + "/sample.csv", customer_import.IMPORT)
def download_sample(request: Request) -> Response:
    """A file to begin with."""
    get_asker(request)
    return sample_file(KIND)


@routes.guarded("POST", BASE, customer_import.IMPORT)
def try_out_import(request: Request, sent: SentFile) -> Response:
    """Look at a file and show what each line would do."""
    try:
        lines = read(content_of(sent), customer_import.COLUMNS)
        made = customer_import.try_out(get_asker(request), lines)
    except InputError as error:
        return upload_page(request, KIND, error=error)
    return page_of(request).redirect(f"{BASE}/{made}")


@routes.guarded("GET", BASE + "/{id}", customer_import.IMPORT)
def show_one_import(request: Request, id: str) -> HTMLResponse:
    """What an import would do, how far it is, or what it did."""
    return import_page(request, visitor_of(request), KIND, id, read_query(request))


@routes.guarded("POST", BASE + "/{id}/go", customer_import.IMPORT)
def go_on_import(request: Request, id: str) -> Response:
    """Bring in the next lines."""
    customer_import.go_on(get_asker(request), id)
    return page_of(request).redirect(f"{BASE}/{id}")


@routes.guarded("GET", BASE + "/{id}/result.csv", customer_import.IMPORT)
def download_result(request: Request, id: str) -> Response:
    """What became of every line."""
    return result_file(get_asker(request), KIND, id)


def _table(rows: Iterable[CustomerRow]) -> Iterator[Sequence[str | None]]:
    yield COLUMNS
    yield from map(cells_of, rows)

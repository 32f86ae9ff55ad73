"""The Technical settings page: what holds for programs that sign in.

Not here: what each setting does (engine/technical.py, engine/tokens.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from roledesk.console.notices import field_errors
from roledesk.engine.technical import EDIT, get_technical, keep_technical
from roledesk.errors import InputError
from roledesk.store.technical import TechnicalSettings
from roledesk.web.forms import Form, form_of, read_form
from roledesk.web.identity import get_asker
from roledesk.web.pages import Notice, page_of
from roledesk.web.routes import Routes

routes = Routes()
Sent = Annotated[Form, Depends(read_form)]
PATH = "/technical-settings"


@routes.guarded("GET", PATH, EDIT)
def show_technical(request: Request) -> HTMLResponse:
    """What holds for programs."""
    days = get_technical(get_asker(request)).longest_token_days
    return _page(request, form_of({"longest_token_days": "" if days is None else str(days)}), {})


@routes.guarded("POST", PATH, EDIT)
def take_technical(request: Request, form: Sent) -> Response:
    """Keep what holds for programs."""
    asker = get_asker(request)
    try:
        keep_technical(asker, TechnicalSettings(_days(form["longest_token_days"])))
    except InputError as error:
        return _page(request, form, field_errors(asker.organization, error))
    return page_of(request).redirect(PATH, Notice("done", "Saved; it holds for tokens made from now on"))


def _days(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise InputError("longest_token_days", "write a whole number of days, or nothing")
    return int(text)


def _page(request: Request, form: Form, errors: Mapping[str, str]) -> HTMLResponse:
    context = {"form": form, "errors": errors}
    return page_of(request).render(request, "technical.html", context, refused=bool(errors))

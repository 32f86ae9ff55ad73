"""The pages of an import: send a file, see what each line would do, then see what it did.

Console and desk bring in different things through the same pages. While an import is under
way its page asks for the next lines by itself, as often as it is needed; a page that is
opened again goes on, and without script a button does.
Not here: what a line means and does (the part that imports).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import Connection
from starlette.datastructures import UploadFile

from roledesk.engine import importing
from roledesk.engine.guard import Guard
from roledesk.errors import InputError
from roledesk.store import imports
from roledesk.store.imports import Counts, ImportLine, Outcome, Verdict
from roledesk.web.csv_files import MOST_BYTES, MOST_ROWS, file_headers, written
from roledesk.web.forms import Form
from roledesk.web.pages import page_of

PAGE = 100
CSV = "text/csv; charset=utf-8"
VERDICTS: Mapping[Verdict, str] = {
    Verdict.NEW: "new",
    Verdict.CHANGE: "changed",
    Verdict.SAME: "already so",
    Verdict.REFUSED: "refused",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DONE: "imported",
    Outcome.SKIPPED: "already so",
    Outcome.REFUSED: "refused",
}


async def read_file(request: Request) -> bytes | None:
    """The content of the file that a form sent, if any; a dependency before the form itself."""
    file = (await request.form()).get("file")
    return await file.read() if isinstance(file, UploadFile) and file.filename else None


SentFile = Annotated[bytes | None, Depends(read_file)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, and what may stand in it."""

    name: str
    meaning: str
    shown: bool = True


def _as_kept(_guard: Guard, note: str) -> str:
    return note


@dataclass(frozen=True, slots=True)
class FileKind:
    """What is brought in: its pages are below `base`; `sample` are lines to begin with.

    `say` puts a line's note into the words of whoever looks at it.
    """

    kind: str
    base: str
    noun: str
    heading: str
    lead: str
    back: str
    back_text: str
    columns: Sequence[Column]
    sample: Sequence[Sequence[str]]
    asks_why: bool = False
    most: int = MOST_ROWS
    say: Callable[[Guard, str], str] = _as_kept


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the lines."""

    href: str
    name: str
    is_current: bool


def content_of(sent: bytes | None) -> bytes:
    """The file. Raises InputError without one."""
    if sent is None:
        raise InputError("file", "choose a file first")
    return sent


def upload_page(
    request: Request, kind: FileKind, form: Form | None = None, error: InputError | None = None
) -> HTMLResponse:
    """The form for a file; with what was wrong with the last one."""
    said = "" if error is None else f"{error.problem[:1].upper()}{error.problem[1:]}."
    context = {
        "kind": kind,
        "form": form or Form(),
        "errors": {} if error is None else {error.where: said},
        "most_kb": MOST_BYTES // 1000,
    }
    return page_of(request).render(request, "import_new.html", context, refused=error is not None)


def sample_file(kind: FileKind) -> Response:
    """A file to begin with."""
    rows = [[each.name for each in kind.columns], *kind.sample]
    return Response("".join(written(rows)), media_type=CSV, headers=file_headers(f"{kind.kind}-sample.csv"))


def import_page(
    request: Request,
    guard: Guard,
    kind: FileKind,
    id: str,
    query: Form,
    *,
    template: str = "import_lines.html",
    more: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """An import as it stands: what it would do, how far it is, or what it did."""
    organization = guard.organization
    after = int(query["after"]) if query["after"].isdecimal() and len(query["after"]) < 9 else 0
    with organization.database.reading() as connection:
        sent = importing.get_import(connection, guard, kind.kind, id)
        is_begun = sent.begun_at is not None
        wanted = _wanted(query["show"], is_begun=is_begun)
        counts = imports.count(connection, organization.id, id)
        found = _lines(connection, guard, id, wanted, after=after, limit=PAGE + 1)
    context = {
        "kind": kind,
        "import": sent,
        "counts": counts,
        "work": sum(counts.verdicts[each] for each in imports.WORK),
        "done": counts.total - counts.waiting,
        "tabs": _tabs(kind, id, counts, wanted, is_begun=is_begun),
        "lines": [replace(line, note=kind.say(guard, line.note)) for line in found[:PAGE]],
        "shown": [each for each in kind.columns if each.shown],
        "verdicts": VERDICTS,
        "outcomes": OUTCOMES,
        "next": _address(kind, id, show=query["show"], after=str(found[PAGE - 1].number))
        if len(found) > PAGE
        else "",
        **(more or {}),
    }
    return page_of(request).render(request, template, context)


def result_file(guard: Guard, kind: FileKind, id: str) -> Response:
    """What became of every line, as a file."""
    with guard.organization.database.reading() as connection:
        importing.get_import(connection, guard, kind.kind, id)
    return StreamingResponse(
        written(_results(guard, kind, id)),
        media_type=CSV,
        headers=file_headers(f"{kind.kind}-import-result.csv"),
    )


def _results(guard: Guard, kind: FileKind, id: str) -> Iterator[Sequence[object]]:
    names = [each.name for each in kind.columns]
    yield ("line", *names, "result", "note")
    after = 0
    while True:
        with guard.organization.database.reading() as connection:
            found = imports.lines(connection, guard.organization.id, id, after=after, limit=PAGE * 10)
        for line in found:
            result = VERDICTS[line.verdict] if line.outcome is None else OUTCOMES[line.outcome]
            yield (
                line.number,
                *(line.cells.get(name, "") for name in names),
                result,
                kind.say(guard, line.note),
            )
        if not found:
            return
        after = found[-1].number


def _wanted(text: str, *, is_begun: bool) -> Verdict | Outcome | None:
    if is_begun:
        return Outcome(text) if text in set(Outcome) else None
    return Verdict(text) if text in set(Verdict) else None


def _lines(
    connection: Connection,
    guard: Guard,
    id: str,
    wanted: Verdict | Outcome | None,
    *,
    after: int,
    limit: int,
) -> tuple[ImportLine, ...]:
    verdict = wanted if isinstance(wanted, Verdict) else None
    outcome = wanted if isinstance(wanted, Outcome) else None
    return imports.lines(
        connection, guard.organization.id, id, after=after, limit=limit, verdict=verdict, outcome=outcome
    )


def _tabs(
    kind: FileKind, id: str, counts: Counts, wanted: Verdict | Outcome | None, *, is_begun: bool
) -> Sequence[Tab]:
    said: Mapping[str, str] = {
        each.value: name for each, name in (OUTCOMES if is_begun else VERDICTS).items()
    }
    numbers: Mapping[str, int] = {
        each.value: number for each, number in (counts.outcomes if is_begun else counts.verdicts).items()
    }
    parts = [
        Tab(_address(kind, id, show=each), f"{name[0].upper()}{name[1:]} {numbers[each]:,}", each == wanted)
        for each, name in said.items()
        if numbers[each]
    ]
    return [Tab(_address(kind, id), f"All {counts.total:,}", wanted is None), *parts]


def _address(kind: FileKind, id: str, **values: str) -> str:
    filled = {name: value for name, value in values.items() if value}
    return f"{kind.base}/{id}" + (f"?{urlencode(filled)}" if filled else "")

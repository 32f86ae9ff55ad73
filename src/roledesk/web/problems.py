"""How an error looks on the web: the only place that knows status codes.

Programs get problem JSON (RFC 9457), people a page. What is absent and what the asker may
not see are answered alike, byte for byte. Whoever may see a thing, and may not do it, is
told what is missing and which roles give it; holders' names only go to those who may
read agents.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from roledesk.errors import (
    BlockedError,
    ChangeRefusedError,
    ConflictError,
    CredentialsError,
    DeniedError,
    ForeignPageError,
    InputError,
    LinkGoneError,
    MovedError,
    NotFoundError,
    RoledeskError,
    SchemaError,
    StaleRevisionError,
    TooManyAttemptsError,
    UnknownNameError,
)
from roledesk.web.help import Help, find_help
from roledesk.web.server import server_of

STATUS: Mapping[type[Exception], HTTPStatus] = {
    UnknownNameError: HTTPStatus.BAD_REQUEST,
    InputError: HTTPStatus.BAD_REQUEST,
    RequestValidationError: HTTPStatus.UNPROCESSABLE_ENTITY,
    CredentialsError: HTTPStatus.UNAUTHORIZED,
    DeniedError: HTTPStatus.FORBIDDEN,
    BlockedError: HTTPStatus.FORBIDDEN,
    ForeignPageError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    MovedError: HTTPStatus.CONFLICT,
    StaleRevisionError: HTTPStatus.CONFLICT,
    ChangeRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyAttemptsError: HTTPStatus.TOO_MANY_REQUESTS,
    SchemaError: HTTPStatus.SERVICE_UNAVAILABLE,
}
OK = HTTPStatus.OK
UNAUTHORIZED = HTTPStatus.UNAUTHORIZED
FORBIDDEN = HTTPStatus.FORBIDDEN
SEE_OTHER = HTTPStatus.SEE_OTHER
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY
NOTHING_HERE = "there is nothing at this address, or nothing that you may see"
OUR_FAULT = (
    "something went wrong here, and it was written down; try again, and tell us the request id if it stays"
)
"""What is answered when the fault is ours: nothing about it leaves the server."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is told: `lines` for people, one by one; `detail` is all of them."""

    status: int
    title: str
    lines: tuple[str, ...]
    help: Help | None = None

    @property
    def is_ours(self) -> bool:
        """Whether the fault is on our side."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def detail(self) -> str:
        """Every line as one text."""
        return "; ".join(self.lines)


def status_of(error: Exception) -> HTTPStatus:
    """The status code of an error; 404 where the asker may not even know."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, DeniedError) and error.hidden:
        return HTTPStatus.NOT_FOUND
    return next(
        (STATUS[each] for each in type(error).__mro__ if each in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR
    )


def wrong_method(allowed: str) -> HTTPException:
    """What to raise for a method that an address does not answer."""
    return HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, f"use {allowed}", {"Allow": allowed})


def too_long() -> HTTPException:
    """What to raise for a body that is longer than the settings allow."""
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too long; send less at a time")


def header_pairs(error: Exception) -> list[tuple[bytes, bytes]]:
    """The headers that go with an error, as the server wants them."""
    return [(name.lower().encode(), value.encode()) for name, value in _headers(error).items()]


def problem_of(error: Exception) -> Problem:
    """What is told about an error, without help."""
    status = status_of(error)
    return Problem(status, status.phrase, _lines(error, status))


def _lines(error: Exception, status: HTTPStatus) -> tuple[str, ...]:
    if status is HTTPStatus.NOT_FOUND and not isinstance(error, LinkGoneError):
        return (NOTHING_HERE,)
    if isinstance(error, ChangeRefusedError):
        return tuple(refusal.message for refusal in error.refusals)
    if isinstance(error, RequestValidationError):
        return tuple(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    if isinstance(error, HTTPException):
        return (error.detail,)
    return (str(error),) if isinstance(error, RoledeskError) else (OUR_FAULT,)


async def respond(request: Request, error: Exception) -> Response:
    """The answer to a request that ended in `error`: a page for a browser, else problem JSON."""
    problem = problem_of(error)
    if isinstance(error, DeniedError) and not error.hidden:
        problem = Problem(
            problem.status, problem.title, problem.lines, await run_sync(find_help, request, error)
        )
    if not wants_page(request):
        return _json(problem, error)
    if problem.status == HTTPStatus.UNAUTHORIZED and (moved := _moved_to_sign_in(request)):
        return moved
    page = await run_sync(server_of(request).pages.render_problem, request, problem)
    page.headers.update(_headers(error))
    return page


async def tell(_request: Request, error: Exception) -> Response:
    """The answer of a host program's application: problem JSON, without help."""
    return _json(problem_of(error), error)


async def answer_error(scope: Scope, receive: Receive, send: Send, error: RoledeskError) -> None:
    """Answer from a middleware, where no handler of errors stands behind."""
    response = await respond(Request(scope, receive), error)
    await response(scope, receive, send)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def error_handlers() -> dict[
    int | type[Exception], Callable[[Request, Exception], Coroutine[None, None, Response]]
]:
    """What the application does with each error that reaches it."""
    return dict.fromkeys((RoledeskError, RequestValidationError, HTTPException, Exception), respond)


def _json(problem: Problem, error: Exception) -> Response:
    content = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if isinstance(error, ChangeRefusedError):
        content["refusals"] = [refusal._asdict() for refusal in error.refusals]
    if problem.help is not None:
        content["help"] = asdict(problem.help)
    return JSONResponse(content, problem.status, _headers(error), media_type="application/problem+json")


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, CredentialsError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyAttemptsError):
        return {"Retry-After": str(error.retry_after_s)}
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}


def is_for_part(request: Request) -> bool:
    """Whether a script asked, to put the answer into a page that stays."""
    return "hx-request" in request.headers


def _moved_to_sign_in(request: Request) -> Response | None:
    """The way to sign in; None for what a script was sending, so that the page with it stays."""
    if not is_for_part(request):
        return RedirectResponse(_sign_in_address(request), status_code=SEE_OTHER)
    if request.method != "GET":
        return None
    return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": _sign_in_address(request)})


def _sign_in_address(request: Request) -> str:
    """Where to sign in, and come back from; what was being sent is not sent again."""
    if request.method != "GET":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query)}"

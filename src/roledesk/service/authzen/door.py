"""The decision endpoints, answered before the framework sees the request.

POST with a JSON object; a denial is 200 all the same. A broken request is 400, wrong
credentials 401, a token made for something else 403, a revision not known here 409, a long
body 413; the body of an error is its message. X-Request-ID is echoed.
Not here: what the answers are (evaluation.py, search.py), who asks (callers.py).
Source: OpenID Authorization API 1.0, section 10.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from anyio.to_thread import run_sync
from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from roledesk.errors import InputError, RoledeskError
from roledesk.service.authzen.callers import Caller, Callers
from roledesk.service.authzen.evaluation import Desk, Served
from roledesk.service.authzen.messages import (
    ActionSearch,
    Context,
    Found,
    ResourceSearch,
    SubjectSearch,
    decode,
    encode,
)
from roledesk.service.authzen.paging import Paging
from roledesk.service.authzen.questions import EVALUATION, Batch, batch_of, question_of
from roledesk.service.authzen.search import find_actions, find_resources, find_subjects
from roledesk.settings import ServerSettings
from roledesk.web.meters import DecisionCount
from roledesk.web.problems import OK, header_pairs, status_of, too_long, wrong_method

SUBJECT_SEARCH = Decoder(SubjectSearch)
RESOURCE_SEARCH = Decoder(ResourceSearch)
ACTION_SEARCH = Decoder(ActionSearch)

EVALUATE = "decision.evaluate"
SEARCH = "decision.search"
HEADERS = [(b"content-type", b"application/json")]


class Request(Struct, frozen=True, gc=False):
    """What of a request matters."""

    caller: Caller
    body: bytes
    revision: str | None


Handler = Callable[[Request], Awaitable[bytes]]


class DecisionDoor:
    """Answers the decision endpoints; everything else goes on to `app`."""

    def __init__(
        self, app: ASGIApp, callers: Callers, settings: ServerSettings, count: DecisionCount
    ) -> None:
        self.app = app
        self._callers = callers
        self._paging = Paging(settings.secret.get_secret_value())
        self._max_body_bytes = settings.max_body_kb * 1024
        self._max_evaluations = settings.max_evaluations
        self._merge = settings.authzen_partial_entities
        self._decisions = count
        self._handlers: dict[str, tuple[str, Handler]] = {
            "/access/v1/evaluation": (EVALUATE, self._evaluate),
            "/access/v1/evaluations": (EVALUATE, self._evaluate_all),
            "/access/v1/search/subject": (SEARCH, self._search_subjects),
            "/access/v1/search/resource": (SEARCH, self._search_resources),
            "/access/v1/search/action": (SEARCH, self._search_actions),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._handlers.get(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"])
        headers = HEADERS
        try:
            status, body = OK, await self._answer(*found, scope["method"], given, receive)
        except (RoledeskError, HTTPException) as error:
            status, body = (
                status_of(error),
                encode(error.detail if isinstance(error, HTTPException) else str(error)),
            )
            headers = HEADERS + header_pairs(error)
        length = (b"content-length", b"%d" % len(body))
        request_id = given.get(b"x-request-id")
        echoed = [length] if request_id is None else [length, (b"x-request-id", request_id)]
        await send({"type": "http.response.start", "status": status, "headers": headers + echoed})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, action: str, handler: Handler, method: str, given: dict[bytes, bytes], receive: Receive
    ) -> bytes:
        if method != "POST":
            raise wrong_method("POST")
        caller = self._callers.find(given)
        if caller is None:
            caller = await run_sync(self._callers.read, given)
        caller.require(action)
        if not given.get(b"content-type", b"").lower().startswith(b"application/json"):
            raise InputError("content-type", "must be application/json")
        revision = given.get(b"roledesk-revision")
        body = await self._read(receive)
        return await handler(Request(caller, body, None if revision is None else revision.decode("latin-1")))

    async def _evaluate(self, request: Request) -> bytes:
        message = decode(EVALUATION, request.body)
        question, desk = question_of(message), request.caller.desk
        await self._wait_for(request, message.context)
        while unread := desk.facts.unread((question,)):
            await run_sync(desk.facts.read, unread)
        answer = desk.answer(question, believes=request.caller.believes)
        self._count([answer], desk)
        return answer.body

    async def _evaluate_all(self, request: Request) -> bytes:
        batch = batch_of(request.body, merge=self._merge)
        if batch is None:
            return await self._evaluate(request)
        if len(batch.questions) > self._max_evaluations:
            raise InputError(
                "evaluations", f"has more than {self._max_evaluations} items; send several batches"
            )
        answers = await self._go_through(request, batch)
        return b'{"evaluations":[%b]}' % b",".join(answer.body for answer in answers)

    async def _go_through(self, request: Request, batch: Batch) -> list[Served]:
        desk = request.caller.desk
        await self._wait_for(request, batch.context)
        while unread := desk.facts.unread(batch.questions):
            await run_sync(desk.facts.read, unread)
        answers = desk.answer_all(batch, believes=request.caller.believes)
        self._count(answers, desk)
        return answers

    def _count(self, answers: list[Served], desk: Desk) -> None:
        desk.count(answers)
        self._decisions.add(len(answers), sum(answer.allowed for answer in answers))

    async def _search_subjects(self, request: Request) -> bytes:
        search = decode(SUBJECT_SEARCH, request.body)
        await self._wait_for(request, search.context)
        caller = request.caller
        return await _run(partial(find_subjects, caller.desk, search, self._paging, believes=caller.believes))

    async def _search_resources(self, request: Request) -> bytes:
        search = decode(RESOURCE_SEARCH, request.body)
        await self._wait_for(request, search.context)
        return await _run(partial(find_resources, request.caller.desk, search, self._paging))

    async def _search_actions(self, request: Request) -> bytes:
        search = decode(ACTION_SEARCH, request.body)
        await self._wait_for(request, search.context)
        caller = request.caller
        return await _run(partial(find_actions, caller.desk, search, self._paging, believes=caller.believes))

    async def _wait_for(self, request: Request, context: Context | UnsetType) -> None:
        """Catch up with the revision that was demanded, in the context or the header."""
        if context is not UNSET and context.revision is not UNSET:
            await run_sync(request.caller.desk.organization.at_least, context.revision)
        if request.revision is not None:
            await run_sync(request.caller.desk.organization.at_least, request.revision)

    async def _read(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        length, more = 0, True
        while more:
            message = await receive()
            part = message.get("body", b"")
            length += len(part)
            if length > self._max_body_bytes:
                raise too_long()
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)


async def _run(search: Callable[[], Found]) -> bytes:
    return encode(await run_sync(search))

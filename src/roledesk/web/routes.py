"""Doors: every address the server answers, and what it takes to pass.

A door is guarded by an action, shared by every agent who is signed in, or public; the last
two say why. There is no other way to register one, and `check_doors` refuses to start an
application that has a route without.
The guard at the door asks whether the asker may take the action anywhere; the handler
behind it asks again about the thing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, TypeVar

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import Request

from roledesk.errors import DeniedError, InputError
from roledesk.web.identity import get_asker

Handler = TypeVar("Handler", bound=Callable[..., Any])
PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem (RFC 9457)", "content": {"application/problem+json": {}}},
}


@dataclass(frozen=True, slots=True)
class Door:
    """One address. `action` guards it; without one, `because` says why it needs none.

    A body holds at most `most_bytes`, or without that what the settings say.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    action: str | None = None
    because: str = ""
    public: bool = False
    most_bytes: int | None = None


class Routes:
    """The doors of one part of the server, all below `prefix`."""

    def __init__(self, prefix: str = "", *, api: bool = False) -> None:
        self.prefix = prefix
        self.api = api
        self.doors: list[Door] = []

    def guarded(
        self, method: str, path: str, action: str, *, most_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Open to those who may take `action` somewhere."""
        return self._register(
            lambda handler: Door(method, self.prefix + path, handler, action, most_bytes=most_bytes)
        )

    def shared(self, method: str, path: str, *, because: str) -> Callable[[Handler], Handler]:
        """Open to everybody who is signed in, for the reason given."""
        return self._register(lambda handler: Door(method, self.prefix + path, handler, because=because))

    def public(
        self, method: str, path: str, *, because: str, most_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Open to anybody, for the reason given."""
        return self._register(
            lambda handler: Door(
                method, self.prefix + path, handler, because=because, public=True, most_bytes=most_bytes
            )
        )

    def add_to(self, app: FastAPI) -> None:
        """Open every door in `app`."""
        for door in self.doors:
            app.add_api_route(
                door.path,
                door.handler,
                methods=[door.method],
                dependencies=[*self._checks(), *([] if door.public else [Depends(_guard_of(door))])],
                include_in_schema=self.api,
                operation_id=door.handler.__name__,
                response_class=JSONResponse if self.api else HTMLResponse,
                responses=PROBLEM if self.api else None,
                max_body_size=door.most_bytes,
            )

    def _checks(self) -> list[Any]:
        return [Depends(require_plain_json)] if self.api else []

    def _register(self, make: Callable[[Handler], Door]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            door = make(handler)
            if door.action is None and not door.because:
                raise InputError(
                    _name(door.method, door.path), "needs an action, or the reason why it is open"
                )
            self.doors.append(door)
            return handler

        return register


def check_doors(app: FastAPI, doors: Sequence[Door]) -> None:
    """Raise InputError when `app` answers at an address that is not among `doors`."""
    known = {(door.method, door.path) for door in doors}
    for route in app.routes:
        path = getattr(route, "path", repr(route))
        for method in getattr(route, "methods", None) or ("any method",):
            if (method, path) not in known:
                raise InputError(_name(method, path), "has no door; register it with Routes")


async def require_plain_json(request: Request) -> None:
    """Let pass a body that JSON can say. Raises InputError for half a character, or a number that is none.

    Python reads both and can write neither, so they would come back as a fault of ours.
    """
    if not await request.body():
        return
    try:
        dumps(await request.json(), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise InputError(
            "body", "is not JSON, is too deep, or holds half a character or a number that is none"
        ) from None


def _guard_of(door: Door) -> Callable[[Request], None]:
    def guard(request: Request) -> None:
        asker = get_asker(request)
        if door.action is not None and not asker.may(door.action):
            raise DeniedError(asker.decide(door.action), hidden=False)

    return guard


def _name(method: str, path: str) -> str:
    return f"route `{method} {path}`"

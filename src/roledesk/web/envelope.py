"""What every answer of the application carries, and what is written down about it.

A request id (the caller's own if it is a plain one), strict security headers, no caching
unless the answer says otherwise. One log line and one count for each request: the door's
address, never the path, which may hold a name or a one-time secret.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roledesk.web.meters import Meters

LOG = logging.getLogger("roledesk.access")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SECURE_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Envelope:
    """Puts every answer of `app` into its envelope."""

    def __init__(self, app: ASGIApp, *, meters: Meters, secure: bool) -> None:
        self.app = app
        self.meters = meters
        self.headers: Mapping[str, str] = ALWAYS | SECURE_ONLY if secure else ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = find_request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started_at, status = time.perf_counter(), 500

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(message, request_id)
            await send(message)

        try:
            await self.app(scope, receive, send_enveloped)
        finally:
            self._write_down(scope, status, time.perf_counter() - started_at, request_id)

    def _add_headers(self, message: Message, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Request-ID"] = request_id
        for name, value in self.headers.items():
            headers.setdefault(name, value)

    def _write_down(self, scope: Scope, status: int, duration_s: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        door = getattr(scope.get("route"), "path", "none")
        self.meters.count_request(method, door, status, duration_s)
        facts = {"method": method, "door": door, "status": status, "request_id": request_id}
        LOG.info("request", extra={**facts, "duration_ms": round(duration_s * 1000, 1)})


def find_request_id(scope: Scope) -> str:
    """The caller's request id if it is safe to write down, else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _PLAIN_ID.fullmatch(given) else uuid4().hex


def framed_by(origins: Sequence[str]) -> Mapping[str, str]:
    """The headers of a page that stands in a frame on these sites, and nowhere else."""
    ancestors = " ".join(origins) or "'none'"
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    return {"Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "cross-origin"}


def framing() -> Mapping[str, str]:
    """The headers of a page of ours that holds a frame of ours."""
    return {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"}

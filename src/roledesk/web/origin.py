"""Refusing what a page of another site makes a browser send.

A browser says where a request comes from, in Sec-Fetch-Site and in Origin, and no page can
forge either. Whoever sends a bearer token is exempt: a browser never adds one by itself.
A request with a cookie and neither header is refused, since only an odd browser sends that.
Why no token in each form: docs/decisions/0010-cross-site-requests-by-origin.md.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from roledesk.errors import ForeignPageError
from roledesk.web.problems import answer_error

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnPagesOnly:
    """Passes on what our own pages and programs send, and nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and is_foreign(Headers(scope=scope))
        ):
            await answer_error(scope, receive, send, ForeignPageError())
        else:
            await self.app(scope, receive, send)


def is_foreign(headers: Headers) -> bool:
    """Whether a browser sent this from elsewhere, or may have."""
    if "authorization" in headers:
        return False
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    if (origin := headers.get("origin")) is not None:
        return urlsplit(origin).netloc != headers.get("host")
    return "cookie" in headers

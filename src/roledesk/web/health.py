"""What watches over the server asks: is it up, is it ready, what are its numbers."""

from __future__ import annotations

from hmac import compare_digest

from fastapi.responses import PlainTextResponse, Response
from starlette.requests import Request

from roledesk.errors import NotFoundError
from roledesk.store.migration import find_version
from roledesk.web.meters import CONTENT_TYPE
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()


@routes.public("GET", "/healthz", because="it says nothing but that the process answers")
async def show_health() -> PlainTextResponse:
    """Whether the process answers."""
    return PlainTextResponse("ok\n")


@routes.public("GET", "/readyz", because="it says nothing but that the database answers")
def show_readiness(request: Request) -> PlainTextResponse:
    """Whether questions can be answered: the database can be read."""
    with server_of(request).engine.database.reading() as connection:
        find_version(connection)
    return PlainTextResponse("ready\n")


@routes.public("GET", "/metrics", because="it asks for the token of the settings itself")
def show_metrics(request: Request) -> Response:
    """Every number, for whoever sends the metrics token; nothing is here for others."""
    server = server_of(request)
    token = server.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is None or not compare_digest(given.encode(), token.get_secret_value().encode()):
        raise NotFoundError("page", "metrics")
    return Response(server.meters.text(), media_type=CONTENT_TYPE)

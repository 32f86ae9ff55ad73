"""The API's own description."""

from __future__ import annotations

from fastapi.responses import JSONResponse
from starlette.requests import Request

from roledesk.service.api.kit import PREFIX
from roledesk.web.routes import Routes

routes = Routes(PREFIX)


@routes.public("GET", "/openapi.json", because="it describes the API and holds nobody's data")
def show_description(request: Request) -> JSONResponse:
    """The API as OpenAPI 3.1."""
    return JSONResponse(request.app.openapi())

"""Where the decision endpoints are, for callers that only know the server's address.

Every address is made from the setting `public_url`, never from what a request says.
Source: OpenID Authorization API 1.0, section 9.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.requests import Request

from roledesk.errors import NotFoundError
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

ENDPOINTS = {
    "access_evaluation_endpoint": "/access/v1/evaluation",
    "access_evaluations_endpoint": "/access/v1/evaluations",
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}
WELL_KNOWN = "/.well-known/authzen-configuration"

routes = Routes()


@routes.public("GET", WELL_KNOWN, because="it only says where to ask")
def show_configuration(request: Request) -> JSONResponse:
    """The discovery document. Raises NotFoundError without a public_url."""
    return _configuration(request, "")


@routes.public("GET", WELL_KNOWN + "/{path:path}", because="it only says where to ask")
def show_configuration_below(request: Request, path: str) -> JSONResponse:
    """The discovery document of a server below a path of its host."""
    return _configuration(request, f"/{path}")


def _configuration(request: Request, path: str) -> JSONResponse:
    base = server_of(request).settings.public_url
    if base is None or urlsplit(base).path != path:
        raise NotFoundError("discovery document", path)
    return JSONResponse(
        {"policy_decision_point": base} | {name: base + end for name, end in ENDPOINTS.items()}
    )

"""One door for reverse proxies: may whoever sent this request take this action?

The proxy's own configuration names the action, and the resource if there is one:
`/forward-auth?action=…&kind=…&id=…`. Nothing in what the visitor sent changes the question.
The answer is 200, 401 or 403, and never another; the reason is in a header.
"""

from __future__ import annotations

from fastapi.responses import PlainTextResponse, Response
from starlette.requests import Request

from roledesk.core.terms import Reason, Resource
from roledesk.engine import Guard
from roledesk.errors import CredentialsError, UnknownNameError
from roledesk.service.facts import own_resource
from roledesk.store import resources
from roledesk.web.identity import get_asker
from roledesk.web.problems import FORBIDDEN, OK, UNAUTHORIZED
from roledesk.web.routes import Routes

routes = Routes()

REASON = "Roledesk-Reason"
AGENT = "Roledesk-Agent"
NOBODY = "nobody_signed_in"


@routes.public("GET", "/forward-auth", because="it tells nobody more than what he may do himself")
def answer_proxy(
    request: Request, action: str = "", kind: str | None = None, id: str | None = None
) -> Response:
    """Whether the asker may take `action`; a proxy passes the request on when this is 200."""
    try:
        asker = get_asker(request)
    except CredentialsError:
        return PlainTextResponse("", UNAUTHORIZED, {REASON: NOBODY, "WWW-Authenticate": "Bearer"})
    reason = _decide(asker, action, kind, id)
    allowed = reason is Reason.GRANTED
    return PlainTextResponse("", OK if allowed else FORBIDDEN, {REASON: reason, AGENT: asker.subject.id})


def _decide(asker: Guard, action: str, kind: str | None, id: str | None) -> Reason:
    resource = None
    if kind is not None or id is not None:
        resource = _find_resource(asker, kind or "", id or "")
        if resource is None:
            return Reason.UNKNOWN_RESOURCE
    try:
        decision = asker.decide(action, resource)
    except UnknownNameError:
        return Reason.UNKNOWN_ACTION
    if decision.allowed:
        asker.organization.count_use(decision)
    return decision.reason


def _find_resource(asker: Guard, kind: str, id: str) -> Resource | None:
    organization = asker.organization
    if (own := own_resource(organization.policy, kind, id)) is not None:
        return own
    with organization.database.reading() as connection:
        return resources.find(connection, organization.id, kind, id)

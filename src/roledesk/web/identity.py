"""Who asks: an agent by his sign-in cookie, or whoever a bearer token stands for.

A token that is sent counts and no cookie beside it; one that is not in force is an error,
never "nobody". A sign-in is a row in the database, so that it can be ended from anywhere.
Reads the database: not for the event loop.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from roledesk.engine import Engine, Guard
from roledesk.engine.sign_ins import find_sign_in
from roledesk.engine.tokens import find_token
from roledesk.errors import CredentialsError
from roledesk.web.server import server_of

COOKIE = "sign-in"


def get_asker(request: Request) -> Guard:
    """Who asks. Raises CredentialsError for nobody."""
    asker = find_asker(request)
    if asker is None:
        raise CredentialsError
    return asker


def find_asker(request: Request) -> Guard | None:
    """Who asks, if anybody; looked up once a request. Raises CredentialsError for a token not in force."""
    if not hasattr(request.state, "asker"):
        request.state.asker = _look_up(request)
    asker: Guard | None = request.state.asker
    return asker


def is_still_signed_in(request: Request) -> bool:
    """Whether who asked at first still may ask: for an answer that lasts."""
    try:
        return _look_up(request) is not None
    except CredentialsError:
        return False


def keep_sign_in(request: Request, response: Response, secret: str) -> None:
    """Have the browser send `secret` from now on."""
    server = server_of(request)
    server.cookies.set(response, COOKIE, [secret], max_age_s=server.settings.sign_in_hours * 3600)


def find_sign_in_secret(request: Request) -> str | None:
    """The secret of the sign-in that the browser sent."""
    sent = server_of(request).cookies.find(request, COOKIE)
    return sent[0] if sent else None


def drop_sign_in(request: Request, response: Response) -> None:
    """Have the browser forget its sign-in; ending it is the engine's."""
    server_of(request).cookies.clear(response, COOKIE)


def _look_up(request: Request) -> Guard | None:
    engine = server_of(request).engine
    if (authorization := request.headers.get("authorization")) is not None:
        return _by_token(engine, authorization)
    secret = find_sign_in_secret(request)
    if secret is None:
        return None
    found = find_sign_in(engine, secret, idle_s=server_of(request).settings.sign_in_idle_minutes * 60)
    return None if found is None else found[0].guard(found[1])


def _by_token(engine: Engine, authorization: str) -> Guard:
    scheme, _, secret = authorization.partition(" ")
    found = find_token(engine, secret.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise CredentialsError
    return found[0].guard(found[1])

"""What every handler finds on the server: settings, engine, pages, rates, meters, hub.

Not here: how it is put together (app.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from roledesk.engine.engine import Engine
from roledesk.settings import ServerSettings

if TYPE_CHECKING:
    from roledesk.web.cookies import Cookies
    from roledesk.web.live import Hub
    from roledesk.web.meters import Meters
    from roledesk.web.pages import Pages
    from roledesk.web.rates import Rates


@dataclass(frozen=True, slots=True)
class Server:
    """The parts of one running server."""

    settings: ServerSettings
    engine: Engine
    pages: Pages
    cookies: Cookies
    rates: Rates
    meters: Meters
    hub: Hub


def server_of(request: Request) -> Server:
    """The server that this request came to."""
    return cast(Server, request.app.state.server)

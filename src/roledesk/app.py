"""The server put together: settings, engine, doors, and what stands around them.

A request passes, from the outside in: the decision endpoints (answered before the framework),
what trusted proxies forwarded, the envelope, the origin check, compression, the routes.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from anyio import create_task_group, sleep
from anyio.to_thread import run_sync
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from roledesk.composition import open_server_engine
from roledesk.console import parts as console
from roledesk.desk import api as desk_api
from roledesk.desk.assignment import return_lost
from roledesk.desk.courier import Courier
from roledesk.desk.feed import DeskFeed
from roledesk.desk.pages import parts as desk
from roledesk.desk.pages.beside import beside
from roledesk.desk.store import events, webhooks
from roledesk.desk.widget import doors as widget
from roledesk.engine import Engine
from roledesk.service import api, forward_auth
from roledesk.service.authzen import discovery
from roledesk.service.authzen.callers import Callers
from roledesk.service.authzen.door import DecisionDoor
from roledesk.settings import ServerSettings
from roledesk.store import idempotency, imports, sign_ins
from roledesk.web import assets, health, live
from roledesk.web.assets import Assets
from roledesk.web.cookies import Cookies
from roledesk.web.covers import Cover
from roledesk.web.envelope import Envelope
from roledesk.web.live import Hub
from roledesk.web.meters import Meters
from roledesk.web.origin import OwnPagesOnly
from roledesk.web.pages import Pages
from roledesk.web.problems import error_handlers
from roledesk.web.rates import Rates
from roledesk.web.routes import Routes, check_doors
from roledesk.web.server import Server
from roledesk.web.stopping import end_at_exit

DAY_S = 86_400.0
LOOK_S = 5.0
CONSOLE_PAGES = Path(console.__file__).parent / "templates"
DESK_PAGES = Path(desk.__file__).parent.parent / "templates"
LOG = logging.getLogger(__name__)


def create_app(settings: ServerSettings, engine: Engine | None = None) -> ASGIApp:
    """The server as an ASGI application; it opens the settings' database, or serves `engine`.

    An engine that it opened itself is closed at shutdown. Raises InputError when the
    database cannot be opened, and SchemaError when it is not at this version's schema.
    """
    opened = engine or open_server_engine(settings.database)
    cookies = Cookies(settings)
    server = Server(
        settings,
        opened,
        Pages(Assets(), cookies, [CONSOLE_PAGES, DESK_PAGES], beside),
        cookies,
        Rates(settings),
        Meters(),
        Hub(opened, DeskFeed(), Cover(settings.secret.get_secret_value())),
    )
    callers = Callers(opened)
    app = FastAPI(
        title="Roledesk",
        summary="Roles and permissions for customer-messaging teams",
        openapi_url=None,
        exception_handlers=error_handlers(),
        max_body_size=settings.max_body_kb * 1024,
        lifespan=_closing(opened, server.hub) if engine is None else None,
        redirect_slashes=False,
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)),
            Middleware(Envelope, meters=server.meters, secure=settings.is_secure),
            Middleware(OwnPagesOnly),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
        ],
    )
    app.state.server = server
    _open_doors(app, _parts())
    return DecisionDoor(app, callers, settings, server.meters.decisions)


def _parts() -> Sequence[Routes]:
    return (
        health.routes,
        assets.routes,
        live.routes,
        discovery.routes,
        forward_auth.routes,
        *api.PARTS,
        *desk_api.PARTS,
        widget.routes,
        *desk.PARTS,
        *console.PARTS,
    )


def _open_doors(app: FastAPI, parts: Sequence[Routes]) -> None:
    for part in parts:
        part.add_to(app)
    check_doors(app, [door for part in parts for door in part.doors])


def _closing(engine: Engine, hub: Hub) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What was loaded until now stays; the collector need not look through it again and again.
        gc.freeze()
        end_at_exit(hub)
        async with create_task_group() as tasks:
            tasks.start_soon(every, DAY_S, tidy, engine)
            tasks.start_soon(every, LOOK_S, return_all_lost, engine)
            courier = Courier(engine)
            courier.start()
            yield
            await run_sync(courier.stop)
            tasks.cancel_scope.cancel()
        await run_sync(engine.close)

    return lifespan


async def every(pause_s: float, work: Callable[[Engine], None], engine: Engine) -> None:
    """Do something again and again, with a pause; sooner after the database was away."""
    while True:
        wait_s = pause_s
        try:
            await run_sync(work, engine)
        except SQLAlchemyError:
            # Anything raised here would end the other tasks of the server with it.
            LOG.warning("cannot reach the database; `%s` waits", work.__name__, exc_info=True)
            wait_s = min(pause_s, LOOK_S)
        await sleep(wait_s)


def return_all_lost(engine: Engine) -> None:
    """Give back to their queues the chats of agents who lost by time alone what they need to answer them."""
    for name in engine.names():
        return_lost(engine.organization(name))


def tidy(engine: Engine) -> None:
    """Delete what nobody asks for any more.

    Who was writing after an hour, answers kept for repeated requests after two days, files
    sent for an import after a week, and sign-ins, links and deliveries a month after their end.
    """
    now = engine.clock()
    with engine.database.writing() as connection:
        idempotency.clean(connection, before=now - 2 * DAY_S)
        events.clean_typing(connection, before=now - 3600)
        imports.clean(connection, before=now - 7 * DAY_S)
        sign_ins.clean(connection, before=now - 30 * DAY_S)
        webhooks.clean(connection, before=now - 30 * DAY_S)

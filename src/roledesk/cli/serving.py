"""`serve` and `demo`: the server, and the server with something in it."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roledesk.cli.demo import ORGANIZATION, PASSWORD, demo_sign_ins, demo_widget, make_demo
from roledesk.cli.exits import ExitCode
from roledesk.cli.links import say_set_up_link
from roledesk.cli.options import Database
from roledesk.cli.terminal import progress, say, say_fact, say_table
from roledesk.composition import open_server_engine
from roledesk.errors import InputError
from roledesk.settings import PREFIX, ServerSettings, describe_settings, load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

DRAIN_S = 20
"""How long requests under way may take once the server is told to stop."""


def settings_help() -> str:
    """Every setting, for `roledesk serve --help`."""
    lines = [
        "Settings, from the environment or from roledesk.toml (another file with ROLEDESK_CONFIG):",
        "",
        "\b",
    ]
    for each in describe_settings():
        default = f" [{each.default}]" if each.default else ""
        lines.append(f"{each.variable}{default}")
        lines.append(f"    {each.help}")
    return "\n".join(lines)


def serve(
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="PORT", help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="Server processes.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The file with settings.")
    ] = None,
    database: Database = None,
) -> None:
    """Serve the console, the decision service and the admin API.

    Examples:
      ROLEDESK_SECRET=... roledesk serve
      roledesk serve --config /etc/roledesk.toml --workers 4
    """
    given = {"host": host, "port": port, "workers": workers, "database": database}
    settings = load_settings(
        ServerSettings, file=config, given={name: value for name, value in given.items() if value is not None}
    )
    run(settings, announce=lambda address: _announce(settings, address))


def demo(
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory", metavar="DIR", help="Keep the database here; else it is gone at the end."
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", metavar="PORT", help="Port to listen on.")] = 8000,
) -> None:
    """Look around: an organization with a past, served on this machine only.

    Examples:
      roledesk demo
      roledesk demo --directory ./northwind --port 8080
    """
    with ExitStack() as stack:
        folder = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="roledesk-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "roledesk.sqlite3"
        url = f"sqlite:///{file}"
        if not file.exists():
            with progress("Making the demo organization"):
                make_demo(url, now=time.time())
        given = {
            "database": url,
            "port": port,
            "host": "127.0.0.1",
            "secret": secrets.token_urlsafe(32),
            "workers": 1,
        }
        settings = ServerSettings.model_validate({**given, "log_level": "warning"})
        run(settings, announce=lambda address: _announce_demo(url, address))


def run(settings: ServerSettings, *, announce: Callable[[str], None]) -> None:
    """Serve until told to stop; `announce` gets the address once it is taken."""
    # The server's parts take half a second to import, which no other command should wait for.
    from uvicorn import Config, Server
    from uvicorn.supervisors import Multiprocess

    from roledesk.web.logs import start_logging

    # Whatever is wrong with the database is told before the address is taken.
    open_server_engine(settings.database).close()
    bound = _bind(settings.host, settings.port)
    start_logging(settings.log_level)
    _hand_down(settings)
    config = Config(
        "roledesk.cli.serving:make_app",
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    announce(settings.public_url or f"http://{settings.host}:{bound.getsockname()[1]}")
    # Told to stop, the server finishes what is under way and then raises the signal again: end in order then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.OK))
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Multiprocess(config, sockets=[bound]).run()
        else:
            Server(config).run(sockets=[bound])


def _bind(host: str, port: int) -> socket.socket:
    """The socket to listen on, which server processes inherit. Raises InputError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        problem = f"cannot listen on {host}, port {port}: {error.strerror}; choose another, like --port 8001"
        raise InputError("--port", problem) from None
    bound.set_inheritable(True)
    return bound


def make_app() -> ASGIApp:
    """The application, in a server process that was handed its settings down."""
    from roledesk.app import create_app
    from roledesk.web.logs import start_logging

    settings = load_settings(ServerSettings)
    start_logging(settings.log_level)
    return create_app(settings)


def _hand_down(settings: ServerSettings) -> None:
    """Give the server processes exactly these settings, by their environment."""
    os.environ.pop(f"{PREFIX}CONFIG", None)
    for name, value in settings.model_dump().items():
        os.environ.pop(PREFIX + name.upper(), None)
        if value is not None:
            os.environ[PREFIX + name.upper()] = _written(value)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    reveal = getattr(value, "get_secret_value", None)
    return str(value if reveal is None else reveal())


def _announce(settings: ServerSettings, address: str) -> None:
    say(f"serving   {address}", style="bold green")
    say_fact("database", _shown(settings.database))
    with open_server_engine(settings.database) as engine:
        if not engine.names():
            say_set_up_link(engine, address)


def _announce_demo(url: str, address: str) -> None:
    say(f"serving   {address}", style="bold green")
    say_fact("organization", ORGANIZATION)
    say_fact("password", PASSWORD)
    with open_server_engine(url) as engine:
        organization = engine.organization(ORGANIZATION)
        signs, widget = demo_sign_ins(organization), demo_widget(organization)
    say()
    say_table(("Sign in as", "E-mail", "Role"), ((each.name, each.email, each.roles) for each in signs))
    say()
    say_fact("visitor", f"{address}/widget/{widget}/try")
    say_fact("try", f"roledesk explain yuki conversation.transfer conversation:c-41 --database {url}")
    say_fact("stop", "Ctrl-C")


def _shown(url: str) -> str:
    """The database's address without its password."""
    from roledesk.store.database import parse_url

    return str(parse_url(url))

"""The servers under load: one process each, on loopback, ended by id; on a core of its own unless told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from roledesk.web.covers import Cover

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = 0, 1
READY_WITHIN_S = 60.0
SECRET = "bench-" * 8
COVER = Cover(SECRET)
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str],
    ready: str,
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    cores: str = str(SERVER_CORE),
) -> Iterator[int]:
    """The process id of a server that has answered at `ready`; it is ended afterwards."""
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command],
        env={**os.environ, **environment},
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(ready, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=1):  # on loopback, made above
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"no server answers at {address}")


def cpu_s(process: int) -> float:
    """The CPU time a process has used so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def roledesk_server(
    database: str, *, cores: str = str(SERVER_CORE), settings: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Roledesk with one worker: its address and process id."""
    port = free_port()
    environment = {
        "ROLEDESK_DATABASE": database,
        "ROLEDESK_SECRET": SECRET,
        "ROLEDESK_PORT": str(port),
        "ROLEDESK_LOG_LEVEL": "error",
        **(settings or {}),
    }
    command = [str(Path(sys.executable).parent / "roledesk"), "serve"]
    ready = f"http://127.0.0.1:{port}/healthz"
    with running(command, ready, environment=environment, cores=cores) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def cerbos_server() -> Iterator[tuple[str, int]]:
    """Cerbos on one core: its address and process id."""
    binary = next((HERE / "node_modules/@cerbos").glob("cerbos-*/cerbos-*"), None)
    if binary is None:
        raise SystemExit("Cerbos is not installed; `make bench` installs it")
    command = [str(binary), "server", "--config", "config.yaml"]
    with running(
        command, "http://127.0.0.1:3592/_cerbos/health", environment={"GOMAXPROCS": "1"}, cwd=HERE / "cerbos"
    ) as process:
        yield "http://127.0.0.1:3592", process

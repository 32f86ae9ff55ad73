"""`serve` and `demo` as they are run: real processes, on a free port, asked over HTTP."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

SECRET = "0123456789abcdef0123456789abcdef"
STARTED_S = 60


@contextmanager
def running(*words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its address and what it said before it served."""
    command = [sys.executable, "-m", "roledesk", *words]
    settings = {**os.environ, **environment, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = [process.stdout.readline()]
            found = re.search(r"http://\S+", said[0])
            assert found, said
            wait_for(found[0])
            yield process, found[0], said
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STARTED_S)


def wait_for(address: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=STARTED_S) as client:
        assert client.get(f"{address}/readyz").status_code == 200


def test_demo_prints_its_address_and_sign_ins_and_serves_on_this_machine_only():
    with running("demo", "--port", "0") as (process, address, said):
        while "stop" not in said[-1]:
            said.append(process.stdout.readline())
        text = "".join(said)
        assert address.startswith("http://127.0.0.1:")
        assert "northwind-demo" in text
        assert re.search(r"Maya Okafor +maya@northwind\.example +Owner", text)
        assert re.search(r"Yuki Tanaka +yuki@northwind\.example +Support agent", text)
        assert httpx.get(f"{address}/sign-in").status_code == 200
    assert process.returncode == 0


def test_demo_keeps_its_directory_and_is_not_made_twice(tmp_path: Path):
    folder = tmp_path / "northwind"
    for _ in range(2):
        with running("demo", "--port", "0", "--directory", str(folder)):
            assert (folder / "roledesk.sqlite3").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_answers_and_ends_in_order(shell, workers):
    environment = {"ROLEDESK_SECRET": SECRET, "ROLEDESK_DATABASE": shell.url}
    with running("serve", "--port", "0", "--workers", str(workers), **environment) as (
        process,
        address,
        said,
    ):
        while "set up" not in said[-1]:
            said.append(process.stdout.readline())
        link = re.search(r"http://\S+", said[-1])[0]
        assert link.startswith(f"{address}/set-up/link_")
        assert httpx.get(link).status_code == 200
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        pytest.param("serve", {}, "`secret`: must be set", id="no secret"),
        pytest.param("serve", {"ROLEDESK_SECRET": "short"}, "`secret`", id="short secret"),
        pytest.param("serve --host 0.0.0.0", {"ROLEDESK_SECRET": SECRET}, "set public_url", id="in the open"),
        pytest.param("serve", {"ROLEDESK_SECRET": SECRET, "ROLEDESK_PORT": "many"}, "`port`", id="no port"),
        pytest.param("serve --config none.toml", {"ROLEDESK_SECRET": SECRET}, "no such file", id="no file"),
    ],
)
def test_serve_refuses_to_start_when_something_is_wrong(shell, monkeypatch, words, environment, said):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended = shell.run(*words.split())
    assert (ended.code, said in ended.err) == (3, True), ended.err


def test_serve_refuses_a_database_that_is_not_there(tmp_path, shell, monkeypatch):
    monkeypatch.setenv("ROLEDESK_SECRET", SECRET)
    ended = shell.run("serve", "--database", f"sqlite:///{tmp_path}/none.sqlite3")
    assert (ended.code, "run `roledesk init`" in ended.err) == (3, True)


def test_a_port_that_is_taken_is_named(shell, monkeypatch):
    monkeypatch.setenv("ROLEDESK_SECRET", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = shell.run("serve", "--port", str(taken.getsockname()[1]))
    assert (ended.code, "choose another" in ended.err) == (3, True), ended.err

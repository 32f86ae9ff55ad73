"""The real command line in this process, on a database of each test's own."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roledesk.cli.commands import app
from roledesk.cli.demo import make_demo

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: exit code, what it answered, and what it complained about."""

    code: int
    out: str
    err: str

    @property
    def body(self) -> object:
        """The answer of a command with `--json`."""
        return json.loads(self.out)


class Shell:
    """Runs `roledesk`; `--database` is given with every command that opens one."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def run(self, *words: str, stdin: str = "") -> Ended:
        """One command."""
        settings = {"ROLEDESK_DATABASE": self.url, "COLUMNS": "200"}
        result = CliRunner().invoke(app, words, env=settings, input=stdin, catch_exceptions=False)
        return Ended(result.exit_code, result.stdout, result.stderr)

    def apply(self, text: str, *options: str) -> Ended:
        """`roledesk apply` of a file with this text."""
        return self.run("apply", str(self.file("policy.toml", text)), *options)

    def file(self, name: str, text: str) -> Path:
        """A file with this text."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROLEDESK_CONFIG", "ROLEDESK_SECRET", "ROLEDESK_DATABASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell beside an empty SQLite database."""
    shell = Shell(f"sqlite:///{tmp_path / 'roledesk.sqlite3'}", tmp_path)
    assert shell.run("init").code == 0
    return shell


@pytest.fixture
def any_shell(database_url: str, tmp_path: Path) -> Shell:
    """The same on SQLite, then on PostgreSQL."""
    shell = Shell(database_url, tmp_path)
    assert shell.run("init").code == 0
    return shell


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo organization, made once."""
    path = tmp_path_factory.mktemp("demo") / "roledesk.sqlite3"
    make_demo(f"sqlite:///{path}", now=time.time())
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Shell:
    """A shell beside a copy of the demo organization."""
    path = tmp_path / "demo.sqlite3"
    shutil.copy(demo_file, path)
    return Shell(f"sqlite:///{path}", tmp_path)

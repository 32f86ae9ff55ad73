"""Every command and every line of Python in the documents is run, in order, document by document.

`sh` and `python` blocks run; `console` blocks are for what serves, asks or waits.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from roledesk import Source, parse_catalogue
from roledesk.catalogue import load_builtin
from roledesk.catalogue.reference import reference

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")


def blocks(document: Path, language: str) -> str:
    """The document's blocks in that language, one after the other."""
    found = BLOCK.findall(document.read_text(encoding="utf-8"))
    return "\n".join(text for name, text in found if name == language)


def run(command: list[str], folder: Path) -> None:
    """Run it in `folder`, where the examples are, with this project's commands at hand."""
    (folder / "examples").symlink_to(ROOT / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROLEDESK_")}
    done = subprocess.run(command, cwd=folder, env={**kept, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "document", [each for each in DOCUMENTS if blocks(each, "sh")], ids=lambda each: each.name
)
def test_every_command_in_a_document_works(document: Path, tmp_path: Path) -> None:
    run(["bash", "-euo", "pipefail", "-c", blocks(document, "sh")], tmp_path)


@pytest.mark.parametrize(
    "document", [each for each in DOCUMENTS if blocks(each, "python")], ids=lambda each: each.name
)
def test_every_line_of_python_in_a_document_works(document: Path, tmp_path: Path) -> None:
    run([sys.executable, "-c", blocks(document, "python")], tmp_path)


def test_the_permission_reference_is_what_the_catalogue_says() -> None:
    written = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert written == reference(parse_catalogue(load_builtin())), "run `make docs`"


def test_the_example_of_a_catalogue_is_one() -> None:
    text = blocks(ROOT / "docs" / "catalogue.md", "toml")
    assert "order.pack" in parse_catalogue([*load_builtin("access"), Source("catalogue.md", text)]).actions


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    named = LINK.findall(document.read_text(encoding="utf-8"))
    assert [each for each in named if not (document.parent / each).exists()] == []

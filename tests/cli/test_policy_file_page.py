"""The page about policy files says what is so: its commands run, its fragments can be applied."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import EXAMPLES

from roledesk.core.catalogue import Source
from roledesk.engine.document import read_document

PAGE = (Path(__file__).parents[2] / "docs" / "policy-file.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_command_runs_in_the_order_of_the_page(tmp_path, any_shell):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line)
        assert words.pop(0) == "roledesk"
        ended = any_shell.run(*words)
        # Bo may not reply to a chat of another team; everything else ends well.
        assert (ended.code, ended.err) == (2 if words[0] == "check" and "denied" in ended.out else 0, ""), (
            line
        )


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_fragment_is_a_policy_file(text):
    assert read_document(Source("page.toml", text)).organization


def test_the_fragments_can_be_applied(shell):
    shell.run("apply", str(EXAMPLES / "help-desk.toml"), "--yes")
    for text in blocks("toml")[1:]:
        assert shell.apply(text, "--as", "olga", "--because", "The page says so", "--yes").code == 0


def test_every_table_of_the_page_is_read():
    sections = set(re.findall(r"^\| `\[(\w+)", PAGE, re.MULTILINE))
    assert sections == {"teams", "roles", "agents", "resources", "remove"}

"""Every command explains itself, with examples that are commands."""

import re
import shlex

import pytest
from typer.main import get_command

from roledesk.cli.commands import app
from roledesk.settings import describe_settings

TREE = get_command(app)
PATHS = [
    *((name,) for name in TREE.commands if name != "token"),
    *(("token", name) for name in TREE.commands["token"].commands),
]
ISSUED = "demo init serve check explain who-can apply export diff history verify token migrate backup restore owner-link"


def command(path):
    found = TREE
    for name in path:
        found = found.commands[name]
    return found


def test_the_commands_are_these():
    assert set(TREE.commands) == set(ISSUED.split())


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_a_command_shows_examples_in_its_help(shell, path):
    ended = shell.run(*path, "--help")
    assert ended.code == 0
    examples = re.findall(r"^    (?:\w+=\S+ )?roledesk (.*)$", ended.out, re.MULTILINE)
    assert examples, ended.out
    for example in examples:
        words = shlex.split(example.partition(" > ")[0])
        assert tuple(words[: len(path)]) == path
        options = {word for word in words if word.startswith("--")}
        assert options <= {option for each in command(path).params for option in each.opts}


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path not in (("serve",), ("demo",), ("export",))], ids=" ".join
)
def test_a_command_that_answers_can_answer_in_json(path):
    assert "--json" in {option for each in command(path).params for option in each.opts}


def test_serve_lists_every_setting(shell):
    text = shell.run("serve", "--help").out
    assert all(each.variable in text for each in describe_settings())


def test_without_a_command_the_commands_are_listed(shell):
    ended = shell.run()
    assert "check" in ended.out + ended.err

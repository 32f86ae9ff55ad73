"""What people wrote cannot command a terminal, and JSON stays JSON."""

import json

import pytest

from roledesk.cli.terminal import say, say_json, say_table, shortened

NASTY = "a\x1b]0;owned\x07\x9b31m\u202eb\u2066c\rd"


@pytest.mark.parametrize("letter", [letter for letter in NASTY if not letter.isprintable()])
def test_a_control_character_is_never_printed(capsys, letter):
    say(f"name {letter}")
    say_table(("Name",), [(f"cell {letter}",)])
    say_json({"name": letter})
    assert letter not in capsys.readouterr().out


def test_json_reads_back_as_it_was(capsys):
    body = {"name": NASTY, "emoji": "\N{PERSON WITH BALL}", "plain": "Ünïcode"}
    say_json(body)
    assert json.loads(capsys.readouterr().out) == body


def test_markup_of_the_terminal_library_is_plain_text(capsys):
    say("[bold]not bold[/bold] :smile:")
    assert capsys.readouterr().out == "[bold]not bold[/bold] :smile:\n"


def test_a_long_list_is_cut_and_counted():
    assert shortened(map(str, range(10))) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert shortened(["a"]) == "a"

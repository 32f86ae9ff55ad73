"""A policy file that is wrong is refused with its place, and changes nothing."""

import time

import pytest
from tests.cli.conftest import Shell

GOOD = """\
organization = "acme"
name = "Acme"
preset = "convrs"

[agents.olga]
roles = ["owner"]
"""


def line(number: int, key: str) -> str:
    return f"policy.toml, line {number}, `{key}`: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("organization = ", line(1, "") + "not valid TOML", id="broken"),
        pytest.param(GOOD + "[agents.olga]\n", "not valid TOML", id="a table twice"),
        pytest.param(
            GOOD + "[colours]\n", line(7, "colours") + "this field does not exist", id="unknown table"
        ),
        pytest.param(
            GOOD + "shoe = 4\n", line(7, "agents.olga.shoe") + "this field does not exist", id="unknown key"
        ),
        pytest.param(GOOD.replace('"acme"', '"a b"'), line(1, "organization"), id="bad id"),
        pytest.param(GOOD.replace('name = "Acme"\n', ""), line(1, "name") + "is missing", id="no name"),
        pytest.param(
            GOOD.replace('"Acme"', '"=cmd()"'), line(2, "name") + "a name cannot begin", id="formula"
        ),
        pytest.param(GOOD.replace('"Acme"', '"<b>"'), line(2, "name"), id="markup"),
        pytest.param(GOOD.replace('"Acme"', '"a\\u001bb"'), line(2, "name"), id="control character"),
        pytest.param(
            GOOD.replace('"Acme"', f'"{"a" * 200}"'), line(2, "name") + "a name has at most", id="long"
        ),
        pytest.param(GOOD.replace("convrs", "nope"), "there is no preset `nope`", id="preset"),
        pytest.param(
            GOOD.replace('"owner"', '"ownr"'),
            line(6, "agents.olga.roles") + "there is no role `ownr`",
            id="role",
        ),
        pytest.param(
            GOOD.replace('["owner"]', "[]"),
            line(1, "agents") + "a new organization needs an owner",
            id="owner",
        ),
        pytest.param(GOOD + 'email = "nobody"\n', line(7, "agents.olga.email"), id="e-mail"),
        pytest.param(
            GOOD + 'email = "a@x.example"\n[agents.bo]\nemail = "A@X.example"\n',
            line(9, "agents.bo.email") + "is the address of `olga` already",
            id="e-mail twice",
        ),
        pytest.param(
            GOOD + 'status = "asleep"\n', line(7, "agents.olga.status") + "must be one of", id="status"
        ),
        pytest.param(
            GOOD + 'teams = ["x"]\n', line(7, "agents.olga.teams") + "there is no team `x`", id="team"
        ),
        pytest.param(GOOD + "teams = 4\n", line(7, "agents.olga.teams") + "must be a list", id="no list"),
        pytest.param(
            GOOD + '[roles.x]\nname = "X"\n[roles.x.grants]\nAgentChatt = "own"\n',
            line(10, "roles.x.grants.AgentChatt") + "there is no such permission",
            id="permission",
        ),
        pytest.param(
            GOOD + '[roles.x]\nname = "X"\n[roles.x.grants]\nAgentChat = "most"\n',
            line(10, "roles.x.grants.AgentChat") + "`most` is no scope",
            id="no scope",
        ),
        pytest.param(
            GOOD + '[roles.x]\nname = "X"\n[roles.x.grants]\nBillingView = "team"\n',
            line(10, "roles.x.grants.BillingView") + "cannot be given at `team`",
            id="impossible scope",
        ),
        pytest.param(GOOD + "[roles.x]\n", line(7, "roles.x.name") + "is missing", id="nameless role"),
        pytest.param(
            GOOD.replace('["owner"]', '["owner", { role = "agent", until = "soon" }]'),
            line(6, "agents.olga.roles.until") + "must be a date like",
            id="date",
        ),
        pytest.param(
            GOOD.replace('["owner"]', '["owner", { role = "agent", until = 2026-01-01T00:00:00 }]'),
            "must be a date like",
            id="time without zone",
        ),
        pytest.param(
            GOOD.replace(
                '["owner"]', '["owner", { role = "agent", since = 2027-01-01, until = 2026-01-01 }]'
            ),
            "agent olga: `agent` would end before it begins",
            id="dates reversed",
        ),
        pytest.param(GOOD + "[resources.agent]\nx = {}\n", line(8, "resources.agent.x"), id="own kind"),
        pytest.param(
            GOOD + '[resources.conversation]\nx = { state = "odd" }\n',
            line(8, "resources.conversation.x") + "there is no state `odd`",
            id="state",
        ),
        pytest.param(
            GOOD + '[catalogue]\nname = "x"\n[catalogue.permissions.P]\ntitle = "P"\n',
            line(9, "catalogue.permissions.P.reach") + "must be a list of",
            id="own catalogue",
        ),
        pytest.param(
            GOOD + '[teams.x]\nname = "Team"\n[teams.y]\nname = "TEAM"\n',
            "there is a team called",
            id="twins",
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(shell, text, said):
    ended = shell.apply(text, "--yes")
    assert (ended.code, said in ended.err) == (3, True), ended.err
    assert "Traceback" not in ended.err
    assert shell.run("init", "--json").body["organizations"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("\ufefforganization".encode("utf-16"), "is not UTF-8 text", id="utf-16"),
        pytest.param(b'name = "caf\xe9"', "is not UTF-8 text: byte 11", id="latin-1"),
        pytest.param(b"a = \x00", "not valid TOML", id="zero byte"),
        pytest.param(b"a = " + b"[" * 5_000, "too deep", id="nested"),
        pytest.param(b"", "`organization`: is missing or empty", id="empty"),
    ],
)
def test_a_file_that_is_no_text_is_refused(shell, content, said):
    path = shell.folder / "policy.toml"
    path.write_bytes(content)
    ended = shell.run("apply", str(path), "--yes")
    assert (ended.code, said in ended.err) == (3, True), ended.err


def test_a_missing_file_is_named(shell):
    ended = shell.run("apply", "none.toml")
    assert (ended.code, "`none.toml`: cannot be read" in ended.err) == (3, True)


def test_a_file_with_a_byte_order_mark_is_read(shell):
    path = shell.folder / "policy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert shell.run("apply", str(path), "--yes").code == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param('name = "Other"', "name", id="name"),
        pytest.param('preset = "donut"', "preset", id="preset"),
        pytest.param('catalogue = ["access"]', "catalogue", id="catalogue"),
    ],
)
def test_what_an_organization_was_founded_with_stays(shell, text, key):
    shell.apply(GOOD, "--yes")
    ended = shell.apply(f'organization = "acme"\n{text}\n', "--as", "olga", "--yes")
    assert (ended.code, line(2, key) in ended.err) == (3, True), ended.err


def test_a_hundred_thousand_lines_take_seconds(shell: Shell) -> None:
    agents = (
        f'[agents.a{n}]\nname = "Agent {n}"\nemail = "a{n}@x.example"\nteams = ["t{n % 50}"]\nroles = ["agent"]\n'
        for n in range(17_000)
    )
    teams = (f'[teams.t{n}]\nname = "Team number {n}"\n' for n in range(50))
    text = "\n".join([GOOD, *teams, *agents])
    assert text.count("\n") > 100_000
    began = time.process_time()
    assert shell.apply(text, "--yes").code == 0
    assert shell.apply(text).out.startswith("unchanged")
    assert time.process_time() - began < 30

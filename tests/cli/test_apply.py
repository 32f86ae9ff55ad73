"""`apply` makes an organization as a file says: shown first, done as one change, refused like anything else."""

import re

import pytest
from tests.cli.conftest import EXAMPLES, Shell

HELP_DESK = (EXAMPLES / "help-desk.toml").read_text(encoding="utf-8")
OWN = (EXAMPLES / "own-catalogue.toml").read_text(encoding="utf-8")
FILES = sorted(EXAMPLES.glob("*.toml"))


@pytest.fixture
def desk(shell: Shell) -> Shell:
    """The help desk of the example, founded."""
    assert shell.apply(HELP_DESK, "--yes").code == 0
    return shell


def in_help_desk(text: str) -> str:
    return f'organization = "help-desk"\n{text}'


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")).lstrip()


def revision(shell: Shell) -> int:
    return shell.run("history", "--json", "--org", "help-desk").body["entries"][0]["revision"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_applied_twice_a_file_changes_nothing_and_its_export_neither(any_shell, path):
    assert any_shell.run("apply", str(path), "--yes").code == 0
    again = any_shell.run("apply", str(path))
    exported = any_shell.run("export")
    from_export = any_shell.apply(exported.out)
    assert [(ended.code, ended.out.split()[0]) for ended in (again, from_export)] == [(0, "unchanged")] * 2
    assert any_shell.run("export").out == exported.out


@pytest.mark.parametrize("text", [HELP_DESK, OWN], ids=["preset", "own catalogue"])
def test_export_gives_the_same_file(shell, text):
    shell.apply(text, "--yes")
    assert shell.run("export").out == without_comments(text)


def test_an_export_founds_the_same_organization_elsewhere(demo, tmp_path):
    first = demo.run("export").out
    other = Shell(f"sqlite:///{tmp_path}/other.sqlite3", tmp_path)
    assert [other.run("init").err, other.apply(first, "--yes").err] == ["", ""]
    assert other.run("export").out == first


def test_the_change_and_its_effect_are_shown_and_it_is_one_revision(desk):
    text = in_help_desk('[agents.bo]\nroles = ["agent", "shift-lead"]\n[teams.night]\nname = "Night"\n')
    ended = desk.apply(text, "--as", "olga", "--because", "Nights begin", "--yes")
    lines = ended.out.splitlines()
    assert lines[0] == "help-desk   (revision 1)"
    assert lines[1:4] == ["  + team night (Night)", "  ~ agent bo   + role shift-lead", "  1 agent: bo"]
    assert lines[4].startswith("    gain   ")
    assert "conversation.close (team general)" in lines[4]
    assert lines[-1] == "applied   help-desk is at revision 2"


@pytest.mark.parametrize(
    ("text", "by", "code", "said"),
    [
        pytest.param('[agents.bo]\nroles = ["admin"]', "amal", 2, "it needs `role.assign`", id="may not"),
        pytest.param('[agents.amal]\nroles = ["owner"]', "rui", 2, "it needs", id="not yet active"),
        pytest.param(
            '[agents.bo]\nroles = ["owner", "agent"]',
            "bo",
            2,
            "agent bo: you may not do this here",
            id="to himself",
        ),
        pytest.param(
            '[agents.olga]\nroles = ["agent"]', "olga", 3, "at least one active owner", id="last owner"
        ),
        pytest.param(
            '[teams.night]\nname = "Billing"', "olga", 3, "there is a team called `Billing`", id="twin"
        ),
        pytest.param('[roles.owner]\ndescription = "x"', "olga", 3, "cannot be edited", id="owner role"),
        pytest.param("[agents.bo]\nname = 'Bobby'", "amal", 2, "it needs `agent.edit`", id="only a name"),
        pytest.param(
            "[resources.conversation]\nx = {}", "amal", 2, "it needs `resource.register`", id="resources"
        ),
        pytest.param("[agents.bo]\nroles = []", "nobody", 3, "there is no agent `nobody`", id="nobody"),
    ],
)
def test_whoever_applies_is_refused_what_he_may_not_and_nothing_changes(desk, text, by, code, said):
    before = desk.run("export").out
    ended = desk.apply(in_help_desk(text), "--as", by, "--because", "x", "--yes")
    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert (desk.run("export").out, revision(desk)) == (before, 1)


def test_every_refusal_is_told_at_once(desk):
    text = '[roles.shift-lead.grants]\nBillingView = "all"\n[agents.bo]\nroles = ["admin"]\n[teams.x]\nname = "X"'
    ended = desk.apply(in_help_desk(text), "--as", "amal", "--because", "x", "--yes")
    needs = set(re.findall(r"it needs `([\w.]+)`", ended.err))
    assert (ended.code, needs) == (2, {"team.create", "role.edit", "role.assign"})


def test_people_and_resources_come_in_the_same_transaction(desk):
    text = '[agents.kai]\nname = "Kai"\nemail = "BO@example.com"\nroles = ["agent"]'
    ended = desk.apply(in_help_desk(text), "--as", "olga", "--because", "x", "--yes")
    assert (ended.code, "another agent's" in ended.err) == (3, True)
    assert "kai" not in desk.run("export").out
    assert revision(desk) == 1


def test_a_name_alone_is_written_without_a_revision(desk):
    ended = desk.apply(in_help_desk("[agents.bo]\nname = 'Bobby'"), "--as", "olga", "--yes")
    assert (ended.code, revision(desk)) == (0, 1)
    assert 'name = "Bobby"' in desk.run("export").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--as", "olga", "--because", "x"], "add --yes", id="nobody to confirm"),
        pytest.param(["--because", "x", "--yes"], "say which agent", id="nobody named"),
        pytest.param(["--as", "olga", "--yes"], "say why", id="no reason"),
        pytest.param(["--as", "olga", "--because", "a\x1bb", "--yes"], "control characters", id="odd reason"),
    ],
)
def test_nothing_is_done_until_somebody_says_who_why_and_yes(desk, options, said):
    ended = desk.apply(in_help_desk("[agents.bo]\nroles = []"), *options)
    assert (ended.code, said in ended.err, revision(desk)) == (3, True, 1)


def test_a_dry_run_shows_and_does_nothing(desk):
    ended = desk.apply(in_help_desk("[agents.bo]\nroles = []"), "--as", "olga", "--because", "x", "--dry-run")
    assert (ended.code, "- role agent" in ended.out, revision(desk)) == (0, True, 1)


def test_what_a_file_leaves_out_stays_and_remove_takes_away(desk):
    roles = 'roles = [{ role = "shift-lead", replace_by = "agent" }]'
    text = f'[remove]\n{roles}\nteams = [{{ team = "billing", receiver = "general" }}]'
    assert desk.apply(in_help_desk(text), "--as", "olga", "--because", "x", "--yes").code == 0
    exported = desk.run("export").out
    assert "[teams.billing]" not in exported
    assert 'teams = ["general"]\nroles = ["owner"]' in exported
    assert 'c-41 = { owner = "bo", team = "general", state = "open" }' in exported
    assert desk.apply(in_help_desk(text), "--as", "olga", "--yes").out.startswith("unchanged")


def test_a_held_role_is_removed_only_with_a_word_about_its_holders(desk):
    ended = desk.apply(
        in_help_desk('[remove]\nroles = ["shift-lead"]'), "--as", "olga", "--because", "x", "--yes"
    )
    assert (ended.code, "say whether to take it away" in ended.err) == (3, True)


def test_a_deactivated_agent_loses_every_way_in(desk):
    made = desk.run("token", "create", "mine", "--as", "olga", "--until", "2099-01-01", "--json").body
    desk.apply(in_help_desk('[agents.bo]\nroles = ["owner"]'), "--as", "olga", "--because", "x", "--yes")
    desk.apply(in_help_desk('[agents.olga]\nstatus = "deactivated"'), "--as", "bo", "--because", "x", "--yes")
    listed = desk.run("token", "list", "--as", "bo", "--json").body
    assert [each["revoked_at"] is not None for each in listed if each["id"] == made["token"]["id"]] == [True]


def test_the_json_says_what_changed_who_gains_and_where_it_led(desk):
    ended = desk.apply(
        in_help_desk("[agents.bo]\nroles = []"), "--as", "olga", "--because", "x", "--yes", "--json"
    )
    body = ended.body
    assert (body["changed"], body["revision"].split(".")[1], body["refusals"]) == (True, "2", [])
    assert body["differences"] == [
        {"sign": "~", "what": "agent", "id": "bo", "name": "", "details": ["- role agent"]}
    ]
    assert [(each["agents"], bool(each["gains"]), bool(each["losses"])) for each in body["effects"]] == [
        (["bo"], False, True)
    ]


@pytest.mark.parametrize(
    ("typed", "code", "revision_after", "said"),
    [
        pytest.param("Left the shift\ny\n", 0, 2, "applied   help-desk is at revision 2", id="yes"),
        pytest.param("Left the shift\nn\n", 1, 1, "nothing was changed", id="no"),
        pytest.param("", 1, 1, "", id="gone away"),
    ],
)
def test_somebody_at_the_keyboard_is_asked_why_and_whether(
    desk, monkeypatch, typed, code, revision_after, said
):
    monkeypatch.setattr("roledesk.cli.policy_files.is_watched", lambda: True)
    path = desk.file("policy.toml", in_help_desk("[agents.bo]\nroles = []"))
    ended = desk.run("apply", str(path), "--as", "olga", stdin=typed)
    assert (ended.code, said in ended.out, revision(desk)) == (code, True, revision_after)
    assert "Why? (kept in the history)" in ended.err


def test_what_changed_meanwhile_is_not_overwritten(desk, monkeypatch):
    """Between the question and the answer somebody else commits: nothing is lost, the second is told."""

    def commit_first(*_args: object, **_options: object) -> bool:
        other = desk.file("other.toml", in_help_desk('[agents.bo]\nroles = ["admin"]'))
        assert desk.run("apply", str(other), "--as", "olga", "--because", "x", "--yes").code == 0
        return True

    monkeypatch.setattr("roledesk.cli.policy_files.is_watched", lambda: True)
    monkeypatch.setattr("typer.confirm", commit_first)
    ended = desk.apply(in_help_desk("[agents.bo]\nroles = []"), "--as", "olga", "--because", "x")
    assert (ended.code, "look again and repeat" in ended.err, revision(desk)) == (1, True, 2)

"""`history`, `diff` and `verify`: what was changed is told, and any alteration is found."""

import sqlite3

import pytest


def test_history_tells_who_did_what_and_why_newest_first(demo):
    lines = demo.run("history").out.splitlines()
    assert lines[0] == "11 changes   (northwind, revision 11)"
    heads = [line.split("   ") for line in lines if line[:1].isdigit()][1:]
    assert [head[0] for head in heads] == [str(number) for number in range(11, 0, -1)]
    assert heads[2][2:] == ["maya", "Left the company"]
    assert "  ~ agent viktor   deactivated" in lines


@pytest.mark.parametrize(
    ("words", "revisions"),
    [
        pytest.param("--about role:support-agent", [11, 6, 4, 3, 1], id="about a role"),
        pytest.param("--about agent:viktor", [9, 1], id="about an agent"),
        pytest.param("--by maya", [9, 4, 2], id="by somebody"),
        pytest.param("--before 3", [2, 1], id="earlier ones"),
        pytest.param("--limit 2", [11, 10], id="a few"),
        pytest.param("--about role:none", [], id="none"),
    ],
)
def test_history_is_narrowed_by_its_options(demo, words, revisions):
    body = demo.run("history", "--json", *words.split()).body
    assert [entry["revision"] for entry in body["entries"]] == revisions
    assert body["before"] == (10 if words == "--limit 2" else None)


def test_diff_tells_two_revisions_apart(demo):
    ended = demo.run("diff", "2", "3")
    assert (
        ended.out.splitlines()[1]
        == "  ~ role support-agent (Support agent)   + AgentChatAllowTransfer at own"
    )
    assert demo.run("diff", "3", "2", "--json").body == [
        {
            "sign": "~",
            "what": "role",
            "id": "support-agent",
            "name": "Support agent",
            "details": ["- AgentChatAllowTransfer"],
        }
    ]
    assert demo.run("diff", "11").out.startswith("0 differences")


def test_diff_tells_what_a_file_would_change(demo):
    path = demo.file("some.toml", 'organization = "northwind"\n[agents.bo]\nteams = []\n')
    assert "  ~ agent bo   - team billing" in demo.run("diff", str(path)).out


@pytest.mark.parametrize("words", ["0", "12", "3 99", "3 x", "none.toml"])
def test_diff_refuses_what_is_no_revision_and_no_file(demo, words):
    ended = demo.run("diff", *words.split())
    assert (ended.code, ended.out) == (3, "")


def alter(demo, statement: str) -> None:
    with sqlite3.connect(demo.url.removeprefix("sqlite:///")) as connection:
        connection.execute(statement)


def test_verify_prints_the_head_to_keep(demo):
    ended = demo.run("verify")
    head = ended.out.splitlines()[1].split()[1]
    assert ended.out.startswith("whole   11 changes")
    assert demo.run("verify", "--head", head).code == 0
    assert demo.run("verify", "--json").body["head_hash"] == head.partition(":")[2]


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        pytest.param("UPDATE history SET because = 'nothing' WHERE revision = 4", 4, id="edited"),
        pytest.param(
            "DELETE FROM history_subjects WHERE revision = 4; ", None, id="its index is not history"
        ),
        pytest.param("DELETE FROM history WHERE revision = 4", 4, id="deleted"),
        pytest.param("DELETE FROM history WHERE revision = 11", 11, id="cut off"),
    ],
)
def test_verify_finds_what_was_altered(demo, statement, row):
    head = demo.run("verify").out.splitlines()[1].split()[1]
    alter(demo, statement)
    ended = demo.run("verify", "--head", head)
    body = demo.run("verify", "--head", head, "--json").body
    assert (body["whole"], body["broken_at"]) == (row is None, row)
    assert ended.code == (0 if row is None else 1)
    assert row is None or f"history row {row}" in ended.err


def test_a_head_that_is_none_is_refused(demo):
    assert demo.run("verify", "--head", "eleven").code == 3
    assert demo.run("verify", "--head", "4:0000").code == 1


def test_every_name_is_made_safe_for_the_terminal(demo):
    alter(
        demo,
        "UPDATE history SET because = 'a' || char(27) || '[31m' || char(8238) || 'b' WHERE revision = 11",
    )
    ended = demo.run("history", "--limit", "1")
    assert "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b" in ended.out
    assert not {"\x1b", "\u202e"} & set(ended.out)
    as_json = demo.run("history", "--limit", "1", "--json")
    assert not {"\x1b", "\u202e"} & set(as_json.out)
    assert as_json.body["entries"][0]["because"] == "a\x1b[31m\u202eb"

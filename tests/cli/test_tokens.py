"""`token`: made by somebody who may, shown once, kept as a hash, ended everywhere."""

from pathlib import Path

import pytest

SERVICE = [
    "token",
    "create",
    "Help desk",
    "--service",
    "--action",
    "decision.evaluate",
    "--action",
    "decision.search",
]


def test_a_service_token_is_shown_once_and_only_its_hash_is_kept(demo):
    made = demo.run(*SERVICE, "--as", "maya", "--json").body
    assert made["token"]["actions"] == ["decision.evaluate", "decision.search"]
    stored = b"".join(
        path.read_bytes() for path in Path(demo.url.removeprefix("sqlite:///")).parent.glob("demo*")
    )
    assert made["secret"].encode() not in stored
    assert made["token"]["id"].encode() in stored


def test_a_token_is_listed_until_revoked_and_then_as_such(demo):
    id = demo.run(*SERVICE, "--as", "maya", "--json").body["token"]["id"]
    assert "valid" in demo.run("token", "list", "--as", "maya").out
    assert demo.run("token", "revoke", id, "--as", "maya").code == 0
    assert "revoked" in demo.run("token", "list", "--as", "maya").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param([*SERVICE, "--as", "yuki"], 2, "may not `service_token.create`", id="may not"),
        pytest.param(["token", "revoke", "token-0", "--as", "maya"], 3, "no token", id="unknown"),
        pytest.param([*SERVICE], 3, "--as", id="nobody"),
        pytest.param([*SERVICE, "--as", "ghost"], 3, "there is no agent `ghost`", id="stranger"),
        pytest.param(["token", "create", "x", "--as", "maya"], 3, "say the day", id="own without end"),
        pytest.param(
            ["token", "create", "x", "--as", "maya", "--service"], 3, "at least one", id="no actions"
        ),
        pytest.param(
            ["token", "create", "x", "--as", "maya", "--service", "--action", "role.edit"],
            3,
            "`role.edit`",
            id="action",
        ),
        pytest.param(
            ["token", "create", "x", "--as", "maya", "--until", "soon"], 3, "is not a date", id="no date"
        ),
        pytest.param(
            ["token", "create", "x", "--as", "maya", "--until", "2001-01-01"],
            3,
            "end in the future",
            id="past",
        ),
        pytest.param(
            ["token", "create", "x", "--as", "maya", "--until", "2099-01-01", "--permission", "Nope"],
            3,
            "there is no `Nope`",
            id="permission",
        ),
    ],
)
def test_what_cannot_be_is_refused(demo, words, code, said):
    ended = demo.run(*words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_a_token_of_ones_own_is_cut_to_what_was_chosen(demo):
    words = [
        "token",
        "create",
        "mine",
        "--as",
        "maya",
        "--until",
        "2099-01-01",
        "--permission",
        "AgentChat",
        "--team",
        "care",
    ]
    token = demo.run(*words, "--json").body["token"]
    assert (token["agent"], token["permissions"], token["teams"]) == ("maya", ["AgentChat"], ["care"])

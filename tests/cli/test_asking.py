"""`check`, `explain` and `who-can` answer by the rule, say why, and end with the code of the answer."""

from datetime import UTC, datetime, timedelta

import pytest

ASKED = [
    pytest.param("yuki conversation.transfer conversation:c-41", 0, "granted", id="own chat"),
    pytest.param("yuki conversation.transfer conversation:c-46", 2, "out_of_scope", id="a colleague's"),
    pytest.param("yuki conversation.reply conversation:c-46", 0, "granted", id="reply in the team"),
    pytest.param("yuki conversation.reply conversation:c-40", 2, "out_of_scope", id="another team"),
    pytest.param("yuki role.edit", 2, "no_grant", id="no permission"),
    pytest.param("maya role.edit", 0, "granted", id="owner"),
    pytest.param("viktor conversation.reply conversation:c-41", 2, "inactive", id="deactivated"),
    pytest.param("samuel agent.edit agent:mei", 2, "not_in_force", id="not yet"),
    pytest.param("ghost role.edit", 2, "unknown_subject", id="nobody"),
    pytest.param("maya conversation.reply conversation:gone", 2, "unknown_resource", id="unknown chat"),
    pytest.param(
        "yuki conversation.reply conversation:c-9 --team returns", 2, "missing_facts", id="no state"
    ),
    pytest.param(
        "yuki conversation.reply conversation:c-9 --team returns --state open", 0, "granted", id="facts given"
    ),
    pytest.param("amal agent.edit agent:marek", 0, "granted", id="an agent, known without registering"),
    pytest.param("maya role.edit organization:northwind", 0, "granted", id="the organization by name"),
]


@pytest.mark.parametrize(("words", "code", "reason"), ASKED)
def test_check_answers_first_and_ends_with_the_answer(demo, words, code, reason):
    ended = demo.run("check", *words.split())
    word = "denied" if code else "allowed"
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.splitlines()[0].split()[:2] == [word, reason]


@pytest.mark.parametrize(("words", "code", "reason"), ASKED)
def test_check_and_explain_agree_in_json(demo, words, code, reason):
    answer = demo.run("check", *words.split(), "--json").body
    decision = demo.run("explain", *words.split(), "--json").body
    assert answer["decision"] is decision["allowed"] is (code == 0)
    assert answer["context"]["reason"] == decision["reason"] == reason
    assert answer["context"]["revision"] == decision["revision"]


def test_a_denial_says_what_is_missing_and_which_roles_give_it(demo):
    ended = demo.run("explain", "yuki", "conversation.transfer", "conversation:c-46")
    facts = [line.split(maxsplit=2) for line in ended.out.splitlines()[1:]]
    assert ["would", "need", "AgentChatAllowTransfer at team or wider"] in facts
    assert ["given", "by", "admin, owner, team-lead"] in facts


def test_an_answer_names_the_grants_and_when_they_end(demo):
    ended = demo.run("check", "chiara", "conversation.reply", "conversation:c-40")
    ends = (datetime.now(UTC) + timedelta(days=9)).date()
    assert f"role team-lead: AgentChat at team, only in billing, until {ends}" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            "check yuki conversation.replay conversation:c-41", "did you mean conversation.reply", id="action"
        ),
        pytest.param("check yuki nonsense", "is not in the catalogue", id="nothing alike"),
        pytest.param("check yuki conversation.reply spaceship:1", "kind `spaceship` is not", id="kind"),
        pytest.param("check yuki conversation.reply c-41", "write it like conversation:c-41", id="no colon"),
        pytest.param(
            "check yuki role.edit --org elsewhere", "no organization `elsewhere`", id="organization"
        ),
        pytest.param("check yuki", "Missing argument", id="too few words"),
        pytest.param("check yuki role.edit --colour", "No such option", id="unknown option"),
    ],
)
def test_a_mistake_is_told_on_stderr_and_is_no_denial(demo, words, said):
    ended = demo.run(*words.split())
    assert (ended.code, ended.out) == (3, "")
    assert said in ended.err


def test_who_can_lists_exactly_those_whom_check_allows(demo):
    everybody = demo.run("who-can", "conversation.view", "conversation:c-46", "--json").body
    asked = {
        agent: demo.run("check", agent, "conversation.view", "conversation:c-46").code
        for agent in ("maya", "mei", "yuki", "alba", "malik", "bo", "viktor", "wanda")
    }
    assert {agent for agent, code in asked.items() if code == 0} == set(everybody["agents"]) & set(asked)
    assert "malik" in everybody["agents"]


def test_with_several_organizations_one_is_named(demo):
    demo.run("init", "--name", "Second", "--owner-email", "o@example.com")
    ended = demo.run("check", "maya", "role.edit")
    assert (ended.code, "choose one of northwind, second" in ended.err) == (3, True)
    assert demo.run("check", "maya", "role.edit", "--org", "northwind").code == 0


def test_without_a_database_the_next_step_is_named(tmp_path, demo):
    ended = demo.run("check", "maya", "role.edit", "--database", f"sqlite:///{tmp_path}/none.sqlite3")
    assert (ended.code, "run `roledesk init`" in ended.err) == (3, True)
    assert not (tmp_path / "none.sqlite3").exists()

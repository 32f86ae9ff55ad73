"""Explain: a question, its answer, and why."""

from urllib.parse import urlencode

import pytest
from tests.console.test_roles import sent, text_of

from roledesk.core.changes import SetAssignments
from roledesk.core.terms import Assignment, Resource
from roledesk.store import resources

IN_BILLING = {"team": "billing", "owner": "olga", "state": "open"}


def ask(console, asker="maya", **question):
    return console.sign_in(asker).get(f"/explain?{urlencode(question)}")


def test_it_opens_for_those_who_may_ask_and_for_nobody_else(console):
    answers = {agent: ask(console, agent).status_code for agent in ("maya", "ada", "lee", "olga")}
    assert answers == {"maya": 200, "ada": 200, "lee": 200, "olga": 403}


@pytest.mark.parametrize("agent", ["olga", "Olga Petrova", "OLGA@example.com"])
@pytest.mark.parametrize("action", ["conversation.reply", "handle chats"])
def test_an_agent_is_meant_by_name_address_or_id_and_an_action_by_name_or_title(console, agent, action):
    answer = ask(console, agent=agent, action=action, **IN_BILLING)
    assert answer.status_code == 200
    assert "Olga Petrova may" in text_of(answer)


def test_a_yes_names_the_roles_and_why_they_were_given_and_ticked(console):
    console.put(
        SetAssignments("olga", (Assignment("support-agent", teams=frozenset({"billing"})),)),
        because="She asked",
    )
    console.sign_in("ada").post(
        "/roles/support-agent", data=sent(console, **{"grant.AgentChatAllowTransfer": "own"})
    )
    page = text_of(ask(console, agent="olga", action="conversation.transfer", **IN_BILLING))
    assert "✓ Allowed Olga Petrova may do “Transfer chats”" in page
    assert "The role Support agent has Transfer chats for own, held only in Billing" in page
    assert "Given just now by Maya Okafor: “She asked”" in page
    assert "Ticked just now by Ada Stein: “They hand over at night”" in page


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"action": "conversation.transfer", **IN_BILLING}, "No role of theirs opens it"),
        ({"action": "conversation.reply", "team": "care", "state": "open"}, "do not reach this far"),
        ({"action": "conversation.reply"}, "not in the whole organization"),
        ({"action": "conversation.reply", "team": "billing", "owner": "olga"}, "Not enough is known"),
        ({"action": "conversation.reply", **IN_BILLING, "state": "closed"}, "in another state only"),
        ({"action": "organization.close"}, "No role of theirs opens it"),
    ],
)
def test_a_no_says_why_and_what_is_missing(console, question, said):
    page = text_of(ask(console, agent="olga", **question))
    assert "✕ Denied Olga Petrova may not" in page
    assert said in page


def test_a_no_names_roles_that_would_do_and_holders_only_to_those_who_read_agents(console):
    question = {"agent": "olga", "action": "conversation.transfer", **IN_BILLING}
    page = text_of(ask(console, **question))
    assert (
        "Transfer chats, own, team or all. It is in Owner, Admin." in page or "It is in Admin, Owner." in page
    )
    assert (
        "Ask whoever gives out roles here for the role Admin. It is held by Ada Stein and Maya Okafor" in page
    )
    assert "Ada Stein" not in text_of(ask(console, "lee", **question))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"agent": "zed", "action": "conversation.reply"}, "There is no agent"),
        ({"agent": "olga", "action": "conversation.fly"}, "There is no such action"),
        ({"agent": "olga", "action": "conversation.reply", "team": "nowhere"}, "There is no such team"),
        ({"agent": "olga", "action": "conversation.reply", "owner": "zed"}, "There is no agent"),
        (
            {"agent": "olga", "action": "conversation.reply", "state": "asleep"},
            "is one of bot, waiting, open and closed",
        ),
        ({"agent": "olga", "action": "role.edit", "state": "open"}, "has no state"),
    ],
)
def test_a_question_that_cannot_be_understood_is_kept_and_the_place_named(console, question, said):
    answer = ask(console, **question)
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert f'value="{question["action"]}"' in answer.text


def test_who_may_not_be_asked_about_is_answered_like_nobody(console):
    hidden = ask(console, "lee", agent="ben", action="conversation.reply")
    absent = ask(console, "lee", agent="zed", action="conversation.reply")
    assert hidden.status_code == absent.status_code == 422
    assert hidden.text.replace('value="ben"', 'value="zed"') == absent.text


def test_what_is_registered_is_found_by_its_id_where_the_asker_may_know_of_it(console):
    known = (
        Resource("conversation", "c-1", **IN_BILLING),
        Resource("conversation", "c-2", team="care", state="open"),
    )
    with console.organization.database.writing() as connection:
        resources.put(connection, console.organization.id, known)
    question = {"agent": "olga", "action": "conversation.reply"}
    assert "✓ Allowed" in text_of(ask(console, "lee", **question, id="c-1"))
    hidden, absent = (ask(console, "lee", **question, id=id).text for id in ("c-2", "c-3"))
    assert hidden.replace("c-2", "c-3") == absent
    assert "do not reach this far" in text_of(ask(console, **question, id="c-2"))

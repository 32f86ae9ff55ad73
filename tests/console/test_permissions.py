"""The permission reference: what each opens, and who holds it."""

import pytest
from tests.console.test_roles import text_of


def test_every_permission_of_the_catalogue_has_its_page(console):
    client, permissions = console.sign_in("maya"), console.organization.policy.catalogue.permissions
    listed = client.get("/permissions").text
    assert [key for key in permissions if f'href="/permissions/{key}"' not in listed] == []
    for key in ("AgentChat", "AdminRolesAndPermissions", "DecisionApi"):
        if key in permissions:
            assert f"<h1>{permissions[key].title}</h1>" in client.get(f"/permissions/{key}").text


@pytest.mark.parametrize("agent", ["maya", "lee", "olga"])
def test_everybody_signed_in_may_read_it(console, agent):
    assert console.sign_in(agent).get("/permissions/AgentChat").status_code == 200


def test_nobody_else_may(console):
    client = console.sign_in("olga")
    client.cookies.clear()
    assert client.get("/permissions").status_code == 303


def test_a_permission_says_what_it_opens_what_it_needs_and_which_roles_have_it(console):
    page = text_of(console.sign_in("maya").get("/permissions/AgentChat"))
    assert "conversation.accept while waiting, team at least" in page
    assert "conversation.reply while open" in page
    assert "Support agent own 2" in page
    assert "Owner all 1" in page
    needing = text_of(console.sign_in("maya").get("/permissions/AgentChatAllowTransfer"))
    assert "It needs Handle chats or Supervise chats to be of use" in needing


def test_holders_are_named_only_to_those_who_may_read_them(console):
    pages = {
        agent: text_of(console.sign_in(agent).get("/permissions/AgentChat"))
        for agent in ("maya", "lee", "olga")
    }
    named = {
        agent: [name for name in ("Olga Petrova", "Ben Ruiz") if name in page]
        for agent, page in pages.items()
    }
    assert named["maya"] == ["Olga Petrova", "Ben Ruiz"]
    assert named["lee"] == ["Olga Petrova"]
    assert "Ben Ruiz" not in pages["olga"]


@pytest.mark.parametrize(
    ("agent", "told"),
    [("maya", "Support agent own 2 "), ("lee", "Support agent own 1 "), ("olga", "Support agent own ")],
)
def test_holders_are_counted_only_for_those_who_may_read_them(console, agent, told):
    page = text_of(console.sign_in(agent).get("/permissions/AgentChat"))
    assert told in page
    assert ("Holders" in page) == (agent != "olga")


def test_it_is_searched_by_title_key_and_help(console):
    client = console.sign_in("olga")
    found = client.get("/permissions?q=AgentChatAllowTransfer").text
    assert ("Transfer chats" in found, "Manage teams" in found) == (True, False)
    assert "No permission matches “zebra”" in text_of(client.get("/permissions?q=zebra"))


def test_a_permission_that_is_not_there_is_not_found(console):
    assert console.sign_in("maya").get("/permissions/NoSuchThing").status_code == 404

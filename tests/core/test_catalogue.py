from pathlib import Path

import pytest

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Action, Catalogue, Opening, Permission, ReachKind, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.terms import Scope
from roledesk.errors import NotFoundError, UnknownActionError, UnknownKindError, UnknownPermissionError

REFERENCE = Path(__file__).parent.parent / "golden" / "reference.txt"
STATES = ("bot", "waiting", "open", "closed")
CATALOGUE = parse_catalogue(load_builtin())

HOST = Source(
    "host.toml",
    """
[catalogue]
name = "host"
subjects = ["user", "agent"]

[areas]
records = "Records"

[kinds.record]
title = "Record"
states = ["active", "archived"]
view = "record.read"
parts = ["page"]
owner_only = ["record.burn"]
short_actions = true

[permissions.Reader]
area = "records"
title = "Read records"
reach = ["all", "own"]
opens = ["record.read"]

[permissions.Writer]
area = "records"
title = "Write records"
reach = ["team"]
opens = ["record.write[active]", "page.turn"]
""",
)


def reference() -> list[tuple[int, str, str, list[str]]]:
    rows = (line.split(" | ") for line in REFERENCE.read_text(encoding="utf-8").splitlines()[1:])
    return [(int(number), key.strip("`"), reach, opens.split("; ")) for number, key, reach, opens in rows]


def written_reach(permission: Permission) -> str:
    scoped = permission.reach is ReachKind.SCOPED
    return " ".join(scope.name.lower() for scope in permission.scopes) if scoped else permission.reach.value


def written_opening(opening: Opening) -> str:
    states = ", ".join(state for state in STATES if state in (opening.states or ()))
    least = f"@{opening.at_least.name.lower()}+" if opening.at_least else ""
    fixed = f"@{opening.fixed.name.lower()}" if opening.fixed else ""
    return opening.action + (f"[{states}]" if opening.states else "") + least + fixed


def keys_opening(action: str, catalogue: Catalogue = CATALOGUE) -> set[str]:
    return {permission.key for permission in catalogue.openers(action)}


@pytest.mark.parametrize(("number", "key", "reach", "opens"), reference())
def test_each_permission_reaches_and_opens_what_the_reference_says(number, key, reach, opens):
    permission = CATALOGUE.get_permission(key)
    openings = [written_opening(each) for each in permission.opens]
    # The first one apart: it is what a host means when it asks by the permission's key.
    assert (permission.number, written_reach(permission), openings[0], sorted(openings)) == (
        number,
        reach,
        opens[0],
        sorted(opens),
    )


def test_the_catalogue_holds_the_reference_and_nothing_else():
    assert sorted(each.number or 0 for each in CATALOGUE.permissions.values()) == list(range(1, 85))
    assert {each.key for each in CATALOGUE.permissions.values()} == {row[1] for row in reference()}


def test_every_permission_is_explained_in_words_of_its_own():
    texts = [text for each in CATALOGUE.permissions.values() for text in (each.title, each.help)]
    assert all(len(text) > 2 for text in texts)
    assert len(set(texts)) == len(texts)
    assert all(
        each.without.endswith(".") and each.help.endswith(".") for each in CATALOGUE.permissions.values()
    )


def test_only_the_owner_actions_are_opened_by_no_permission():
    assert {name for name in CATALOGUE.actions if not CATALOGUE.openers(name)} == {
        "organization.transfer_ownership",
        "organization.make_owner",
        "organization.close",
    }


@pytest.mark.parametrize(
    ("key", "needs"),
    [
        ("AgentSuperviseSeeAllChats", [{"AgentSupervise"}]),
        ("AgentManagementBulkAdd", [{"AgentManagementAddAgent"}]),
        ("AcceptWaiting", [{"AgentChat"}]),
        ("AgentChatAllowCloseAll", [{"AgentChat", "AgentSupervise"}]),
        ("AgentChatAllowTransfer", [{"AgentChat", "AgentSupervise"}]),
        ("AgentChatDeleteMessage", [{"AgentChat", "AgentSupervise"}]),
        ("Publish", [{"Campaign"}]),
        ("WhatsApp", [{"AgentChat"}]),
        ("WhatsAppAPI", [{"AgentChat"}]),
        ("PrivateNoteAdd", [{"PrivateNoteView"}, keys_opening("conversation.view")]),
        ("AIWritingAssistant", [keys_opening("conversation.view")]),
        ("SalesForce", [keys_opening("conversation.view")]),
        ("TagAddRemove", [keys_opening("conversation.view")]),
        ("AgentChat", []),
        ("AdminBusinessUnit", []),
    ],
)
def test_a_permission_needs_what_the_reference_says_and_some_way_to_view(key, needs):
    assert [set(need) for need in CATALOGUE.needs_of(key)] == needs


def test_the_conflicting_pairs_are_those_of_the_reference():
    numbers = {
        tuple(sorted(CATALOGUE.permissions[key].number or 0 for key in each.permissions))
        for each in CATALOGUE.conflicts
    }
    assert numbers == {(4, 8), (51, 52), (13, 57), (24, 33)}


@pytest.mark.parametrize(
    "action",
    [
        Action("conversation.view", "conversation", STATES, None, has_states=True),
        Action("conversation.accept", "conversation", ("waiting",), None, has_states=True),
        Action("conversation.accept_sticky", "conversation", ("waiting",), None, has_states=True),
        Action("conversation.reply", "conversation", ("open",), "conversation.view", has_states=True),
        Action(
            "conversation.transfer", "conversation", ("waiting", "open"), "conversation.view", has_states=True
        ),
        Action("note.add", "conversation", STATES, "conversation.view", has_states=True),
        Action("message.delete", "conversation", STATES, "conversation.view", has_states=True),
        Action("assistant.use", "conversation", STATES, "conversation.view", has_states=True),
        Action("salesforce.use", "conversation", STATES, "conversation.view", has_states=True),
        Action("customer.read", "customer", (None,), None, has_states=False),
        Action("organization.close", "organization", (None,), None, has_states=False),
    ],
    ids=lambda action: action.name,
)
def test_an_action_knows_its_kind_its_states_and_what_it_is_viewed_by(action):
    assert CATALOGUE.get_action(action.name) == action


@pytest.mark.parametrize(
    ("key", "action", "scopes"),
    [
        ("AgentChat", "conversation.reply", {1: 1, 2: 2, 3: 3}),
        ("AgentChat", "conversation.accept", {1: 2, 2: 2, 3: 3}),
        ("AgentSupervise", "conversation.view", {3: 2}),
        ("ChatsMy", "conversation.view", {3: 1}),
        ("BotsCreate", "bot.edit", {2: 1, 3: 1}),
    ],
)
def test_an_opening_may_have_a_scope_other_than_the_ticked_one(key, action, scopes):
    permission = CATALOGUE.get_permission(key)
    opening = next(each for each in permission.opens if each.action == action)
    assert {scope.value: opening.scope(scope).value for scope in permission.scopes} == scopes


@pytest.mark.parametrize(
    ("key", "scopes", "widest"),
    [
        ("Reports", (Scope.OWN, Scope.TEAM, Scope.ALL), Scope.ALL),
        ("FAQ", (Scope.ALL,), Scope.ALL),
        ("AgentProfileEditing", (Scope.OWN,), Scope.OWN),
        ("DecisionService", (), Scope.NONE),
    ],
)
def test_a_permission_may_be_ticked_at_its_scopes_only(key, scopes, widest):
    permission = CATALOGUE.get_permission(key)
    assert (permission.scopes, permission.widest) == (scopes, widest)


def test_headings_come_in_the_order_of_the_last_file_that_names_them():
    assert [area.title for area in CATALOGUE.areas] == [
        "Administration",
        "Agents",
        "Chat",
        "Notes",
        "Customers",
        "Bots and flows",
        "Channels and integrations",
        "Messaging",
        "Billing",
        "Advanced",
    ]


def test_under_a_heading_permissions_come_by_number_whatever_file_they_are_in():
    numbers = [permission.number for permission in CATALOGUE.in_area("administration")]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 77, 79, 80, 81, 82, 83]
    assert sum(len(CATALOGUE.in_area(area.id)) for area in CATALOGUE.areas) == 84


def test_our_own_permissions_stand_without_the_desk():
    alone = parse_catalogue(load_builtin("access"))
    assert alone.name == "access"
    assert len(alone.permissions) == 17
    assert "category.read" not in alone.actions
    assert keys_opening("category.read") == {"SettingsView"}


def test_a_host_brings_its_own_file_alone_or_beside_ours():
    alone = parse_catalogue([HOST])
    beside = parse_catalogue([*load_builtin("access"), HOST])
    assert (alone.subjects, beside.subjects) == (("user", "agent"), ("agent", "user"))
    assert (alone.name, beside.name) == ("host", "access+host")
    assert beside.actions.items() > alone.actions.items()


def test_a_catalogue_keeps_the_files_it_was_read_from():
    assert parse_catalogue(CATALOGUE.sources) == CATALOGUE


@pytest.mark.parametrize(
    ("kind", "name", "found"),
    [
        pytest.param("record", "read", "record.read", id="short"),
        pytest.param("record", "record.read", "record.read", id="in full"),
        pytest.param("record", "page.turn", "page.turn", id="of a part"),
        pytest.param("record", "turn", None, id="a part is not shortened"),
        pytest.param("record", "burn", "record.burn", id="the owner's"),
        pytest.param("record", "eat", None, id="unknown action"),
        pytest.param("team", "record.read", None, id="another kind's action"),
        pytest.param("team", "create", None, id="this kind is not shortened"),
        pytest.param("spaceship", "read", None, id="unknown kind"),
    ],
)
def test_callers_name_actions_as_their_kind_allows(kind, name, found):
    catalogue = parse_catalogue([*load_builtin("access"), HOST])
    assert catalogue.find_action(kind, name) == found


def test_an_action_is_spoken_as_callers_name_it():
    catalogue = parse_catalogue([*load_builtin("access"), HOST])
    spoken = [catalogue.spoken(name) for name in ("record.read", "page.turn", "team.create")]
    assert spoken == ["read", "page.turn", "team.create"]


def test_a_name_that_is_not_there_raises():
    with pytest.raises(UnknownActionError):
        CATALOGUE.get_action("conversation.eat")
    with pytest.raises(UnknownActionError):
        CATALOGUE.openers("conversation.eat")
    with pytest.raises(UnknownKindError):
        CATALOGUE.get_kind("spaceship")
    with pytest.raises(UnknownPermissionError):
        CATALOGUE.get_permission("AgentEat")
    with pytest.raises(NotFoundError, match="there is no catalogue `spaceship`"):
        load_builtin("spaceship")

"""The Roles page: seeing, staging, saving, making, describing and deleting roles."""

import re

import pytest

from roledesk.core.changes import PutRole, SetAssignments
from roledesk.core.terms import Assignment, Resource, Role, Scope
from roledesk.store import people

ROLE = "/roles/support-agent"
OPEN_CHAT = Resource("conversation", "c-1", owner="olga", team="billing", state="open")


def sent(console, **fields):
    """A form about the present revision; `grant_X` stands for the field `grant.X`."""
    named = {name.replace("grant_", "grant."): value for name, value in fields.items()}
    return {
        "expecting": str(console.organization.revision.number),
        "because": "They hand over at night",
        **named,
    }


def text_of(page):
    """What a reader sees of a page, in one line."""
    words = " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("&#39;", "'").split())
    return re.sub(r" ([,.:;])", r"\1", words)


def staged_on(page):
    """The scopes that the page would send, without script."""
    held = re.findall(r'name="grant\.(\w+)" value="(\w+)" checked', page.text)
    switches = re.findall(r'name="grant\.(\w+)" value="all" data-switch-field>', page.text)
    free = set(re.findall(r'name="grant\.(\w+)" value="none" data-none-field>', page.text))
    return {**{key: scope for key, scope in held if key not in free}, **dict.fromkeys(switches, "all")}


@pytest.mark.parametrize(
    ("address", "allowed", "refused"),
    [
        ("/roles", ["maya", "ada", "lee"], ["olga"]),
        (ROLE, ["maya", "ada", "lee"], ["olga"]),
        (f"{ROLE}/holders", ["maya", "ada", "lee"], ["olga"]),
        (f"{ROLE}/history", ["maya", "ada"], ["lee", "olga"]),
        (f"{ROLE}/edit", ["maya", "ada"], ["lee", "olga"]),
        (f"{ROLE}/delete", ["maya", "ada"], ["lee", "olga"]),
        ("/roles/new", ["maya", "ada"], ["lee", "olga"]),
    ],
)
def test_a_page_opens_for_those_who_may_use_it_and_for_nobody_else(console, address, allowed, refused):
    answers = {agent: console.sign_in(agent).get(address).status_code for agent in (*allowed, *refused)}
    assert answers == {**dict.fromkeys(allowed, 200), **dict.fromkeys(refused, 403)}


@pytest.mark.parametrize("door", ["", "/stage", "/preview", "/review", "/edit", "/delete"])
def test_every_door_that_writes_refuses_who_may_only_read(console, door):
    before = console.organization.policy
    answer = console.sign_in("lee").post(ROLE + door, data=sent(console, grant_AgentChat="all", name="Mine"))
    assert (answer.status_code, console.organization.policy) == (403, before)


def test_nobody_signed_in_is_sent_to_sign_in_and_back(console):
    client = console.sign_in("maya")
    client.cookies.clear()
    answer = client.get(ROLE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={ROLE}")


def test_buttons_show_for_those_who_may_press_them(console):
    pages = {agent: console.sign_in(agent).get(ROLE).text for agent in ("ada", "lee")}
    shown = {
        agent: [word in page for word in ("New role", "Edit details", "Delete…", "Update role", ">History<")]
        for agent, page in pages.items()
    }
    assert shown == {"ada": [True] * 5, "lee": [False] * 5}


def test_the_list_names_each_role_with_its_holders_and_finds_by_word(console):
    client = console.sign_in("ada")
    assert "Support agent 2 holders · 2 permissions" in text_of(client.get("/roles"))
    found = text_of(client.get("/roles?q=NIGHT"))
    assert "Night shift 0 holders" in found
    assert "Team lead" not in found
    assert "No role is called “zebra”" in text_of(client.get("/roles?q=zebra"))


@pytest.mark.parametrize("address", ["/roles/nobody", "/roles/nobody/holders", "/roles/nobody/edit"])
def test_a_role_that_is_not_there_is_not_found(console, address):
    assert console.sign_in("maya").get(address).status_code == 404


def test_saving_changes_the_very_next_answer_and_keeps_the_reason(console):
    client, ask = console.sign_in("ada"), ("olga", "conversation.transfer", OPEN_CHAT)
    assert not console.organization.allows(*ask)
    answer = client.post(ROLE, data=sent(console, grant_AgentChatAllowTransfer="own"))
    assert (answer.status_code, answer.headers["location"]) == (303, ROLE)
    assert console.organization.allows(*ask)
    page = text_of(client.get(ROLE))
    assert "Support agent was updated" in page
    assert "Ticked just now by Ada Stein: “They hand over at night”" in page


def test_what_changes_nothing_is_said_and_not_written(console):
    client, before = console.sign_in("ada"), console.organization.revision
    for door in (ROLE, f"{ROLE}/review"):
        assert client.post(door, data=sent(console)).headers["location"] == ROLE
    assert "Nothing to save" in client.get(ROLE).text
    assert console.organization.revision == before


def test_without_a_reason_nothing_is_saved_and_all_is_kept(console):
    client, before = console.sign_in("ada"), console.organization.revision
    answer = client.post(ROLE, data=sent(console, because=" ", grant_AgentChatAllowTransfer="team"))
    assert (answer.status_code, console.organization.revision) == (422, before)
    assert staged_on(answer) == {
        "ConversationView": "team",
        "AgentChat": "own",
        "AgentChatAllowTransfer": "team",
    }
    assert 'id="because-error">Say why' in answer.text
    review = client.post(
        ROLE, data={**sent(console, because="", grant_AgentChatAllowTransfer="team"), "from": "review"}
    )
    assert review.status_code == 422
    assert "Review Support agent" in review.text
    assert 'id="because-error">Say why' in review.text


def test_refusals_are_told_all_at_once_by_title_and_name(console):
    client = console.sign_in("ada")
    fields = {"grant_DeleteUser": "team", "grant_DeveloperSettings": "all", "because": ""}
    answer = client.post(ROLE, data=sent(console, **fields))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "reserved for the owner" in page
    assert "Say why" in page
    only = text_of(client.post(ROLE, data=sent(console, grant_DeleteUser="team")))
    for who, team in (("Ben Ruiz", "Customer care"), ("Olga Petrova", "Billing")):
        assert (
            f"{who}: you cannot give what you do not hold: Delete a customer (team {team} and own)." in only
        )


@pytest.mark.parametrize(
    ("pressed", "staged"),
    [
        pytest.param(
            {"move": "add", "add": ["AgentChatAllowTransfer", "CustomerExport"]},
            {
                "ConversationView": "team",
                "AgentChat": "own",
                "AgentChatAllowTransfer": "own",
                "CustomerExport": "team",
            },
            id="what is marked, at the narrowest scope",
        ),
        pytest.param(
            {"move": "remove", "drop": ["AgentChat"]},
            {"ConversationView": "team"},
            id="what is marked is taken out",
        ),
        pytest.param({"move": "remove_all"}, {}, id="all is taken out"),
        pytest.param(
            {"move": "remove_all", "q": "AgentChat"},
            {"ConversationView": "team"},
            id="all that the search shows",
        ),
        pytest.param(
            {"move": "add", "add": ["DeveloperSettings"]},
            {"ConversationView": "team", "AgentChat": "own"},
            id="nothing reserved",
        ),
        pytest.param(
            {"move": "add", "add": ["ConversationView"], "grant.ConversationView": "none"},
            {"ConversationView": "team", "AgentChat": "own"},
            id="what was saved comes back as it was saved",
        ),
        pytest.param(
            {"move": "search", "q": "transfer", "grant.AgentChat": "all"},
            {"ConversationView": "team", "AgentChat": "all"},
            id="a search keeps what is staged",
        ),
    ],
)
def test_an_arrow_button_moves_permissions_without_script(console, pressed, staged):
    before = console.organization.revision
    answer = console.sign_in("ada").post(f"{ROLE}/stage", data=sent(console, **pressed))
    assert (answer.status_code, staged_on(answer)) == (200, staged)
    assert console.organization.revision == before


def test_the_preview_counts_who_gains_and_loses(console):
    client = console.sign_in("ada")
    fields = sent(console, grant_AgentChatAllowTransfer="own", grant_AgentChat="none")
    page = text_of(client.post(f"{ROLE}/preview", data=fields))
    assert "2 changes +1 permission" in page
    assert "2 agents gain, 2 lose" in page


def test_the_preview_warns_of_what_would_be_refused_or_of_little_use(console):
    client = console.sign_in("ada")
    page = text_of(client.post(f"{ROLE}/preview", data=sent(console, grant_DeleteUser="team")))
    assert "you cannot give what you do not hold" in page
    lonely = text_of(
        client.post("/roles/night/preview", data=sent(console, grant_AgentChatAllowTransfer="own"))
    )
    assert "“Transfer chats” is of little use without" in lonely


def test_the_review_tells_the_difference_and_who_gains_and_loses_in_titles(console):
    client = console.sign_in("ada")
    fields = sent(
        console, grant_AgentChat="all", grant_AgentChatAllowTransfer="own", grant_ConversationView="all"
    )
    page = text_of(client.post(f"{ROLE}/review", data=fields))
    assert "Review Support agent 3 changes" in page
    assert "Read chats ConversationView team → all" in page
    assert "Read chats: team → all" in page
    assert "Handle chats: own → all" in page
    assert "Transfer chats: own" in page
    assert "Ben Ruiz" in page
    assert "Olga Petrova" in page


def test_holders_are_those_whom_the_reader_may_see(console):
    ada, lee = (text_of(console.sign_in(agent).get(f"{ROLE}/holders")) for agent in ("ada", "lee"))
    assert "Ben Ruiz" in ada
    assert "Olga Petrova" in ada
    assert "Olga Petrova" in lee
    assert "Ben Ruiz" not in lee
    assert "Nobody holds this role" in text_of(console.sign_in("ada").get("/roles/night/holders"))


def test_history_tells_who_changed_the_role_and_why(console):
    console.sign_in("ada").post(ROLE, data=sent(console, grant_AgentChatAllowTransfer="own"))
    page = text_of(console.sign_in("maya").get(f"{ROLE}/history"))
    assert "Ada Stein changed the role Support agent They hand over at night" in page


def test_somebody_forgotten_is_a_former_agent(console):
    console.sign_in("ada").post(ROLE, data=sent(console, grant_AgentChatAllowTransfer="own"))
    console.put(SetAssignments("ada", ()))
    with console.organization.database.writing() as connection:
        people.forget(connection, console.organization.id, "ada")
    page = console.sign_in("maya").get(ROLE).text
    assert "Ada Stein" not in page


def test_two_who_save_the_same_role_lose_nothing(console):
    client, shown = console.sign_in("ada"), sent(console)
    role = console.organization.policy.roles["support-agent"]
    theirs = Role(
        role.id, role.name, {**role.grants, "CustomerExport": Scope.TEAM}, description=role.description
    )
    console.put(PutRole(theirs), because="Exports are theirs now")
    mine = {**shown, "grant.AgentChatAllowTransfer": "own", "grant.CustomerExport": "none"}
    answer = client.post(ROLE, data=mine)
    both = {
        "ConversationView": "team",
        "AgentChat": "own",
        "CustomerExport": "team",
        "AgentChatAllowTransfer": "own",
    }
    assert (answer.status_code, staged_on(answer)) == (409, both)
    assert "Maya Okafor changed this role just now: “Exports are theirs now”" in text_of(answer)
    assert console.organization.policy.roles["support-agent"].grants == theirs.grants
    again = {f"grant.{key}": scope for key, scope in both.items()}
    assert client.post(ROLE, data=sent(console, **again)).status_code == 303
    saved = console.organization.policy.roles["support-agent"].grants
    assert {key: scope.name.lower() for key, scope in saved.items()} == both


def test_what_happens_to_another_role_does_not_get_in_the_way(console):
    shown = sent(console, grant_AgentChatAllowTransfer="own")
    console.put(SetAssignments("lee", (Assignment("lead"), Assignment("night"))))
    assert console.sign_in("ada").post(ROLE, data=shown).status_code == 303


def test_a_holder_who_came_meanwhile_is_told_before_saving(console):
    shown = sent(console, grant_AgentChatAllowTransfer="own")
    console.put(SetAssignments("lee", (Assignment("support-agent"),)), because="Lee helps out")
    assert "“Lee helps out”" in text_of(console.sign_in("ada").post(ROLE, data=shown))


@pytest.mark.parametrize(
    "fields",
    [
        {"grant.NoSuchThing": "all"},
        {"grant.AgentChat": "everything"},
        {"expecting": ""},
        {"expecting": "12; drop"},
    ],
)
def test_a_form_nobody_was_given_is_refused_and_changes_nothing(console, fields):
    before = console.organization.revision
    answer = console.sign_in("ada").post(ROLE, data=sent(console, **fields))
    assert (answer.status_code, console.organization.revision) == (400, before)


def test_a_revision_from_another_database_is_refused(console):
    answer = console.sign_in("ada").post(ROLE, data=sent(console, expecting="99", grant_AgentChat="all"))
    assert answer.status_code == 409


def made(console, agent="ada", **fields):
    words = {"name": "Weekend desk", "description": "Answers on weekends.", "because": "We open on weekends"}
    return console.sign_in(agent).post("/roles", data={**words, **fields})


def test_a_new_role_starts_empty_and_goes_on_to_its_permissions(console):
    answer = made(console)
    assert (answer.status_code, answer.headers["location"]) == (303, "/roles/weekend-desk")
    assert console.organization.policy.roles["weekend-desk"].grants == {}


def test_a_clone_leaves_out_what_is_reserved_and_says_so(console):
    console.put(PutRole(Role("tech", "Tech", {"AgentChat": Scope.OWN})))
    before = console.organization.policy.roles["tech"]
    object.__setattr__(before, "grants", {**before.grants, "DeveloperSettings": Scope.ALL})
    title = console.organization.policy.catalogue.permissions["DeveloperSettings"].title
    client = console.sign_in("ada")
    assert f"may not hold it: {title}" in text_of(client.get("/roles/new?way=clone&source=tech"))
    answer = client.post(
        "/roles",
        data={
            "way": "clone",
            "source": "tech",
            "name": "Tech 2",
            "description": "Same.",
            "because": "A second",
        },
    )
    assert answer.headers["location"] == "/roles/tech-2"
    assert console.organization.policy.roles["tech-2"].grants == {"AgentChat": Scope.OWN}
    assert f"may hold it: {title}" in text_of(client.get("/roles/tech-2"))


def test_a_role_from_a_template_holds_what_the_template_gives(console):
    page = console.sign_in("ada").get("/roles/new?way=template").text
    template = re.findall(r'name="template" value="([\w.-]+)"', page)[0]
    answer = made(console, way="template", template=template)
    assert answer.status_code == 303
    assert console.organization.policy.roles["weekend-desk"].grants


def test_the_owner_role_is_not_offered_for_cloning_and_cannot_be_cloned(console):
    assert 'value="owner"' not in console.sign_in("ada").get("/roles/new?way=clone").text
    assert made(console, way="clone", source="owner").status_code == 422


def test_everything_wrong_with_a_new_role_is_said_at_once_and_kept(console):
    answer = made(console, way="template", name="support AGENT", description="", because="")
    page = text_of(answer)
    assert answer.status_code == 422
    for said in ("Choose a template", "Say in a sentence or two", "already; choose another name", "Say why"):
        assert said in page
    assert 'value="support AGENT"' in answer.text


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Équipe de nuit", "equipe-de-nuit"),
        ("夜勤", "role"),
        ("Operator", "operator-2"),
        ("Night shift.", "night-shift"),
        ("Old desk", "old-desk-2"),
    ],
)
def test_an_id_is_made_from_the_name_and_never_used_twice(console, name, id):
    client = console.sign_in("ada")
    made(console, name="Old desk")
    client.post("/roles/old-desk/delete", data=sent(console))
    assert made(console, name=name).headers["location"] == f"/roles/{id}"


def details(console, **fields):
    words = {"name": "Support agent", "description": "Answers.", "policy_text": "", "steward": ""}
    return console.sign_in("ada").post(f"{ROLE}/edit", data=sent(console, **{**words, **fields}))


@pytest.mark.parametrize("steward", ["Lee Park", "lee@example.com", "lee"])
def test_a_role_is_described_and_given_a_steward_by_name_address_or_id(console, steward):
    assert (
        details(console, name="First line", policy_text="After training", steward=steward).status_code == 303
    )
    role = console.organization.policy.roles["support-agent"]
    assert (role.name, role.policy_text, role.steward) == ("First line", "After training", "lee")
    assert "Looked after by Lee Park" in text_of(console.sign_in("lee").get(ROLE))


def test_wrong_details_are_said_at_once_and_kept(console):
    answer = details(console, name="Night  SHIFT", description="", steward="Zed", because="")
    page = text_of(answer)
    assert answer.status_code == 422
    for said in (
        "There is no agent of that name",
        "Say in a sentence or two",
        "choose another name",
        "Say why",
    ):
        assert said in page
    assert 'value="Zed"' in answer.text


def test_details_that_are_the_same_are_not_written(console):
    before = console.organization.revision
    answer = details(console, description="Answers customers in their own teams.")
    assert (answer.status_code, console.organization.revision) == (303, before)


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({"way": "take_away"}, ()),
        ({"way": "replace", "other": "night"}, ("night",)),
        ({"way": "merge", "other": "night"}, ("night",)),
    ],
)
def test_deleting_a_role_does_with_its_holders_what_was_chosen(console, fields, held):
    answer = console.sign_in("maya").post(f"{ROLE}/delete", data=sent(console, **fields))
    policy = console.organization.policy
    assert (answer.status_code, "support-agent" in policy.roles) == (303, False)
    assert policy.agents["olga"].roles == held
    merged = (
        {"CustomerExport", "ConversationView", "AgentChat"}
        if fields["way"] == "merge"
        else {"CustomerExport"}
    )
    assert set(policy.roles["night"].grants) == merged


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"way": ""}, "Say what becomes of those who hold it"),
        ({"way": "merge", "other": ""}, "Choose the other role"),
        ({"way": "take_away", "because": ""}, "Say why"),
        ({"way": "merge", "other": "support-agent"}, "choose another role"),
    ],
)
def test_a_role_is_not_deleted_without_a_choice_and_a_reason(console, fields, said):
    answer = console.sign_in("maya").post(f"{ROLE}/delete", data=sent(console, **fields))
    assert (answer.status_code, "support-agent" in console.organization.policy.roles) == (422, True)
    assert said.lower() in text_of(answer).lower()


def test_deleting_shows_first_who_holds_it_and_who_gains_and_loses(console):
    client, before = console.sign_in("maya"), console.organization.revision
    page = text_of(client.get(f"{ROLE}/delete"))
    assert "2 agents hold it" in page
    assert "Olga Petrova" in page
    fields = sent(console, way="merge", other="night", step="preview")
    previewed = text_of(client.post(f"{ROLE}/delete", data=fields))
    assert "2 agents gain" in previewed
    assert "Export customers: all" in previewed
    assert console.organization.revision == before


def test_the_owner_role_can_be_read_and_not_touched(console):
    client = console.sign_in("maya")
    page = client.get("/roles/owner").text
    assert "It cannot be changed." in page
    assert "Update role" not in page
    answer = client.post("/roles/owner/delete", data=sent(console, way="take_away"))
    assert (answer.status_code, "owner" in console.organization.policy.roles) == (422, True)
    assert client.post("/roles/owner", data=sent(console, grant_AgentChat="none")).status_code == 422


def test_what_fails_inside_a_page_is_one_line_and_the_page_stays(console):
    client, part = console.sign_in("ada"), {"HX-Request": "true"}
    gone = client.post("/roles/gone/preview", data=sent(console), headers=part)
    client.cookies.clear()
    signed_out = client.post(f"{ROLE}/preview", data=sent(console), headers=part)
    assert (gone.status_code, signed_out.status_code) == (404, 401)
    assert "There is nothing at this address" in gone.text
    assert "You are signed out" in signed_out.text
    assert "<html" not in gone.text + signed_out.text


def test_a_search_after_the_sign_in_ended_leads_to_sign_in(console):
    client = console.sign_in("ada")
    client.cookies.clear()
    answer = client.get("/roles?q=night", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/roles%3Fq%3Dnight")

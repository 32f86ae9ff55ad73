"""What is set is obeyed, and only by whoever may is it set."""

from datetime import UTC, datetime

import pytest
from tests.desk.world import OWN, TEAM, World

from roledesk import (
    CredentialsError,
    DeniedError,
    InputError,
    NotFoundError,
    PutTeam,
    RemoveTeam,
    Scope,
    Team,
)
from roledesk.desk import (
    categories,
    conversations,
    hours,
    presence,
    reading,
    replies,
    settings,
    tags,
    visitors,
    widgets,
)
from roledesk.desk.hours import is_within, next_opening
from roledesk.desk.presence import LiveStatus
from roledesk.desk.store.presence import PresenceStatus
from roledesk.desk.store.settings import DeskSettings, Handling
from roledesk.desk.widgets import WidgetForm

ALL = Scope.ALL
NINE_TO_FIVE = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        pytest.param("2026-07-01T06:59", False, id="a minute early, in summer"),
        pytest.param("2026-07-01T07:00", True, id="nine o'clock, in summer"),
        pytest.param("2026-12-01T07:30", False, id="too early, in winter"),
        pytest.param("2026-12-01T08:00", True, id="nine o'clock, in winter"),
        pytest.param("2026-12-01T16:00", False, id="five o'clock is over"),
        pytest.param("2026-12-05T12:00", False, id="a Saturday"),
    ],
)
def test_hours_are_those_of_the_time_zone(at: str, opened: bool) -> None:
    assert is_within(NINE_TO_FIVE, "Europe/Amsterdam", moment(at)) == opened


def test_who_is_away_says_when_it_opens_again() -> None:
    saturday = moment("2026-12-05T12:00")
    assert next_opening(NINE_TO_FIVE, "Europe/Amsterdam", saturday) == moment("2026-12-07T08:00")
    assert next_opening({}, "UTC", saturday) is None


def test_a_team_may_have_hours_of_its_own(world: World) -> None:
    settings.keep_settings(world.guard("olu"), DeskSettings(hours={}))
    settings.keep_team_hours(world.guard("olu"), "b", dict.fromkeys(range(7), ((0, 1440),)))
    assert (hours.is_open(world.organization, "a"), hours.is_open(world.organization, "b")) == (False, True)


def test_settings_are_changed_by_whoever_may(world: World) -> None:
    wanted = DeskSettings(time_zone="Asia/Tokyo", handling=Handling.PULL)
    world.give("a2", AdminOrganization=TEAM)
    with pytest.raises(DeniedError):
        settings.keep_settings(world.guard("a2"), wanted)
    settings.keep_team_hours(world.guard("a2"), "a", {})
    with pytest.raises(DeniedError):
        settings.keep_team_hours(world.guard("a2"), "b", {})
    world.give("a2", AdminOrganization=ALL)
    settings.keep_settings(world.guard("a2"), wanted)
    assert settings.get_settings(world.guard("a2")) == wanted


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"max_open": 0},
        {"password_length": 4},
        {"hours": {0: ((600, 500),)}},
        {"hours": {9: ()}},
        {"hours": {0: ((0, 60), (30, 90))}},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        settings.keep_settings(world.guard("olu"), DeskSettings(**wrong))  # type: ignore[arg-type]


def test_open_chats_are_counted_of_who_is_not_there_too(world: World) -> None:
    world.give("a2", AgentManagementAgentStatus=TEAM)
    world.online("a1")
    for agent in ("a1", "an", "an", "b1"):
        world.opened(agent)
    told = {each.agent: (each.status.value, each.open) for each in presence.agent_statuses(world.guard("a2"))}
    assert (told["a1"], told["an"], told["al"]) == (("online", 1), ("offline", 2), ("offline", 0))
    assert "b1" not in told


def test_presence_is_known_as_far_as_one_may_know(world: World) -> None:
    world.online("a1", "al", "b1")
    assert presence.colleagues(world.guard("a2")) == ()
    world.give("a2", TeamStatus=TEAM, AgentManagementAgentStatus=TEAM)
    assert [each.agent for each in presence.colleagues(world.guard("a2"))] == ["a1", "al"]
    statuses = {each.agent: each.status for each in presence.agent_statuses(world.guard("a2"))}
    assert statuses["a1"] is LiveStatus.ONLINE
    assert statuses["an"] is LiveStatus.OFFLINE
    assert "b1" not in statuses
    world.wall.now += 120
    assert presence.colleagues(world.guard("a2")) == ()


def test_coming_online_brings_what_was_kept_and_what_waits(world: World) -> None:
    customer = world.customer()
    conversations.close(world.guard("a1"), world.opened("a1", customer=customer).id)
    kept, waiting = world.start("a", customer=customer), world.start("a")
    presence.set_presence(world.guard("a1"), PresenceStatus.BUSY)
    assert reading.get_conversation(world.guard("a1"), kept.id).conversation.state == "waiting"
    presence.set_presence(world.guard("a1"), PresenceStatus.ONLINE)
    assert reading.get_conversation(world.guard("a1"), kept.id).conversation.state == "open"
    assert reading.get_conversation(world.guard("a1"), waiting.id).conversation.state == "waiting"
    world.settings(handling=Handling.PUSH)
    presence.set_presence(world.guard("a2"), PresenceStatus.ONLINE)
    assert reading.get_conversation(world.guard("a2"), waiting.id).conversation.assignee == "a2"


def test_an_agents_own_maximum_goes_before_the_general_one(world: World) -> None:
    world.settings(handling=Handling.PUSH)
    presence.set_max_open(world.guard("olu"), "a1", 1)
    world.online("a1")
    assert [world.start("a").assignee for _ in range(2)] == ["a1", None]
    with pytest.raises(DeniedError):
        presence.set_max_open(world.guard("a1"), "a1", 9)


def test_tags_belong_to_a_team_or_everybody(world: World) -> None:
    world.give("a2", TagManagement=TEAM)
    here = tags.create_tag(world.guard("a2"), "Urgent", team="a")
    with pytest.raises(DeniedError):
        tags.create_tag(world.guard("a2"), "Everybody's")
    with pytest.raises(InputError, match="already"):
        tags.create_tag(world.guard("olu"), "URGENT")
    conversation, elsewhere = world.opened("a1"), world.opened("b1")
    conversations.tag(world.guard("a1"), conversation.id, here.id)
    assert reading.get_conversation(world.guard("a1"), conversation.id).tags == (here,)
    with pytest.raises(InputError):
        conversations.tag(world.guard("b1"), elsewhere.id, here.id)
    tags.retire_tag(world.guard("a2"), here.id)
    assert reading.get_conversation(world.guard("a1"), conversation.id).tags[0].retired_at is not None
    with pytest.raises(InputError):
        conversations.tag(world.guard("a1"), world.opened("a1").id, here.id)


def test_merged_tags_are_one_on_everything(world: World) -> None:
    one, two = (tags.create_tag(world.guard("olu"), name, team="a") for name in ("One", "Two"))
    conversation = world.opened("a1")
    for each in (one, two):
        conversations.tag(world.guard("a1"), conversation.id, each.id)
    tags.merge_tags(world.guard("olu"), one.id, two.id)
    assert reading.get_conversation(world.guard("a1"), conversation.id).tags == (two,)


def test_a_conversation_is_filed_under_a_category_of_its_team(world: World) -> None:
    general = categories.create_category(world.guard("olu"), "General")
    foreign = categories.create_category(world.guard("olu"), "Of B", team="b")
    assert categories.usable_categories(world.guard("a1"), "a") == (general,)
    conversation = world.opened("a1")
    with pytest.raises(InputError):
        conversations.close(world.guard("a1"), conversation.id, category=foreign.id)
    assert conversations.close(world.guard("a1"), conversation.id, category=general.id).category == general.id
    categories.delete_category(world.guard("olu"), general.id)
    assert categories.usable_categories(world.guard("a1"), "a") == ()


def test_own_replies_are_nobody_elses(world: World) -> None:
    world.give("a2", AgentChat=TEAM, AgentChatAllowOwnReplies=OWN)
    mine = replies.put_own_reply(world.guard("a2"), "Hello", "Hello and welcome")
    standard = replies.put_standard_reply(world.guard("olu"), "Bye", "Goodbye", team="a")
    assert replies.usable_replies(world.guard("a2")) == (mine, standard)
    assert replies.usable_replies(world.guard("a1")) == (standard,)
    assert replies.usable_replies(world.guard("b1")) == ()
    for refused in ("a1", "olu"):
        with pytest.raises((DeniedError, NotFoundError)):
            replies.delete_own_reply(world.guard(refused), mine.id)


def test_a_widget_is_made_for_a_team_within_reach(world: World) -> None:
    world.give("a2", WebWidget=TEAM)
    made = widgets.create_widget(
        world.guard("a2"), WidgetForm("Shop", "a", origins=("https://Shop.example.com/",))
    )
    assert made.origins == ("https://shop.example.com",)
    with pytest.raises(DeniedError):
        widgets.edit_widget(world.guard("a2"), made.id, WidgetForm("Shop", "b"))
    with pytest.raises(InputError):
        widgets.edit_widget(world.guard("a2"), made.id, WidgetForm("Shop", "a", origins=("javascript:x",)))
    for smuggled in ("https://a.example; script-src *", "https://*", "https://x *", "https://a.example/page"):
        with pytest.raises(InputError, match="not a site"):
            widgets.edit_widget(world.guard("a2"), made.id, WidgetForm("Shop", "a", origins=(smuggled,)))
    world.give("a1", SettingsView=ALL)
    assert widgets.get_widget(world.guard("a1"), made.id).identity_secret == ""


def test_a_deleted_teams_things_move_to_its_receiver(world: World) -> None:
    taken, waiting = world.opened("b1"), world.start("b")
    world.put(PutTeam(Team("c", "Team C")), RemoveTeam("b", "c"))
    shown = {row.conversation.id: row.conversation for row in reading.inbox(world.guard("olu")).rows}
    assert {each.team for each in shown.values()} == {"c"}
    assert (shown[taken.id].assignee, shown[taken.id].state) == (None, "waiting")
    assert shown[waiting.id].state == "waiting"
    assert {each.team for each in widgets.list_widgets(world.guard("olu"))} == {"a", "c"}


def test_a_signed_identity_is_the_same_customer_on_every_device(world: World) -> None:
    widget = world.widget("a")
    signed = visitors.sign(widget, "customer-17")
    identity = visitors.checked_identity(widget, "customer-17", signed, name="Xenia")
    assert visitors.find_identified(world.organization, identity) is None
    for key in ("desk", "phone"):
        visitors.write(world.organization, widget, None, "hello", client_key=key, identity=identity)
    known = visitors.find_identified(world.organization, identity)
    assert known is not None
    assert known.name == "Xenia"
    talk = visitors.current(world.organization, known.id)
    assert talk is not None
    assert len(visitors.thread_of(world.organization, known.id, talk.id, limit=9)) == 2
    for forged in ("", signed[:-1] + "0", visitors.sign(widget, "customer-18")):
        if forged != signed:
            assert not visitors.is_signed(widget, "customer-17", forged)
            with pytest.raises(CredentialsError, match="not signed"):
                visitors.checked_identity(widget, "customer-17", forged)


def test_a_visitor_sees_his_own_conversations_only(world: World) -> None:
    mine, other = world.start("a"), world.start("a")
    with pytest.raises(NotFoundError):
        visitors.thread_of(world.organization, mine.customer, other.id, limit=9)
    with pytest.raises(NotFoundError):
        visitors.say_as_customer(world.organization, mine.customer, other.id, "hi", client_key="k")

"""What a preview counts is what comes into somebody's reach, asked of everybody about each conversation."""

from collections.abc import Callable, Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.site import Site
from tests.desk.world import ALL, OWN, TEAM, Wall, World
from tests.desk.worlds import GRANTS, MATE, ME, MEMBERSHIPS, ROLES, TALKS, any_world, fill, stand

from roledesk import (
    Assignment,
    Change,
    Clock,
    Policy,
    Preview,
    PutAgent,
    PutRole,
    Revision,
    Role,
    SetAssignments,
    Snapshot,
    Status,
    Subject,
)
from roledesk.desk.facts import Conversation, resource_of
from roledesk.engine import organization
from roledesk.engine.organization import Reached


def seen_by(agents: Iterable[str], policy: Policy, made: list[Conversation]) -> set[tuple[str, str]]:
    """Each agent with each conversation that he may view under a policy."""
    snapshot = Snapshot(policy, Revision("", 1), Clock(Wall()))
    asked = product(agents, made)
    return {
        (agent, each.id)
        for agent, each in asked
        if snapshot.allows(Subject(agent), "conversation.view", resource_of(each))
    }


def reached(world: World, preview: Preview, by: str = "olu") -> tuple[Reached, ...]:
    return world.organization.reached(preview, by=world.guard(by))


def previewed(world: World, *edits: object) -> Preview:
    preview = world.organization.preview(Change(edits), by=Subject("olu"))  # type: ignore[arg-type]
    assert preview.refusals == ()
    return preview


@any_world
@given(data=st.data())
def test_a_preview_counts_what_comes_into_somebodys_reach_and_what_leaves_it(
    many: Callable[[], World], data: st.DataObject
) -> None:
    world = many()
    held, teams = data.draw(ROLES), data.draw(MEMBERSHIPS)
    stand(world, held, teams)
    if data.draw(st.booleans()):
        alike = world.organization.policy.agents[ME]
        world.put(PutAgent(MATE, Status.ACTIVE, alike.teams), SetAssignments(MATE, alike.assignments))
    made = fill(world, data.draw(TALKS))
    moved = PutAgent(ME, Status.ACTIVE, frozenset(data.draw(MEMBERSHIPS)))
    edits = [PutRole(Role("me-0", "Me a", data.draw(GRANTS))), moved, SetAssignments(ME, ())]
    preview = previewed(world, *data.draw(st.lists(st.sampled_from(edits), min_size=1, unique_by=type)))
    agents = world.organization.policy.agents
    before, after = (seen_by(agents, policy, made) for policy in (preview.before, preview.after))
    gained, lost = (len({id for _, id in part}) for part in (after - before, before - after))
    assert reached(world, preview) == (Reached("conversation", gained, lost),)


def test_it_is_told_only_to_who_may_view_every_conversation(world: World) -> None:
    world.start("a")
    wider = PutRole(Role("intern", "Intern", {"ConversationView": ALL}))
    world.give("a1", AgentChat=ALL, ChatsAll=ALL, ConversationView=ALL)
    preview = previewed(world, wider)
    assert reached(world, preview, by="a1") == reached(world, preview) != ()
    for narrower in ({"ConversationView": ALL}, {"AgentChat": ALL, "ChatsAll": TEAM}):
        world.give("a1", **narrower)
        assert reached(world, previewed(world, wider), by="a1") == ()


def test_more_than_anybody_reads_are_not_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organization, "MOST_REACHED", 2)
    for number in range(4):
        preview = previewed(world, SetAssignments("a2", (Assignment("owner"),)))
        assert reached(world, preview)[0].gained == min(number, 3)
        world.start("b")


def test_a_change_in_too_many_places_is_not_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start("b")
    for name in ("MOST_SHIFTS", "MOST_SHIFTED"):
        with monkeypatch.context() as patched:
            for most, said in ((2, True), (1, False)):
                patched.setattr(organization, name, most)
                both = (SetAssignments(agent, (Assignment("owner"),)) for agent in ("a2", "b1"))
                assert (reached(world, previewed(world, *both)) != ()) == said


def test_who_is_alone_gains_nothing_by_what_he_owned_and_two_gain_each_others(world: World) -> None:
    world.give("a2", AgentChat=OWN)
    world.opened("a1")
    world.opened("a2")
    world.start("a")
    wider = PutRole(Role("only-a2", "Only a2", {"AgentChat": TEAM}))
    assert reached(world, previewed(world, wider)) == (Reached("conversation", 2, 0),)
    world.put(SetAssignments("a1", (Assignment("only-a2"),)))
    assert reached(world, previewed(world, wider)) == (Reached("conversation", 3, 0),)


def test_pages_say_how_many_conversations_become_reachable_to_who_may_know(site: Site) -> None:
    world = site.world
    world.give("a2", AgentChat=OWN)
    world.opened("a1")
    world.opened("a2")
    for scope in (ALL, TEAM):
        everything = {"AgentChat": scope, "ChatsAll": scope, "ConversationView": scope}
        world.give("a1", AdminRolesAndPermissions=ALL, RoleAssign=ALL, **everything)
        staged = {"grant.AgentChat": "team", "expecting": str(world.organization.revision.number)}
        given = {"move": "preview", "role.1": "only-a1", "keep.1": "yes"}
        sent = {
            "/roles/only-a2/preview": staged,
            "/roles/only-a2/review": staged,
            "/agents/a2/roles": given,
        }
        for path, fields in sent.items():
            page = site.as_("a1").post(path, data=fields).text
            assert "gains" in page, path
            assert ("1 conversation becomes reachable" in page) == (scope is ALL), path
        page = site.as_("a1").post("/agents/a2/roles", data={"move": "preview"}).text
        assert ("1 conversation leaves their reach" in page) == (scope is ALL)

"""Links that work once, for a day, for the one they were made for."""

from collections.abc import Callable

import pytest
from tests.engine.desk import OLU, Wall, give, put

from roledesk.core.changes import PutAgent, PutTeam
from roledesk.core.terms import Assignment, Status, Subject, Team
from roledesk.engine import Engine, Organization
from roledesk.engine.agents import deactivate, invite
from roledesk.engine.links import (
    LINK_HOURS,
    find_link,
    make_link,
    make_owner_link,
    make_set_up_link,
    use_link,
)
from roledesk.engine.sign_ins import sign_in
from roledesk.errors import ChangeRefusedError, DeniedError, InputError, LinkGoneError, NotFoundError
from roledesk.store.sign_ins import LinkKind

PASSWORD = "correct horse battery"


def invited(acme: Organization, by: str = "ada", *assignments: Assignment) -> tuple[str, str]:
    """A new agent's id and the secret of his link."""
    return invite(
        acme,
        by=acme.guard(by),
        name="Nina",
        email="nina@example.com",
        teams=frozenset({"main"}),
        assignments=assignments or (Assignment("agent"),),
        because="She starts on Monday",
    )


def test_an_invitation_lets_in_once(engine: Engine, acme: Organization) -> None:
    agent, secret = invited(acme)
    assert acme.policy.agents[agent].status is Status.INVITED
    assert not acme.allows(agent, "conversation.view", None)
    link = find_link(engine, secret)
    assert link is not None
    assert (link.kind, link.agent) == (LinkKind.INVITATION, agent)
    with pytest.raises(InputError, match="password"):
        use_link(engine, secret, "short")
    assert use_link(engine, secret, PASSWORD) == (acme, agent)
    assert acme.policy.agents[agent].status is Status.ACTIVE
    assert sign_in(acme, "nina@example.com", PASSWORD, lifetime_s=60.0)
    assert find_link(engine, secret) is None
    with pytest.raises(LinkGoneError):
        use_link(engine, secret, "another fine password")
    assert sign_in(acme, "nina@example.com", PASSWORD, lifetime_s=60.0)


def test_an_invitation_keeps_what_was_changed_since(
    engine: Engine, acme: Organization, open_again: Callable[..., Engine]
) -> None:
    agent, secret = invited(acme)
    there = open_again(engine.clock).organization("acme")
    put(there, PutTeam(Team("third", "Third")), PutAgent(agent, Status.INVITED, frozenset({"third"})))
    use_link(engine, secret, PASSWORD)
    assert acme.policy.agents[agent].teams == {"third"}


def test_a_link_lasts_a_day(engine: Engine, acme: Organization, wall: Wall) -> None:
    _, secret = invited(acme)
    wall.now += LINK_HOURS * 3600 - 0.001
    assert find_link(engine, secret)
    wall.now += 0.001
    assert find_link(engine, secret) is None
    with pytest.raises(LinkGoneError):
        use_link(engine, secret, PASSWORD)


def test_a_new_link_replaces_the_agents_earlier_one(engine: Engine, acme: Organization) -> None:
    agent, first = invited(acme)
    second = make_link(acme, agent, by=acme.guard("ada"))
    assert second.kind is LinkKind.INVITATION
    assert find_link(engine, first) is None
    assert find_link(engine, second.secret)


@pytest.mark.parametrize("road", ["a role", "a team", "the maker's loss"])
def test_a_link_is_worthless_for_somebody_who_holds_more_than_its_maker(
    engine: Engine, acme: Organization, road: str
) -> None:
    agent, invitation = invited(acme)
    password = make_link(acme, "bo", by=acme.guard("ada")).secret
    assert find_link(engine, invitation)
    assert find_link(engine, password)
    match road:
        case "a role":
            give(acme, agent, Assignment("owner"))
            give(acme, "bo", Assignment("owner"))
        case "a team":
            give(acme, "ada", Assignment("admin", teams=frozenset({"main"})))
            put(acme, PutAgent(agent, Status.INVITED, frozenset({"main", "billing"})))
            put(acme, PutAgent("bo", Status.ACTIVE, frozenset({"main", "billing"})))
        case _:
            deactivate(acme, "ada", by=OLU, because="She left")
    for secret in (invitation, password):
        assert find_link(engine, secret) is None
        with pytest.raises(LinkGoneError):
            use_link(engine, secret, PASSWORD)


def test_a_link_ends_with_its_agent(engine: Engine, acme: Organization) -> None:
    made = make_link(acme, "bo", by=acme.guard("ada"))
    assert made.kind is LinkKind.PASSWORD
    deactivate(acme, "bo", by=OLU, because="He left")
    assert find_link(engine, made.secret) is None
    with pytest.raises(LinkGoneError):
        use_link(engine, made.secret, PASSWORD)
    put(acme, PutAgent("bo", Status.ACTIVE, frozenset({"main"})))
    assert find_link(engine, made.secret) is None


def test_nobody_makes_a_link_for_somebody_who_holds_more(
    acme: Organization, open_again: Callable[..., Engine], engine: Engine
) -> None:
    with pytest.raises(ChangeRefusedError, match="holds access you do not hold"):
        make_link(acme, "olu", by=acme.guard("ada"))
    with pytest.raises(DeniedError):
        make_link(acme, "cy", by=acme.guard("bo"))
    with pytest.raises(NotFoundError):
        make_link(acme, "nobody", by=acme.guard("olu"))
    there = open_again(engine.clock).organization("acme")
    guard = acme.guard("ada")
    give(there, "bo", Assignment("owner"))
    with pytest.raises(ChangeRefusedError, match="holds access you do not hold"):
        make_link(acme, "bo", by=guard)


def test_only_an_owner_gets_an_owner_link(engine: Engine, acme: Organization) -> None:
    secret = make_owner_link(acme, "olu")
    assert use_link(engine, secret, PASSWORD) == (acme, "olu")
    for agent in ("ada", "nobody"):
        with pytest.raises(NotFoundError):
            make_owner_link(acme, agent)


def test_a_set_up_link_is_good_until_there_is_an_organization(
    engine: Engine, request: pytest.FixtureRequest
) -> None:
    first, secret = make_set_up_link(engine), make_set_up_link(engine)
    assert find_link(engine, first) is None
    assert find_link(engine, secret)
    with pytest.raises(LinkGoneError):
        use_link(engine, secret, PASSWORD)
    request.getfixturevalue("acme")
    assert find_link(engine, secret) is None


@pytest.mark.parametrize("secret", ["", "link_x", "\x00", "é", "x" * 100_000])
def test_a_wrong_secret_is_no_link(engine: Engine, acme: Organization, secret: str) -> None:
    assert find_link(engine, secret) is None
    with pytest.raises(LinkGoneError):
        use_link(engine, secret, PASSWORD)


def test_an_invitation_gives_only_what_the_inviter_could_give(acme: Organization) -> None:
    with pytest.raises(ChangeRefusedError, match="only an owner"):
        invited(acme, "ada", Assignment("owner"))
    with pytest.raises(ChangeRefusedError, match=r"agent\.create"):
        invited(acme, "bo")
    _, secret = invited(acme, "ada", Assignment("admin"))
    assert secret
    with pytest.raises(InputError, match="another agent's"):
        invited(acme, "olu")
    assert acme.revision.number == 2
    assert Subject("ada").id in acme.policy.agents

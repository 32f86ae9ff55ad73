"""A new organization starts from a preset, with an owner who can come in."""

import pytest

from roledesk.catalogue import preset_names
from roledesk.core.terms import Status
from roledesk.engine import Engine
from roledesk.engine.founding import found_from_preset, organization_id
from roledesk.engine.links import make_set_up_link, use_set_up_link
from roledesk.engine.secret import hash_secret
from roledesk.engine.sign_ins import sign_in
from roledesk.errors import ChangeRefusedError, InputError, LinkGoneError
from roledesk.store import sign_ins

PASSWORD = "correct horse battery"


@pytest.mark.parametrize("preset", preset_names())
def test_each_preset_gives_an_owner_and_a_team(engine: Engine, preset: str) -> None:
    organization = found_from_preset(
        engine,
        id="north",
        name="Northwind",
        preset=preset,
        owner_name="Ana",
        owner_email="ana@example.com",
        password=PASSWORD,
    )
    (owner,) = organization.policy.owners()
    assert organization.policy.agents[owner].status is Status.ACTIVE
    assert organization.revision.number == 1
    assert [team.default for team in organization.policy.teams.values()] == [True]
    assert sign_in(organization, "ana@example.com", PASSWORD, lifetime_s=60.0)
    assert organization.allows(owner, "role.edit")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "=1+1"},
        {"name": ""},
        {"id": "a b"},
        {"password": "short"},
        {"password": "ana@example.com"},
    ],
)
def test_a_founding_that_is_refused_leaves_nothing(engine: Engine, wrong: dict[str, str]) -> None:
    given = {"id": "north", "name": "Northwind", "password": PASSWORD, **wrong}
    with pytest.raises((ChangeRefusedError, InputError)):
        found_from_preset(engine, preset="convrs", owner_name="Ana", owner_email="ana@example.com", **given)
    assert engine.names() == {}


def test_the_set_up_link_founds_once(engine: Engine) -> None:
    secret = make_set_up_link(engine)

    def found(id: str) -> None:
        found_from_preset(
            engine,
            id=id,
            name=id,
            preset="convrs",
            owner_name="Ana",
            owner_email="ana@example.com",
            password=PASSWORD,
            also=(lambda connection: use_set_up_link(connection, secret, now=engine.clock()),),
        )

    found("north")
    with pytest.raises(LinkGoneError):
        found("south")
    assert engine.names() == {"north": "north"}
    with engine.database.reading() as connection:
        link = sign_ins.find_link(connection, hash_secret(secret))
    assert link is not None
    assert link.used_at is not None


@pytest.mark.parametrize(
    ("name", "id"),
    [("Northwind Care", "northwind-care"), ("  A&B  GmbH ", "a-b-gmbh"), ("x" * 90, "x" * 40)],
)
def test_an_id_is_made_from_a_name(name: str, id: str) -> None:
    assert organization_id(name) == id


def test_a_name_without_latin_letters_needs_an_id_by_hand() -> None:
    with pytest.raises(InputError, match="give one by hand"):
        organization_id("Поддержка")

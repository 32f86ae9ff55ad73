from pathlib import Path

from starlette.testclient import TestClient

from roledesk.app import create_app, tidy
from roledesk.composition import open_server_engine
from roledesk.engine.founding import found_from_preset
from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.store import idempotency, sign_ins
from roledesk.store.idempotency import Answered

DAY_S = 86_400.0


def test_the_server_opens_its_database_and_closes_it_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'roledesk.sqlite3'}"
    open_server_engine(url, create=True).close()
    settings = load_settings(ServerSettings, given={"secret": "s" * 32, "database": url})
    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").status_code == 200
    assert not (tmp_path / "roledesk.sqlite3-wal").exists()


def test_what_is_long_over_is_deleted_and_nothing_else() -> None:
    with open_server_engine("sqlite://", create=True) as engine:
        organization = found_from_preset(
            engine,
            id="acme",
            name="Acme",
            preset="convrs",
            owner_name="Ann",
            owner_email="ann@example.com",
            password=None,
        )
        owner, now = next(iter(organization.policy.agents)), engine.clock()
        for lifetime_s in (-40 * DAY_S, -DAY_S, DAY_S):
            open_sign_in(organization, owner, lifetime_s=lifetime_s)
        with engine.database.writing() as connection:
            for key, age_s in (("old", 3 * DAY_S), ("new", DAY_S)):
                idempotency.put(connection, "acme", owner, key, Answered("f", 200, "{}"), at=now - age_s)
        tidy(engine)
        with engine.database.reading() as connection:
            assert len(sign_ins.sign_ins(connection, "acme", owner)) == 2
            assert idempotency.find(connection, "acme", owner, "old") is None
            assert idempotency.find(connection, "acme", owner, "new") is not None

"""A backup holds everything, fits either database, and is restored whole or not at all."""

import gzip
import stat
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, select
from tests.store.ledger import Ledger
from tests.store.test_tokens import PERSONAL, SERVICE

from roledesk.core.changes import PutTeam
from roledesk.core.terms import Resource, Scope, Team
from roledesk.errors import InputError
from roledesk.store import (
    activity,
    history,
    idempotency,
    imports,
    people,
    policies,
    profiles,
    requests,
    resources,
    schema,
    sign_ins,
    technical,
    tokens,
    usage,
)
from roledesk.store.backup import LEFT_OUT, backup, restore
from roledesk.store.database import Database
from roledesk.store.migration import migrate

KEPT = [table for table in schema.metadata.sorted_tables if table not in LEFT_OUT]


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """An organization with something in every table."""
    with ledger.database.writing() as connection:
        people.put_person(connection, "acme", people.Person("amal", "Amal Häddad", "amal@acme.example"))
        sign_ins.put_password(connection, "acme", "amal", "$argon2", at=1.25)
        sign_ins.put_sign_in(connection, sign_ins.SignIn("acme", "amal", 1.0, 2.0, 3.0), hash="h")
        sign_ins.put_link(
            connection, sign_ins.Link("acme", sign_ins.LinkKind.PASSWORD, "bo", 1.0, 2.0), hash="h"
        )
        tokens.put(connection, PERSONAL, hash="p")
        tokens.put(connection, SERVICE, hash="s")
        tokens.mark_used(connection, "acme", "t1", on=date(2026, 3, 1))
        detail = {"text": "line\nbreak \u2028 'quoted' \\ =1+1"}
        activity.record(
            connection, "acme", at=1.1, by="amal", event="x", about="y", detail=detail, teams=["main"]
        )
        usage.add(connection, "acme", {("amal", "RoleEdit", date(2026, 3, 2)): 3})
        usage.add_gap(connection, 1.5, 2.5)
        resources.put(
            connection, "acme", [Resource("bot", "b", owner="amal", team="main"), Resource("bot", "c")]
        )
        idempotency.put(connection, "acme", "amal", "k", idempotency.Answered("f", 201, "{}"), at=1.5)
        profiles.put(connection, "acme", profiles.Profile("amal", "Amal", "", "+31 6"))
        asked = requests.AccessRequest("r", "bo", "RoleEdit", Scope.ALL, "to help", 3600, 1.5)
        requests.add(connection, "acme", asked)
        line = imports.ImportLine(2, {"name": "Ana"}, imports.Verdict.NEW)
        technical.keep(connection, "acme", technical.TechnicalSettings(30))
        imports.keep(connection, "acme", imports.Import("i", "customers", "amal", 1.5), [line])
        connection.execute(insert(schema.retired_ids).values(organization="acme", id="role:old"))
    return ledger


@pytest.fixture
def file(full: Ledger, tmp_path: Path) -> Path:
    """A backup of it."""
    backup(full.database, tmp_path / "backup.gz")
    return tmp_path / "backup.gz"


def content(database: Database, table: Table) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to restore to: a SQLite file that is not there yet, an empty PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.db'}"
    return str(request.getfixturevalue("fresh_postgres"))


def test_everything_is_restored_into_either_database(full: Ledger, file: Path, target: str) -> None:
    restore(file, target)
    restored = Database.open(target)
    for table in KEPT:
        assert content(restored, table) == content(full.database, table) != [], table.name
    with restored.reading() as connection:
        assert policies.load_policy(connection, "acme")[1] == 1
        assert history.verify(connection, "acme").rows == 1
    restored.close()


def test_a_restored_database_goes_on_in_a_new_epoch(full: Ledger, file: Path, target: str) -> None:
    restore(file, target)
    restored = Ledger(Database.open(target))
    restored.policy = full.policy
    assert restored.commit(PutTeam(Team("night", "Night"))) == 2
    with restored.database.writing() as connection:
        activity.record(connection, "acme", at=9.0, by="amal", event="restored", about="database")
        assert [entry.event for entry in activity.page(connection, "acme", limit=9)] == ["restored", "x"]
    assert restored.database.epoch not in ("", full.database.epoch)
    restored.database.close()


def test_who_was_signed_in_is_not_signed_in_again(file: Path, tmp_path: Path) -> None:
    restore(file, f"sqlite:///{tmp_path / 'restored.db'}")
    restored = Database.open(f"sqlite:///{tmp_path / 'restored.db'}")
    assert content(restored, schema.sign_ins) == content(restored, schema.links) == []


def test_the_same_content_gives_the_same_backup(full: Ledger, file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.gz"
    backup(full.database, again)
    assert gzip.decompress(again.read_bytes()) == gzip.decompress(file.read_bytes())


def test_a_backup_is_readable_for_its_owner_only(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name("backup.gz.part").exists()


def test_a_database_that_holds_anything_is_left_alone(full: Ledger, file: Path) -> None:
    before = full.stored()
    with pytest.raises(InputError, match="is not empty; restore into a new database"):
        restore(file, full.database.url.render_as_string(hide_password=False))
    assert full.stored() == before


def test_an_empty_migrated_database_is_restored_into(full: Ledger, file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    empty = Database.open(url, create=True)
    migrate(empty)
    restore(file, url)
    assert Ledger(Database.open(url)).stored() == full.stored()


def repacked(data: bytes, old: bytes, new: bytes) -> bytes:
    plain = gzip.decompress(data)
    assert old in plain
    return gzip.compress(plain.replace(old, new))


DAMAGES = {
    "cut off": lambda data: data[:-200],
    "cut off by a byte": lambda data: data[:-1],
    "empty": lambda data: b"",
    "no archive": lambda data: b"[1, 2, 3]",
    "a bit turned": lambda data: data[:300] + bytes([data[300] ^ 4]) + data[301:],
    "a row altered": lambda data: repacked(data, b"Billing", b"Robbing"),
    "a row doubled": lambda data: repacked(
        data, b'\n["teams"', b'\n["teams","acme","x","X",false]\n["teams"'
    ),
    "a table unknown": lambda data: repacked(data, b'["teams"', b'["tears"'),
    "another format": lambda data: repacked(data, b'["roledesk backup",1', b'["roledesk backup",2'),
    "another archive": lambda data: gzip.compress(b'{"rows": []}\n'),
    "a newer schema": lambda data: repacked(data, b'"0005"', b'"9999"'),
    "a line too many": lambda data: gzip.compress(gzip.decompress(data) + b"[1]\n"),
    "not JSON": lambda data: gzip.compress(b"hello\n"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_and_leaves_nothing(file: Path, damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file.write_bytes(damage(file.read_bytes()))
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"backup\.gz: .*; (take another one|restore it with)"):
        restore(file, f"sqlite:///{tmp_path / 'restored.db'}")
    assert set(tmp_path.iterdir()) == before


def test_a_damaged_backup_leaves_postgresql_empty(file: Path, fresh_postgres: str) -> None:
    good = file.read_bytes()
    file.write_bytes(repacked(good, b"Billing", b"Robbing"))
    with pytest.raises(InputError, match="its content was altered"):
        restore(file, fresh_postgres)
    file.write_bytes(good)
    restore(file, fresh_postgres)


def test_what_cannot_be_read_or_written_is_said(full: Ledger, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        restore(tmp_path / "missing.gz", "sqlite://")
    with pytest.raises(InputError, match="cannot be written: No such file"):
        backup(full.database, tmp_path / "missing" / "backup.gz")


def test_progress_is_told(full: Ledger, tmp_path: Path) -> None:
    with full.database.writing() as connection:
        resources.put(connection, "acme", (Resource("bot", f"{number:04}") for number in range(2500)))
    told: list[tuple[int, int]] = []
    backup(full.database, tmp_path / "b.gz", progress=lambda done, total: told.append((done, total)))
    total = told[0][1]
    assert told == [(1000, total), (2000, total)]
    told.clear()
    restore(
        tmp_path / "b.gz",
        f"sqlite:///{tmp_path / 'r.db'}",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (total, total)

"""The desk's tables are made, dropped, backed up and restored like the engine's own."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from tests.desk.world import World

from roledesk import Engine
from roledesk.composition import SCHEMAS, open_server_engine
from roledesk.desk import conversations, reading
from roledesk.desk.files import Upload, get_file
from roledesk.desk.schema import SCHEMA
from roledesk.store import migration
from roledesk.store.backup import backup, restore


def own(_thing: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """What is compared: the desk's tables, without the index of words, which the database keeps itself."""
    return name in SCHEMA.metadata.tables if kind == "table" else name not in ("message_words", "word_index")


def test_the_migrations_make_exactly_the_tables_of_the_schema(engine: Engine) -> None:
    options = {"version_table": SCHEMA.version_table, "include_object": own}
    with engine.database.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SCHEMA.metadata) == []


def test_every_table_can_be_dropped_again(open_fresh: str) -> None:
    with open_server_engine(open_fresh, create=True) as engine, engine.database.writing() as connection:
        command.downgrade(migration._config(connection, SCHEMA), "base")
        left = set(inspect(connection).get_table_names())
        assert left.isdisjoint(SCHEMA.metadata.tables)
        assert "organizations" in left


def test_a_backup_holds_the_desk_and_its_search(world: World, tmp_path: Path) -> None:
    taken = world.opened("a1", "the marker")
    upload = Upload("notes.txt", "text/plain", b"\x00\xff bytes")
    sent = conversations.reply(world.guard("a1"), taken.id, "", client_key="f", attachment=upload)
    backup(world.organization.database, tmp_path / "desk.gz", schemas=SCHEMAS)
    restored = f"sqlite:///{tmp_path / 'restored.sqlite3'}"
    restore(tmp_path / "desk.gz", restored, schemas=SCHEMAS)
    with open_server_engine(restored) as engine:
        guard = engine.organization("acme").guard("a1")
        assert [hit.message.text for hit in reading.find_messages(guard, "marker").hits] == ["the marker"]
        assert get_file(guard, sent.attachment or "")[1] == upload.content
        again = conversations.reply(guard, taken.id, "goes on", client_key="g")
        assert again.seq == sent.seq + 1

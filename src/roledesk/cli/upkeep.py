"""`migrate`, `backup` and `restore`: looking after the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from roledesk.cli.options import AsJson, Database, load_common
from roledesk.cli.terminal import progress, say, say_fact, say_json
from roledesk.composition import SCHEMAS
from roledesk.store import backup as backups
from roledesk.store.database import Database as Store
from roledesk.store.migration import migrate as bring_up_to_date
from roledesk.store.migration import version

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.", show_default=False)]


def migrate(database: Database = None, as_json: AsJson = False) -> None:
    """Bring the database's tables up to this version. Safe to repeat.

    Examples:
      roledesk migrate
    """
    store = Store.open(load_common(database).database)
    try:
        with progress("Migrating"):
            bring_up_to_date(store, SCHEMAS)
    finally:
        store.close()
    _answer("migrated", {"schema": version()}, as_json)


def backup(file: BackupFile, database: Database = None, as_json: AsJson = False) -> None:
    """Write everything into one compressed file, from which either kind of database can be made.

    It holds password and token hashes: keep it as safe as the database.

    Examples:
      roledesk backup /var/backups/roledesk.gz
    """
    store = Store.open(load_common(database).database)
    try:
        with _counted("Backing up") as count:
            backups.backup(store, file, progress=count, schemas=SCHEMAS)
    finally:
        store.close()
    _answer("written", {"file": str(file), "bytes": file.stat().st_size}, as_json)


def restore(file: BackupFile, database: Database = None, as_json: AsJson = False) -> None:
    """Fill an empty database from a backup, on SQLite or PostgreSQL alike.

    Everybody signs in again, and revisions from before the restore are refused.

    Examples:
      roledesk restore /var/backups/roledesk.gz --database sqlite:///restored.sqlite3
    """
    url = load_common(database).database
    with _counted("Restoring") as count:
        backups.restore(file, url, progress=count, schemas=SCHEMAS)
    _answer("restored", {"file": str(file)}, as_json)


@contextmanager
def _counted(what: str) -> Iterator[backups.Progress]:
    """A bar that knows how far it is."""
    with progress(what) as bar:
        yield lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total)


def _answer(word: str, facts: dict[str, object], as_json: bool) -> None:
    if as_json:
        say_json(facts)
        return
    say(word, style="bold green")
    for name, value in facts.items():
        say_fact(name, str(value))

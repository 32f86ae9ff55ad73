"""The desk's tables and where their migrations are, as the engine wants to know it."""

from __future__ import annotations

from pathlib import Path

from roledesk import Schema
from roledesk.desk.store.schema import metadata

SCHEMA = Schema(Path(__file__).parent / "store" / "migrations", "desk_version", metadata)

"""The doors: the core with a clock, a transaction, a cache and other processes added.

Open one with `open_engine`; ask through a Guard; change through an Organization.
Not here: SQL (store/), HTTP (web/).
"""

from roledesk.engine.clock import Clock
from roledesk.engine.engine import Engine, open_engine, schemas_of
from roledesk.engine.extension import Commit, Countable, Extension
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Also, Organization, Preview

__all__ = [
    "Also",
    "Clock",
    "Commit",
    "Countable",
    "Engine",
    "Extension",
    "Guard",
    "Organization",
    "Preview",
    "open_engine",
    "schemas_of",
]

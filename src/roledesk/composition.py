"""What our own program opens: the engine with the desk beside it.

The only place that says so; server and command line both open their engine here.
Not here: the server's doors (app.py).
"""

from __future__ import annotations

from roledesk.desk import DESK
from roledesk.engine import Clock, Engine, open_engine, schemas_of

EXTENSIONS = (DESK,)
SCHEMAS = schemas_of(EXTENSIONS)


def open_server_engine(url: str, *, create: bool = False, clock: Clock | None = None) -> Engine:
    """The engine of the database at `url`, with every table the server needs. Raises SchemaError."""
    return open_engine(url, create=create, clock=clock, extensions=EXTENSIONS)

"""Runs the desk's migrations on the connection that the engine hands over."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    version_table=given["version_table"],
    target_metadata=given["metadata"],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

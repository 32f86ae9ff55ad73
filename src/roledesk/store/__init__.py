"""What is remembered: the only room where SQL is written.

SQLAlchemy Core, sync, on SQLite and PostgreSQL alike. Functions take a Connection
that `Database.reading` or `Database.writing` gave out, so that one transaction can
span several of them. A moment is a float, seconds since 1970 UTC, in every table.
Not here: who may (core/), clock, cache and ids (engine/).
"""

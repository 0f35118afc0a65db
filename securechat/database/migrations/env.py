"""How Alembic runs the migrations: by the connection, and in the transaction, of whoever asks for it."""

from __future__ import annotations

from alembic import context

options = context.config.attributes

context.configure(connection=options["connection"], version_table=options["version_table"])
context.run_migrations()

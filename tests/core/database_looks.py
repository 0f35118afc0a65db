"""What stands in a database, as Alembic and the engine itself see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect, select, text

from securechat.database.engine import Database
from securechat.database.migrate import VERSION_TABLE, migrate
from securechat.database.tables import EPOCH, FACTS, METADATA


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """Connect to a database, and change it."""
    database = Database(url)
    with database.engine.begin() as connection:
        yield connection
    database.close()


def start(database: Database) -> None:
    """Do what is done when the app starts."""
    migrate(database, where="DATABASE_URL")


def differences(url: URL) -> list[object]:
    """Return what Alembic finds to be otherwise in a database than in `tables.py`."""
    options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
    with connected(url) as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


DESCRIBE = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE tbl_name != :version"],
    "postgresql": [
        "SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable, "
        "column_default, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name != :version",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename != :version",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conrelid != CAST(:version AS regclass)",
    ],
}


def described(url: URL) -> set[tuple[object, ...]]:
    """Return what the engine itself says of its tables: collations and keys, too."""
    with connected(url) as connection:
        if connection.dialect.name == "mysql":
            names = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
            return {tuple(connection.execute(text(f"SHOW CREATE TABLE {name}")).one()) for name in names}
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} ()"))
        return {
            tuple(" ".join(item.split()) if isinstance(item, str) else item for item in row)
            for statement in DESCRIBE[connection.dialect.name]
            for row in connection.execute(text(statement), {"version": VERSION_TABLE})
        }


def contents(url: URL) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables of a database."""
    with connected(url) as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            for name in inspect(connection).get_table_names()
        }


def epochs(url: URL) -> list[str]:
    """Return the epochs that a database says rooms begin in: there is to be one."""
    with connected(url) as connection:
        return list(connection.scalars(select(FACTS.c.value).where(FACTS.c.name == EPOCH)))

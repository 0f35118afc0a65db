"""What stands in a database, in numbers: nothing is changed, and nothing that anybody wrote is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from securechat.database import statements as sql
from securechat.database.engine import Database
from securechat.database.faults import name_of
from securechat.database.migrate import known_versions, version_of
from securechat.database.tables import EPOCH, ROOM_KEYS, time_of

_SIZES = {
    "postgresql": text("SELECT pg_database_size(current_database())"),
    # As the server last counted it, which may be a while ago.
    "mysql": text(
        "SELECT SUM(data_length + index_length) FROM information_schema.tables "
        "WHERE table_schema = DATABASE()"
    ),
}


@dataclass(frozen=True)
class Overview:
    """What stands in a database.

    Attributes:
        engine: SQLite, PostgreSQL, MySQL or MariaDB.
        name: Which database it is: see `faults.name_of`.
        version: The version of its tables; None where it has none, and then all that follows is nothing.
        newest_version: The newest version that this program knows.
        is_known: Whether this program knows the version.
        rooms: How many rooms there are.
        messages: How many messages are kept in them.
        oldest: When the first of these came, in UTC; None where there is none.
        newest: The same of the last.
        size: How large it is, in bytes; MySQL and MariaDB only guess.
        journal_size: How large the journal of SQLite beside it is, in bytes.
        epoch: The epoch of the rooms to come.
        has_keys: Whether there is a table for keys of rooms.
    """

    engine: str
    name: str
    version: str | None
    newest_version: str
    is_known: bool = True
    rooms: int = 0
    messages: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    size: int = 0
    journal_size: int = 0
    epoch: str = ""
    has_keys: bool = False


def overview(database: Database) -> Overview:
    """Look at a database.

    Args:
        database: A database, which may have no tables, or those of another version.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    known = known_versions()

    def look(connection: Connection) -> Overview:
        version = version_of(connection)
        engine, name = engine_of(database, connection), name_of(database.engine.url)
        if version is None:
            return Overview(engine, name, None, known[0])
        messages = connection.execute(sql.COUNT_MESSAGES).one()
        size, journal_size = _size(database, connection)
        return Overview(
            engine,
            name,
            version,
            known[0],
            is_known=version in known,
            rooms=connection.execute(sql.COUNT_ROOMS).scalar_one(),
            messages=messages[0],
            oldest=None if messages.oldest is None else time_of(messages.oldest),
            newest=None if messages.newest is None else time_of(messages.newest),
            size=size,
            journal_size=journal_size,
            epoch=connection.execute(sql.READ_FACT, {"its_name": EPOCH}).scalar_one(),
            has_keys=inspect(connection).has_table(ROOM_KEYS.name),
        )

    return database.look(look)


def engine_of(database: Database, connection: Connection) -> str:
    """Return how a database engine is called: SQLite, PostgreSQL, MySQL or MariaDB."""
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB" if is_mariadb else "MySQL"}
    return names[database.kind]


def _size(database: Database, connection: Connection) -> tuple[int, int]:
    if database.kind == "sqlite":
        file = Path(str(database.engine.url.database))
        journal = file.with_name(f"{file.name}-wal")
        return file.stat().st_size, journal.stat().st_size if journal.exists() else 0
    return int(connection.execute(_SIZES[database.kind]).scalar() or 0), 0

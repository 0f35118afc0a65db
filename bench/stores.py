"""Stores that are measured, and beside each its bare driver: one INSERT and a commit for each message.

The servers are those that are installed, set as a server is that nobody has set: each commit waits for the
disk. Their files are in the folder for temporary files, which should be on the disk that is meant.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pymysql
from cryptography.fernet import Fernet
from sqlalchemy import URL

from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MessageStore
from tests.databases import DatabaseServer, ServerMissing, mariadb_server, postgresql_server, sqlite_files

BUSY_SECONDS = 60.0
"""How long a bare connection to SQLite waits for its turn."""

_SENDER = "A"


class Bare:
    """A bare driver, with a connection for each thread.

    Args:
        connect: Makes a connection.
        mark: What stands for a value in a statement.
    """

    def __init__(self, connect: Callable[[], Any], mark: str) -> None:
        self._connect = connect
        self._connections: dict[int, Any] = {}
        self._ids = count(1)
        self._insert = f"INSERT INTO bare VALUES ({', '.join([mark] * 6)})"  # noqa: S608 - marks, no values

    def make_table(self) -> None:
        """Make the table."""
        connection = self._connection(0)
        connection.cursor().execute(
            "CREATE TABLE bare (room VARCHAR(100), id BIGINT, sender VARCHAR(100), client_id VARCHAR(100),"
            " token TEXT, sent_at BIGINT, PRIMARY KEY (room, id))"
        )
        connection.commit()

    def append(self, thread: int, room: str, token: str) -> None:
        """Keep a message."""
        connection = self._connection(thread)
        values = (room, next(self._ids), _SENDER, secrets.token_hex(16), token, time.time_ns() // 1_000)
        connection.cursor().execute(self._insert, values)
        connection.commit()

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()

    def _connection(self, thread: int) -> Any:  # noqa: ANN401 - the driver's own
        if thread not in self._connections:
            self._connections[thread] = self._connect()
        return self._connections[thread]


@dataclass(frozen=True)
class Storage:
    """A way to keep messages.

    Attributes:
        name: Its name in the raw results.
        title: Its name in tables.
        store: The store.
        bare: The bare driver; None where there is none.
        target: Messages a second that one thread should be able to keep; 0 if nothing is aimed at.
    """

    name: str
    title: str
    store: MessageStore
    bare: Bare | None = None
    target: float = 0

    def append(self, _: int, room: str, token: str) -> None:
        """Keep a message in the store, under a name of the client's for it, as the app does."""
        self.store.append(room, _SENDER, token, client_id=secrets.token_hex(16))


@dataclass(frozen=True)
class Engine:
    """A kind of database.

    Attributes:
        name: Its name in the raw results.
        title: Its name in tables.
        server: Lends databases; None for memory.
        target: See `Storage.target`.
    """

    name: str
    title: str
    server: DatabaseServer | None = None
    target: float = 0

    def settings(self) -> dict[str, str]:
        """Return with what settings a server of the app keeps its room in a new database of this kind."""
        if self.server is None:
            return {}
        url = self.server.make().render_as_string(hide_password=False)
        return {"DATABASE_URL": url, "MASTER_ENCRYPTION_KEY": Fernet.generate_key().decode()}

    def open(self, stack: ExitStack, max_messages: int) -> Storage:
        """Return an empty store of this kind.

        Args:
            stack: What closes it.
            max_messages: Messages kept in a room.
        """
        if self.server is None:
            return Storage(self.name, self.title, InMemoryMessageStore(max_messages=max_messages))
        store = SqlMessageStore(Database(self.server.borrow()), max_messages=max_messages)
        stack.callback(store.close)
        bare = _bare(self.server.make())
        stack.callback(bare.close)
        bare.make_table()
        return Storage(self.name, self.title, store, bare, self.target)


@contextmanager
def engines() -> Iterator[tuple[list[Engine], list[str]]]:
    """Start what is installed, and give it, with what is to be said of the rest."""
    missing = []
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="bench-"))
        found = [Engine("memory", "memory"), Engine("sqlite", "SQLite", sqlite_files(Path(folder)), 800)]
        for name, title, start, target in (
            ("postgresql", "PostgreSQL", postgresql_server, 500),
            ("mariadb", "MariaDB", mariadb_server, 0),
        ):
            try:
                server = stack.enter_context(start(is_durable=True))
            except ServerMissing as error:
                missing.append(f"{title} was not measured: {error}.")
            else:
                found.append(Engine(name, title, server, target))
        yield found, missing


def _bare(url: URL) -> Bare:
    """Return the bare driver of a database."""
    if url.get_backend_name() == "sqlite":
        return Bare(lambda: _sqlite(str(url.database)), "?")
    where: dict[str, Any] = {"host": url.host, "port": url.port, "user": url.username}
    where["password"] = str(url.password)
    if url.get_backend_name() == "postgresql":
        return Bare(lambda: psycopg.connect(**where, dbname=url.database), "%s")
    return Bare(lambda: pymysql.connect(**where, database=url.database), "%s")


def _sqlite(path: str) -> sqlite3.Connection:
    """Connect as the app does: a journal beside the file, which is flushed now and then."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection

"""What SQLite has to be told: how to connect, how to begin, and how to sweep away what was deleted."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 - the pool's own
from sqlalchemy.pool import ConnectionPoolEntry

from securechat.database.tables import microseconds

AUTOCOMMIT: dict[str, Any] = {"begins": False}
"""The options with which a statement is executed that is a transaction of its own."""

_STEPS = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
"""How SQLite gets rid of what was deleted. `secure_delete` overwrites a row where it stands. But when rows
move to another page, copies of them stay behind until all pages are written anew. And all that was ever
written is in the journal, too, until that is written into the file and left empty."""

_log = logging.getLogger(__name__)


def make_private(path: str) -> None:
    """Make a file for a new database that only its owner can read. The journal gets the same rights.

    What keeps that from being done keeps the database from being opened, which says why.
    """
    with suppress(OSError):
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def prepare(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
    """Set up one connection to SQLite, which begins its transactions itself, and has no clock of its own."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.create_function("clock_microseconds", 0, lambda: microseconds(datetime.now(UTC)))


def begin(connection: Connection) -> None:
    """Begin as a writer. A transaction that began as a reader cannot go on to write when others have."""
    if connection.get_execution_options().get("begins", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Sweeper:
    """Sweeps away what was deleted. It is used by one thread after the other.

    Args:
        wait_seconds: How long it waits for those who read, when something has just been deleted.
    """

    def __init__(self, wait_seconds: int) -> None:
        self._patience = wait_seconds * 1_000
        self._to_do: list[str] = []

    def sweep(self, engine: Engine, *, erases: bool) -> None:
        """Leave nothing in the files of what was just deleted, or was deleted before and is still there.

        Where those who read take too long, it is done with one of the next changes, as soon as nobody has to
        wait for it.

        Args:
            engine: Where to get a connection without a transaction.
            erases: Whether something was just deleted.
        """
        if erases:
            self._to_do = [*_STEPS]
        if not self._to_do:
            return
        with suppress(OperationalError, TimeoutError), engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {self._patience if erases else 0}")
            try:
                while self._to_do and _is_done(connection, self._to_do[0]):
                    del self._to_do[0]
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {self._patience}")
        if erases and self._to_do:
            _log.warning(
                "What was deleted is still in the files of the database. It goes with a later change."
            )


def _is_done(connection: Connection, step: str) -> bool:
    found = connection.exec_driver_sql(step)
    return not found.returns_rows or found.one()[0] == 0  # 1: somebody is in the way

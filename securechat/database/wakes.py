"""How a server hears of what others change in the database: what rings there, and who looks then.

A ring says nothing but that there may be news, and it may be lost: whoever begins to listen, and whoever was
cut off, looks at everything first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from typing import Any

from sqlalchemy import Connection

from securechat.database.engine import Database
from securechat.database.postgresql import CHANNEL
from securechat.database.sqlite import AUTOCOMMIT
from securechat.database.statements import CHANGE_NOTHING
from securechat.database.watched import WatchedStore
from securechat.errors import StoreUnavailable

SQLITE_SECONDS = 0.05
"""Seconds between two looks at the number that SQLite raises with every change of the file: 4 µs each."""

MYSQL_SECONDS = 0.1
"""Seconds between two looks at the watched rooms where nothing rings."""

TRY_SECONDS = 2.0
"""Seconds until a database that does not answer is tried again."""

_TURN_SECONDS = 0.5
"""For how long PostgreSQL is listened to before it is looked whether the server ends."""

_SILENT_TURNS = 20
"""After so many of them without a ring it is looked all the same: a line that is dead is silent, too."""

_PAUSE_SECONDS = 0.1
"""Seconds until it is tried again to connect: so long once, twice as long then, and so on."""

_MAX_PAUSE_SECONDS = 5.0

Bell = Callable[[Database], AbstractContextManager[Callable[[], bool]]]
"""Connects to a database. What comes of it waits a moment, and says whether there may be news by then."""

_log = logging.getLogger(__name__)


class Waker:
    """A thread that looks at what is watched whenever it may have changed.

    Where the database did not answer the last time, it also finds out when it does again.

    Args:
        store: What is watched.
        database: Where it is kept.
        listened: The same, where it is listened.

    Attributes:
        is_listening: Whether it hears of changes now.
    """

    def __init__(self, store: WatchedStore, database: Database, listened: Database) -> None:
        self._store = store
        self._database = database
        self._listened = listened
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="securechat-waker", daemon=True)
        self._try_at = 0.0
        self.is_listening = False

    def start(self) -> None:
        """Begin. To be called once."""
        self._thread.start()

    def close(self) -> None:
        """End, and wait until it is done with its last look, unless the database does not let it."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(_MAX_PAUSE_SECONDS)

    def _run(self) -> None:
        pause, has_failed = _PAUSE_SECONDS, False
        while not self._closed.is_set():
            try:
                with _BELLS[self._listened.kind](self._listened) as rings:
                    self._store.look_at_all()
                    self._try_at = 0.0
                    self._try_again()
                    self.is_listening, pause = True, _PAUSE_SECONDS
                    if has_failed:
                        _log.warning("Changes in the database are heard of again.")
                    has_failed = False
                    while not self._closed.is_set():
                        if rings():
                            self._store.look_at_all()
                        self._try_again()
            except Exception as error:  # whatever it was: without this thread nobody hears of anything
                if not has_failed:  # by its name: its text may say too much
                    _log.error("Nobody hears of changes in the database (%s).", type(error).__name__)
                has_failed = True
            self.is_listening = False
            if not self._closed.is_set():
                self._store.doubt()
                self._closed.wait(pause)
                pause = min(2 * pause, _MAX_PAUSE_SECONDS)

    def _try_again(self) -> None:
        """Where the database does not answer, find out whether it does again."""
        is_well = self._database.is_answering and not self._store.is_in_doubt
        if is_well or time.monotonic() < self._try_at:
            return
        with suppress(StoreUnavailable):
            self._store.recover(lambda: self._database.change(_change_nothing))
        self._try_at = time.monotonic() + TRY_SECONDS


def _change_nothing(connection: Connection) -> None:
    connection.execute(CHANGE_NOTHING)


@contextmanager
def _sqlite(database: Database) -> Iterator[Callable[[], bool]]:
    with database.engine.connect().execution_options(**AUTOCOMMIT) as connection:
        driver: Any = connection.connection.driver_connection

        def version() -> int:
            number: int = driver.execute("PRAGMA data_version").fetchone()[0]
            return number

        known = version()

        def rings() -> bool:
            nonlocal known
            time.sleep(SQLITE_SECONDS)
            before, known = known, version()
            return known != before

        yield rings


@contextmanager
def _postgresql(database: Database) -> Iterator[Callable[[], bool]]:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            driver: Any = connection.connection.driver_connection
            driver.execute(f"LISTEN {CHANNEL}")
            turns = count(1)

            def rings() -> bool:
                is_rung = bool(list(driver.notifies(timeout=_TURN_SECONDS, stop_after=1)))
                return is_rung or next(turns) % _SILENT_TURNS == 0

            yield rings
        finally:
            connection.invalidate()  # nobody gets it as it is now


@contextmanager
def _mysql(_: Database) -> Iterator[Callable[[], bool]]:
    def rings() -> bool:
        time.sleep(MYSQL_SECONDS)
        return True

    yield rings


_BELLS: dict[str, Bell] = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}

"""Rooms that last: their store, who hears of changes, and how long messages are kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf

from securechat.database.engine import Database
from securechat.database.faults import fault_at_start
from securechat.database.master import master_keys
from securechat.database.opening import open_database
from securechat.database.retention import forget_old
from securechat.database.settings import LISTEN_SETTING, URL_SETTING, DatabaseSettings
from securechat.database.store import SqlMessageStore
from securechat.database.url import read_url
from securechat.database.vault import Vault
from securechat.database.wakes import Waker
from securechat.database.watched import WatchedStore
from securechat.errors import StoreUnavailable
from securechat.rooms.hub import Hub

KEEP_SECONDS = 3_600.0
"""Seconds between two looks for messages that are too old."""


@dataclass(frozen=True)
class DatabaseHealth:
    """What is told of a database to those who watch over the server.

    Attributes:
        kind: `sqlite`, `postgresql` or `mysql`, which stands for MariaDB, too.
        is_answering: Whether it did what it was asked for last.
        is_listening: Whether this server hears of what others change there.
    """

    kind: str
    is_answering: bool
    is_listening: bool


class LastingRooms:
    """Rooms in a database.

    Args:
        database: The database.
        store: What is kept there.
        waker: What has the store look.
        keep_days: For how many days messages are kept; 0 is for ever.
        close: Lets go of everything but the waker.

    Attributes:
        store: See above.
    """

    def __init__(
        self,
        database: Database,
        store: WatchedStore,
        waker: Waker,
        *,
        keep_days: int,
        close: Callable[[], None],
    ) -> None:
        self.store = store
        self._database = database
        self._waker = waker
        self._keep_days = keep_days
        self._keep_at = -inf
        self._close = close

    def start(self) -> None:
        """Begin to hear of what others change. To be called once."""
        self._waker.start()

    def close(self) -> None:
        """Let go of the database. Nothing here is used afterwards."""
        self._waker.close()
        self._close()

    def tick(self, now: float) -> None:
        """Delete what is too old, where it is time to look for that.

        Args:
            now: Seconds that only go up.
        """
        if not self._keep_days or now < self._keep_at:
            return
        try:
            forget_old(self._database, self._keep_days)
        except StoreUnavailable:  # which is in the log: the next tick tries again
            return
        self._keep_at = now + KEEP_SECONDS

    def health(self) -> DatabaseHealth:
        """Say how the database is. It is not asked."""
        is_answering = self._database.is_answering and not self.store.is_silent
        return DatabaseHealth(self._database.kind, is_answering, self._waker.is_listening)


def open_rooms(settings: DatabaseSettings, hub: Hub, rooms: tuple[str, ...]) -> LastingRooms:
    """Open them: see `securechat.database.open_rooms`."""
    with ExitStack() as undo:
        database = open_database(settings)
        undo.callback(database.close)
        listened = database
        if settings.listen_url.strip() and database.kind == "postgresql":
            url = read_url(settings.listen_url, settings.folder, where=LISTEN_SETTING)
            listened = Database(url, pool_size=1)
            undo.callback(listened.close)
        try:
            store = SqlMessageStore(database)
            masters = master_keys(settings.master_key, database, settings.master_file)
            Vault(database, store, masters).rewrap()
            watched = WatchedStore(store, hub, rooms)
        except StoreUnavailable:
            raise fault_at_start(None, database.engine.url, where=URL_SETTING) from None
        return LastingRooms(
            database,
            watched,
            Waker(watched, database, listened),
            keep_days=settings.keep_days,
            close=undo.pop_all().close,
        )

"""The store in a database keeps the contract of a store on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest

from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.watched import WatchedStore
from securechat.rooms.hub import Hub
from tests.core.store_contract import ROOMS, MakeStore, StoreContract
from tests.databases import DatabaseServer

WATCHED = ("room", "red", "green", *ROOMS)


class _Lent(SqlMessageStore):
    """A store in a database that another one may have when it is closed."""

    def __init__(self, lender: DatabaseServer, **limits: Callable[[], datetime] | int) -> None:
        self._lender, self._lent = lender, [lender.borrow()]
        super().__init__(Database(*self._lent), **limits)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close it, and give the database back once."""
        super().close()
        while self._lent:
            self._lender.give_back(self._lent.pop())


class _OnServer(StoreContract):
    """The contract, in databases that are lent."""

    each = 15
    examples = 15

    @pytest.fixture
    def make_store(self, server: DatabaseServer) -> Iterator[MakeStore]:
        """Make stores in empty databases, and close them."""
        made: list[_Lent] = []

        def make(**limits: Callable[[], datetime] | int) -> SqlMessageStore:
            made.append(_Lent(server, **limits))
            return made[-1]

        yield make
        for store in made:
            store.close()


class TestSqlite(_OnServer):
    """The contract in files."""

    @pytest.fixture
    def server(self, sqlite: DatabaseServer) -> DatabaseServer:
        """Lend files."""
        return sqlite


class TestWatched(StoreContract):
    """The contract where most rooms are watched: of those nothing is read from the database."""

    each = 15
    examples = 15

    @pytest.fixture
    def make_store(self, sqlite: DatabaseServer) -> Iterator[MakeStore]:
        """Make stores that know by heart what stands in a file, and close them."""
        with ExitStack() as stores:

            def make(**limits: Callable[[], datetime] | int) -> WatchedStore:
                store = WatchedStore(_Lent(sqlite, **limits), Hub(), WATCHED)
                stores.callback(store.close)
                return store

            yield make


class TestPostgresql(_OnServer):
    """The contract in PostgreSQL."""

    @pytest.fixture
    def server(self, postgresql: DatabaseServer) -> DatabaseServer:
        """Lend databases of PostgreSQL."""
        return postgresql


class TestMariadb(_OnServer):
    """The contract in MariaDB."""

    @pytest.fixture
    def server(self, mariadb: DatabaseServer) -> DatabaseServer:
        """Lend databases of MariaDB."""
        return mariadb

"""The contract of a store holds for one that keeps nothing in Python: a second implementation inherits it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.sqlite_store import SqliteMessageStore
from tests.core.store_contract import MakeStore, StoreContract


class TestSqliteMessageStore(StoreContract):
    """The contract of a store, kept in SQLite."""

    each = 30

    @pytest.fixture
    def make_store(self) -> Iterator[MakeStore]:
        """Make databases of their own, and close them."""
        made: list[SqliteMessageStore] = []

        def make(**limits: object) -> SqliteMessageStore:
            made.append(SqliteMessageStore(**limits))  # type: ignore[arg-type]
            return made[-1]

        yield make
        for store in made:
            store.close()

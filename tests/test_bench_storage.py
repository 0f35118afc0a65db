"""The bench of stores: every message that counts is really kept, and what is not installed is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from bench import stores
from securechat import frames
from tests.databases import DatabaseServer, ServerMissing, sqlite_files
from tests.feed import feed, receive_until
from tests.support import CANARY_KEY, ROOT, running_server


def test_stores_and_bare_drivers_keep_every_message(tmp_path: Path) -> None:
    """What one of them left out would look like speed."""
    engine = stores.Engine("sqlite", "SQLite", sqlite_files(tmp_path))
    with ExitStack() as stack:
        storage = engine.open(stack, 500)
        assert storage.bare is not None
        for append in (storage.append, storage.bare.append):
            for thread in range(3):
                append(thread, "room", f"token-{thread}")
        kept = storage.store.view("room").messages
    assert [message.token for message in kept] == ["token-0", "token-1", "token-2"]
    file = max(tmp_path.glob("*.db"))  # the second one that was made
    with closing(sqlite3.connect(file)) as connection:
        assert [token for (token,) in connection.execute("SELECT token FROM bare ORDER BY id")] == [
            "token-0",
            "token-1",
            "token-2",
        ]


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are measured all the same."""

    @contextmanager
    def missing(*, is_durable: bool) -> Iterator[DatabaseServer]:
        raise ServerMissing("no such server found")
        yield

    monkeypatch.setattr(stores, "postgresql_server", missing)
    monkeypatch.setattr(stores, "mariadb_server", missing)
    with stores.engines() as (found, said):
        assert [engine.name for engine in found] == ["memory", "sqlite"]
    assert said == [f"{name} was not measured: no such server found." for name in ("PostgreSQL", "MariaDB")]


def test_the_room_is_in_the_database_that_is_measured(tmp_path: Path) -> None:
    """A server of the bench that kept it in memory would measure something else."""
    engine = stores.Engine("sqlite", "SQLite", sqlite_files(tmp_path))
    settings = {"BENCH_KEY": CANARY_KEY, "SECURECHAT_KEY": CANARY_KEY, "BENCH_PREFILL": "0"}
    settings |= engine.settings()
    app = ROOT / "bench" / "served.py"
    with running_server(tmp_path / "server", settings, app=app) as server, feed(server.url) as writer:
        receive_until(writer, "room")
        writer.send(frames.encode(frames.Write("A", "1", "hello")))
        receive_until(writer, "stored")
    (file,) = tmp_path.glob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (1,)


def test_a_window_counts_what_was_done() -> None:
    """All threads together, with how long each time took; what fails is no window."""
    windows = pytest.importorskip("bench.windows", exc_type=ImportError)  # needs bench/requirements.txt
    done: list[int] = []
    measured = windows.window(2, 0.05, done.append)
    assert set(done) == {0, 1}
    assert len(measured.took) == len(done)
    with pytest.raises(windows.BenchError, match="ZeroDivisionError"):
        windows.window(2, 0.05, lambda number: 1 // number)

"""What the tests of the operators' commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.admin.world import MASTER, PASSWORD, World


@pytest.fixture
def set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[URL], World]:
    """Set a database, in a folder without secrets."""
    for name in ("DATABASE_URL", "DATABASE_LISTEN_URL", "DATABASE_POOL_SIZE", "MASTER_ENCRYPTION_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def set_up(url: URL) -> World:
        world = World(url, tmp_path, monkeypatch, capsys)
        world.use(url if url.get_backend_name() == "sqlite" else url.set(password=PASSWORD))
        monkeypatch.setenv("MASTER_ENCRYPTION_KEY", MASTER)
        return world

    return set_up


@pytest.fixture
def world(set_up: Callable[[URL], World], bare_url: URL) -> World:
    """Return a new database without tables, on each engine."""
    return set_up(bare_url)


@pytest.fixture
def file_world(set_up: Callable[[URL], World], tmp_path: Path) -> World:
    """Return a file for SQLite that is not there yet."""
    return set_up(URL.create("sqlite", database=str(tmp_path / "chat.db")))

"""A server that is stopped and started again on the same database: the conversation is as it was."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.databases import address_of
from tests.feed import feed, receive_until, write
from tests.raw_session import raw_session
from tests.support import CANARY, CANARY_KEY, Server, running_server

MASTER = "bWFzdGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU="
SECRETS = ("canary-password", MASTER.rstrip("="), CANARY_KEY.rstrip("="), CANARY)

Start = Callable[[], AbstractContextManager[Server]]


@pytest.fixture
def start(bare_url: URL, tmp_path: Path) -> Start:
    """Start a server, again and again, with one database and one key file."""
    (tmp_path / "secret.key").write_text(CANARY_KEY + "\n")

    @contextmanager
    def start() -> Iterator[Server]:
        environ = {"DATABASE_URL": address_of(bare_url), "MASTER_ENCRYPTION_KEY": MASTER}
        with running_server(tmp_path, environ) as server:
            yield server

    return start


def read(server: Server) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the messages of Chat, and what is said of the room."""
    with feed(server.url) as listener:
        *messages, room = receive_until(listener, "room")
    return messages, room


def test_all_is_as_it_was(start: Start) -> None:
    """Messages, numbers, times and the epoch; the next number follows; what was sent before is known."""
    with start() as server:
        with feed(server.url) as writer:
            for number in (1, 2, 3):
                assert write(writer, "AB"[number % 2], CANARY, f"name {number}")["id"] == number
        before = read(server)
    with start() as server:
        assert read(server) == before
        with feed(server.url) as writer:
            assert write(writer, "A", CANARY, "name 2")["id"] == 2
            assert write(writer, "A", CANARY, "name 4")["id"] == 4
        messages, room = read(server)
    assert messages[:3] == before[0]
    assert [message["id"] for message in messages] == [1, 2, 3, 4]
    assert room["epoch"] == before[1]["epoch"]


def test_nothing_of_it_is_shown(start: Start, bare_url: URL) -> None:
    """Neither log nor health nor pages nor the list of processes has password, keys or text."""
    with start() as server:
        with feed(server.url) as writer:
            write(writer, "A", CANARY, "name")
        with urllib.request.urlopen(f"{server.url}/api/health", timeout=15) as answer:  # noqa: S310 - our own
            assert answer.status == 200
            said = answer.read().decode()
        with raw_session(server.url) as session:
            for page in ("", "key_life", "classroom"):
                said += str(b"".join(message.SerializeToString() for message in session.run(page=page)))
        command = [
            "ps",
            "ww",
            "-o",
            "args=",
            "-p",
            str(server.process.pid),
            "--ppid",
            str(server.process.pid),
        ]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "streamlit run" in listed
    assert f'"kind":"{bare_url.get_backend_name()}","is_answering":true' in said
    texts = {"answers": said, "log": server.log.read_text(), "processes": listed}
    assert [(name, secret) for name, text in texts.items() for secret in SECRETS if secret in text] == []


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """The database, its journals and the master key: nobody else on that computer reads them."""
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    before = os.umask(0)
    try:
        with running_server(tmp_path, environ) as server, feed(server.url) as writer:
            write(writer, "A", "hello", "name")
            names = ("chat.db", "chat.db-wal", "chat.db-shm", "master.key", "secret.key")
            rights = {name: (tmp_path / name).stat().st_mode & 0o777 for name in names}
    finally:
        os.umask(before)
    assert rights == dict.fromkeys(names, 0o600)

"""What the tests of the terminal share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from securechat.crypto.keyring import FernetKey
from tests.support import free_port
from tests.terminals import Terminal, relay, terminal


class Join(Protocol):
    """Joins the room of the tests at a terminal."""

    def __call__(self, name: str, *more: str, url: str = ...) -> Terminal:
        """Run `join` there."""


@pytest.fixture
def key() -> FernetKey:
    """A new key."""
    return FernetKey.generate()


@pytest.fixture
def key_file(key: FernetKey, tmp_path: Path) -> Path:
    """A file with it, that only its owner can read."""
    path = tmp_path / "key.key"
    path.touch(0o600)
    path.write_text(key.reveal())
    return path


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture
def host(port: int) -> Iterator[Callable[..., Terminal]]:
    """Runs `host` at the port, as often as a test wants."""
    with ExitStack() as stack:
        yield lambda *more: stack.enter_context(relay(*more, port=port))


@pytest.fixture
def join(port: int, key_file: Path) -> Iterator[Join]:
    """Runs `join` at terminals, and waits until each is connected."""
    with ExitStack() as stack:

        def run(name: str, *more: str, url: str = f"http://127.0.0.1:{port}") -> Terminal:
            arguments = (url, "--key-file", str(key_file), "--name", name, *more)
            made = stack.enter_context(terminal("join", *arguments))
            made.wait_for("connected.")
            return made

        yield run

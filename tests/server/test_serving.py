"""What Streamlit's server imports and lets live: the front door, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Scope

from securechat.crypto import whole_file
from securechat.ui import health, middleware, state
from securechat.web import Origins
from tests.core.asgi import run
from tests.feed import feed, receive
from tests.support import CANARY_KEY, ROOT, running_server

CLOSED = "the store is closed"
PATIENCE = 20.0
"""Seconds for which the key is waited for."""


def test_the_timer_is_left_to_the_pages() -> None:
    """Its files are found only where a page has declared it, so nothing of the server imports it."""
    program = "import app, sys; print('streamlit_autorefresh' in sys.modules, type(app.app).__name__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"SECURECHAT_KEY": CANARY_KEY, "SECURECHAT_PRESENTER_PASSCODE": "open sesame"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "App"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_store_is_closed_when_the_server_ends(tmp_path: Path, how: signal.Signals) -> None:
    """Once, and not before; also where somebody still listens."""
    with running_server(tmp_path, app=ROOT / "tests" / "apps" / "closing_store.py") as server:
        with feed(server.url) as reader:
            receive(reader)
            assert CLOSED not in server.log.read_text()
            server.process.send_signal(how)
            server.process.wait(30)
        log = server.log.read_text()
    assert log.count(CLOSED) == 1
    assert "Traceback" not in log


@contextmanager
def lock_of_another_process(path: Path) -> Iterator[None]:
    """Let another process hold the lock of a file."""
    program = f"""
from pathlib import Path
from typing import cast
from securechat.crypto.whole_file import locked
with locked(Path({str(path)!r})):
    print("held", flush=True)
    input()
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline().strip() == b"held"
        try:
            yield
        finally:
            other.communicate(b"\n")


def test_who_waits_for_the_key_waits_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is making the key file while the first requests come: others are answered at once."""
    path = tmp_path / "secret.key"
    path.touch()  # as it is while it is made
    monkeypatch.setattr(whole_file, "LOCK_SECONDS", PATIENCE)
    monkeypatch.delenv("SECURECHAT_KEY", raising=False)
    monkeypatch.setenv("SECURECHAT_KEY_FILE", str(path))

    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(
        routes=[*health.routes(), Route("/_stcore/health", answer)], middleware=middleware.stack()
    )

    async def ask(address: str) -> int:
        scope: Scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": []}
        answers: list[Message] = []

        async def receive_nothing() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            answers.append(message)

        await app(scope, receive_nothing, send)
        return int(answers[0]["status"])

    async def ask_both() -> tuple[bool, int, int]:
        with lock_of_another_process(path):
            began = time.monotonic()
            needs_key = asyncio.create_task(ask("/api/health"))
            other = asyncio.create_task(ask("/_stcore/health"))
            await asyncio.wait([needs_key, other], return_when=asyncio.FIRST_COMPLETED)
            was_alone = not needs_key.done() and time.monotonic() - began < PATIENCE
        return was_alone, await other, await needs_key

    state.use(None)
    try:
        assert run(ask_both()) == (True, 200, 503), "503: in the end there is nothing in the file"
    finally:
        state.use(None)


def test_the_rule_about_origins_lasts_once_the_app_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then the address that is set may be put right, as the page asks for."""
    state.use(None)
    origins = cast("Callable[[], Origins]", middleware.stack()[0].kwargs["origins"])
    monkeypatch.setenv("SECURECHAT_PUBLIC_URL", "no address")
    before = origins()
    assert not before.lasts
    assert not before.may_connect("https://school.example", "10.0.0.7:8501")
    monkeypatch.setenv("SECURECHAT_PUBLIC_URL", "https://school.example")
    state.application()
    after = origins()
    assert after.lasts
    assert after.may_connect("https://school.example", "10.0.0.7:8501")

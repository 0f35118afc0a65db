"""A class whose phones reload does not use up what the system gives a program at first."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.feed import feed, receive_until
from tests.raw_session import raw_session
from tests.support import running_server

resource = pytest.importorskip("resource", reason="this system has no such limit")
MACOS = 256
"""Descriptors that a program has there when it starts."""


@contextmanager
def few_descriptors() -> Iterator[None]:
    """Lower the soft limit, as `ulimit -Sn` does: what is started now begins with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (MACOS, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_class_gets_in_after_130_reloads(tmp_path: Path) -> None:
    """Started with 256 descriptors, the server has one for each of 130 pages that went and 120 that came."""
    with ExitStack() as stack:
        with few_descriptors():
            server = stack.enter_context(running_server(tmp_path))
        for _ in range(130):
            with raw_session(server.url) as page:
                page.run()
        for _ in range(120):
            receive_until(stack.enter_context(feed(server.url)), "room")
        with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:  # noqa: S310 - our own
            assert answer.status == 200

"""Memory stays flat: thousands of page runs, messages and vanished sessions reach a plateau.

`runner.postScriptGC` is off (see `.streamlit/config.toml`), so nothing but Python's own collector
cleans up; this is the test that it does.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.raw_session import RawSession, raw_session
from tests.support import Server

TOLERANCE = 16 * 1024  # KiB: what the collector may leave lying about between two of its runs


def resident(server: Server) -> int:
    """Return the server's resident memory in KiB."""
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(server.process.pid)], capture_output=True, text=True, check=True
    )
    return int(shown.stdout)


SESSIONS = 20


def _run_often(session: RawSession) -> None:
    """Let a page run 50 times, as its timer does, and now and then as a whole."""
    for number in range(50):
        session.run() if number % 10 == 0 else session.tick()


@pytest.mark.skipif(sys.platform == "win32", reason="ps is not there to ask")
class TestPlateau:
    """Each test warms the server up, measures, does the same again and again, and measures once more."""

    def test_five_thousand_page_runs(self, server: Server) -> None:
        """4,000 runs of 20 open pages, after the first 1,000, leave the memory as it was."""
        with ExitStack() as stack, ThreadPoolExecutor(SESSIONS) as pool:
            sessions = [stack.enter_context(raw_session(server.url)) for _ in range(SESSIONS)]
            for session in sessions:
                session.run()
                session.poll()
            for session in sessions:
                session.run()
                session.say("A", "x" * 500)
            measured = []
            for _ in range(5):
                list(pool.map(_run_often, sessions))
                measured.append(resident(server))
        assert measured[-1] - measured[0] < TOLERANCE, measured

    def test_five_hundred_vanished_sessions(self, server: Server) -> None:
        """300 sessions that come and go after the first 200 leave the memory as it was."""
        measured = []
        for count in (200, 150, 150):
            for _ in range(count):
                with raw_session(server.url) as session:
                    session.run()
            measured.append(resident(server))
        assert measured[-1] - measured[0] < TOLERANCE, measured

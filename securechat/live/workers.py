"""Threads for whatever may wait: for a lock, a file or a database.

The event loop serves everybody, and so never waits for one of these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

WORKERS = 8
"""Threads of one feed. They wait more than they compute; others serve files and the pages' scripts."""


class Workers:
    """Some threads, and a way to have something done by one of them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="live-feed")

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work in a thread, and return what comes of it.

        Whoever is cancelled meanwhile is so when it is done, and not before: what was begun has happened
        then. (Neither `asyncio.to_thread` nor `anyio.to_thread` does that when a task is cancelled.)
        """
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

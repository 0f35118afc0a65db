"""One connection of the live feed: it ends when it is ended, whatever comes in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar, cast

import pytest
from starlette.websockets import WebSocket

from securechat.live.bounds import FeedBounds
from securechat.live.connection import Connection, Source
from securechat.live.workers import Workers

T = TypeVar("T")


def connection() -> Connection:
    """Make a connection of which nothing is sent."""
    return Connection(cast("WebSocket", None), cast("Source", None), Workers(), lambda: "", FeedBounds())


def run(work: Coroutine[None, None, T]) -> T:
    """Run it in a thread of its own: that of the tests may have the loop of a browser in it."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


@pytest.mark.parametrize("steps", range(4))
def test_waiting_ends_in_the_moment_of_news(steps: int) -> None:
    """Cancelled so many steps after there is news, it either has them or ends: it does not wait on."""

    async def wait() -> bool:
        ours = connection()
        task = asyncio.create_task(ours.wait_for_news(10))
        await asyncio.sleep(0.01)
        ours.news.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            return task.exception() is None
        task.cancel()
        await asyncio.wait([task], timeout=1)
        return task.cancelled()

    assert run(wait())


def test_waiting_without_news() -> None:
    """It ends when its time is over."""

    async def wait() -> float:
        ours = connection()
        since = monotonic()
        await ours.wait_for_news(0.1)
        return monotonic() - since

    assert 0.09 < run(wait()) < 5

"""What all connections of the live feed have in common."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

_GONE = (WebSocketDisconnect, WebSocketDisconnected, TimeoutError)
"""The client is gone, or does not read: there is nobody to tell."""


class Connection:
    """One connection: what comes in is answered, what is new goes out.

    Args:
        websocket: The connection, accepted.
        send_seconds: How long a frame may wait for a client that does not read.
    """

    def __init__(self, websocket: WebSocket, send_seconds: float) -> None:
        self.websocket = websocket
        self._send_seconds = send_seconds
        self.news = asyncio.Event()
        self._sent_at = monotonic()

    @property
    def silence(self) -> float:
        """For how many seconds nothing was sent."""
        return monotonic() - self._sent_at

    async def run(
        self,
        subscribe: Callable[[Callable[[], None]], Callable[[], None]],
        *work: Awaitable[None],
    ) -> None:
        """Do all that work at once until the first of it is done; meanwhile, news wake `news`.

        Args:
            subscribe: Takes what is called when there is news, from any thread; returns what ends that.
            work: What is to be done.
        """
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: so is this connection
                loop.call_soon_threadsafe(self.news.set)

        unsubscribe = subscribe(wake)
        tasks = [asyncio.ensure_future(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unsubscribe()
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, _GONE):
                raise outcome

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame. A client that does not take it in time is let go."""
        async with asyncio.timeout(self._send_seconds):
            await self.websocket.send_text(json.dumps(frame, separators=(",", ":")))
        self._sent_at = monotonic()

    async def close(self, code: int, reason: str) -> None:
        """Close the connection, with a code and a reason (RFC 6455, section 7.4)."""
        async with asyncio.timeout(self._send_seconds):
            await self.websocket.close(code, reason)

    async def wait_for_news(self, seconds: float) -> bool:
        """Wait until there is news, for so many seconds at the most; say whether there is."""
        try:
            async with asyncio.timeout(seconds):  # `wait_for` of Python 3.11 may swallow that it is cancelled
                await self.news.wait()
        except TimeoutError:
            return False
        return True

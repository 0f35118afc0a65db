"""One connection to the wall of a class."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from starlette.websockets import WebSocket

from securechat.live.connection import Connection
from securechat.live.listener import LULL_SECONDS

WALL_SECONDS = 0.5
"""Seconds between two frames of a wall: whatever happens in between is told of at once."""

ENDED = 4004
"""The code with which a connection is closed when the class has ended."""


class Wall(Protocol):
    """What a connection watches. Its methods may be called from any thread."""

    @property
    def owner(self) -> str:
        """Whose connection it is."""

    @property
    def is_open(self) -> bool:
        """Whether there is still something to watch."""

    def frame(self) -> dict[str, Any]:
        """Return what is told."""

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after every change; return what ends that."""


class Watcher:
    """One connection: what is new on the wall goes out.

    Args:
        websocket: The connection, accepted.
        wall: What it watches.
        send_seconds: How long a frame may wait for a client that does not read.
        ping_seconds: After how long without anything to say the server says that it is there.
    """

    def __init__(self, websocket: WebSocket, wall: Wall, *, send_seconds: float, ping_seconds: float) -> None:
        self._websocket = websocket
        self._connection = Connection(websocket, send_seconds)
        self._wall = wall
        self._ping_seconds = ping_seconds

    async def run(self) -> None:
        """Serve until either side has had enough."""
        await self._connection.run(self._wall.subscribe, self._send_news(), self._wait_for_end())

    async def _send_news(self) -> None:
        told: dict[str, Any] | None = None
        while True:
            self._connection.news.clear()
            is_open = self._wall.is_open  # looked at before the frame: the last one says that it has ended
            frame = self._wall.frame()
            await self._connection.send(frame if frame != told else {"type": "ping"})
            told = frame
            if not is_open:
                await self._connection.close(ENDED, "The class has ended.")
                return
            await asyncio.sleep(WALL_SECONDS)
            is_writing = any(room.get("writing") for room in frame.get("rooms", ()))
            patience = min(self._ping_seconds, LULL_SECONDS) if is_writing else self._ping_seconds
            await self._connection.wait_for_news(patience)

    async def _wait_for_end(self) -> None:
        """Wait until the client goes. It has nothing to say, and is not listened to."""
        while (await self._websocket.receive())["type"] != "websocket.disconnect":
            pass

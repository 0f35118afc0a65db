"""The rooms of `streamlit_trigger`: its scripts write into them, its WebSocket reads them."""

from __future__ import annotations

import asyncio
import threading
from functools import cache

from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.peers import common


class Room:
    """The messages of a room, and a queue for each socket that reads it."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()
        self._messages = common.first_messages(name)
        self._readers: dict[asyncio.Queue[tuple[str, str]], asyncio.AbstractEventLoop] = {}

    def say(self, sender: str, text: str) -> None:
        """Encrypt a text and pass it on. Called in the threads that run the scripts."""
        message = (sender, common.encrypt(text))
        with self._lock:
            self._messages.append(message)
            for queue, loop in self._readers.items():
                loop.call_soon_threadsafe(queue.put_nowait, message)

    async def read(self, socket: WebSocket) -> None:
        """Send a reader all that is there, then what comes."""
        queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        with self._lock:
            messages = list(self._messages)
            self._readers[queue] = asyncio.get_running_loop()
        try:
            await socket.send_json(messages)
            while True:
                await socket.send_json([await queue.get()])
        except WebSocketDisconnect:
            pass
        finally:
            with self._lock:
                del self._readers[queue]


@cache
def room_named(name: str) -> Room:
    """Return a room, the same one for everybody."""
    return Room(name)


async def live(socket: WebSocket) -> None:
    """Serve the WebSocket of a page."""
    await socket.accept()
    reading = asyncio.create_task(
        room_named(socket.query_params.get("room", common.FILLED_ROOM)).read(socket)
    )
    try:
        async for _ in socket.iter_text():  # ends when the page is closed
            pass
    finally:
        reading.cancel()

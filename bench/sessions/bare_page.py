"""A page session of the bare WebSocket page."""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import ClientConnection

from bench.sessions.base import Session


class BarePage(Session):
    """One open page of `bench.peers.bare_websocket`. See `Session`."""

    _socket: ClientConnection

    async def open(self) -> None:
        """See `Session.open`."""
        drawn = asyncio.Event()
        self._socket = await self._connect(f"/live?{self.query}")
        self._listen(self._socket, lambda _: drawn.set())
        await self._wait(drawn)

    async def say(self, text: str) -> None:
        """See `Session.say`."""
        await self._socket.send(text)

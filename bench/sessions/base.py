"""What all sessions have in common: they notice tokens in whatever the server sends."""

from __future__ import annotations

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.processes import BenchError

OPEN_SECONDS = 30.0
"""How long a page may take until it is drawn."""

# Every plaintext of the bench has a length with which a token ends in a padding sign, so that a token's end
# is seen in any format around it.
_TOKEN = re.compile(rb"gAAAA[\w-]+={1,2}", re.ASCII)

OnToken = Callable[[str, float], None]
"""Gets a token that the session had not seen before, and when it came (`time.perf_counter`)."""


def padded(text: str) -> str:
    """Fill a plaintext up to 64 characters, a length with which its token ends in a padding sign."""
    return f"{text:<64}"


class Session(ABC):
    """One open page.

    Args:
        url: The server's address.
        address: The page's address on it, such as `/?room=demo&as=A`.
        on_token: Told of every token, once.
    """

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        self.url = url
        self.host = urlsplit(url).netloc
        self.address = address
        self.query = urlsplit(address).query
        self.received = 0
        self.broken = ""
        self._on_token = on_token
        self._seen: set[bytes] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._sockets: list[ClientConnection] = []

    @abstractmethod
    async def open(self) -> None:
        """Load the page and wait until it is drawn.

        Raises:
            BenchError: It was not drawn within `OPEN_SECONDS`.
        """

    @abstractmethod
    async def say(self, text: str) -> None:
        """Send a message, as the composer does."""

    async def settle(self) -> None:  # noqa: B027 - most pages do nothing then
        """Do what the page's scripts do by themselves some time after it was opened."""

    async def close(self) -> None:
        """Close the tab."""
        for task in self._tasks:
            task.cancel()
        for socket in self._sockets:
            socket.transport.abort()  # a tab that is closed does not wait for an answer
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, path: str, *, subprotocol: str = "") -> ClientConnection:
        """Open a WebSocket as a browser does: it offers compression and sends no pings."""
        socket = await connect(
            f"ws://{self.host}{path}",
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            max_size=None,
            max_queue=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=None,
        )
        self._sockets.append(socket)
        return socket

    def _listen(self, socket: ClientConnection, on_frame: Callable[[bytes], None]) -> None:
        """Read a WebSocket until the tab is closed."""

        async def read() -> None:
            try:
                async for frame in socket:
                    data = frame if isinstance(frame, bytes) else frame.encode()
                    self.received += len(data)
                    self._notice(data)
                    on_frame(data)
                self.broken = "the server closed the connection"
            except ConnectionClosed as error:
                self.broken = str(error)

        self._tasks.append(asyncio.create_task(read()))

    def _notice(self, data: bytes) -> None:
        """Report the tokens in some bytes that were not there before."""
        now = time.perf_counter()
        for token in _TOKEN.findall(data):
            if token not in self._seen:
                self._seen.add(token)
                self._on_token(token.decode(), now)

    async def _wait(self, event: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(event.wait(), OPEN_SECONDS)
        except TimeoutError:
            problem = self.broken or "the server did not answer"
            raise BenchError(f"A page was not drawn within {OPEN_SECONDS:.0f} s: {problem}.") from None

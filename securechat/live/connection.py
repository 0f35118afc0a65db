"""One connection of the live feed, whatever it is about: what comes in is answered, what is new goes out."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from securechat import frames
from securechat.frames import Frame
from securechat.live.bounds import FeedBounds
from securechat.live.workers import Workers

_GONE = (WebSocketDisconnect, WebSocketDisconnected, TimeoutError)
"""The client is gone, or does not read: there is nobody to tell."""


@dataclass(frozen=True)
class News:
    """What a client is told next.

    Attributes:
        frames: The frames, in their order.
        patience: Seconds after which it is looked again at the latest, if nothing wakes the connection.
        pause: Seconds in which it is not looked again, whatever happens.
        end: The code and the reason to close the connection with then; None where it goes on.
    """

    frames: tuple[Frame, ...] = ()
    patience: float = 0.0
    pause: float = 0.0
    end: tuple[int, str] | None = None


class Source(ABC):
    """What a connection is about. But for `fault_of`, its methods are called in threads, one at a time each.

    A client has nothing to say, unless `fault_of` and `answer` are others.

    Attributes:
        turn: Held while a frame of the client is answered.
    """

    turn: asyncio.Lock

    @abstractmethod
    def read(self) -> News:
        """Return what is new since the last time. It was told by then."""

    def fault_of(self, text: str) -> tuple[int, str] | None:
        """Return the code and the reason to close a connection with that sends this; None if there is none.

        Args:
            text: A frame; empty if it is none of text.
        """
        return 1008, "There is nothing to say here."

    def answer(self, text: str) -> Frame | None:
        """Do what a client asks for, and return the answer; None where there is none."""
        return None

    @abstractmethod
    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when there is news, from any thread; return what ends that."""


class Connection:
    """One connection.

    Args:
        websocket: The connection, accepted.
        source: What it is about.
        workers: The threads in which that is asked.
        renew: Makes a new ticket; an empty one where the client came without.
        bounds: See `FeedBounds`.
    """

    def __init__(
        self,
        websocket: WebSocket,
        source: Source,
        workers: Workers,
        renew: Callable[[], str],
        bounds: FeedBounds,
    ) -> None:
        self._websocket = websocket
        self._source = source
        self._workers = workers
        self._renew = renew
        self._renew_at = monotonic() + bounds.renew_seconds
        self._bounds = bounds
        self.news = asyncio.Event()
        self._sent_at = monotonic()

    async def run(self) -> None:
        """Serve until either side has had enough."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: so is this connection
                loop.call_soon_threadsafe(self.news.set)

        unsubscribe = self._source.subscribe(wake)
        tasks = [asyncio.ensure_future(work) for work in (self._tell(), self._listen())]
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

    async def _tell(self) -> None:
        while True:
            self.news.clear()
            news = await self._workers.run(self._source.read)
            for frame in news.frames:
                await self._send(frame)
            if news.end:
                await self._close(*news.end)
                return
            renew_in = await self._renew_ticket()  # after it was seen that the client may still be here
            await asyncio.sleep(news.pause)
            ping_in = max(self._bounds.ping_seconds - self._silence, 0.01)
            await self.wait_for_news(min(news.patience, ping_in, renew_in))
            if self._silence >= self._bounds.ping_seconds:
                await self._send(frames.Ping())

    async def _renew_ticket(self) -> float:
        """Send a new ticket where that is due; return in how many seconds it is due again."""
        if monotonic() >= self._renew_at:
            self._renew_at = monotonic() + self._bounds.renew_seconds
            if ticket := await self._workers.run(self._renew):
                await self._send(frames.Ticket(ticket))
        return max(self._renew_at - monotonic(), 0.01)

    async def _listen(self) -> None:
        while True:
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text") or ""  # without text it was a binary frame
            if fault := self._source.fault_of(text):
                await self._close(*fault)
                return
            async with self._source.turn:  # one frame after the other: what was sent first is stored first
                answer = await self._workers.run(partial(self._source.answer, text))
            if answer is not None:
                await self._send(answer)

    @property
    def _silence(self) -> float:
        """For how many seconds nothing was sent."""
        return monotonic() - self._sent_at

    async def _send(self, frame: Frame) -> None:
        """Send a frame. A client that does not take it in time is let go."""
        async with asyncio.timeout(self._bounds.send_seconds):
            await self._websocket.send_text(frames.encode(frame))
        self._sent_at = monotonic()

    async def _close(self, code: int, reason: str) -> None:
        """Close the connection, with a code and a reason (RFC 6455, section 7.4)."""
        async with asyncio.timeout(self._bounds.send_seconds):
            await self._websocket.close(code, reason)

    async def wait_for_news(self, seconds: float) -> None:
        """Wait until there is news, for so many seconds at the most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # `wait_for` of Python 3.11 may swallow that it is cancelled
                await self.news.wait()

"""Many open pages at once, in one asyncio loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bench.contenders import Contender
from bench.processes import BenchError
from bench.sessions import PROTOCOLS, Session

AT_ONCE = 6
"""Pages that are opened at the same time."""

ALL_OPEN_SECONDS = 120.0
"""How long it may take until all pages are open."""

OnMessage = Callable[[str, str, float], None]
"""Gets the name of the reader, a token that is new to it, and when it came (`time.perf_counter`)."""


class Crowd:
    """Open pages of a chat, in pairs: two to a room.

    Args:
        contender: The chat.
        url: Its server's address.
        size: How many pages.
        on_message: Told of every token that comes in.
        room: The name of all rooms; one for each pair if empty.
    """

    def __init__(
        self, contender: Contender, url: str, size: int, on_message: OnMessage, *, room: str = ""
    ) -> None:
        self.members: dict[str, Session] = {}
        page = PROTOCOLS[contender.protocol]
        for number in range(size):
            here, side = room or f"pair-{number // 2}", number % 2
            name = f"{here}-{number}"
            address = contender.pages[side].format(room=here)
            self.members[name] = page(url, address, _told(name, on_message))

    async def __aenter__(self) -> Self:
        gate = asyncio.Semaphore(AT_ONCE)

        async def open_one(session: Session) -> None:
            async with gate:
                await session.open()

        try:
            async with asyncio.timeout(ALL_OPEN_SECONDS):
                async with asyncio.TaskGroup() as group:
                    for session in self.members.values():
                        group.create_task(open_one(session))
                async with asyncio.TaskGroup() as group:
                    for session in self.members.values():
                        group.create_task(session.settle())
        except BaseException as error:
            await self._close()
            if isinstance(error, TimeoutError):
                raise BenchError(f"The pages were not open after {ALL_OPEN_SECONDS:.0f} s.") from error
            if isinstance(error, BaseExceptionGroup) and isinstance(error.exceptions[0], Exception):
                first = error.exceptions[0]
                raise BenchError(f"A page did not open: {first or type(first).__name__}") from first
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def broken(self) -> list[str]:
        """Why pages have lost their connection, for each that has."""
        return [session.broken for session in self.members.values() if session.broken]

    def check(self) -> None:
        """Raise BenchError where pages have lost their connection."""
        if broken := self.broken:
            raise BenchError(f"{len(broken)} of {len(self.members)} pages lost their connection: {broken[0]}")

    async def _close(self) -> None:
        await asyncio.gather(*(session.close() for session in self.members.values()))


class Lag:
    """Measures how late this program itself is: where it is, so are its clocks and messages."""

    EVERY = 0.05

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        while True:
            due = time.perf_counter() + self.EVERY
            await asyncio.sleep(self.EVERY)
            self.seconds.append(time.perf_counter() - due)


async def until(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is true, or the time is over; return whether it is true."""
    deadline = time.perf_counter() + seconds
    while not (done := true()) and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)
    return done


def _told(name: str, on_message: OnMessage) -> Callable[[str, float], None]:
    return lambda token, at: on_message(name, token, at)

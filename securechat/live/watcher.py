"""What one connection to the live feed sees of the wall of a class."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from securechat import frames
from securechat.live.bounds import FeedBounds
from securechat.live.connection import News
from securechat.live.listener import LOST

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

    @property
    def may_watch(self) -> bool:
        """Whether whoever has the connection may still watch it."""

    def frame(self) -> frames.Wall:
        """Return what is told."""

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after every change; return what ends that."""


class Watcher:
    """What one connection sees of a wall. It has nothing to say, and is not listened to.

    Args:
        wall: What it watches.
        bounds: See `FeedBounds`.
    """

    def __init__(self, wall: Wall, bounds: FeedBounds) -> None:
        self.turn: asyncio.Lock | None = None
        self._wall = wall
        self._bounds = bounds
        self._told: frames.Wall | None = None

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Wall.subscribe`."""
        return self._wall.subscribe(wake)

    def read(self) -> News:
        """Return the wall, where it has changed."""
        is_open = self._wall.is_open  # looked at before the frame: the last one says that it has ended
        frame = self._wall.frame()
        if not self._wall.may_watch:  # looked at after the frame: none that came later goes out
            return News(end=(LOST, "This connection may not watch any more."))
        new = (frame,) if frame != self._told else ()
        self._told = frame
        is_writing = any(room.writing for room in frame.rooms)
        return News(
            new,
            patience=self._bounds.lull_seconds if is_writing else self._bounds.ping_seconds,
            pause=self._bounds.wall_seconds,
            end=None if is_open else (ENDED, "The class has ended."),
        )

    def fault_of(self, text: str) -> None:
        """Find none: see `Source.fault_of`."""

    def answer(self, text: str) -> None:
        """Answer nothing: see `Source.answer`."""

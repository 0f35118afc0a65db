"""What one connection to the live feed sees of the wall of a class."""

from __future__ import annotations

from collections.abc import Callable

from securechat import frames
from securechat.classroom import ClassWall
from securechat.live.bounds import FeedBounds
from securechat.live.connection import News, Source
from securechat.live.listener import LOST

ENDED = 4004
"""The code with which a connection is closed when the class has ended."""


class Watcher(Source):
    """What one connection sees of a wall. It has nothing to say.

    Args:
        wall: What it watches.
        bounds: See `FeedBounds`.
    """

    def __init__(self, wall: ClassWall, bounds: FeedBounds) -> None:
        self._wall = wall
        self._bounds = bounds
        self._told: frames.Wall | None = None

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `ClassWall.subscribe`."""
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

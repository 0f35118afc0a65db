"""The pace of one socket: whoever sends faster is listened to more slowly, and in the end not at all."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

FRAMES_PER_SECOND = 100
"""Frames of one socket that are taken in a second. A page that polls every 20 ms sends 50."""

FRAMES_AT_ONCE = 200
"""Frames that are taken without delay after a pause."""

BYTES_PER_FRAME = 8 * 1024
"""A longer frame counts as several, each of so many bytes: to read it keeps all others waiting."""

PATIENCE_SECONDS = 30.0
"""How long a socket may be ahead of its pace without a break until it is closed."""


class Pace:
    """Says how long to wait before a frame of a socket is taken.

    While it waits nothing is read: the client's system holds back what comes too fast.

    Args:
        clock: Seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next = 0.0
        self._ahead_since: float | None = None

    def take(self, size: int = 0) -> float | None:
        """Count a frame, and return how many seconds to wait; None where there is no more patience.

        Args:
            size: Bytes, or characters, of the frame. One alone after a pause is never held up.
        """
        now = self._clock()
        frames = min(1 + size // BYTES_PER_FRAME, FRAMES_AT_ONCE)
        self._next = max(self._next, now) + frames / FRAMES_PER_SECOND
        wait = self._next - now - FRAMES_AT_ONCE / FRAMES_PER_SECOND
        if wait <= 0:
            self._ahead_since = None
            return 0.0
        if self._ahead_since is None:
            self._ahead_since = now
        return None if now - self._ahead_since > PATIENCE_SECONDS else wait

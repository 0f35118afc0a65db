"""How often somebody may do something: a sliding window, bounded in memory."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Protocol

from securechat.errors import TooFast


class Limit(Protocol):
    """Says how often something may be done."""

    def take(self, key: Hashable) -> None:
        """Count one action of a key, or refuse it: see `RateLimit.take`."""


class RateLimit:
    """Allows an action `count` times within any `seconds`, for each key on its own.

    Args:
        count: How many times.
        seconds: The length of the window, in seconds.
        action: What is refused, as the start of the message, such as `Not sent`.
        max_keys: How many keys are remembered; the one not seen for longest is forgotten first.
        clock: Seconds that only go up.
    """

    def __init__(
        self,
        count: int,
        seconds: float,
        *,
        action: str,
        max_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._action = action
        self._max_keys = max_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def check(self, key: Hashable) -> None:
        """Raise TooFast where the key has used up its share; count nothing."""
        with self._lock:
            self._refuse_if_full(self._times.get(key), self._clock())

    def take(self, key: Hashable) -> None:
        """Count one action.

        Raises:
            TooFast: The share is used up. It says how many seconds to wait, and is not counted.
        """
        with self._lock:
            now = self._clock()
            times = self._times.setdefault(key, deque(maxlen=self._count))
            self._times.move_to_end(key)
            while len(self._times) > self._max_keys:
                self._times.popitem(last=False)
            self._refuse_if_full(times, now)
            times.append(now)

    def _refuse_if_full(self, times: deque[float] | None, now: float) -> None:
        if times is None or len(times) < self._count:
            return
        wait = times[0] + self._seconds - now
        if wait > 0:
            raise TooFast(self._action, max(1, math.ceil(wait)))

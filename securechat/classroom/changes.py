"""Who wants to know of changes, by topic."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Changes:
    """Subscriptions to topics. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[str, dict[object, Callable[[], None]]] = {}

    def subscribe(self, topic: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when a topic changes; return what ends that.

        Args:
            topic: What it is about, such as the name of a room.
            wake: It must neither wait nor raise.
        """
        subscription = object()
        with self._lock:
            self._subscribers.setdefault(topic, {})[subscription] = wake

        def unsubscribe() -> None:
            with self._lock:
                subscribers = self._subscribers.get(topic, {})
                subscribers.pop(subscription, None)
                if not subscribers:
                    self._subscribers.pop(topic, None)

        return unsubscribe

    def tell(self, *topics: str) -> None:
        """Call everybody who wants to know of these topics."""
        with self._lock:
            wakes = [wake for topic in topics for wake in self._subscribers.get(topic, {}).values()]
        for wake in wakes:  # outside the lock: it may look here at once
            wake()

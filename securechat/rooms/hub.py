"""The hub: who is told that something has changed, by topic.

A wake-up says nothing but that there is news: whoever is woken looks by itself, and reads on from where it
was. So it does no harm when two of them become one, or come in another order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack


class Hub:
    """Subscriptions to topics, one for a whole server. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[str, dict[object, Callable[[], None]]] = {}

    def subscribe(self, topic: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when a topic changes; return what ends that.

        Args:
            topic: What it is about, such as what `room_topic` returns.
            wake: Called after a change, in the thread that made it. It must neither wait nor raise.
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

    def publish(self, *topics: str) -> None:
        """Wake everybody who has subscribed to these topics. What has changed can be read already."""
        with self._lock:
            wakes = [wake for topic in topics for wake in self._subscribers.get(topic, {}).values()]
        for wake in wakes:  # outside the lock: it may look here at once
            wake()


def room_topic(room: str) -> str:
    """Return the topic of all that changes in a room: its messages, its keys and its people."""
    return f"room {room}"


def all_of(*ends: Callable[[], None]) -> Callable[[], None]:
    """Return what ends several subscriptions."""
    last = ExitStack()
    for end in ends:
        last.callback(end)
    return last.close

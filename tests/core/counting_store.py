"""A store that counts what is read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import cast

from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MessageStore, RoomView


class Counts:
    """What was asked of a store, and how many messages came out of it.

    Attributes:
        calls: How often each method was called, by its name.
        messages: How many messages were read.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.messages = 0

    def forget(self) -> None:
        """Begin anew."""
        self.calls.clear()
        self.messages = 0

    def watch(self, store: MessageStore | None = None) -> MessageStore:
        """Return a store whose reads are counted here."""
        return cast("MessageStore", _Watched(store or InMemoryMessageStore(), self))


class _Watched:
    def __init__(self, store: MessageStore, counts: Counts) -> None:
        self._store = store
        self._counts = counts

    def __getattr__(self, name: str) -> Callable[..., object]:
        do = getattr(self._store, name)

        def counted(*args: object, **named: object) -> object:
            result = do(*args, **named)
            self._counts.calls[name] += 1
            for each in result.values() if isinstance(result, Mapping) else (result,):
                self._counts.messages += len(each.messages) if isinstance(each, RoomView) else 0
            return result

        return counted

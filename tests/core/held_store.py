"""A store in which calls can be held, as by a slow disk or a database that does not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MessageStore

PATIENCE = 60.0
"""Seconds after which a call that nobody lets go on goes on by itself."""


class Hold:
    """Which calls of a store are held, and until when.

    Attributes:
        held: Released once for each call that is held.
    """

    def __init__(self) -> None:
        self.held = threading.Semaphore(0)
        self._what: tuple[str, object] | None = None
        self._go_on = threading.Event()

    def watch(self, store: MessageStore | None = None) -> MessageStore:
        """Return a store whose calls are held from here."""
        return cast("MessageStore", _Watched(store or InMemoryMessageStore(), self.wait))

    def hold(self, method: str, room: object) -> None:
        """Hold each call of a method for a room, or some rooms, from now on."""
        self._what = method, room

    def release(self) -> None:
        """Let all calls go on, those to come too."""
        self._what = None
        self._go_on.set()

    def wait(self, *what: object) -> None:
        """Wait, if this is what is held."""
        if what[:2] == self._what:
            self.held.release()
            self._go_on.wait(PATIENCE)

    def reached(self) -> bool:
        """Wait until one more call is held; say whether one was."""
        return self.held.acquire(timeout=PATIENCE)


class _Watched:
    def __init__(self, store: MessageStore, wait: Callable[..., None]) -> None:
        self._store = store
        self._wait = wait

    def __getattr__(self, name: str) -> Callable[..., object]:
        do = getattr(self._store, name)

        def held(*args: object, **named: object) -> object:
            self._wait(name, *args)
            return do(*args, **named)

        return held

"""SecureChat as the bench serves it: the app itself, with an application made for what is measured.

With `BENCH_PREFILL` so many messages stand in its room from the start, unless that is in a database; with
`BENCH_SEND_COUNT` one may send so many in 10 s. With the argument `rooms`, `?room=` in the address of a page
opens a room of its own: the app has one open room, and a class in pairs needs many, each as the app makes its
one.
"""

from __future__ import annotations

import os
import sys
import threading

import streamlit as st

from securechat.application import Application, Bounds
from securechat.crypto.keyring import KeyRing
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.room import DEMO_ROOM, SEND_COUNT
from securechat.rooms.store import MessageStore
from securechat.rooms.visit import KeyedVisit, Visit
from securechat.settings import APP_FOLDER, Settings
from securechat.ui import serving, state


class Rooms(Application):
    """An application with as many open rooms as are asked for, all under one key."""

    def __init__(self, settings: Settings, *, store: MessageStore | None, bounds: Bounds) -> None:
        super().__init__(settings, store=store, bounds=bounds)
        self._lock = threading.Lock()
        self._more: dict[str, Conversation] = {}

    @property
    def conversation(self) -> Conversation:
        """The room that the address of the page names."""
        return self._room(st.query_params.get("room", DEMO_ROOM))

    def visit(self, room: str, ticket: str, address: str = "") -> Visit:
        """Let everybody into every room."""
        return KeyedVisit(conversation=self._room(room))

    def _room(self, name: str) -> Conversation:
        demo = super().conversation
        if name == demo.room:
            return demo
        with self._lock:
            if name not in self._more:
                self._more[name] = Conversation(InMemoryMessageStore(), demo.keyring, room=name)
            return self._more[name]


def _filled(messages: int) -> MessageStore:
    ring = KeyRing.from_text(os.environ["BENCH_KEY"])
    store = InMemoryMessageStore()
    for number in range(messages):
        store.append(DEMO_ROOM, "AB"[number % 2], ring.encrypt("x" * 50))
    return store


def _serve() -> None:
    settings = Settings.load(os.environ, {})
    store = None if settings.database else _filled(int(os.environ["BENCH_PREFILL"]))
    bounds = Bounds(send_count=int(os.environ.get("BENCH_SEND_COUNT", SEND_COUNT)))
    kind = Rooms if "rooms" in sys.argv else Application
    state.use(kind(settings, store=store, bounds=bounds))


_serve()
app = st.App(APP_FOLDER / "app.py", **serving.start())

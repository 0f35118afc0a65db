"""The app over a store that says when it is closed."""

from __future__ import annotations

import os

import streamlit as st

from securechat.application import Application
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.settings import APP_FOLDER, Settings
from securechat.ui import serving, state


class ClosingStore(InMemoryMessageStore):
    """A store that says when it is closed."""

    def close(self) -> None:
        """Say it in the server's log."""
        print("the store is closed", flush=True)


state.use(Application(Settings.load(os.environ, {}), store=ClosingStore()))
app = st.App(APP_FOLDER / "app.py", **serving.start())

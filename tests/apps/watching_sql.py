"""The app, which writes down each statement to a database, and whether an event loop runs in its thread."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from securechat.application import Application
from securechat.settings import APP_FOLDER, Settings
from securechat.ui import serving, state

_written = Path(os.environ["TEST_STATEMENTS"]).open(  # noqa: SIM115 - as long as the app
    "a", encoding="utf-8", buffering=1
)


def _note(*asked: object) -> None:
    """Write down that somebody waits for a database here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        is_loop = False
    else:
        is_loop = True
    what = next((text for text in asked if isinstance(text, str)), "a connection")
    _written.write(json.dumps({"is_loop": is_loop, "what": what.split("(")[0][:60]}) + "\n")


def _result(self: Future[Any], timeout: float | None = None) -> object:
    """Wait for what another thread finds out, such as from the database, and write that down, too."""
    if not self.done():
        _note("a thread")
    return _wait(self, timeout)


_wait = Future.result
state.use(Application(Settings.load(os.environ, {})))
event.listen(Engine, "before_cursor_execute", _note)  # from here: nobody is served yet while the app starts
event.listen(Pool, "checkout", _note)
Future.result = _result  # type: ignore[assignment, method-assign]
app = st.App(APP_FOLDER / "app.py", **serving.start())

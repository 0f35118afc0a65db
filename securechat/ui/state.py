"""The application that all sessions of this server share, and what Streamlit is set to."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.logger import get_logger

from securechat.application import Application
from securechat.errors import InvalidSetting
from securechat.settings import Settings
from securechat.settings import public_url as public_url_of

# Not st.cache_resource: any visitor can have Streamlit clear that, by a message over its WebSocket, and
# with it the conversation, a key for this run only, and the count of wrong guesses.
_lock = threading.Lock()
_application: Application | None = None

_log = get_logger("securechat")  # in the form and at the level in which Streamlit's own lines stand there
_logged: set[str] = set()


def application() -> Application:
    """Return the application, one for the whole server; the first call makes it from the settings.

    Raises:
        InvalidSetting: Something that it is made from cannot be used. The next call tries again.
    """
    global _application
    with _lock:
        if _application is None:
            _application = Application(Settings.load(os.environ, secrets()))
            _application.start()
        return _application


def use(other: Application | None) -> None:
    """Have another application used: before the server starts, by tests and measurements. It is started.

    Args:
        other: The application; with None the next call of `application` makes one from the settings.
    """
    global _application
    with _lock:
        _logged.clear()
        if _application is not None:
            _application.close()
        _application = other
        if other is not None:
            other.start()


def close() -> None:
    """Close the application, where there is one: the server ends."""
    with _lock:
        if _application is not None:
            _application.close()


def has_started() -> bool:
    """Say whether the application is made: its settings are read then, and change no more."""
    return _application is not None


def public_url() -> str:
    """Return the address that is set, whether the app can start or not. It waits for no key.

    Raises:
        InvalidSetting: It is no text, or there are secrets that cannot be read.
    """
    made = _application
    return made.settings.public_url if made else public_url_of(os.environ, secrets())


def problem() -> InvalidSetting | None:
    """Make the application; return what keeps it from starting, if anything does.

    Each problem is logged once, however often it is met.
    """
    try:
        application()
    except InvalidSetting as error:
        with _lock:
            if str(error) not in _logged:
                _logged.add(str(error))
                _log.error("SecureChat cannot start. %s", error)
        return error
    return None


def secrets() -> Mapping[str, Any]:
    """Return Streamlit's secrets, empty where there is no secrets file.

    Raises:
        InvalidSetting: There is a secrets file, but it cannot be read: a key in it would be passed over.
    """
    try:
        return st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, UnicodeDecodeError, OSError):
        broken = [Path(path) for path in st.get_option("secrets.files") if os.path.lexists(path)]
    if not broken:
        return {}
    raise InvalidSetting(
        "It cannot be read as TOML in UTF-8.",
        where=f"{broken[0].parent.name}/{broken[0].name}",
        remedy='Correct it (each line is NAME = "value") or move it away, then start the app again.',
    )


def base_path() -> str:
    """Return under which path Streamlit serves the app, such as `/school/chat`; empty if at the top."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""

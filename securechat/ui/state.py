"""The objects that all sessions share, and the settings they are made from."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from securechat.classroom import Classrooms, TicketOffice
from securechat.classroom.registry import IDLE_HOURS
from securechat.conversation import Conversation
from securechat.errors import InvalidSetting
from securechat.keyfile import load_keyring
from securechat.passcode import PasscodeGate, new_passcode
from securechat.store import InMemoryMessageStore

APP_FOLDER = Path(__file__).parents[2]
"""The folder of `app.py`. A relative `SECURECHAT_KEY_FILE` is meant from here."""

DEFAULT_REFRESH_MS = 1_000
"""Milliseconds between two looks for new messages."""

PASSCODE_SETTING = "SECURECHAT_PRESENTER_PASSCODE"

HOURS_SETTING = "SECURECHAT_CLASS_HOURS"

MOST_HOURS = 168
"""Hours after which a class ends at the latest that nobody uses: a week."""

# Not st.cache_resource: any visitor can have Streamlit clear that, by a message over its WebSocket, and
# with it the conversation, a key for this run only, and the count of wrong guesses.
_lock = threading.Lock()


def conversation() -> Conversation:
    """Return the conversation of the front page, one for the whole server.

    Raises:
        InvalidSetting: No valid key can be had. Nothing is kept then: the next call tries again.
    """
    with _lock:
        return _conversation()


def classrooms() -> Classrooms:
    """Return the classes of this server.

    Raises:
        InvalidSetting: The setting of when they end is not a number.
    """
    with _lock:
        return _classrooms()


def tickets() -> TicketOffice:
    """Return what issues and checks the tickets of the live feed."""
    with _lock:
        return _tickets()


def presenter_gate() -> PasscodeGate:
    """Return the gate that asks for the presenter's passcode. Where none is set, one is made and printed.

    Raises:
        InvalidSetting: The passcode is in the secrets, but empty: nobody should think it protects.
    """
    with _lock:
        return _presenter_gate()[0]


def passcode_is_set() -> bool:
    """Say whether the presenter's passcode comes from a setting: then it protects the front page, too.

    Raises:
        InvalidSetting: See `presenter_gate`.
    """
    with _lock:
        return _presenter_gate()[1]


def forget() -> None:
    """Forget the shared objects: the next call makes new ones. For tests."""
    with _lock:
        _conversation.cache_clear()
        _presenter_gate.cache_clear()
        _classrooms.cache_clear()
        _tickets.cache_clear()


def setting(name: str) -> str:
    """Return a setting from the environment, else from Streamlit's secrets, else an empty text."""
    value = os.environ.get(name) or _secrets().get(name)
    return "" if value is None else str(value)


def refresh_ms() -> int:
    """Return how often an open page looks for new messages, in milliseconds."""
    text = os.environ.get("SECURECHAT_REFRESH_MS", "")
    return max(10, int(text)) if text.isdecimal() else DEFAULT_REFRESH_MS


@cache
def _conversation() -> Conversation:
    path = APP_FOLDER / (setting("SECURECHAT_KEY_FILE") or "secret.key")
    secrets = _secrets()
    # Streamlit copies its secrets into the environment; such a copy is not a setting of the environment.
    environ = {name: value for name, value in os.environ.items() if str(secrets.get(name)) != value}
    return Conversation(InMemoryMessageStore(), load_keyring(path, environ=environ, secrets=secrets))


@cache
def _classrooms() -> Classrooms:
    text = setting(HOURS_SETTING)
    if not text:
        return Classrooms(idle_hours=IDLE_HOURS)
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= MOST_HOURS:
        raise InvalidSetting(
            "It is not a number of hours.",
            where=HOURS_SETTING,
            remedy=f"Put a number over 0 and up to {MOST_HOURS} there, such as 4, and start the app again.",
        )
    return Classrooms(idle_hours=hours)


@cache
def _tickets() -> TicketOffice:
    return TicketOffice()


@cache
def _presenter_gate() -> tuple[PasscodeGate, bool]:
    """Return the gate, and whether its passcode comes from a setting."""
    passcode = _secrets().get(PASSCODE_SETTING)
    if passcode is not None and not str(passcode).strip():
        raise InvalidSetting(
            "It is there, but empty, so it would protect nothing.",
            where=f"{PASSCODE_SETTING} in Streamlit's secrets",
            remedy="Put a passcode there or remove the line, then start the app again.",
        )
    if passcode := setting(PASSCODE_SETTING):
        return PasscodeGate(passcode), True
    passcode = new_passcode()
    # For whoever started the server: who can read its terminal or log may do what the teacher may.
    print(f"SecureChat: the presenter's passcode for this run is {passcode}", flush=True)
    return PasscodeGate(passcode, guesses_together=None), False


def _secrets() -> Mapping[str, Any]:
    """Return Streamlit's secrets, empty where there is no secrets file.

    Raises:
        InvalidSetting: There is a secrets file, but it cannot be read: a key in it would be passed over.
    """
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        broken = [Path(path) for path in st.get_option("secrets.files") if os.path.lexists(path)]
    if not broken:
        return {}
    raise InvalidSetting(
        "It cannot be read as TOML.",
        where=f"{broken[0].parent.name}/{broken[0].name}",
        remedy='Correct it (each line is NAME = "value") or move it away, then start the app again.',
    )

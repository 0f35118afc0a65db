"""The objects that all sessions share, and the settings they are made from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from securechat.conversation import Conversation
from securechat.errors import InvalidKey
from securechat.keyfile import load_keyring
from securechat.passcode import PasscodeGate
from securechat.store import InMemoryMessageStore

APP_FOLDER = Path(__file__).parents[2]
"""The folder of `app.py`. A relative `SECURECHAT_KEY_FILE` is meant from here."""

DEFAULT_REFRESH_MS = 1_000
"""Milliseconds between two looks for new messages."""


def setting(name: str) -> str:
    """Return a setting from the environment, else from Streamlit's secrets, else an empty text."""
    value = os.environ.get(name) or _secrets().get(name)
    return "" if value is None else str(value)


def refresh_ms() -> int:
    """Return how often an open page looks for new messages, in milliseconds."""
    text = setting("SECURECHAT_REFRESH_MS")
    return max(10, int(text)) if text.isdecimal() else DEFAULT_REFRESH_MS


@st.cache_resource(show_spinner=False)
def conversation() -> Conversation:
    """Return the conversation of the front page, one for the whole server.

    Raises:
        InvalidKey: No valid key can be had. Nothing is cached then: the next run tries again.
    """
    path = APP_FOLDER / (setting("SECURECHAT_KEY_FILE") or "secret.key")
    keyring = load_keyring(path, secrets=_secrets())
    return Conversation(InMemoryMessageStore(), keyring)


@st.cache_resource(show_spinner=False)
def presenter_gate() -> PasscodeGate | None:
    """Return the gate that asks for the presenter's passcode, or None where none is set."""
    passcode = setting("SECURECHAT_PRESENTER_PASSCODE")
    return PasscodeGate(passcode) if passcode else None


def _secrets() -> Mapping[str, Any]:
    """Return Streamlit's secrets, empty where there is no secrets file.

    Raises:
        InvalidKey: There is a secrets file, but it cannot be read: a key in it would be passed over.
    """
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        broken = [Path(path) for path in st.get_option("secrets.files") if os.path.lexists(path)]
    if not broken:
        return {}
    raise InvalidKey(
        "It cannot be read as TOML.",
        where=f"{broken[0].parent.name}/{broken[0].name}",
        remedy='Correct it (each line is NAME = "value") or move it away, then start the app again.',
    )

"""The presenter's switch: who may write in Chat."""

from __future__ import annotations

import streamlit as st

from securechat.rooms.policy import Action
from securechat.ui import passcode
from securechat.ui.state import application

_KEY = "chat_reserved"


def draw_reserve(label: str) -> None:
    """Draw the switch, where this session is the presenter's.

    Args:
        label: What stands beside it.
    """
    if not passcode.allows(Action.LOCK):
        return
    # Another page of the presenter may have switched it.
    st.session_state[_KEY] = application().policy.reserved
    st.toggle(label, key=_KEY, on_change=_switch, wrap=True)


def _switch() -> None:
    if passcode.allows(Action.LOCK):  # a page that was locked may still send it
        application().policy.reserve(on=bool(st.session_state[_KEY]))

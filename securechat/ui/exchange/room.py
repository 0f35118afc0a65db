"""The way from the play into the room: the key that A and B agreed on becomes the room's."""

from __future__ import annotations

import streamlit as st

from securechat.conversation import Conversation
from securechat.errors import SecureChatError
from securechat.exchange import Exchange
from securechat.keyfile import change_keyring
from securechat.ui import passcode, state

_PROBLEM = "exchange_room_problem"


def draw_room(conversation: Conversation, exchange: Exchange) -> None:
    """Draw what makes the key of the play the room's, or say why it cannot be.

    Args:
        conversation: The room.
        exchange: The exchange, at its end.
    """
    st.subheader("Use this key for the room", anchor=False)
    problem = st.session_state.pop(_PROBLEM, None)
    if exchange.mallory:
        st.info(
            "A room needs one key that its members have and nobody else. Here A and B have two, and Mallory "
            "has both. Switch her off and play again: then the key can be used.",
            icon=":material/block:",
        )
    elif conversation.keyring.primary == exchange.key_a:
        st.success(
            f"Done. This key, {exchange.key_a.fingerprint}, is now the primary key of the room: new messages "
            "in Chat are encrypted with it. Older ones still open, with the key that is retired now.",
            icon=":material/key:",
        )
        st.page_link("pages/chat.py", label="Write a message in Chat", icon=":material/forum:")
        passcode.draw_lock()
    elif passcode.opens_demo():
        st.markdown(
            "New messages in Chat are then encrypted with it, for everybody. Older ones still open: the key "
            "that is primary now is retired, not thrown away."
        )
        if not state.passcode_is_set():
            st.caption("No passcode is set: anyone who can open this app can do this.")
        with st.container(horizontal=True):
            st.button(
                "Use this key for the room",
                key="exchange_use",
                icon=":material/key:",
                on_click=_use,
                args=(conversation, exchange),
            )
            passcode.draw_lock()
        if problem:
            st.error(problem, icon=":material/key_off:")
    else:
        st.text("This changes the key for everybody, so it needs the presenter.")
        passcode.ask()


def _use(conversation: Conversation, exchange: Exchange) -> None:
    """Make the key of the play the primary key of the room, if this session may."""
    if not passcode.opens_demo():
        return
    key = exchange.key_a
    try:
        conversation.change_keys(lambda ring: change_keyring(ring, lambda keys: keys.rotated(key)))
    except SecureChatError as error:
        st.session_state[_PROBLEM] = str(error)

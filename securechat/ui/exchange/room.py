"""The way from the play into the room: the key that A and B agreed on becomes the room's."""

from __future__ import annotations

import streamlit as st

from securechat.errors import SecureChatError
from securechat.exchange import Exchange
from securechat.keyfile import change_keyring
from securechat.ui import passcode, state
from securechat.ui.place import Place

_PROBLEM = "exchange_room_problem"


def draw_room(place: Place, exchange: Exchange) -> None:
    """Draw what makes the key of the play the room's, or say why it cannot be.

    Args:
        place: The room.
        exchange: The exchange, at its end.
    """
    conversation = place.conversation
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
            "are encrypted with it. Older ones still open, with the key that is retired now.",
            icon=":material/key:",
        )
        place.draw_way_back("Write a message")
        if place.is_demo:
            passcode.draw_lock()
    elif place.may_change_keys:
        st.markdown(
            "New messages are then encrypted with it, for everybody in the room. Older ones still open: the "
            "key that is primary now is retired, not thrown away."
        )
        if place.is_demo and not state.passcode_is_set():
            st.caption("No passcode is set: anyone who can open this app can do this.")
        with st.container(horizontal=True):
            st.button(
                "Use this key for the room",
                key="exchange_use",
                icon=":material/key:",
                on_click=_use,
                args=(place, exchange),
            )
            if place.is_demo:
                passcode.draw_lock()
        if problem:
            st.error(problem, icon=":material/key_off:")
    elif not place.is_demo:
        st.text("The key of the whole class is not changed. Do this in your own room.")
    else:
        st.text("This changes the key for everybody, so it needs the presenter.")
        passcode.ask()


def _use(place: Place, exchange: Exchange) -> None:
    """Make the key of the play the primary key of the room, if this session may."""
    if not place.may_change_keys:
        return
    key = exchange.key_a
    try:
        place.conversation.change_keys(lambda ring: change_keyring(ring, lambda keys: keys.rotated(key)))
    except SecureChatError as error:
        st.session_state[_PROBLEM] = str(error)

"""A token read with another person's key. The key is used once, and kept nowhere."""

from __future__ import annotations

import time

import streamlit as st

from securechat.crypto.keyring import KeyRing
from securechat.crypto.verification import Verification, verify
from securechat.errors import InvalidKey, SecureChatError
from securechat.rooms.messages import read_pasted
from securechat.rooms.policy import Action
from securechat.ui.opened import draw_plaintext, draw_steps
from securechat.ui.place import Place

_KEY = "foreign_key"


@st.fragment
def draw_foreign(room: Place) -> None:
    """Draw the form, and what came of it. As a fragment, it runs alone: nothing else is drawn again."""
    if not room.allows(Action.CHANGE_KEYS):
        return
    st.markdown(
        "Some chat programs show the key on the screen, and people paste it, as here. Everybody who sees the "
        "screen, or finds the key in a chat or in the clipboard, can do the same."
    )
    answer = st.container()  # above the boxes, where it is seen
    with st.container(border=True):
        token = st.text_area(
            "Token, from this room or from another place",
            placeholder="gAAAAA…",
            height=110,
            on_change="ignore",
        )
        with st.form("foreign", clear_on_submit=True, border=False):
            st.text_input("Their key", type="password", key=_KEY, autocomplete="one-time-code")
            asked = st.form_submit_button("Read it with this key", icon=":material/lock_open:")
    if asked:
        try:
            verification = _read(token)
        except SecureChatError as error:
            answer.error(str(error), icon=":material/block:")
        else:
            with answer:
                draw_plaintext(verification)
            draw_steps(verification)
    st.caption(
        "The key that you paste is used once and not kept. **This shows:** who has the key can read. Nobody "
        "asks whose key it is."
    )


def _read(pasted: str) -> Verification:
    """Read a token with the pasted key alone, and forget the key."""
    key = str(st.session_state[_KEY])
    del st.session_state[_KEY]
    if not key.strip():
        raise InvalidKey("Paste a key first.")
    return verify(read_pasted(pasted), KeyRing.from_text(key).keys, now=int(time.time()))

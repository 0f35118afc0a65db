"""A token read with another person's key. The key is used once, and kept nowhere."""

from __future__ import annotations

import time

import streamlit as st

from securechat.errors import InvalidKey, InvalidMessage, SecureChatError
from securechat.keyring import KeyRing
from securechat.messages import MAX_TOKEN_CHARS
from securechat.ui.opened import draw_plaintext, draw_steps
from securechat.ui.place import Place
from securechat.verification import Verification, verify

_KEY = "foreign_key"


@st.fragment
def draw_foreign(room: Place) -> None:
    """Draw the form, and what came of it. As a fragment, it runs alone: nothing else is drawn again."""
    if not room.may_change_keys:
        return
    st.markdown(
        "Programs that show the key on the screen and let people paste it do just this. Whoever looked on, "
        "or finds it in a chat or in the clipboard, can do it, too."
    )
    answer = st.container()  # above the boxes, where it is seen
    with st.container(border=True):
        token = st.text_area(
            "Token, of this room or from elsewhere",
            placeholder="gAAAAA…",
            max_chars=2 * MAX_TOKEN_CHARS,
            height=110,
            on_change="ignore",
        )
        with st.form("foreign", clear_on_submit=True, border=False):
            st.text_input("Their key", type="password", key=_KEY, autocomplete="one-time-code")
            asked = st.form_submit_button("Read it with this key", icon=":material/lock_open:")
    if asked:
        try:
            verification = _read(token.strip())
        except SecureChatError as error:
            answer.error(str(error), icon=":material/block:")
        else:
            with answer:
                draw_plaintext(verification)
            draw_steps(verification)
    st.caption(
        "The key that you paste is used once and kept nowhere. **This shows:** a key is all that is needed; "
        "nobody asks whose it is."
    )


def _read(token: str) -> Verification:
    """Read a token with the pasted key alone, and forget the key."""
    key = str(st.session_state[_KEY])
    del st.session_state[_KEY]
    if not key.strip():
        raise InvalidKey("Paste a key first.")
    if not token:
        raise InvalidMessage("Paste a token first.")
    return verify(token, KeyRing.from_text(key).keys, now=int(time.time()))

"""What stands around every page: notices, and the page that appears instead when there is no key."""

from __future__ import annotations

import streamlit as st

from securechat.errors import InvalidKey
from securechat.keyring import KeyRing, KeySource

ABOUT = """
**SecureChat** makes encryption visible. Two people write to each other, everybody sees what an
eavesdropper would see, and the Inspector opens a message.

It is a demonstration. The server holds the key, so this is not end-to-end encryption.
"""


def draw_notices(keyring: KeyRing) -> None:
    """Say on every page what the deployer has to know."""
    if keyring.origin.source is KeySource.PROCESS:
        st.warning(
            f"The key is for this run only: {keyring.origin.problem} When the app restarts, today's "
            "messages cannot be opened any more. To keep the key, set `SECURECHAT_KEY`, or let the app "
            "write into its folder.",
            icon=":material/key_off:",
        )


def draw_key_problem(error: InvalidKey) -> None:
    """Say which key is not valid, what is wrong with it and how to put it right."""
    st.title("SecureChat cannot start")
    st.error("There is a key, but it is not valid, and it was left untouched.", icon=":material/key_off:")
    st.subheader("Where", anchor=False)
    st.text(error.where or "The key")
    st.subheader("What is wrong", anchor=False)
    st.text(error.problem)
    st.subheader("What to do", anchor=False)
    st.text(error.remedy)
    st.button("Try again", icon=":material/refresh:")

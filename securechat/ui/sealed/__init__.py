"""What a sealed room is, and the way to one: the page `/sealed`, which is none of Streamlit's."""

from __future__ import annotations

import streamlit as st

from securechat.ui import whereabouts
from securechat.ui.base_address import current_base
from securechat.ui.component import component

WHAT = (
    "In a **sealed room**, your browser makes the key, and this server never gets it. You give the key to "
    "the other people yourself, for example as a QR code that they scan. The server only passes on tokens: "
    "it cannot open a single one. So nobody reads along, not even who runs this server: that is "
    "**end-to-end encryption**, with the limits that stand below."
)

LIMITS = """
- **A server that lies.** This server also sends you the page. If it lies, it can send a page that gives it
  your key. With the terminal program, below, that cannot happen: you have it already.
- **`http://` in a Wi-Fi.** Over `http://`, somebody in the same network can change the page on its way to
  you. Over `https://` they cannot.
- **Whoever gets the key.** They can read everything, also tokens that somebody copied earlier. A link with
  the key in it stays in the history of the browser, and in the messenger that you send it through.
- **What ciphertext tells.** The server sees who is there (by the address of the computer), when somebody
  writes, and how long a message is (roughly). It can also keep a message back.
"""

TERMINAL = (
    "On a computer with the files of this app, two lines install what the terminal needs, and join:",
    "It asks for the key and does not show it while you type. Terminals and browsers write to each other. "
    "With `python -m securechat talk`, two terminals need no other server at all.",
)

PROJECTOR = """
Each sealed room has a name that is computed from its key; nobody can compute the key from the name. With the
name and without the key, this address shows what **Eve** sees, who listens on the line. In the room, copy it
under **Show the key**: *Link without the key*. Put it on the projector while two pupils write to each other.
"""

_door = component("sealed", html="sealed/sealed.html", css=("sealed/sealed.css",), js="sealed/sealed.js")


def draw_sealed_room() -> None:
    """Draw all of the page."""
    st.header("Sealed room", anchor=False)
    st.markdown(WHAT)
    _door(key="sealed_door", data={"page": whereabouts.here().page})
    st.subheader("What it does not protect against", anchor=False)
    st.markdown(LIMITS)
    address = current_base().url or "ADDRESS"
    st.subheader("The same in a terminal", anchor=False)
    st.markdown(TERMINAL[0])
    st.code(
        f"pip install -r requirements-terminal.txt\npython -m securechat join {address}",
        language=None,
        wrap_lines=True,
    )
    st.markdown(TERMINAL[1])
    st.subheader("For the projector: Eve's link", anchor=False)
    st.markdown(PROJECTOR)
    st.code(f"{address}/sealed?room=sealed-…", language=None, wrap_lines=True)
    st.page_link("pages/chat.py", label="Back to Chat", icon=":material/forum:")

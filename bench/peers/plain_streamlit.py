"""The plain Streamlit app that most people would write.

The whole page runs again every 2 s (`st_autorefresh`), and a message is a native element. That element is
`st.text`, the lightest that shows a text as it is. Streamlit is set up as it comes.
"""

from __future__ import annotations

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from bench.peers import common


@st.cache_resource
def messages_of(room: str) -> list[tuple[str, str]]:
    """Return the messages of a room, the same list in every session."""
    return common.first_messages(room)


st_autorefresh(interval=2_000)
messages = messages_of(st.query_params.get("room", common.FILLED_ROOM))
sender = st.query_params.get("as", "A")
if text := st.chat_input("Message"):
    messages.append((sender, common.encrypt(text)))
for name, token in messages:
    with st.chat_message(name):
        st.text(token)

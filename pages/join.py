"""Join a class: by its code, under a friendly name; then the room that one sits in."""

import streamlit as st

from securechat.ui import frame

frame.enter()
st.header("Join a class", anchor=False)

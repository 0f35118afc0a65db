"""Classroom: the teacher opens a class, shows how to join, sees all rooms, and is in charge."""

import streamlit as st

from securechat.ui import frame, passcode

frame.enter()

if not passcode.is_presenter():
    st.header("Classroom", anchor=False)
    passcode.ask()
    st.stop()
st.header("Classroom", anchor=False)

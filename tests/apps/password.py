"""An app with nothing but the password lab and a button that runs it again."""

import streamlit as st

from securechat.ui.password import password_lab

st.set_page_config(layout="wide")
st.title("Guess")
password_lab()
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Run again")
st.text(f"run {st.session_state['runs']}")

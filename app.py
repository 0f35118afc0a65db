"""The front door: `streamlit run app.py`."""

import streamlit as st

from securechat.errors import InvalidSetting
from securechat.ui import frame, state

st.set_page_config(
    page_title="SecureChat", page_icon=frame.ICON, layout="wide", menu_items={"About": frame.ABOUT}
)
st.logo(frame.ICON, size="large")
page = frame.navigation()
try:
    keyring = state.conversation().keyring
    state.presenter_gate()
except InvalidSetting as error:
    frame.draw_problem(error)
    st.stop()

frame.draw_notices(keyring)
frame.run(page)

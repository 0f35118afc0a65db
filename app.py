"""The front door: `streamlit run app.py`."""

import streamlit as st

from securechat.errors import InvalidKey
from securechat.ui import frame, state

ICON = str(state.APP_FOLDER / "securechat" / "ui" / "icon.svg")

st.set_page_config(
    page_title="SecureChat",
    page_icon=ICON,
    layout="wide",
    menu_items={"About": frame.ABOUT},
)
st.logo(ICON, size="large")
page = st.navigation(
    [
        st.Page("pages/chat.py", title="Chat", icon=":material/forum:", default=True),
        st.Page(
            "pages/inspector.py", title="Inspector", icon=":material/frame_inspect:", url_path="inspector"
        ),
    ],
    position="top",
)
try:
    keyring = state.conversation().keyring
    state.presenter_gate()
except InvalidKey as error:
    frame.draw_key_problem(error)
    st.stop()

frame.draw_notices(keyring)
page.run()

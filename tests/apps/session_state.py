"""The app, with all that a session remembers at the end of each page."""

import streamlit as st

from securechat.ui import frame, serving

if __name__ == "__main__":
    frame.draw()
    st.code("state: " + ascii(dict(st.session_state)))
else:
    app = st.App(__file__, **serving.start())

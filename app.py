"""The front door: `streamlit run app.py`.

Streamlit's server imports this file and serves `app`; for every page it runs the same file as a script. A
host that knows only scripts still serves the whole app: its pages then look for news by themselves.
"""

import streamlit as st

from securechat.ui import frame, serving

if __name__ == "__main__":
    frame.draw()
else:
    app = st.App(__file__, **serving.start())

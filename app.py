"""The front door: `streamlit run app.py`.

Streamlit's server imports this file and serves `app`; for every page it runs the same file as a script. A
host that knows only scripts still serves the whole app: its pages then look for news by themselves.
"""

from contextlib import suppress

import streamlit as st
from starlette.middleware import Middleware

from securechat.errors import InvalidSetting
from securechat.static_files import CompressedOnce
from securechat.ui import feed, frame, state


def draw() -> None:
    """Draw the page that the address asks for, inside its frame."""
    page = frame.navigation()
    st.logo(frame.ICON, size="large")
    try:
        keyring = state.conversation().keyring
        state.presenter_gate()
        state.classrooms()
    except InvalidSetting as error:
        frame.draw_problem(error)
        st.stop()
    frame.draw_notices(keyring)
    frame.run(page)


if __name__ == "__main__":
    draw()
else:
    with suppress(InvalidSetting):  # the page says what is wrong with it
        state.presenter_gate()  # a passcode that is made is printed when the server starts
    app = st.App(__file__, routes=feed.routes(), middleware=[Middleware(CompressedOnce)])

"""Keeps an open page up to date by looking for news, without touching what stands on it."""

from __future__ import annotations

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.ui import state


@st.fragment
def look_for_news(drawn_revision: int) -> None:
    """Run the page again when the conversation has changed since it was drawn.

    The timer sits in this fragment, so that a tick runs these lines and not the page: where nothing
    changed, nothing is sent to the browser but the timer itself.

    Args:
        drawn_revision: The revision of the room that the page shows.
    """
    st_autorefresh(state.refresh_ms(), key="refresh")
    if state.conversation().view().revision != drawn_revision:
        st.rerun()

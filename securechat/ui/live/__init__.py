"""Keeps an open page up to date by looking for news, without touching what stands on it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.ui import state

_HERE = Path(__file__).parent

_pulse = st.components.v2.component(
    "securechat_pulse", js=(_HERE / "pulse.js").read_text(encoding="utf-8"), isolate_styles=False
)
_watch = st.components.v2.component(
    "securechat_watch", js=(_HERE / "watch.js").read_text(encoding="utf-8"), isolate_styles=False
)


def keep_current(drawn_revision: int) -> None:
    """Run the page again whenever the conversation is not the one that the page shows.

    The timer sits in a fragment, so that a tick runs a few lines and not the page: where nothing
    changed, nothing is sent to the browser but a pulse.

    Streamlit drops what a run has drawn if a tick arrives just as the run ends, and refuses the ticks of a
    page that has outlived a restart of the server. So the browser has a say, too: the server numbers the
    runs of the page, the pulse carries the number of the last one, and `watch`, which knows the number of
    the one that was drawn, asks for another run if the two stay apart or the pulse stops.

    Args:
        drawn_revision: The revision of the room that the page shows.
    """
    run = st.session_state["run"] = st.session_state.get("run", 0) + 1
    with st.container(key="live", gap=None):
        _watch(
            key="watch",
            data={"drawn": run, "interval": state.refresh_ms()},
            on_behind_change=lambda: None,
        )
        _look(drawn_revision)


@st.fragment
def _look(drawn_revision: int) -> None:
    ticks = st_autorefresh(state.refresh_ms(), key="refresh")
    _pulse(key="pulse", data={"run": st.session_state["run"], "ticks": ticks})
    if state.conversation().view().revision != drawn_revision:
        st.rerun()

"""A switch that others have, too: it stands as things are, whoever has switched it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import streamlit as st

UNSEEN = 2.0
"""Seconds in which a browser may not have drawn yet that a switch has moved by itself. Whatever it sends
meanwhile says how the switch stood before, and Streamlit takes that for a click on it."""


def draw_switch(label: str, *, key: str, on: bool, switch: Callable[[bool], None]) -> None:
    """Draw it.

    Args:
        label: What stands beside it.
        key: Its key in the session.
        on: How things are.
        switch: Called when this page's user has switched it.
    """
    moved = f"{key}_moved"
    if st.session_state.get(key, on) != on:
        st.session_state[moved] = monotonic()
    st.session_state[key] = on

    def changed() -> None:
        if monotonic() - st.session_state.get(moved, -UNSEEN) >= UNSEEN:
            switch(bool(st.session_state[key]))

    st.toggle(label, key=key, on_change=changed, wrap=True)

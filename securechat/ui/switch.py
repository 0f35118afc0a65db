"""A switch, or a choice, that others have, too: it stands as things are, whoever has switched it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    st.toggle(
        label, key=key, on_change=_changed(key, on, lambda: switch(bool(st.session_state[key]))), wrap=True
    )


def draw_choice(
    label: str, names: Mapping[str, str], *, key: str, now: str, choose: Callable[[str], None]
) -> None:
    """Draw a choice of one among a few.

    Args:
        label: What stands over it.
        names: What each choice is called.
        key: Its key in the session.
        now: What is chosen, as things are.
        choose: Called when this page's user has chosen another one.
    """

    def chosen() -> None:
        choice = st.session_state[key]
        if choice in names:
            choose(choice)

    changed = _changed(key, now, chosen)
    st.radio(label, list(names), format_func=names.__getitem__, key=key, on_change=changed)


def _changed(key: str, now: object, do: Callable[[], None]) -> Callable[[], None]:
    """Let something stand as things are; return what to call when the browser says that it was changed."""
    moved = f"{key}_moved"
    if st.session_state.get(key, now) != now:
        st.session_state[moved] = monotonic()
    st.session_state[key] = now

    def changed() -> None:
        if monotonic() - st.session_state.get(moved, -UNSEEN) >= UNSEEN:
            do()

    return changed

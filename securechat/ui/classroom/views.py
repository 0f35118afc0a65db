"""What of a class fills the screen: the teacher's desk, or something for the back row."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

_KEY = "class_view"
_ASKED = "class_view_asked"


class View(StrEnum):
    """What is shown. The value stands in the address, as `?view=projector`."""

    DESK = "desk"
    INVITE = "invite"
    WALL = "wall"
    BOTH = "projector"


_LABELS = {View.DESK: "Desk", View.INVITE: "Invite", View.WALL: "Wall", View.BOTH: "Invite and wall"}


def choose_view() -> View:
    """Draw the choice, and return what is chosen. The address may ask for one, and says which it is."""
    asked = st.query_params.get("view")
    if asked != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = asked
        if asked in tuple(View):
            st.session_state[_KEY] = View(asked)
    st.session_state.setdefault(_KEY, View.DESK)
    chosen = st.segmented_control(
        "What fills the screen",
        list(View),
        required=True,
        format_func=_LABELS.__getitem__,
        key=_KEY,
        label_visibility="collapsed",
        on_change=_tell_address,
    )
    return View(chosen or View.DESK)


def _tell_address() -> None:
    chosen = st.session_state[_KEY]
    if chosen == View.DESK:
        st.query_params.pop("view", None)
    else:
        st.query_params["view"] = str(chosen)
    st.session_state[_ASKED] = st.query_params.get("view")

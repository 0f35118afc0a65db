"""Asks for the presenter's passcode, once a session."""

from __future__ import annotations

import streamlit as st

from securechat.errors import TooFast
from securechat.ui import state

SESSION_KEY = "presenter"
"""In the session state: whether the passcode was given."""


def is_presenter() -> bool:
    """Say whether the passcode was given in this session."""
    return bool(st.session_state.get(SESSION_KEY))


def opens_demo() -> bool:
    """Say whether this session may see decrypted text and key details of the front page's room.

    Where no passcode is set, everybody may: the one that was made at the start is for classes.
    """
    return is_presenter() or not state.passcode_is_set()


def draw_lock() -> None:
    """Draw the button that closes the session again, where there is a passcode."""
    if is_presenter():
        st.button(
            "Lock again", icon=":material/lock:", on_click=lambda: st.session_state.pop(SESSION_KEY, None)
        )


def ask(
    why: str = "**The presenter's passcode opens this.** Without it you see what an eavesdropper sees.",
) -> None:
    """Draw the form that asks for the passcode.

    Args:
        why: What it is needed for, as Markdown.
    """
    with st.form("passcode"):
        st.markdown(why)
        st.text_input("Passcode", type="password", key="passcode_guess", autocomplete="current-password")
        st.form_submit_button("Open", icon=":material/lock_open:", on_click=_check)
        if problem := st.session_state.get("passcode_problem"):
            st.error(problem, icon=":material/lock:")


def _check() -> None:
    gate = state.presenter_gate()
    # Something that only this session has, and for as long as it lasts.
    guesser = st.session_state.setdefault("passcode_guesser", object())
    guess = st.session_state["passcode_guess"]
    st.session_state["passcode_guess"] = ""
    try:
        right = gate.check(guess, guesser)
    except TooFast as error:
        st.session_state["passcode_problem"] = str(error)
        return
    st.session_state[SESSION_KEY] = right
    st.session_state["passcode_problem"] = "" if right else "That is not the passcode. Try again."

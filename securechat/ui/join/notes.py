"""What came of the last thing that somebody did here: said until something else is done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from securechat.errors import SecureChatError

_KEY = "join_problem"


def attempt(action: Callable[[], object]) -> bool:
    """Do what a button asks for, and say whether it was done. A refusal is kept for `draw_problem`."""
    st.session_state.pop(_KEY, None)
    try:
        action()
    except SecureChatError as error:
        st.session_state[_KEY] = str(error)
        return False
    return True


def draw_problem() -> None:
    """Say why the last thing was refused, if it was."""
    if problem := st.session_state.get(_KEY):
        st.error(problem, icon=":material/block:")


def forget_problem() -> None:
    """Forget it."""
    st.session_state.pop(_KEY, None)

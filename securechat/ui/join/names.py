"""A name in a class: one of those that are proposed, or one of their own."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from securechat.classroom import Classroom

NAMES = 6
"""Names that are proposed at once."""


def draw_names(
    classroom: Classroom, label: str, proposed: Sequence[str], key: str, *, required: bool = False
) -> None:
    """Have somebody choose a name, or type one where the teacher allows that."""
    st.pills(label, proposed, key=key, required=required)
    if classroom.view().free_names:
        st.text_input(
            "Or a name of your own: better not your real one", key=f"{key}_typed", autocomplete="off"
        )


def chosen_name(key: str) -> str:
    """Return the name that was typed, or else the one that was chosen; an empty one where none was."""
    typed = str(st.session_state.get(f"{key}_typed") or "")
    return typed if typed.strip() else str(st.session_state.get(key) or "")

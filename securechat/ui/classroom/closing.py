"""The end of a class: asked for twice, with the transcript offered before."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.codes import spaced
from securechat.ui import whereabouts
from securechat.ui.classroom.export import draw_buttons
from securechat.ui.classroom.outcome import FORGOTTEN, Section, act

_QUESTION = "class_close"


def draw_closing(classroom: Classroom) -> None:
    """Draw the button that ends the class, with the question before it."""
    with st.popover("Close class", icon=":material/event_busy:", key=_QUESTION, on_change="rerun"):
        st.warning(
            "This ends the class for everybody, at once. All messages are forgotten, and so are the names "
            "and the keys. Nothing brings them back.",
            icon=":material/warning:",
        )
        st.markdown("To keep the ciphertext, save it first:")
        draw_buttons(classroom, "close")
        st.button(
            f"Close class {spaced(classroom.code)} for everybody",
            key="class_close_yes",
            type="primary",
            on_click=act,
            args=(Section.CLASSES, f"close {classroom.id}", partial(_close, classroom)),
        )


def _close(classroom: Classroom) -> str:
    st.session_state[_QUESTION] = False
    whereabouts.move(replace(whereabouts.here(), desk="", picked=None))
    classroom.desk.close()
    return f"Class {spaced(classroom.code)} has ended. {FORGOTTEN}"

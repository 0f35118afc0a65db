"""What came of a button: said where it was pressed, until something else is done."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from securechat.errors import SecureChatError
from securechat.ui import passcode

DOUBLE_SECONDS = 1.0
"""For how long the same button does nothing more: a double click, or a click delivered twice, counts once."""

_NOTE = "class_note"
_DONE = "class_done"


class Section(StrEnum):
    """Where on the page something was done."""

    CLASSES = "classes"
    ADDRESS = "address"
    WALL = "wall"
    PICKED = "picked"
    ALL = "all"
    EXPORT = "export"


@dataclass(frozen=True)
class _Note:
    section: Section
    text: str
    refused: bool


def act(section: Section, button: str, action: Callable[[], str]) -> None:
    """Do what a button asks for. For callbacks: a page that was locked again may still send its buttons.

    Args:
        section: Where the button is.
        button: Which one: the same one counts once within `DOUBLE_SECONDS`.
        action: Does it, and says what came of it; nothing if that is plain to see. A refusal is said, too.
    """
    done = st.session_state.get(_DONE)
    if done and done[0] == button and time.monotonic() - done[1] < DOUBLE_SECONDS:
        return
    forget_note()
    if not passcode.is_presenter():
        return
    try:
        note = _Note(section, action(), refused=False)
        st.session_state[_DONE] = button, time.monotonic()
    except SecureChatError as error:
        note = _Note(section, str(error), refused=True)
    if note.text:
        st.session_state[_NOTE] = note


def draw_note(section: Section) -> None:
    """Say what came of the last thing done, if it was done here."""
    note = st.session_state.get(_NOTE)
    if not isinstance(note, _Note) or note.section is not section:
        return
    if note.refused:
        st.error(as_typed(note.text), icon=":material/block:")
    else:
        st.success(as_typed(note.text), icon=":material/check_circle:")


def as_typed(text: str) -> str:
    """Return a text as Markdown that shows it as it is: it may quote what somebody typed."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def forget_note() -> None:
    """Forget what came of the last thing done."""
    st.session_state.pop(_NOTE, None)

"""What came of a button: said where it was pressed, until something else is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from securechat.errors import SecureChatError

DOUBLE_SECONDS = 1.0
"""For how long the same button does nothing more: a double click, or a click delivered twice, counts once."""


@dataclass(frozen=True)
class _Note:
    section: StrEnum
    text: str
    refused: bool


class Notes:
    """The notes of one page. They live in the session.

    Args:
        page: The page's name: its notes are its own.
        written: Makes Markdown of what is to be said.
    """

    def __init__(self, page: str, written: Callable[[str], str] = str) -> None:
        self._note = f"{page}_note"
        self._done = f"{page}_done"
        self._written = written

    def act(
        self, section: StrEnum, button: str, action: Callable[[], str], *, may: Callable[[], bool]
    ) -> None:
        """Do what a button asks for. For callbacks: a page that was locked may still send its buttons.

        Args:
            section: Where the button is.
            button: Which one: the same one counts once within `DOUBLE_SECONDS`.
            action: Does it, and says what came of it; nothing if that is plain to see. What it refuses by
                an error is said, too.
            may: Says whether this session may do it.
        """
        done = st.session_state.get(self._done)
        if done and done[0] == button and time.monotonic() - done[1] < DOUBLE_SECONDS:
            return
        self.forget()
        if not may():
            return
        try:
            note = _Note(section, action(), refused=False)
            st.session_state[self._done] = button, time.monotonic()
        except SecureChatError as error:
            note = _Note(section, str(error), refused=True)
        if note.text:
            st.session_state[self._note] = note

    def draw(self, section: StrEnum) -> bool:
        """Say what came of the last thing done, if it was done here; return whether it was."""
        note = st.session_state.get(self._note)
        if not isinstance(note, _Note) or note.section is not section:
            return False
        if note.refused:
            st.error(self._written(note.text), icon=":material/block:")
        else:
            st.success(self._written(note.text), icon=":material/check_circle:")
        return True

    def forget(self) -> None:
        """Forget what came of the last thing done."""
        st.session_state.pop(self._note, None)
